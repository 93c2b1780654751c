/** What `ctl` can plan to go wrong. */
import type { FaultView } from '../../../firmware/runtime/live/system.js';
import type { Condition, Fault } from '../../../firmware/runtime/machine/faults/fault.js';
import { KINDS } from '../../../firmware/runtime/machine/faults/kinds.js';
import { parseFault } from '../../../firmware/runtime/machine/faults/parse.js';
import { FAULT_NUMBER } from '../../../firmware/service/http/names.js';
import { ACT_MS, askAll, type Outcome, outcome, type Subcommand, targetOf } from './asking.js';
import { ask, Refused, type Target, UsageError } from './processes.js';
import { readImage } from './reconfiguration.js';
import { table } from './text.js';

const PATH = '/v1/faults';

function faultsText(faults: readonly FaultView[]): string {
  if (faults.length === 0) return 'no fault is planned\n';
  return table(
    ['FAULT', 'STATE', 'STRUCK', 'WHAT'],
    faults.map(({ number, fault, state, struck, note }) => [
      String(number),
      note === undefined ? state : `${state}: ${note}`,
      struck ?? '-',
      fault,
    ]),
  );
}

const before = (text: string, mark: string): string => text.split(mark)[0] ?? '';

function placeOf(condition: Condition): string {
  if ('volume' in condition) return condition.volume;
  return 'place' in condition ? condition.place : condition.array;
}

/** The array whose process must see the condition; else the first of `arrays` that the fault names. */
function arrayIn({ kind, target, start }: Fault, arrays: readonly string[]): string {
  if (start.at === 'state') return before(placeOf(start.condition), ':');
  switch (KINDS[kind].target) {
    case 'link': {
      const ends = before(target, ':');
      const first = arrays.find((name) => ends.startsWith(`${name}-`));
      return first ?? arrays.find((name) => ends.endsWith(`-${name}`)) ?? ends;
    }
    // One way of a link is made where it is heard.
    case 'way':
      return before(target.split('->')[1] ?? '', ':');
    case 'command':
      return before(target.split(' ').find((word) => word.includes(':')) ?? '', ':');
    default:
      return before(target, ':');
  }
}

async function add(targets: readonly Target[], text: string): Promise<Outcome> {
  const fault = parse(text);
  const { value } = fault;
  const arrays = targets.flatMap(({ record }) => record?.arrays ?? []);
  const served = targetOf(targets, arrayIn(fault, arrays));
  const image = value?.is === 'file' ? { image: readImage(value.file).toString('base64') } : {};
  const view = await ask<FaultView>(served, {
    method: 'POST',
    path: PATH,
    body: { fault: text, ...image },
    timeout_ms: ACT_MS,
  });
  return outcome(view, faultsText([view]));
}

function parse(text: string) {
  try {
    return parseFault(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function clear(targets: readonly Target[], number: string): Promise<Outcome> {
  const { views } = await askAll(targets, PATH, async (target, question) => ({
    target,
    faults: await ask<readonly FaultView[]>(target, question),
  }));
  const concerned =
    number === '' ? views : views.filter(({ faults }) => faults.some((f) => f.number === Number(number)));
  if (concerned.length === 0) throw new Refused(`there is no fault ${number}; \`fault list\` says which there are`);
  if (number !== '' && concerned.length > 1)
    throw new Refused(`several processes have a fault ${number}; say with --url which is meant`);
  const path = number === '' ? `${PATH}/clear` : `${PATH}/${number}/clear`;
  const left = await Promise.all(
    concerned.map(({ target }) => ask<readonly FaultView[]>(target, { method: 'POST', path, timeout_ms: ACT_MS })),
  );
  return outcome(left.flat(), faultsText(left.flat()));
}

export const FAULTS: readonly Subcommand[] = [
  {
    words: ['fault', 'add'],
    help: 'let something go wrong now, later, or when a state begins (--help-faults)',
    argument: { name: 'FAULT', form: { pattern: /./, right: "a fault, for example 'cut A-B at 5s for 2s'" } },
    takesRest: true,
    run: (targets, text) => add(targets, text),
  },
  {
    words: ['fault', 'list'],
    help: 'faults that were added, and what became of them',
    run: async (targets) => {
      const { views, notes } = await askAll<readonly FaultView[]>(targets, PATH);
      return outcome(views.flat(), faultsText(views.flat()), notes);
    },
  },
  {
    words: ['fault', 'clear'],
    help: 'those that wait do not come, those that last end; N: this one only',
    argument: { name: 'N', form: FAULT_NUMBER, isOptional: true },
    run: (targets, number) => clear(targets, number),
  },
];

/** What `ctl` can plan to go wrong. */
import type { FaultView } from '../../../firmware/runtime/live/system.js';
import type { Condition } from '../../../firmware/runtime/machine/faults/fault.js';
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

/** The array whose process must see the condition; else the first that the fault names. */
function arrayIn(target: string, condition: Condition | undefined): string {
  const named =
    condition && ('volume' in condition ? condition.volume : 'place' in condition ? condition.place : condition.array);
  // One way of a link is made where it is heard.
  if (!condition && target.includes('->')) return target.replace(/^.*->/, '').replace(/:.*$/, '');
  const word = named ?? target.split(' ').find((one) => one.includes(':')) ?? target;
  return word.replace(/(:|->|-).*$/, '');
}

async function add(targets: readonly Target[], text: string): Promise<Outcome> {
  const { target, start, value } = parse(text);
  const served = targetOf(targets, arrayIn(target, start.at === 'state' ? start.condition : undefined));
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

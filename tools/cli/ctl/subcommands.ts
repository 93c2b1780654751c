/** The one table of what `ctl` can be told: usage, parsing and what is done come from it. */

import { isCalled, sayWhich, severalCalled } from '../../../firmware/runtime/live/pair-names.js';
import {
  type ArrayView,
  type CommandView,
  type FailoverView,
  type LinkView,
  OPERATOR_COMMANDS,
  type OperatorCommand,
  type PairView,
  type TracksView,
} from '../../../firmware/runtime/live/system.js';
import { ARRAYS_NAME, arrayOf, LINK_NAME, PAIR_NAME, VOLUME_NAME } from '../../../firmware/service/http/names.js';
import type { ProcessRecord } from '../../../firmware/service/http/registry.js';
import { METRICS_PATH } from '../../../firmware/service/http/routes.js';
import type { StatusView } from '../../../firmware/service/http/views.js';
import {
  ACT_MS,
  ARRAY,
  askAll,
  hasArray,
  LOOK_MS,
  type Outcome,
  outcome,
  type Subcommand,
  targetOf,
} from './asking.js';
import { DRIVES } from './drives.js';
import { FAULTS } from './faults.js';
import { groupsText } from './groups-text.js';
import { HOSTS } from './hosts.js';
import { mergeAllLinks, mergeLinks, mergeMetrics, mergePairs, mergeStatus } from './merge.js';
import { ask, askText, Refused, type Target } from './processes.js';
import { RECONFIGURATION } from './reconfiguration.js';
import {
  arrayText,
  commandText,
  failoverText,
  linksText,
  linkText,
  pairsText,
  removedText,
  statusText,
  tracksText,
} from './text.js';
import { TRACES } from './traces.js';
import { VOLUMES } from './volumes.js';

/** What each command does, for the usage. */
const SHORT_HELP: Readonly<Record<OperatorCommand, string>> = {
  create: 'make a pair of two simplex volumes, and copy all of PRIMARY',
  suspend: 'stop copying until `resume`; hosts go on',
  resume: 'copy what is owed since',
  swap: 'in PAIR: the two sides change roles',
  failback: 'in PAIR, after a takeover: let PRIMARY serve hosts again',
  delete: 'make two simplex volumes of it',
};

/** Whichever way round it is written, and whichever of several it is. */
function isLink([a, b]: readonly [string, string], name: string): boolean {
  const [arrays] = name.split(':');
  return arrays === `${a}-${b}` || arrays === `${b}-${a}`;
}

/** Every process that has an end of a link. Errors: Refused. */
function targetsOfLink(targets: readonly Target[], link: string): readonly Target[] {
  if (targets.length === 1) return targets;
  const links = targets.map(({ record }) => record?.links ?? []);
  const found = targets.filter((_, i) => links[i].some((between) => isLink(between, link)));
  if (found.length > 0) return found;
  const names = new Set(links.flat().map((between) => between.join('-')));
  throw new Refused(`there is no link ${link}; there are ${[...names].join(', ') || 'none'}`);
}

async function setLink(targets: readonly Target[], link: string, to: 'down' | 'up'): Promise<Outcome> {
  const path = `/v1/links/${encodeURIComponent(link)}/${to}`;
  const asked = targetsOfLink(targets, link);
  const settled = await Promise.allSettled(
    asked.map((target) => ask<LinkView>(target, { method: 'POST', path, timeout_ms: ACT_MS })),
  );
  const views = settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  const failed = settled.find((s) => s.status === 'rejected');
  if (failed) {
    const done = views.flatMap((view) => view.ends).map(({ array, state }) => `; the end at ${array} is ${state}`);
    throw new Refused(`${(failed.reason as Error).message}${done.join('')}`);
  }
  const view = mergeLinks(views);
  return outcome(view, linkText(view));
}

/** At every process that has an end of it, one after the other. Errors: Refused; then it is at none of them. */
async function addLink(targets: readonly Target[], arrays: string, port: number | undefined): Promise<Outcome> {
  const path = `/v1/links/${encodeURIComponent(arrays)}/add`;
  const body = port === undefined ? {} : { port };
  const views: LinkView[] = [];
  const done: Target[] = [];
  for (const target of targetsOfLink(targets, arrays)) {
    try {
      views.push(await ask<LinkView>(target, { method: 'POST', path, body, timeout_ms: ACT_MS }));
      done.push(target);
    } catch (error) {
      await Promise.allSettled(done.map((target, i) => endLink(target, views[i].name)));
      throw error;
    }
  }
  const view = mergeLinks(views);
  return outcome(view, linkText(view));
}

function endLink(target: Target, name: string): Promise<LinkView> {
  const path = `/v1/links/${encodeURIComponent(name)}/remove`;
  return ask<LinkView>(target, { method: 'POST', path, timeout_ms: ACT_MS });
}

async function removeLink(targets: readonly Target[], name: string): Promise<Outcome> {
  const asked = targetsOfLink(targets, name);
  const view = mergeLinks(await Promise.all(asked.map((target) => endLink(target, name))));
  return outcome(view, removedText(view));
}

async function setPower(targets: readonly Target[], array: string, to: 'crash' | 'start'): Promise<Outcome> {
  const path = `/v1/arrays/${encodeURIComponent(array)}/${to}`;
  const view = await ask<ArrayView>(targetOf(targets, array), { method: 'POST', path, timeout_ms: ACT_MS });
  return outcome(view, arrayText(view));
}

/** The processes that could take a pair over, the one whose side is target first. */
async function takers(targets: readonly Target[], pair: string): Promise<readonly Target[]> {
  if (targets.length === 1) return targets;
  const concerned = targets.filter(({ record }) =>
    record?.pairs.some((p) => isCalled(p, pair) && servesOneOf(record, p)),
  );
  if (concerned.length === 0) {
    const all = targets.flatMap(({ record }) => record?.pairs ?? []);
    const several = severalCalled(all, pair);
    if (several.length > 0) throw new Refused(sayWhich(pair, several));
    const names = new Set(all.map((p) => p.primary));
    throw new Refused(`there is no pair ${pair}; there are ${[...names].join(', ') || 'none'}`);
  }
  // The one that failed may be the one that says nothing: it must not hold up the other.
  const answering = concerned.filter((target) => target.answers);
  const ranked = await Promise.all(answering.map(async (target) => ({ target, rank: await rankOf(target, pair) })));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ target }) => target);
}

function servesOneOf({ arrays }: ProcessRecord, pair: { readonly arrays: readonly string[] }): boolean {
  return pair.arrays.some((array) => arrays.includes(array));
}

async function rankOf(target: Target, pair: string): Promise<number> {
  try {
    const views = await ask<PairView[]>(target, { method: 'GET', path: '/v1/pairs', timeout_ms: LOOK_MS });
    const sides = Object.values(
      views.find((view) => isCalled({ ...view, arrays: [view.primary, view.secondary].map(arrayOf) }, pair))?.sides ??
        {},
    );
    if (sides.some((side) => side.role === 'target')) return 0;
    return sides.some((side) => !side.serves) ? 1 : 2;
  } catch {
    return 3;
  }
}

async function failOver(targets: readonly Target[], pair: string, force: boolean): Promise<Outcome> {
  const path = `/v1/pairs/${encodeURIComponent(pair)}/failover`;
  let why: Error | undefined;
  for (const target of await takers(targets, pair)) {
    try {
      const view = await ask<FailoverView>(target, { method: 'POST', path, body: { force }, timeout_ms: ACT_MS });
      return outcome(view, failoverText(view));
    } catch (error) {
      // The reason of the side that should take over is the one that helps.
      why ??= error as Error;
      // Without an answer it may have been done: a second side must not be told as well.
      if (!(error instanceof Refused)) break;
    }
  }
  throw why ?? new Refused(`pair ${pair}: no process that serves an array of it answers`);
}

async function command(
  targets: readonly Target[],
  pair: string,
  what: OperatorCommand,
  force: boolean,
): Promise<Outcome> {
  const path = `/v1/pairs/${encodeURIComponent(pair)}/${what}`;
  const refusals: Error[] = [];
  for (const target of await takers(targets, pair)) {
    try {
      const view = await ask<CommandView>(target, { method: 'POST', path, body: { force }, timeout_ms: ACT_MS });
      return outcome(view, commandText(view));
    } catch (error) {
      refusals.push(error as Error);
      if (!(error instanceof Refused)) break;
    }
  }
  // That another process must act is what the one says that cannot.
  const why = refusals.find(({ message }) => !message.includes('served by another process')) ?? refusals[0];
  throw why ?? new Refused(`pair ${pair}: no process that serves an array of it answers`);
}

const link = { name: 'A-B', form: LINK_NAME };

const hasPair = ({ pairs }: ProcessRecord, name: string): boolean =>
  pairs.some((pair) => isCalled(pair, name)) || severalCalled(pairs, name).length > 0;
const hasLink = (record: ProcessRecord, name: string): boolean => record.links.some((l) => isLink(l, name));

export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    words: ['status'],
    help: 'arrays: power, NBD server, commands served, directors; and links',
    run: async (targets) => {
      const { views, notes } = await askAll<StatusView>(targets, '/v1/status');
      const view = mergeStatus(views);
      return outcome(view, statusText(view), notes);
    },
  },
  {
    words: ['pairs'],
    takesWatch: true,
    help: 'the mirrored volumes: state, what is owed, which array serves hosts; journal groups',
    run: async (targets) => {
      const { views, notes } = await askAll<readonly PairView[]>(targets, '/v1/pairs');
      const pairs = mergePairs(views);
      return outcome(pairs, `${pairsText(pairs)}${groupsText(pairs)}`, notes);
    },
  },
  {
    words: ['tracks'],
    help: "tracks of a volume that are pending or invalid, by its own array's list",
    argument: { name: 'ARRAY:VOLUME', form: VOLUME_NAME },
    knows: (record, volume) => hasArray(record, arrayOf(volume)),
    run: async (targets, volume) => {
      const path = `/v1/tracks/${encodeURIComponent(volume)}`;
      const target = targetOf(targets, arrayOf(volume));
      const view = await ask<TracksView>(target, { method: 'GET', path, timeout_ms: LOOK_MS });
      return outcome(view, tracksText(view));
    },
  },
  ...VOLUMES,
  ...HOSTS,
  {
    words: ['metrics'],
    help: 'counts and levels of the arrays, in the text format of Prometheus',
    run: async (targets) => {
      const { views, notes } = await askAll(targets, METRICS_PATH, askText);
      const text = mergeMetrics(views);
      return outcome(text, text, notes);
    },
  },
  {
    words: ['link', 'down'],
    help: 'take the link between two arrays down and hold it down',
    argument: link,
    knows: hasLink,
    run: (targets, name) => setLink(targets, name, 'down'),
  },
  {
    words: ['link', 'up'],
    help: 'let it come up again',
    argument: link,
    knows: hasLink,
    run: (targets, name) => setLink(targets, name, 'up'),
  },
  {
    words: ['links'],
    help: 'the links, and what went over each',
    run: async (targets) => {
      const { views, notes } = await askAll<readonly LinkView[]>(targets, '/v1/links');
      const links = mergeAllLinks(views);
      return outcome(links, linksText(links), notes);
    },
  },
  {
    words: ['link', 'add'],
    help: 'one more link between two arrays; the port is needed if two processes serve them',
    argument: { name: 'A-B', form: ARRAYS_NAME },
    takesPort: true,
    knows: hasLink,
    run: (targets, name, _force, _value, port) => addLink(targets, name, port),
  },
  {
    words: ['link', 'remove'],
    help: 'take one of several away for good; hosts notice nothing',
    argument: link,
    knows: hasLink,
    run: removeLink,
  },
  {
    words: ['array', 'crash'],
    help: 'power loss: what is not in battery memory or on drives is gone',
    argument: ARRAY,
    knows: hasArray,
    run: (targets, name) => setPower(targets, name, 'crash'),
  },
  {
    words: ['array', 'start'],
    help: 'switch it on again',
    argument: ARRAY,
    knows: hasArray,
    run: (targets, name) => setPower(targets, name, 'start'),
  },
  ...TRACES,
  ...DRIVES,
  ...FAULTS,
  {
    words: ['pair', 'failover'],
    help: 'let the array that does not serve hosts take over',
    argument: { name: 'PRIMARY', form: PAIR_NAME },
    takesForce: true,
    knows: hasPair,
    run: failOver,
  },
  ...RECONFIGURATION,
  ...OPERATOR_COMMANDS.map(
    (what): Subcommand => ({
      words: ['pair', what],
      help: SHORT_HELP[what],
      argument: { name: 'PRIMARY', form: PAIR_NAME },
      takesForce: what === 'create' || what === 'delete',
      knows: hasPair,
      run: (targets, pair, force) => command(targets, pair, what, force),
    }),
  ),
];

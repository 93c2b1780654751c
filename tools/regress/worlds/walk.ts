/**
 * All worlds of a pair in a state: a tree. Each world says where one event more may come and where the power may go;
 * these are its children. Of a share 1/N, every Nth power loss and every Nth event is taken, so 1/N of the worlds with a
 * power loss alone, 1/N² of those with an event before or after it, 1/N³ of those with two.
 */
import { PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';
import { EVENTS, type EventName, type Placed, type Spec, textOf } from './spec.js';
import type { Start } from './world.js';

export interface WalkPlan {
  readonly pair: string;
  readonly state: PairState;
  /** Operators' events in a world at most: 0, 1 or 2. */
  readonly events: number;
  /** 1: all; N: a share of 1/N. */
  readonly share: number;
  /** Failed worlds after which the walk ends; 20 when left out. */
  readonly failures?: number;
}

export interface Failure {
  readonly world: string;
  readonly violation: string;
  readonly time_us: number;
}

export interface Tally {
  /** Worlds that were run, by the number of their events. */
  readonly runs: number[];
  /** Power losses that were not run because another one leaves the same behind. */
  same: number;
  readonly failures: Failure[];
}

export const emptyTally = (): Tally => ({ runs: [0, 0, 0], same: 0, failures: [] });

const FAILURES_MOST = 20;

/** `progress` is called after each run. */
export function walk(start: Start, plan: WalkPlan, arrays: readonly string[], progress: () => void = () => {}): Tally {
  const tally = emptyTally();
  const seen = { points: 0, events: 0 };
  const take = (what: keyof typeof seen): boolean => seen[what]++ % plan.share === 0;

  const visit = (spec: Spec): void => {
    if (tally.failures.length >= (plan.failures ?? FAILURES_MOST)) return;
    const outcome = start.run(spec);
    progress();
    if (outcome.impossible) return;
    const events = spec.before.length + spec.after.length;
    (tally.runs[events] as number)++;
    if (outcome.violation !== undefined) {
      const { violation, time_us } = outcome;
      tally.failures.push({ world: textOf(spec), violation, time_us });
      return;
    }
    if (!spec.crash) {
      const points = outcome.points.reduce((n, p) => n + p.length, 0);
      tally.same += outcome.ops - points;
      for (const [a, list] of outcome.points.entries()) {
        for (const ops of list)
          for (const late of [false, true])
            if (take('points')) visit({ ...spec, crash: { array: arrays[a] as string, ops, late } });
      }
    }
    if (spec.act !== 'write' || events >= plan.events) return;
    for (const { at, events: names } of outcome.boundaries)
      for (const event of names) if (take('events')) visit(withEvent(spec, { event, at }));
  };

  for (const what of ['write', ...commandsIn(plan.state)] as const)
    visit({ state: plan.state, pair: plan.pair, act: what, before: [], after: [] });
  return tally;
}

function withEvent(spec: Spec, placed: Placed): Spec {
  if (!spec.crash) return { ...spec, before: [...spec.before, placed] };
  // What is done while the array is off comes before what is done when it is back.
  return { ...spec, after: [...spec.after, placed] };
}

/** Commands that are more than a refusal in the state: of those, too, the power goes at each micro-operation. */
function commandsIn(state: PairState): EventName[] {
  const row = PAIR_STATES[state];
  return EVENTS.filter((name) => {
    if (name === 'cut' || name === 'mend') return false;
    if (name === 'failover-force') return row['failover --force'] !== undefined;
    return row[name.replace('-force', '') as keyof typeof row] !== undefined;
  });
}

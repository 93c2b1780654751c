/**
 * One of the small worlds: a pair in a state, one write (or one command), operators' events at message boundaries, and one
 * power loss after a micro-operation. Its text names it for good: `PAIR/A:data0/write/suspend@4/off-A@57/late/resume@down`.
 */
import { PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';

export const EVENTS = [
  'suspend',
  'resume',
  'failover',
  'failover-force',
  'swap',
  'delete',
  'delete-force',
  'create',
  'create-force',
  'cut',
  'mend',
] as const;
export type EventName = (typeof EVENTS)[number];

/** An event right after so many messages were taken, since the act or since power is back; or while the array is off. */
export interface Placed {
  readonly event: EventName;
  readonly at: number | 'down';
}

export interface Spec {
  readonly state: PairState;
  /** `A:data0`: the pair, by its primary volume. */
  readonly pair: string;
  readonly act: 'write' | EventName;
  readonly before: readonly Placed[];
  /** Power of the array goes after so many of its micro-operations; `late`: it is back when the other side is at rest. */
  readonly crash?: { readonly array: string; readonly ops: number; readonly late: boolean };
  readonly after: readonly Placed[];
}

const placed = (list: readonly Placed[]): string => list.map((p) => `/${p.event}@${p.at}`).join('');

export function textOf({ state, pair, act, before, crash, after }: Spec): string {
  const off = crash ? `/off-${crash.array}@${crash.ops}${crash.late ? '/late' : ''}` : '';
  return `${state}/${pair}/${act}${placed(before)}${off}${placed(after)}`;
}

/** Errors: RangeError that names the part which is not understood. */
export function parseSpec(text: string): Spec {
  const [state = '', pair = '', act = '', ...rest] = text.split('/');
  if (!Object.hasOwn(PAIR_STATES, state))
    throw new RangeError(
      `world ${text}: "${state}" is no state of a pair; there are ${Object.keys(PAIR_STATES).join(', ')}`,
    );
  if (act !== 'write' && !EVENTS.includes(act as EventName))
    throw new RangeError(`world ${text}: "${act}" cannot be done; there are write, ${EVENTS.join(', ')}`);
  const before: Placed[] = [];
  const after: Placed[] = [];
  let crash: Spec['crash'];
  for (const part of rest) {
    if (part === 'late' && crash && after.length === 0) {
      crash = { ...crash, late: true };
      continue;
    }
    const [, name = '', at = ''] = /^([\w-]+)@(\d+|down)$/.exec(part) ?? [];
    if (name.startsWith('off-') && !crash && at !== 'down')
      crash = { array: name.slice(4), ops: Number(at), late: false };
    else if (EVENTS.includes(name as EventName) && (at !== 'down' || crash?.late))
      (crash ? after : before).push({ event: name as EventName, at: at === 'down' ? at : Number(at) });
    else
      throw new RangeError(
        `world ${text}: "${part}" is not understood; EVENT@N, off-ARRAY@N, late, or EVENT@down behind late is wanted; events are ${EVENTS.join(', ')}`,
      );
  }
  return { state: state as PairState, pair, act: act as Spec['act'], before, ...(crash ? { crash } : {}), after };
}

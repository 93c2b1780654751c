/** A rig whose runs leave a trace: a ring for each director of each array, of which a role has one of its own. */
import { Recorder } from '../../engine/recorder.js';
import { makeTraceRing, type Order, TraceRing } from '../../memory/trace-ring.js';
import { MICROCODED_ROLES } from '../../ports/messages.js';
import type { SimRig } from './world-plan.js';

export interface TracedRig {
  readonly rig: SimRig;
  /** By array and role. All records are numbered together. */
  readonly rings: readonly (readonly TraceRing[])[];
  readonly recorders: readonly Recorder[];
}

/** For one run. @param records of a ring, a power of two. Errors: RangeError for another number. */
export function traceRig(rig: SimRig, records: number): TracedRig {
  const order: Order = { next: 1 };
  const rings = rig.arrays.map(() => MICROCODED_ROLES.map(() => new TraceRing(makeTraceRing(records), order)));
  const recorders = rings.map((of) => new Recorder(of));
  return { rig: { ...rig, traceOf: (array) => recorders[array] as Recorder }, rings, recorders };
}

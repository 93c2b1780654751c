/**
 * The machine's clock, the same on all threads of the process. While a debugger lets everything stand, it stands too, so that
 * no deadline passes meanwhile; afterwards it goes on from there.
 */
import type { Clock } from '../../engine/engine.js';

// performance.now() counts from the start of its own thread, hrtime from one moment for all; but only the first neither
// allocates nor calls out.
const began_ns = Number(process.hrtime.bigint()) - Math.floor(performance.now() * 1_000_000);

/** Of this thread, each as it was told last: how long it stood in all, and where it stands now (−1: it goes). */
let stood_ns = 0;
let standsAt_ns = -1;

/** Whole nanoseconds since some moment before this process began. */
export const LIVE_CLOCK: Clock = {
  now_ns: () => (standsAt_ns >= 0 ? standsAt_ns : began_ns + Math.floor(performance.now() * 1_000_000) - stood_ns),
};

/** On this thread. Each thread is told the same moment, which none of them has passed by more than it takes to stand. */
export function clockStands(now_ns: number): void {
  standsAt_ns = now_ns;
}

/** @param stood what `clockStood` gave on the thread that decides. */
export function clockGoes(stood: number): void {
  stood_ns = stood;
  standsAt_ns = -1;
}

/** How long it stood in all, if it goes on now where it stands. */
export function clockStood(): number {
  if (standsAt_ns < 0) return stood_ns;
  return began_ns + Math.floor(performance.now() * 1_000_000) - standsAt_ns;
}

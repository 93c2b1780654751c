/** The machine's clock, the same on all threads of the process. */
import type { Clock } from '../../engine/engine.js';

// performance.now() counts from the start of its own thread, hrtime from one moment for all; but only the first neither
// allocates nor calls out.
const began_ns = Number(process.hrtime.bigint()) - Math.floor(performance.now() * 1_000_000);

/** Whole nanoseconds since some moment before this process began. */
export const LIVE_CLOCK: Clock = { now_ns: () => began_ns + Math.floor(performance.now() * 1_000_000) };

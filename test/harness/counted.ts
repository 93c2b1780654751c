/** What is to be counted of the microcode: apart from coverage.ts, so that a test file without microcode loads no more than this. */
import type { Image } from '../../firmware/engine/image.js';

/** By way: what tests of this file run. */
export const counted = { simulated: [] as Image[], unit: [] as Image[] };

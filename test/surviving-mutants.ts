/** Mutants of the microcode that no check notices, looked at one by one: `npx arraylab mutate` prints the reasons. */
import type { Reviewed } from '../tools/mutate/reviewed.js';

export const SURVIVORS: readonly Reviewed[] = [];

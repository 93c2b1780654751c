/** What became of the faults that a run was given. */
import type { RunResult } from '../run.js';

/** Each that struck with its virtual time; then those whose moment did not come. */
export function struckLines({ fired = [], unfired = [] }: RunResult): string[] {
  return [
    ...fired.map(({ time_us, fault, times }) => `at ${time_us} µs: ${fault}${times > 1 ? ` (first of ${times})` : ''}`),
    ...unfired.map((fault) => `its moment did not come: ${fault}`),
  ];
}

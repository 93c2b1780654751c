/** What battery memory holds at each moment: power may go between any two micro-operations. */
import type { Path } from '../harness/path.js';

/** Runs what is ready, one micro-operation after the other; what `look` saw before the first and after each of them. */
export function moments<T>(p: Path, look: () => T): T[] {
  const seen = [look()];
  while (p.run(1) > 0) seen.push(look());
  return seen;
}

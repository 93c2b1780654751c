/** What people know of mutants that survive: test/surviving-mutants.ts. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../firmware/service/package-root.js';

export interface Reviewed {
  /** Names the mutant: file, scope, instruction, change, as `arraylab mutate` prints them. */
  readonly key: string;
  /** `equivalent`: no array, host or operator can tell the difference. `owed`: a check is missing. */
  readonly is: 'equivalent' | 'owed';
  /** Why it is equivalent; which scenario is owed. */
  readonly why: string;
}

/** One reason for several. */
export interface ReviewedGroup extends Omit<Reviewed, 'key'> {
  readonly keys: readonly string[];
}

export async function loadReviewed(): Promise<readonly Reviewed[]> {
  const file = join(packageRoot(), 'dist/test/surviving-mutants.js');
  return ((await import(pathToFileURL(file).href)) as { SURVIVORS: readonly Reviewed[] }).SURVIVORS;
}

/** Entries that are wrong: of mutants that there are not, told twice, or of mutants that `noticed` names. */
export function stale(
  reviewed: readonly Reviewed[],
  keys: ReadonlySet<string>,
  noticed: ReadonlySet<string>,
): string[] {
  const seen = new Set<string>();
  return reviewed.flatMap(({ key }) => {
    const twice = seen.has(key);
    seen.add(key);
    if (!keys.has(key)) return [`there is no such mutant any more: ${key}`];
    if (twice) return [`stands twice: ${key}`];
    return noticed.has(key) ? [`is noticed now: ${key}`] : [];
  });
}

/** What people know of microcode that no run covers: test/uncovered-microcode.ts. */
import type { Missing } from './missing.js';

export interface Uncovered {
  /** As `missingOf` names it. */
  readonly key: string;
  /** `impossible`: nothing leads there, it is a guard. `unmet`: it can be, and no run meets it, or few do. */
  readonly is: 'impossible' | 'unmet';
  readonly why: string;
}

/** One reason for several. */
export interface UncoveredGroup extends Omit<Uncovered, 'key'> {
  readonly keys: readonly string[];
}

export interface Review {
  /** With the reason; undefined: nobody gave one. */
  readonly missing: readonly { readonly missing: Missing; readonly why: Uncovered | undefined }[];
  /** What is wrong with reasons: of instructions that there are not, told twice, or of what cannot be and was. */
  readonly stale: readonly string[];
}

/** @param isThere is there an instruction `FILE | SCOPE | INSTRUCTION`? */
export function review(
  missing: readonly Missing[],
  reasons: readonly Uncovered[],
  isThere: (place: string) => boolean,
): Review {
  const keys = new Set(missing.map(({ key }) => key));
  const seen = new Set<string>();
  const stale = reasons.flatMap(({ key, is }) => {
    const twice = seen.has(key);
    seen.add(key);
    const place = key.split(' | ').slice(0, 3).join(' | ');
    if (!isThere(place)) return [`there is no such instruction any more: ${key}`];
    if (twice) return [`stands twice: ${key}`];
    return is === 'impossible' && !keys.has(key) ? [`is said to be impossible, and was: ${key}`] : [];
  });
  const why = new Map(reasons.map((reason) => [reason.key, reason]));
  return { missing: missing.map((one) => ({ missing: one, why: why.get(one.key) })), stale };
}

/** The words of a command, and what is said when one of them is wrong. */
import { nearest } from '../../../firmware/service/profile/nearest.js';

/** What the user asked for cannot be done; the message says why. */
export class CommandError extends Error {}

/**
 * The one that `word` names, or is the beginning of. Errors: CommandError that says which there are, where several begin so
 * or none does. `what` is what they are; `others` is said where none is meant.
 */
export function oneNamed<T>(
  word: string,
  all: readonly T[],
  names: (one: T) => readonly string[],
  what: string,
  others = `there are ${all.map((one) => names(one)[0]).join(', ')}`,
): T {
  const exact = all.find((one) => names(one).includes(word));
  if (exact !== undefined) return exact;
  const found = word === '' ? [] : all.filter((one) => names(one).some((name) => name.startsWith(word)));
  if (found.length === 1) return found[0] as T;
  if (found.length > 1) {
    const meant = found.map((one) => names(one).find((name) => name.startsWith(word)));
    throw new CommandError(`"${word}" may be ${meant.join(', ')}`);
  }
  const near = nearest(word, all.flatMap(names), Math.min(2, word.length >> 1));
  throw new CommandError(
    `there is no ${what} "${word}"; ${near === undefined || word === '' ? others : `did you mean "${near}"?`}`,
  );
}

/** Words between spaces. */
export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Errors: CommandError where something is too much. */
export function nothing(rest: string): void {
  if (rest !== '') throw new CommandError(`"${rest}" is too much`);
}

/** A whole number from `least` on; `what` is its name in errors. */
export function countOf(text: string, what: string, least = 1): number {
  const n = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(n >= least)) throw new CommandError(`${what} is "${text}"; a whole number from ${least} on is wanted`);
  return n;
}

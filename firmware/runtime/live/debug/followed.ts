/**
 * Tasks that work for the one that a user follows to another array (`peer`), in words that all directors of all arrays
 * share: one place for each task, so there are never more than there are tasks. Who asks is entered before it runs, so before
 * anybody has what it asks for.
 */
import { TOKEN_MASK } from '../../../engine/tasks.js';
import { MICROCODED_ROLES } from '../../../ports/messages.js';

/** How many there are; places of a role; then the own token of each, 0 for none. */
const COUNT = 0;
const PLACES = 1;
const FIRST = 2;

/** @param tasksMost that a role has in any of the arrays. */
export function followedWords(arrays: number, tasksMost: number): Int32Array {
  const places = tasksMost + 1;
  const bytes = (FIRST + arrays * MICROCODED_ROLES.length * places) * Int32Array.BYTES_PER_ELEMENT;
  const words = new Int32Array(new SharedArrayBuffer(bytes));
  words[PLACES] = places;
  return words;
}

const placeOf = (words: Int32Array, array: number, role: number, token: number): number =>
  FIRST + (array * MICROCODED_ROLES.length + role) * (words[PLACES] as number) + (token & TOKEN_MASK);

/** Is the task of this own token one of them? */
export const isFollowed = (words: Int32Array, array: number, role: number, token: number): boolean =>
  token !== 0 && Atomics.load(words, placeOf(words, array, role, token)) === token;

export function follow(words: Int32Array, array: number, role: number, token: number): void {
  if (Atomics.exchange(words, placeOf(words, array, role, token), token) === 0) Atomics.add(words, COUNT, 1);
}

/** The task is done. True: it was one of them, and none is left. */
export function forget(words: Int32Array, array: number, role: number, token: number): boolean {
  const place = placeOf(words, array, role, token);
  return Atomics.compareExchange(words, place, token, 0) === token && Atomics.sub(words, COUNT, 1) === 1;
}

/**
 * Pictures of a world's memory: in chunks, of which those that did not change are shared with the picture before. So many of
 * them fit where one copy of large volumes would.
 */
import type { Buffers } from '../../../firmware/runtime/simulated/world-plan.js';

export const CHUNK_BYTES = 1 << 16;
const CHUNK_WORDS = CHUNK_BYTES / 4;
/** What was never written; every picture shares it. */
const ZERO = new Int32Array(CHUNK_WORDS);

/** All memory of a world, always in the same order. */
export function viewsOf({ world, transit, arrays, drives }: Buffers): readonly Int32Array[] {
  const all = [world, transit, ...arrays, ...drives.flatMap(({ current, kept }) => [current, kept])];
  return all.map((buffer) => new Int32Array(buffer));
}

/** By view and chunk. Nobody changes what is in it. */
export type Picture = readonly (readonly Int32Array[])[];

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

const isSame = (a: Int32Array, b: Int32Array): boolean => bytesOf(a).equals(bytesOf(b));

/** @param before shares with it what is the same. */
export function takePicture(views: readonly Int32Array[], before?: Picture): Picture {
  return views.map((view, v) => {
    const old = before?.[v];
    return Array.from({ length: Math.ceil(view.length / CHUNK_WORDS) }, (_, c) => {
      const now = view.subarray(c * CHUNK_WORDS, (c + 1) * CHUNK_WORDS);
      const was = old?.[c] ?? ZERO.subarray(0, now.length);
      if (isSame(now, was)) return old ? was : ZERO;
      return new Int32Array(now);
    });
  });
}

/** Makes memory what it is in a picture. */
export function putPicture(views: readonly Int32Array[], picture: Picture): void {
  for (const [v, view] of views.entries())
    for (const [c, chunk] of (picture[v] as readonly Int32Array[]).entries()) {
      const at = c * CHUNK_WORDS;
      view.set(at + chunk.length > view.length ? chunk.subarray(0, view.length - at) : chunk, at);
    }
}

/** Words of a view that became others, from one place on. */
export interface Difference {
  readonly view: number;
  readonly at: number;
  readonly words: Int32Array;
}

/** What memory has that a picture has not, to be put over it. */
export function differences(views: readonly Int32Array[], picture: Picture): Difference[] {
  const found: Difference[] = [];
  for (const [v, view] of views.entries())
    for (const [c, chunk] of (picture[v] as readonly Int32Array[]).entries()) {
      const from = c * CHUNK_WORDS;
      const now = view.subarray(from, from + CHUNK_WORDS);
      const was = chunk.length === now.length ? chunk : chunk.subarray(0, now.length);
      if (isSame(now, was)) continue;
      let first = 0;
      while (now[first] === was[first]) first++;
      let last = now.length - 1;
      while (now[last] === was[last]) last--;
      found.push({ view: v, at: from + first, words: new Int32Array(now.subarray(first, last + 1)) });
    }
  return found;
}

export function putDifferences(views: readonly Int32Array[], all: readonly Difference[]): void {
  for (const { view, at, words } of all) (views[view] as Int32Array).set(words, at);
}

/** Chunks that a picture has for itself or shares, without those that are zero. */
export const chunksOf = (picture: Picture): Int32Array[] =>
  picture.flat().filter((chunk) => chunk.buffer !== ZERO.buffer);

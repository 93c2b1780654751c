/**
 * Pictures of a world's memory: in pages, of which those that did not change are shared with the picture before. So many of
 * them fit where one copy of large volumes would.
 */
import type { Buffers } from '../../../firmware/runtime/simulated/world-plan.js';

const PAGE_BYTES = 4096;
const CHUNK_PAGES = 16;
const CHUNK_BYTES = CHUNK_PAGES * PAGE_BYTES;

/** All memory of a world, always in the same order. */
export type Views = readonly Buffer[];

export function viewsOf({ world, transit, arrays, drives }: Buffers): Views {
  const all = [world, transit, ...arrays, ...drives.flatMap(({ current, kept }) => [current, kept])];
  return all.map((buffer) => Buffer.from(buffer));
}

/** Bytes that nobody changes. */
export type Page = Buffer;
/** Pages that stand one behind the other; NOTHING: all are zero, as what was never written is. */
type Chunk = readonly Page[];
/** By view and chunk. */
export type Picture = readonly (readonly Chunk[])[];

const ZEROS: Page = Buffer.alloc(CHUNK_BYTES);
const NOTHING: Chunk = [];

const isAt = (view: Buffer, at: number, page: Page): boolean => page.compare(view, at, at + page.length) === 0;
const isNothingAt = (view: Buffer, at: number, bytes: number): boolean =>
  ZEROS.compare(view, at, at + bytes, 0, bytes) === 0;

function takeChunk(view: Buffer, from: number, old: Chunk): Chunk {
  const bytes = Math.min(CHUNK_BYTES, view.length - from);
  if (old === NOTHING && isNothingAt(view, from, bytes)) return NOTHING;
  let isSame = old !== NOTHING;
  const pages: Page[] = [];
  for (let at = from; at < from + bytes; at += PAGE_BYTES) {
    const was = old[pages.length];
    const stays = was !== undefined && isAt(view, at, was);
    isSame &&= stays;
    pages.push(stays ? was : Buffer.from(view.subarray(at, Math.min(at + PAGE_BYTES, from + bytes))));
  }
  return isSame ? old : pages;
}

/** @param before shares with it what is the same. */
export function takePicture(views: Views, before?: Picture): Picture {
  return views.map((view, v) => {
    const old = before?.[v];
    return Array.from({ length: Math.ceil(view.length / CHUNK_BYTES) }, (_, c) =>
      takeChunk(view, c * CHUNK_BYTES, old?.[c] ?? NOTHING),
    );
  });
}

/** Each page of a picture that memory does not have, with its place. */
function* others(views: Views, picture: Picture): Generator<{ view: number; at: number; page: Page }> {
  for (const [view, memory] of views.entries())
    for (const [c, chunk] of (picture[view] as readonly Chunk[]).entries()) {
      const from = c * CHUNK_BYTES;
      const bytes = Math.min(CHUNK_BYTES, memory.length - from);
      if (chunk === NOTHING) {
        if (!isNothingAt(memory, from, bytes)) yield { view, at: from, page: ZEROS.subarray(0, bytes) };
        continue;
      }
      for (const [p, page] of chunk.entries())
        if (!isAt(memory, from + p * PAGE_BYTES, page)) yield { view, at: from + p * PAGE_BYTES, page };
    }
}

/** Makes memory what it is in a picture. Writes only what is another, so that memory which nobody used stays unused. */
export function putPicture(views: Views, picture: Picture): void {
  for (const { view, at, page } of others(views, picture)) page.copy(views[view] as Buffer, at);
}

/** Is memory what it is in a picture? */
export const isPicture = (views: Views, picture: Picture): boolean => others(views, picture).next().done === true;

/** Bytes of a view that became others, from one place on. */
export interface Difference {
  readonly view: number;
  readonly at: number;
  readonly bytes: Buffer;
}

/** What memory has that a picture has not, to be put over it. */
export function differences(views: Views, picture: Picture): Difference[] {
  const found: Difference[] = [];
  for (const { view, at, page: was } of others(views, picture)) {
    const now = (views[view] as Buffer).subarray(at, at + was.length);
    let first = 0;
    while (now[first] === was[first]) first++;
    let end = now.length;
    while (now[end - 1] === was[end - 1]) end--;
    found.push({ view, at: at + first, bytes: Buffer.from(now.subarray(first, end)) });
  }
  return found;
}

export function putDifferences(views: Views, all: readonly Difference[]): void {
  for (const { view, at, bytes } of all) bytes.copy(views[view] as Buffer, at);
}

/** Pages that a picture has for itself or shares. */
export const pagesOf = (picture: Picture): Page[] => picture.flat(2);

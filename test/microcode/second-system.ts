/** The second storage system of a journal group: what comes from the first one, and what is here of it. */

import { expect } from 'vitest';
import {
  CONSTANTS,
  type INTENT,
  PAIR_STATE,
  POOL,
  RESULT,
  SECTOR_BYTES,
  SHIP_FLAG,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { fieldOffset } from '../../firmware/memory/tables.js';
import type { BenchOptions, BenchVolume } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import { type Path, path, type Receipt, span } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';

/** Another group, of volume 0, stands before it; volumes 1 and 2 are its own, and volume 3 has no pair. */
export const GROUP = 1;
/** The newest entry of the group: the next ones go over 2^32. */
export const START = 2 ** 33 - 3;
/** Behind its newest data: the next ones go over 2^32. */
export const TAIL = 2 ** 32 - 8;
export const SLOT = 5;
const UPDATE_BYTES = 64;

/** Low word first. */
export const wide = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];
/** Entry `START` + n. */
export const number = (n: number): [number, number] => wide(START + n);

const VOLUMES: readonly BenchVolume[] = [
  { tracks: 4, pair: 'target', peer: 9, journal: 0 },
  { tracks: 4, pair: 'target', peer: 7, journal: GROUP },
  { tracks: 2, pair: 'target', peer: 8, journal: GROUP },
  { tracks: 4 },
];
const NUMBERS = ['last', 'freed', 'restored', 'drop', 'noted'] as const;
const PLACES = ['tail', 'head', 'spilled'] as const;

/** Power is on, and BOOT has not come yet; the group is empty. */
export function unbooted(options: BenchOptions = {}): Path {
  const p = path('data', {
    volumes: VOLUMES,
    journals: [{}, {}],
    recipe: recipeOf('journal-pull'),
    tasks: [4, 6, 6, 4],
    remoteSlots: 4,
    credits: 6,
    ...options,
  });
  for (const field of NUMBERS) p.set(`journal.${field}`, GROUP, number(0));
  for (const field of PLACES) p.set(`journal.${field}`, GROUP, wide(TAIL));
  for (const v of [0, 1, 2]) {
    p.set('pair.state', v, PAIR_STATE.PAIR);
    p.set('pair.epoch', v, EPOCH);
    p.set('pair.known', v, THEIRS);
    p.set('pair.fed', v, THEIRS);
  }
  return p;
}

/** In session 3; nothing of the group is under way. */
export function second(options: BenchOptions = {}): Path {
  const p = unbooted(options);
  for (const field of ['taken', 'asked'] as const) p.set(`journaling.${field}`, GROUP, number(0));
  for (const v of [0, 1, 2]) {
    p.set('session.taking', v, EPOCH);
    p.set('volume.state', v, VOLUME_STATE.VOLUME_RESTORING);
  }
  p.set('volume.state', 3, VOLUME_STATE.VOLUME_READY);
  p.set('system.ready', 0, 1);
  return p;
}

/** An entry as the first one tells it: of track 1 of volume 1, two sectors from the second on, unless it says what else. */
export interface Told {
  readonly n: number;
  readonly gen?: readonly [low: number, epoch: number];
  readonly volume?: number;
  readonly track?: number;
  readonly span?: number;
  readonly flags?: number;
}

export const SPAN = span(1, 2);

const receiveAt = (p: Path, buffer: number): number => p.machine.memory.layout.receiveAt + buffer * 4;

export interface Block {
  readonly volume?: number;
  readonly track?: number;
  readonly epoch?: number;
  readonly flags?: number;
  readonly span?: number;
  /** Which receive buffer it is in: a block that waits keeps its own. */
  readonly buffer?: number;
  /** Run only so many micro-operations of it. */
  readonly ops?: number;
}

/** So many sectors of a byte, which go behind entry `after`. */
export function sendsData(p: Path, after: number, sectors: number, byte: number, block: Block = {}): Receipt {
  const at = receiveAt(p, block.buffer ?? 0);
  p.fill(at, Math.max(sectors, 1), byte);
  return sent(p, after, at, { flags: SHIP_FLAG.SHIP_DATA, span: span(0, sectors), ...block });
}

/** Update information behind entry `after`; `bare`: no data go before it. */
export function tells(p: Path, after: number, entries: readonly Told[], bare = false, block: Block = {}): Receipt {
  const at = receiveAt(p, block.buffer ?? 1);
  p.fill(at, 2, 0xee);
  for (const [i, e] of entries.entries()) putUpdate(p, (at * SECTOR_BYTES + i * UPDATE_BYTES) >> 2, e);
  const data = bare ? 0 : SHIP_FLAG.SHIP_DATA;
  const flags = SHIP_FLAG.SHIP_INFORMATION | data | (entries.length << 8);
  return sent(p, after, at, { flags, span: span(0, (entries.length + 7) >> 3), ...block });
}

function putUpdate(p: Path, at: number, told: Told): void {
  const { m } = p.machine.memory;
  const put = (field: string, ...words: readonly number[]): void => m.set(words, at + fieldOffset('update', field));
  put('number', ...number(told.n));
  put('gen', ...(told.gen ?? [told.n, EPOCH]));
  put('place', ...wide(12345));
  put('volume', 77);
  put('peer', told.volume ?? 1);
  put('track', told.track ?? 1);
  put('span', told.span ?? SPAN);
  put('flags', told.flags ?? 0);
  put('done', 1);
}

function sent(p: Path, after: number, at: number, { buffer: _, ops, ...block }: Block): Receipt {
  const payload = { volume: 1, at, epoch: EPOCH, gen: number(after)[0], session: 9, ...block };
  return p.receive('APPLY', payload, ops === undefined ? {} : { ops });
}

/** The update record in which entry `START` + n stands, if it exists. */
export const recordOf = (p: Path, n: number): number => p.node.journals.find(GROUP, START + n);
export const exists = (p: Path, n: number): boolean => `${p.words('update.number', recordOf(p, n))}` === `${number(n)}`;

/** How far behind `START` a number of the group is. */
export function of(p: Path, field: (typeof NUMBERS)[number] | 'taken' | 'asked'): number {
  const name =
    field === 'taken' || field === 'asked' ? (`journaling.${field}` as const) : (`journal.${field}` as const);
  const [low, high] = p.words(name, GROUP) as [number, number];
  return (low >>> 0) + high * 2 ** 32 - START;
}

/** How many sectors a position of the group is behind `TAIL`. */
export function placeOf(p: Path, field: (typeof PLACES)[number]): number {
  const [low, high] = p.words(`journal.${field}`, GROUP) as [number, number];
  return (low >>> 0) + high * 2 ** 32 - TAIL;
}

/** Entries that the second one has, with their data, not restored yet; all of them come behind one another. */
export function holding(p: Path, entries: readonly (Told & { readonly byte?: number })[]): Path {
  for (const e of entries) {
    const record = recordOf(p, e.n);
    putUpdate(p, p.machine.at('update', 'number', record), e);
    p.set('update.done', record, 0);
    if (((e.flags ?? 0) & SHIP_FLAG.SHIP_ZERO) !== 0) continue;
    const sectors = (e.span ?? SPAN) >>> 16;
    const place = p.node.journals.reserve(GROUP, sectors);
    p.fill(p.transferAt, sectors, e.byte ?? e.n);
    p.node.journals.data(GROUP, place, p.transferAt, sectors);
    p.set('update.place', record, wide(place));
  }
  p.set('journal.last', GROUP, number(Math.max(0, ...entries.map((e) => e.n))));
  return p;
}

/** As many restorers begin as are told. */
export function restore(p: Path, tasks = 1): void {
  p.set('journaling.restoring', GROUP, tasks);
  for (let i = 0; i < tasks; i++) p.receive('RESTORE', { journal: GROUP });
}

export interface Asked {
  readonly volume?: number;
  readonly track?: number;
  readonly span?: number;
  readonly intent?: (typeof INTENT)[keyof typeof INTENT];
}

/** The cache is asked for a slot for an entry, of the pool for what the other side sends. */
export function asksFor(p: Path, asked: Asked = {}): ReturnType<Path['expect']> {
  const intent = CONSTANTS.TO_WRITE as number;
  return p.expect('cache', 'GET', { volume: 1, track: 1, span: SPAN, intent, pool: POOL.REMOTE_POOL, ...asked });
}

/** It gets one, and gives it back with no credit. */
export function gets(p: Path, request?: ReturnType<Path['expect']>, slot = SLOT): void {
  p.answer('GOT', { result: RESULT.OK, slot }, request);
  p.expect('cache', 'GIVE', { slot, session: 0 });
}

/** Restorers begin, as many as the group may have. */
export function restorersBegin(p: Path): void {
  p.expect('data', 'RESTORE', { journal: GROUP });
  p.expect('data', 'RESTORE', { journal: GROUP });
  expect(p.get('journaling.restoring', GROUP)).toBe(2);
}

/** Data and then update information come, and are taken. */
export function comes(p: Path, after: number, entries: readonly Told[], sectors = 2 * entries.length): void {
  const data = sendsData(p, after, sectors, 0x10 + after);
  p.expectReply('APPLIED', { result: RESULT.ON_DRIVE }, data);
  const information = tells(p, after, entries);
  if (p.get('journaling.restoring', GROUP) === 2 && p.sent > 1) restorersBegin(p);
  p.expectReply('APPLIED', { result: RESULT.ON_DRIVE }, information);
}

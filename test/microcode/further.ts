/**
 * A volume in two journal groups, with two other arrays: as source of both, or as target of one whose entries it hands on.
 * Its further pair has a record, a group, a session and an epoch of its own.
 */
import { PAIR_ROLE, PAIR_STATE, RESULT, TRUNK_SHIFT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { BenchJournal, BenchOptions, BenchVolume } from '../harness/bench-array.js';
import type { Field } from '../harness/fields.js';
import type { Path } from '../harness/path.js';
import { THEIRS } from './fixtures.js';
import { bytesAt, wide } from './journals.js';
import { GROUP, second, unbooted } from './second-system.js';

/** The volume, and the record of its further pair; the other volume of the first group is in that one alone. */
export const VOLUME = 1;
export const ALONE = 2;
export const FURTHER = 3;
/** Track 0 of each in the array. */
export const BASE = 4;
export const MARKS = 10;
/** Their groups; group 0 is another one. */
export const NEAR = GROUP;
export const FAR = 2;
export const NEAR_PEER = 7;
export const FAR_PEER = 5;
export const FAR_TRUNK = 1;
export const FAR_SIDE = (FAR_TRUNK << TRUNK_SHIFT) | FAR_PEER;
export const FAR_EPOCH = 6;
/** Memory of the third array. */
export const THIRD = 88;
/** Of a group, as `bench-array.ts` has it: entries, and sectors of the window in memory. */
export const RECORDS = 16;

const volumesOf = (pair: 'source' | 'target'): BenchVolume[] => [
  { tracks: 4, pair, peer: 9, journal: 0 },
  { tracks: 4, pair, peer: NEAR_PEER, journal: NEAR },
  { tracks: 2, pair, peer: 8, journal: NEAR },
  { tracks: 4, of: VOLUME, pair: 'source', peer: FAR_PEER, trunk: FAR_TRUNK, journal: FAR },
];

const journalVolume = (drive: number, dataSectors: number) => [{ drive, informationSectors: 2, dataSectors }];

export interface Groups {
  readonly near?: BenchJournal;
  readonly far?: BenchJournal;
  readonly options?: BenchOptions;
}

const optionsOf = (pair: 'source' | 'target', { near = {}, far = {}, options = {} }: Groups): BenchOptions => ({
  volumes: volumesOf(pair),
  mapped: pair === 'source',
  journals: [{}, { volumes: journalVolume(1, 32), ...near }, { volumes: journalVolume(2, 64), ...far }],
  ...options,
});

/** The further pair is in its session. */
function further(p: Path): Path {
  p.set('pair.state', FURTHER, PAIR_STATE.PAIR);
  p.set('pair.epoch', FURTHER, FAR_EPOCH);
  p.set('pair.known', FURTHER, THIRD);
  p.set('session.taking', FURTHER, 0);
  p.set('session.open', FURTHER, 1);
  p.set('session.agreed', FURTHER, 1);
  return p;
}

function calm(p: Path): Path {
  for (const group of [NEAR, FAR]) p.set('journaling.spill_at', group, 1_000);
  return p;
}

/** Target of the first pair, source of the further one; both are PAIR. Numbers of the first group go on behind START. */
export const cascade = (groups: Groups = {}): Path => calm(further(second(optionsOf('target', groups))));

/** The same with power on, before BOOT. */
export function unbootedCascade(groups: Groups = {}): Path {
  const p = further(unbooted(optionsOf('target', groups)));
  for (const field of ['session.open', 'session.agreed'] as const) p.set(field, FURTHER, 0);
  return p;
}

/** Source of both pairs, which are PAIR; both groups are as formatted. */
export function twoTargets(groups: Groups = {}): Path {
  return serves(calm(further(second(optionsOf('source', groups)))));
}

export function unbootedSource(groups: Groups = {}): Path {
  const p = serves(further(unbooted(optionsOf('source', groups))));
  for (const pair of [0, VOLUME, ALONE, FURTHER]) {
    for (const field of ['session.open', 'session.agreed'] as const) p.set(field, pair, 0);
  }
  return p;
}

/** Of what the second storage system of `second-system.ts` has, nothing. */
function serves(p: Path): Path {
  const numbers = ['last', 'freed', 'restored', 'drop', 'noted', 'tail', 'head', 'spilled'];
  for (const field of numbers) p.set(`journal.${field}` as Field, NEAR, [0, 0]);
  for (const pair of [0, VOLUME, ALONE]) {
    p.set('session.taking', pair, 0);
    p.set('session.open', pair, 1);
    p.set('session.agreed', pair, 1);
    p.set('volume.state', pair, VOLUME_STATE.VOLUME_READY);
    p.set('pair.role', pair, PAIR_ROLE.SOURCE);
    p.set('pair.known', pair, THEIRS);
    p.set('pair.fed', pair, 0);
  }
  return p;
}

/** What battery memory says of entry n of a group; undefined: there is none. */
export function entryOf(p: Path, group: number, n: number) {
  const r = p.node.journals.find(group, n);
  if (n === 0 || wide(p, 'update.number', r) !== n) return undefined;
  return {
    gen: p.words('update.gen', r),
    time: wide(p, 'update.time', r),
    place: wide(p, 'update.place', r),
    volume: p.get('update.volume', r),
    peer: p.get('update.peer', r),
    track: p.get('update.track', r),
    span: p.get('update.span', r),
    flags: p.get('update.flags', r),
    done: p.get('update.done', r),
  };
}

/** The bytes of entry n of a group, by sector, as memory has them. */
export function dataOf(p: Path, group: number, n: number): number[] {
  const entry = entryOf(p, group, n);
  if (!entry) throw new RangeError(`there is no entry ${n} in group ${group}`);
  return bytesAt(p, p.node.journals.at(group, entry.place), entry.span >>> 16);
}

export const last = (p: Path, group: number): number => wide(p, 'journal.last', group);

/** A group's journal has no entry left: each is one that is not restored. */
export function fill(p: Path, group: number): void {
  p.set('journal.last', group, [RECORDS, 0]);
}

/** The other side of a pair reads its journal behind what it has restored. */
export function reads(p: Path, volume: number, after: number): void {
  const request = p.receive('READ_JOURNAL', { volume, size: 8, after, trunk: volume === FURTHER ? FAR_TRUNK : 0 });
  p.expectReply('JOURNAL_READ', { result: RESULT.OK }, request);
}

/** The state of the further pair. */
export const isIn = (p: Path, state: keyof typeof PAIR_STATE): boolean =>
  p.get('pair.state', FURTHER) === PAIR_STATE[state];

/** Journal groups as the tests of this folder have them: group 1 is looked at, group 0 is another one, to be left alone. */
import { INTENT, PAIR_STATE, POOL, RESULT, SECTOR_BYTES } from '../../firmware/memory/constants.js';
import type { BenchJournal, BenchOptions } from '../harness/bench-array.js';
import type { Field } from '../harness/fields.js';
import { recipeOf } from '../harness/images.js';
import { type Path, type Receipt, span } from '../harness/path.js';
import { data, EPOCH, THEIRS } from './fixtures.js';

export const GROUP = 1;
export const OTHER_GROUP = 0;
/** Volumes of the group; the numbers that they have at the other array; one of the other group; one of the group without a pair. */
export const FIRST = 0;
export const SECOND = 2;
export const FIRST_PEER = 7;
export const SECOND_PEER = 9;
export const STRANGER = 1;
export const UNPAIRED = 3;
/** Update information of entry n of the group stands behind the records of the other one. */
export const RECORDS = 16;
export const recordOf = (number: number): number => RECORDS + (number % RECORDS);
/** Of the group's window and data region, in sectors; each volume has tracks of four. */
export const WINDOW = 16;
export const REGION = 32;
/** The drives of the journal volumes: information in sectors 0 and 1, data behind it. */
export const DRIVE = 2;
export const DATA_LBA = 2;

const { OK } = RESULT;

interface JournalBench {
  readonly role: 'source' | 'target';
  readonly state?: keyof typeof PAIR_STATE;
  readonly group?: BenchJournal;
  readonly options?: BenchOptions;
}

const journalVolume = (drive: number, dataSectors: number) => [{ drive, informationSectors: 2, dataSectors }];

/** A data role with two groups, in session 3 where the state has one. */
export function journals({ role, state = 'PAIR', group = {}, options = {} }: JournalBench): Path {
  const pair = { tracks: 4, pair: role };
  const p = data({
    volumes: [
      { ...pair, peer: FIRST_PEER, journal: GROUP },
      { ...pair, peer: 8, journal: OTHER_GROUP },
      { ...pair, peer: SECOND_PEER, journal: GROUP },
      { tracks: 4, journal: GROUP },
      { tracks: 4 },
    ],
    journals: [{ volumes: journalVolume(1, REGION) }, { volumes: journalVolume(DRIVE, REGION), ...group }],
    recipe: recipeOf('journal-pull'),
    ...options,
  });
  for (const pairNumber of [FIRST, STRANGER, SECOND]) {
    p.set('pair.state', pairNumber, PAIR_STATE[state]);
    p.set('pair.epoch', pairNumber, EPOCH);
    p.set('pair.known', pairNumber, THEIRS);
    const inSession = state === 'PAIR' || state === 'COPY';
    if (role === 'source') {
      p.set('session.open', pairNumber, inSession ? 1 : 0);
      p.set('session.agreed', pairNumber, 1);
    } else {
      p.set('session.taking', pairNumber, inSession ? EPOCH : 0);
      p.set('pair.fed', pairNumber, THEIRS);
    }
  }
  p.set('system.ready', 0, 1);
  return p;
}

export const source = (state: keyof typeof PAIR_STATE = 'PAIR', group: BenchJournal = {}, options: BenchOptions = {}) =>
  journals({ role: 'source', state, group, options });
export const target = (state: keyof typeof PAIR_STATE = 'PAIR', group: BenchJournal = {}, options: BenchOptions = {}) =>
  journals({ role: 'target', state, group, options });

/** A field of 64 bits as a number. */
export function wide(p: Path, field: Field, record: number = GROUP): number {
  const [low = 0, high = 0] = p.words(field, record);
  return (low >>> 0) + (high >>> 0) * 0x1_0000_0000;
}

/** The byte that fills each sector from one sector address on; NaN for a sector of several. */
export function bytesAt(p: Path, sector: number, sectors: number): number[] {
  const { bytes } = p.machine.memory;
  return Array.from({ length: sectors }, (_, s) => {
    const at = (sector + s) * SECTOR_BYTES;
    const byte = bytes[at] as number;
    return bytes.subarray(at, at + SECTOR_BYTES).every((b) => b === byte) ? byte : Number.NaN;
  });
}

/** Sector address of a position of the group's data region in memory. */
export const windowAt = (p: Path, place: number): number =>
  (p.machine.memory.layout.windowsAt[GROUP] as number) + (place % WINDOW);
/** Sector address of a buffer of the group: its update information; data stand two sectors behind. */
export const bufferAt = (p: Path, n = 0): number => (p.machine.memory.layout.buffersAt[GROUP] as number) + n * 6;
/** Sector address of the sector of `update` where entry n of the group stands. */
export const informationAt = (p: Path, number: number): number =>
  p.machine.memory.layout.base.update / 128 + Math.floor(recordOf(number) / 8);

export interface Write {
  readonly volume?: number;
  readonly track?: number;
  readonly sector?: number;
  readonly sectors?: number;
  readonly byte?: number;
  readonly flags?: number;
}

/** A write comes in, and asks for its slot unless it waits. */
export function begin(p: Path, write: Write = {}): Receipt {
  const { volume = FIRST, track = 1, sector = 1, sectors = 2, byte = 0xab, flags = 0 } = write;
  p.fill(p.transferAt, sectors, byte);
  return p.receive('WRITE', { volume, track, span: span(sector, sectors), at: p.transferAt, flags });
}

/** It gets its slot, and its status. */
export function written(p: Path, write: Write = {}, request?: Receipt, slot = 2): void {
  const { volume = FIRST, track = 1 } = write;
  p.expect('cache', 'GET', { volume, track, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL });
  p.answer('GOT', { result: OK, slot });
  p.expect('cache', 'GIVE', { slot });
  p.expectReply('WRITTEN', { result: OK }, request);
}

/** A host's write, from its request to status OK. */
export function write(p: Path, what: Write = {}): void {
  written(p, what, begin(p, what));
}

/** So many entries, one sector each, of track n mod 4 and with byte n. */
export function entries(p: Path, count: number, volume = FIRST): void {
  for (let i = 0; i < count; i++) {
    const n = wide(p, 'journal.last') + 1;
    write(p, { volume, track: n % 4, sector: 0, sectors: 1, byte: n });
  }
}

/** A read of the group's journal by the other side. */
export function read(p: Path, after: number, options: { lag?: number; size?: number; volume?: number } = {}): Receipt {
  const { lag = 0, size = 8, volume = FIRST } = options;
  return p.receive('READ_JOURNAL', {
    volume,
    size,
    after,
    after_high: Math.floor(after / 0x1_0000_0000),
    lag,
  });
}

/** A host waits for room in a full journal, and its time runs. */
export function waiting(state: keyof typeof PAIR_STATE = 'PAIR'): { p: Path; request: Receipt } {
  const p = source(state);
  p.set('journal.last', GROUP, [RECORDS, 0]);
  const request = begin(p);
  p.expect('data', 'FULL', { journal: GROUP });
  p.receive('FULL', { journal: GROUP });
  p.expectNothing();
  return { p, request };
}

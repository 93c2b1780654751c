import { describe, expect, test } from 'vitest';
import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { type Path, path } from '../harness/path.js';

const { OK, MEDIUM_ERROR } = RESULT;
const VOLUMES = [{ tracks: 4 }, { tracks: 4, drive: 2, driveBase: 100 }];
/** Sectors of a slot as bits of its first mask word. */
const disk = (sectorsPerTrack = 8): Path => path('disk', { volumes: VOLUMES, mapped: true, sectorsPerTrack });

describe('a stage', () => {
  test('reads what the slot lacks, run by run, and nothing over what it holds', () => {
    const p = disk();
    p.set('slot.valid', 3, 0b0001_1100);
    p.receive('STAGE', { volume: 1, track: 2, slot: 3 });
    p.expect('drivePort', 'DRIVE_READ', { drive: 2, lba: 100 + 16, sectors: 2, at: p.slotAt(3, 0) });
    p.expect('drivePort', 'DRIVE_READ', { drive: 2, lba: 100 + 21, sectors: 3, at: p.slotAt(3, 5) });
    p.answer('DRIVE_DONE', { result: OK });
    expect(p.get('slot.valid', 3)).toBe(0b0001_1100);
    p.answer('DRIVE_DONE', { result: OK });
    p.expectReply('STAGED', { result: OK });
    expect(p.get('slot.valid', 3)).toBe(0xff);
    p.expectDone();
  });

  test('of a slot that holds all asks no drive', () => {
    const p = disk();
    p.set('slot.valid', 3, 0xff);
    p.receive('STAGE', { volume: 0, track: 0, slot: 3 });
    p.expectReply('STAGED', { result: OK });
    p.expectDone();
  });

  test('of more than eight gaps asks for eight, then for the rest', () => {
    const p = disk(32);
    p.set('slot.valid', 0, 0x55555555);
    p.receive('STAGE', { volume: 0, track: 1, slot: 0 });
    for (let i = 0; i < 16; i++) {
      p.expect('drivePort', 'DRIVE_READ', { lba: 32 + 2 * i + 1, sectors: 1, at: p.slotAt(0, 2 * i + 1) });
      if (i % 8 === 7) for (let n = 0; n < 8; n++) p.answer('DRIVE_DONE', { result: OK });
    }
    p.expectReply('STAGED', { result: OK });
    expect(p.get('slot.valid', 0)).toBe(-1);
    p.expectDone();
  });

  test('that fails says so after all of its reads ended, and the slot holds no more than before', () => {
    const p = disk();
    p.set('slot.valid', 3, 0b100);
    p.receive('STAGE', { volume: 0, track: 0, slot: 3 });
    p.expect('drivePort', 'DRIVE_READ', { sectors: 2 });
    p.expect('drivePort', 'DRIVE_READ', { sectors: 5 });
    p.answer('DRIVE_DONE', { result: MEDIUM_ERROR });
    p.expectNothing();
    p.answer('DRIVE_DONE', { result: OK });
    p.expectReply('STAGED', { result: MEDIUM_ERROR });
    expect(p.get('slot.valid', 3)).toBe(0b100);
    p.expectDone();
  });
});

describe('a hole', () => {
  test('is staged as zeroes without its drive, beside what the slot holds', () => {
    const p = path('disk', { volumes: VOLUMES, sectorsPerTrack: 8 });
    p.set('slot.valid', 3, 0b0001_1100);
    p.fill(p.slotAt(3), 8, 0x77);
    p.receive('STAGE', { volume: 1, track: 2, slot: 3 });
    p.expectReply('STAGED', { result: OK });
    expect([p.get('slot.valid', 3), p.get('slot.dirty', 3)]).toEqual([0xff, 0]);
    expect(p.slotBytes(3)).toEqual([0, 0, 0x77, 0x77, 0x77, 0, 0, 0]);
    p.expectDone();
  });

  test('that is destaged gives all of its room back, beside tracks that are written', () => {
    const p = path('disk', { volumes: VOLUMES, sectorsPerTrack: 8 });
    for (const [slot, track] of [
      [5, 1],
      [2, 3],
    ] as const) {
      p.set('slot.volume', slot, 2);
      p.set('slot.track', slot, track);
      p.set('slot.dirty', slot, 0xff);
    }
    p.set('track.flags', 4 + 3, FLAG.WRITTEN);
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE');
    p.answer('TAKEN', { count: 2, volume: 1, slots0: 5 | (2 << 16) });
    p.expect('drivePort', 'DRIVE_DISCARD', { drive: 2, lba: 100 + 8, sectors: 8 });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 24, sectors: 8, at: p.slotAt(2) });
    p.answer('DRIVE_DONE', { result: OK });
    p.expectNothing();
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 2 });
  });
});

describe('a destage', () => {
  /** Two slots are taken: 5 of track 1 with two runs, 2 of track 3 with one. */
  function taken(p: Path, volume = 1): void {
    dirty(p, 5, 1, 0b0110_0001, [11, 3]);
    dirty(p, 2, 3, 0b1000_0000, [12, 3]);
    begin(p, volume, [5, 2]);
  }

  function dirty(p: Path, slot: number, track: number, mask: number, gen: readonly [number, number] = [1, 0]): void {
    p.set('slot.volume', slot, 1);
    p.set('slot.track', slot, track);
    p.set('slot.dirty', slot, mask);
    p.set('slot.gen', slot, gen);
  }

  function begin(p: Path, volume: number, slots: readonly number[]): void {
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE', { delayed: 0 });
    const [slots0 = 0, slots1 = 0, slots2 = 0, slots3 = 0] = [0, 1, 2, 3].map(
      (i) => (slots[2 * i] ?? 0) | ((slots[2 * i + 1] ?? 0) << 16),
    );
    p.answer('TAKEN', { count: slots.length, volume, slots0, slots1, slots2, slots3 });
  }

  function ends(p: Path): void {
    p.expect('cache', 'TAKE', { delayed: 0 });
    p.answer('TAKEN', { count: 0 });
    p.expectDone();
  }

  test('writes each dirty run to its place, syncs the drive once, and reports every track with its generation', () => {
    const p = disk();
    taken(p);
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 8, sectors: 1, at: p.slotAt(5, 0) });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 13, sectors: 2, at: p.slotAt(5, 5) });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 31, sectors: 1, at: p.slotAt(2, 7) });
    for (let i = 0; i < 3; i++) {
      p.expectNothing();
      p.answer('DRIVE_DONE', { result: OK });
    }
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 2 });
    p.expectNothing();
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('data', 'DESTAGED', { volume: 1, track: 1, gen: 11, gen_epoch: 3, slot: 5, result: OK });
    p.expect('data', 'DESTAGED', { volume: 1, track: 3, gen: 12, gen_epoch: 3, slot: 2, result: OK });
    ends(p);
  });

  test('whose write or sync failed reports the failure for all of its tracks', () => {
    for (const fails of ['first write', 'last write', 'sync']) {
      const p = disk();
      taken(p);
      for (let i = 0; i < 3; i++) p.expect('drivePort', 'DRIVE_WRITE', {});
      p.answer('DRIVE_DONE', { result: fails === 'first write' ? MEDIUM_ERROR : OK });
      p.answer('DRIVE_DONE', { result: OK });
      p.answer('DRIVE_DONE', { result: fails === 'last write' ? MEDIUM_ERROR : OK });
      if (fails === 'sync') {
        p.expect('drivePort', 'DRIVE_SYNC', {});
        p.answer('DRIVE_DONE', { result: MEDIUM_ERROR });
      }
      p.expect('data', 'DESTAGED', { slot: 5, result: MEDIUM_ERROR });
      p.expect('data', 'DESTAGED', { slot: 2, result: MEDIUM_ERROR });
      ends(p);
    }
  });

  test('after one that failed reports how it went itself', () => {
    const p = disk();
    dirty(p, 5, 1, 1);
    begin(p, 1, [5]);
    p.expect('drivePort', 'DRIVE_WRITE');
    p.answer('DRIVE_DONE', { result: MEDIUM_ERROR });
    p.expect('data', 'DESTAGED', { slot: 5, result: MEDIUM_ERROR });
    p.expect('cache', 'TAKE');
    p.answer('TAKEN', { count: 1, volume: 1, slots0: 5 });
    p.expect('drivePort', 'DRIVE_WRITE');
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC');
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('data', 'DESTAGED', { slot: 5, result: OK });
    ends(p);
  });

  test('with a delay lets neighbours gather first', () => {
    const p = disk();
    p.receive('DESTAGE', { delay_us: 1000 });
    p.expectNothing();
    p.pass_us(999);
    p.expectNothing();
    p.pass_us(1);
    p.expect('cache', 'TAKE', { delayed: 1 });
    p.answer('TAKEN', { count: 0 });
    p.expectDone();
  });

  test('of eight tracks writes all eight slots in their order', () => {
    const p = path('disk', { volumes: [{ tracks: 40 }], mapped: true, sectorsPerTrack: 8, hostSlots: 10 });
    const slots = [9, 3, 4, 0, 7, 2, 1, 8];
    for (const [i, s] of slots.entries()) dirty(p, s, 4 * i, 0b10, [i + 1, 6]);
    begin(p, 0, slots);
    for (const [i, s] of slots.entries())
      p.expect('drivePort', 'DRIVE_WRITE', { drive: 0, lba: 8 * 4 * i + 1, at: p.slotAt(s, 1) });
    for (let i = 0; i < 8; i++) p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 0 });
    p.answer('DRIVE_DONE', { result: OK });
    for (const [i, slot] of slots.entries())
      p.expect('data', 'DESTAGED', { track: 4 * i, gen: i + 1, gen_epoch: 6, slot });
    ends(p);
  });

  test('of a slot with more than eight dirty runs has eight under way, then the rest', () => {
    const p = disk(32);
    dirty(p, 1, 0, 0x55555555);
    begin(p, 0, [1]);
    for (let i = 0; i < 16; i++) {
      p.expect('drivePort', 'DRIVE_WRITE', { lba: 2 * i, sectors: 1, at: p.slotAt(1, 2 * i) });
      if (i % 8 === 7) {
        p.expectNothing();
        for (let n = 0; n < 8; n++) p.answer('DRIVE_DONE', { result: OK });
      }
    }
    p.expect('drivePort', 'DRIVE_SYNC', {});
  });

  test('of a slot whose track moves to another one meanwhile goes on with what it has pinned', () => {
    const p = disk(32);
    dirty(p, 1, 3, 0x55555555, [8, 2]);
    begin(p, 0, [1]);
    for (let i = 0; i < 16; i++) {
      p.expect('drivePort', 'DRIVE_WRITE', { lba: 32 * 3 + 2 * i, at: p.slotAt(1, 2 * i) });
      // The unit that moves a track is the cache's; it leaves the slot to its reader.
      if (i === 7) {
        p.node.slots.move(2, 1);
        for (let n = 0; n < 8; n++) p.answer('DRIVE_DONE', { result: OK });
      }
    }
    for (let n = 0; n < 8; n++) p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC', {});
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('data', 'DESTAGED', { track: 3, gen: 8, gen_epoch: 2, slot: 1 });
    ends(p);
  });
});

describe('sectors of a list', () => {
  test('are on the drive, and it was synced, before that is said', () => {
    const p = disk();
    p.receive('LIST_WRITE', { drive: 2, lba: 140, sectors: 1, at: 5 });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 140, sectors: 1, at: 5 });
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 2 });
    p.answer('DRIVE_DONE', { result: OK });
    p.expectReply('LISTED', { result: OK });
    p.expectDone();
  });

  test('that the drive refuses are not synced, and that is said', () => {
    const p = disk();
    p.receive('LIST_WRITE', { drive: 2, lba: 140, sectors: 1, at: 5 });
    p.expect('drivePort', 'DRIVE_WRITE');
    p.answer('DRIVE_DONE', { result: MEDIUM_ERROR });
    p.expectReply('LISTED', { result: MEDIUM_ERROR });
    p.expectDone();
  });
});

import { describe, expect, test } from 'vitest';
import { RESULT } from '../../firmware/memory/constants.js';
import { type Path, path } from '../harness/path.js';

const { OK, MEDIUM_ERROR } = RESULT;
const VOLUMES = [{ tracks: 4 }, { tracks: 4, drive: 2, driveBase: 100 }];
/** Sectors of a slot as bits of its first mask word. */
const disk = (sectorsPerTrack = 8): Path => path('disk', { volumes: VOLUMES, sectorsPerTrack });

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

describe('a destage', () => {
  /** Two slots of tracks 1 and 2 are taken: 5 with two runs, 2 with one. */
  function taken(p: Path, volume = 1): void {
    p.set('slot.dirty', 5, 0b0110_0001);
    p.set('slot.gen', 5, [11, 3]);
    p.set('slot.dirty', 2, 0b1000_0000);
    p.set('slot.gen', 2, [12, 3]);
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE', { delayed: 0 });
    p.answer('TAKEN', { count: 2, volume, track: 1, slots0: 5 | (2 << 16) });
  }

  test('writes each dirty run to its place, syncs the drive once, and reports every track with its generation', () => {
    const p = disk();
    taken(p);
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 8, sectors: 1, at: p.slotAt(5, 0) });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 13, sectors: 2, at: p.slotAt(5, 5) });
    p.answer('DRIVE_DONE', { result: OK });
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_WRITE', { drive: 2, lba: 100 + 23, sectors: 1, at: p.slotAt(2, 7) });
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 2 });
    p.expectNothing();
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('data', 'DESTAGED', { volume: 1, track: 1, gen: 11, gen_epoch: 3, slot: 5, result: OK });
    p.expect('data', 'DESTAGED', { volume: 1, track: 2, gen: 12, gen_epoch: 3, slot: 2, result: OK });
    p.expect('cache', 'TAKE', { delayed: 0 });
    p.answer('TAKEN', { count: 0 });
    p.expectDone();
  });

  test('whose write or sync failed reports the failure for all of its tracks', () => {
    for (const fails of ['write', 'sync']) {
      const p = disk();
      taken(p);
      p.expect('drivePort', 'DRIVE_WRITE', {});
      p.expect('drivePort', 'DRIVE_WRITE', {});
      p.answer('DRIVE_DONE', { result: fails === 'write' ? MEDIUM_ERROR : OK });
      p.answer('DRIVE_DONE', { result: OK });
      if (fails === 'sync') {
        p.expect('drivePort', 'DRIVE_WRITE', {});
        p.answer('DRIVE_DONE', { result: OK });
        p.expect('drivePort', 'DRIVE_SYNC', {});
        p.answer('DRIVE_DONE', { result: MEDIUM_ERROR });
      }
      p.expect('data', 'DESTAGED', { slot: 5, result: MEDIUM_ERROR });
      p.expect('data', 'DESTAGED', { slot: 2, result: MEDIUM_ERROR });
      p.expect('cache', 'TAKE', {});
      p.answer('TAKEN', { count: 0 });
      p.expectDone();
    }
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
    const p = disk();
    const words = [0, 1, 2, 3].map((i) => ((2 * i) % 6) | (((2 * i + 1) % 6) << 16));
    for (let s = 0; s < 6; s++) p.set('slot.dirty', s, 1);
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE', {});
    const [slots0 = 0, slots1 = 0, slots2 = 0, slots3 = 0] = words;
    p.answer('TAKEN', { count: 8, volume: 0, track: 0, slots0, slots1, slots2, slots3 });
    for (let i = 0; i < 8; i++) {
      p.expect('drivePort', 'DRIVE_WRITE', { drive: 0, lba: 8 * i, at: p.slotAt(i % 6) });
      p.answer('DRIVE_DONE', { result: OK });
    }
    p.expect('drivePort', 'DRIVE_SYNC', { drive: 0 });
    p.answer('DRIVE_DONE', { result: OK });
    for (let i = 0; i < 8; i++) p.expect('data', 'DESTAGED', { track: i, slot: i % 6 });
    p.expect('cache', 'TAKE', {});
    p.answer('TAKEN', { count: 0 });
    p.expectDone();
  });

  test('of a slot with more than eight dirty runs writes eight, then the rest', () => {
    const p = disk(32);
    p.set('slot.dirty', 1, 0x55555555);
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE', {});
    p.answer('TAKEN', { count: 1, volume: 0, track: 0, slots0: 1 });
    for (let i = 0; i < 16; i++) {
      p.expect('drivePort', 'DRIVE_WRITE', { lba: 2 * i, sectors: 1, at: p.slotAt(1, 2 * i) });
      if (i % 8 === 7) for (let n = 0; n < 8; n++) p.answer('DRIVE_DONE', { result: OK });
    }
    p.expect('drivePort', 'DRIVE_SYNC', {});
  });

  test('of a slot whose track moved to another one meanwhile reports no generation', () => {
    const p = disk();
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE', {});
    p.answer('TAKEN', { count: 1, volume: 0, track: 3, slots0: 4 });
    p.expect('drivePort', 'DRIVE_SYNC', {});
    p.answer('DRIVE_DONE', { result: OK });
    p.expect('data', 'DESTAGED', { track: 3, gen: 0, gen_epoch: 0, slot: 4 });
  });
});

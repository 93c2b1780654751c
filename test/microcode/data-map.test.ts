import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, RESULT, TRACK_MAP } from '../../firmware/memory/constants.js';
import { path, span } from '../harness/path.js';
import { data, EPOCH, source, target } from './fixtures.js';

const { OK, NOT_READY, WRITE_PROTECTED } = RESULT;
const { MAP_WRITTEN, MAP_OWED } = TRACK_MAP;
const SIZES = [5, 40];
/** What makes a track "1" in each map. */
const MARKS = { [MAP_WRITTEN]: FLAG.WRITTEN, [MAP_OWED]: FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV };

describe('a map', () => {
  test('says from any track on how many are alike, and in what, whatever flags they bear', () => {
    const list = fc.array(fc.constantFrom(0, ...Object.values(FLAG)), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(list, fc.nat(39), fc.constantFrom(MAP_WRITTEN, MAP_OWED), (flags, track, map) => {
        const p = data({ volumes: SIZES.map((tracks) => ({ tracks })) });
        p.node.tracks.setAll(0, 127);
        for (const [t, f] of flags.entries()) p.node.tracks.setFlags(5 + t, 1, f);
        p.receive('MAP', { volume: 1, track, map });
        const states = flags.map((f) => ((f & MARKS[map]) === 0 ? 0 : 1));
        const behind = states.findIndex((s, t) => t > track && s !== states[track]);
        p.expectReply('MAPPED', { result: OK, tracks: (behind < 0 ? 40 : behind) - track, state: states[track] });
        p.expectDone({ mostOps: 16 });
      }),
      { numRuns: 100 },
    );
  });

  test('of a volume that is not ready is refused', () => {
    const p = path('data');
    p.receive('MAP', { volume: 0, track: 1, map: MAP_WRITTEN });
    p.expectReply('MAPPED', { result: NOT_READY });
    p.expectDone();
  });
});

describe('a track counts as written', () => {
  const written = (flags: number): boolean => (flags & FLAG.WRITTEN) !== 0;

  test('from its first host write on, also after its destage', () => {
    const p = data();
    expect(written(p.get('track.flags', 1))).toBe(false);
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    expect(written(p.get('track.flags', 1))).toBe(true);
    p.set('slot.volume', 0, 1);
    p.receive('DESTAGED', { volume: 0, track: 1, gen: 1, gen_epoch: 0, slot: 0, result: OK }, { class: 'completion' });
    p.expect('cache', 'CLEAN', { cleaned: 1 });
    expect(p.get('track.flags', 1)).toBe(FLAG.WRITTEN);
    expect([0, 2, 3].map((t) => p.get('track.flags', t))).toEqual([0, 0, 0]);
    expect(p.get('volume.written')).toBe(1);
    p.expectDone();
  });

  test('from the first write of the other array on', () => {
    const p = target();
    p.receive('APPLY', { volume: 0, track: 2, span: span(0, 1), at: p.transferAt, epoch: EPOCH, gen: 1, session: 1 });
    p.expect('cache', 'GET', { track: 2 });
    p.answer('GOT', { result: OK, slot: 4 });
    p.expect('cache', 'GIVE');
    p.expectReply('APPLIED', { result: OK });
    expect(written(p.get('track.flags', 2))).toBe(true);
    p.expectDone();
  });

  test('not by a write that was refused', () => {
    const p = data();
    p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: NOT_READY });
    p.expectReply('WRITTEN', { result: NOT_READY });
    expect(p.get('track.flags', 1)).toBe(0);
    p.expectDone();
  });
});

describe('an inquiry', () => {
  test('hears of a local volume and of a side that serves that a write would be admitted', () => {
    for (const p of [data(), source()]) {
      p.receive('INQUIRE', { volume: 0 });
      p.expectReply('INQUIRED', { result: OK });
      p.expectDone({ mostOps: 10 });
    }
  });

  test('hears of a side that does not serve that it is write-protected', () => {
    const p = target();
    p.receive('INQUIRE', { volume: 0 });
    p.expectReply('INQUIRED', { result: WRITE_PROTECTED });
    p.expectDone();
  });

  test('hears of a volume that is not ready so', () => {
    const p = path('data');
    p.receive('INQUIRE', { volume: 0 });
    p.expectReply('INQUIRED', { result: NOT_READY });
    p.expectDone();
  });
});

test('a host that asks hears how large the blocks are that it must keep to', () => {
  const p = data({ sectorsPerTrack: 8 });
  p.set('volume.align', 0, 7);
  p.receive('INQUIRE', { volume: 0 });
  p.expectReply('INQUIRED', { result: OK, align: 7 });
  p.expectDone();
});

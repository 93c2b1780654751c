import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, EPOCH, PEER, source, target } from './fixtures.js';

const { OK, REFUSED, OUT_OF_RANGE, TAKEN_OVER, WRITE_PROTECTED, UNALIGNED, FORMATS } = RESULT;
const { ASK_FORMAT, ASK_CHANGED, ASK_STATE } = QUESTION;
const { WRITTEN, FBA_4096 } = FLAG;
/** Tracks of two blocks of 4096 bytes. */
const BLOCKS = { sectorsPerTrack: 16 };
const SMALL = 1;
const LARGE = 8;
const SLOT = 1;
const ALL = span(0, 16);

const local = (): Path => data({ ...BLOCKS, volumes: [{ tracks: 4 }] });
const pairSource = (state: 'PAIR' | 'COPY' | 'PSUE' = 'PAIR'): Path =>
  source(state, { ...BLOCKS, volumes: [{ tracks: 4, pair: 'source', peer: PEER }] });
const pairTarget = (): Path => target({ ...BLOCKS, volumes: [{ tracks: 4, pair: 'target', peer: PEER }] });

function format(p: Path, block: number): void {
  p.receive('FORMAT', { volume: 0, block });
}

/** The slot as the cache leaves it when it grants it with all of its sectors staged. */
function holds(p: Path, slot: number): void {
  p.set('slot.volume', slot, 1);
  p.set('slot.valid', slot, [0xffff, 0, 0, 0]);
}

describe('a format change', () => {
  test('marks every track for both sides, leaves PAIR, and lets hosts write whole blocks only', () => {
    const p = pairSource();
    format(p, LARGE);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK, a: PAIR_STATE.COPY, b: 4 });
    p.expectDone();
    expect(p.flags(0, 3)).toBe('M1_FP|M2_FP');
    expect([p.get('volume.m1_fp'), p.get('system.m2_fp'), p.get('format.align'), p.get('format.change')]).toEqual([
      4, 4, 7, 1,
    ]);
    expect([p.get('volume.state'), p.get('volume.align')]).toEqual([VOLUME_STATE.VOLUME_WATCHED, 7]);
  });

  test('to the format that the volume has is done at once', () => {
    const p = local();
    format(p, SMALL);
    p.expectReply('DONE', { result: OK, b: 0 });
    p.expectDone();
    expect([p.get('format.change'), p.get('volume.state')]).toEqual([0, VOLUME_STATE.VOLUME_READY]);
  });

  test('is refused where tracks are not made of whole blocks, and of a block that is neither 512 nor 4096 bytes', () => {
    for (const [p, block] of [[data({ sectorsPerTrack: 12 }), LARGE] as const, [local(), 4] as const]) {
      format(p, block);
      p.expectReply('DONE', { result: OUT_OF_RANGE });
      p.expectDone();
      expect(p.get('volume.m1_fp')).toBe(0);
    }
  });

  test('is refused by the side that does not serve hosts, and by one that does not know whether it does', () => {
    const [p, waits] = [pairTarget(), pairSource('PSUE')];
    waits.set('session.agreed', 0, 0);
    for (const [side, result] of [[p, TAKEN_OVER] as const, [waits, WRITE_PROTECTED] as const]) {
      format(side, LARGE);
      side.expectReply('DONE', { result });
      side.expectDone();
      expect(side.get('volume.m1_fp')).toBe(0);
    }
  });

  test('of a track writes all of it once more, and is done when the drive has it', () => {
    const p = local();
    p.set('track.flags', 0, WRITTEN);
    p.set('track.gen', 0, [5, 0]);
    format(p, LARGE);
    p.expect('data', 'CONVERT');
    p.expectReply('DONE', { result: OK, b: 4 });
    p.receive('CONVERT', { volume: 0 }, { class: 'destage' });
    p.expect('cache', 'GET', { volume: 0, track: 0, span: ALL, intent: INTENT.TO_CHANGE });
    holds(p, SLOT);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    expect(p.words('slot.dirty', SLOT)[0]).toBe(0xffff);
    expect([p.flags(0, 0), p.words('track.gen', 0)]).toEqual(['M1_WP|M1_FP', [5, 0]]);
    // The others never got any bytes: nothing of them is on the drive.
    expect([p.get('volume.m1_fp'), p.get('volume.fba_4096')]).toEqual([1, 4]);
    p.receive('DESTAGED', { volume: 0, track: 0, gen: 5, gen_epoch: 0, slot: SLOT, result: OK });
    p.expect('cache', 'CLEAN', { slot: SLOT, cleaned: 1 });
    expect(p.flags(0, 0)).toBe('none');
    p.expectDone();
  });

  test.each([
    ['of a part of the track', (p: Path) => p.set('slot.dirty', SLOT, [0xff, 0, 0, 0])],
    ['of a slot from which the track moved on', (p: Path) => p.set('slot.volume', SLOT, 0)],
    ['in the other format', (p: Path) => p.set('format.align', 0, 0)],
  ])('is not made by a destage %s', (_, differs) => {
    const p = local();
    p.set('format.align', 0, 7);
    p.set('track.flags', 0, WRITTEN | FBA_4096 | FLAG.M1_WP | FLAG.M1_FP);
    for (const count of ['m1_wp', 'm1_fp', 'fba_4096'] as const) {
      for (const table of ['volume', 'system'] as const) p.set(`${table}.${count}`, 0, 1);
      p.set(`cylinder.${count}`, 0, 1);
    }
    holds(p, SLOT);
    p.set('slot.dirty', SLOT, [0xffff, 0, 0, 0]);
    differs(p);
    p.receive('DESTAGED', { volume: 0, track: 0, gen: 0, gen_epoch: 0, slot: SLOT, result: OK });
    p.expect('cache', 'CLEAN', { slot: SLOT });
    expect(p.flags(0, 0)).toContain('M1_FP');
  });
});

describe('while the format is of 4096 bytes, or becomes so', () => {
  const large = (): Path => {
    const p = local();
    format(p, LARGE);
    p.expect('data', 'CONVERT');
    p.expectReply('DONE');
    return p;
  };

  test.each([
    ['a part of a block', span(1, 8)],
    ['from a block on', span(8, 4)],
  ])('a write of %s is refused before a slot is asked for', (_, part) => {
    const p = large();
    p.receive('WRITE', { volume: 0, track: 0, span: part, at: p.transferAt });
    p.expectReply('WRITTEN', { result: UNALIGNED });
    p.receive('READ', { volume: 0, track: 0, span: part });
    p.expectReply('READY', { result: UNALIGNED });
    p.expectDone();
  });

  test('whole blocks are written and read', () => {
    const p = large();
    p.receive('WRITE', { volume: 0, track: 0, span: span(8, 8), at: p.transferAt });
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    p.receive('READ', { volume: 0, track: 1, span: ALL });
    p.expect('cache', 'GET', { intent: INTENT.TO_READ });
  });
});

describe('a question of the other side', () => {
  const ask = (p: Path, what: number, a: number, b: number, c: number, d = 0): void => {
    p.receive('ASK', { what, volume: 0, a, b, c, d });
  };

  test('of a newer format makes it this one’s: all tracks are marked, and pending', () => {
    const p = pairTarget();
    ask(p, ASK_FORMAT, EPOCH, 7, 1);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expectReply('ASKED', { result: OK, a: 0, b: -1 });
    p.expectDone();
    expect([p.get('format.align'), p.get('format.change'), p.flags(0, 2)]).toEqual([7, 1, 'M1_FP|M2_FP']);
    // Once more, from track 2 on: known, and not begun again.
    ask(p, ASK_FORMAT, EPOCH, 7, 1, 2);
    p.expectReply('ASKED', { result: OK, a: 2, b: -1 });
    p.expectDone();
  });

  test('of an older format hears this one’s', () => {
    const p = pairTarget();
    p.set('format.align', 0, 7);
    p.set('format.change', 0, 2);
    ask(p, ASK_FORMAT, EPOCH, 0, 1);
    p.expectReply('ASKED', { result: FORMATS, a: 7, b: 2 });
    expect(p.get('volume.m1_fp')).toBe(0);
  });

  test('of another epoch changes nothing', () => {
    const p = pairTarget();
    ask(p, ASK_FORMAT, EPOCH - 1, 7, 1);
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.get('format.change')).toBe(0);
  });

  test('that says what it has changed clears the marks for it, if it is of this change', () => {
    const p = pairSource('COPY');
    format(p, LARGE);
    p.expect('data', 'CONVERT');
    p.expect('data', 'OFFER');
    p.expectReply('DONE');
    ask(p, ASK_CHANGED, EPOCH, 0, 0, 4);
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.get('volume.m2_fp')).toBe(4);
    ask(p, ASK_CHANGED, EPOCH, 1, 1, 3);
    p.expectReply('ASKED', { result: OK });
    expect([0, 1, 2, 3].map((t) => p.flags(0, t))).toEqual(['M1_FP|M2_FP', 'M1_FP', 'M1_FP', 'M1_FP|M2_FP']);
  });

  test('to be in PAIR is granted when both are in the same format, and nothing is to be changed here', () => {
    const p = pairTarget();
    p.set('pair.state', 0, PAIR_STATE.COPY);
    ask(p, ASK_STATE, EPOCH, PAIR_STATE.PAIR, 1, 7);
    p.expectReply('ASKED', { result: FORMATS });
    ask(p, ASK_FORMAT, EPOCH, 7, 1);
    p.expect('data', 'CONVERT');
    p.expectReply('ASKED', { result: OK });
    ask(p, ASK_STATE, EPOCH, PAIR_STATE.PAIR, 1, 7);
    p.expectReply('ASKED', { result: FORMATS });
    expect(p.get('pair.state')).toBe(PAIR_STATE.COPY);
    p.receive('CONVERT', { volume: 0 }, { class: 'destage' });
    p.expect('remote', 'CALL', { what: ASK_CHANGED, volume: PEER, a: EPOCH, b: 1, c: 0, d: 4 });
    ask(p, ASK_STATE, EPOCH, PAIR_STATE.PAIR, 1, 7);
    p.expectReply('ASKED', { result: OK });
    expect([p.get('pair.state'), p.get('volume.m2_fp')]).toEqual([PAIR_STATE.PAIR, 0]);
  });
});

/** An entry that was not restored yet, whose data memory has no more, and that its journal volume cannot give. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, PAIR_ROLE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { moments } from './moments.js';
import { asksFor, GROUP, holding, number, of, recordOf, restore, SLOT, second } from './second-system.js';

const { OK, MEDIUM_ERROR } = RESULT;
const TRACK = 3;

/** Entry 1 is on the journal volume alone, as 16 sectors came behind it, and is being read from there. */
function reading(): Path {
  const later = [2, 3, 4, 5].map((n) => ({ n, track: 2, span: span(0, 4) }));
  const p = holding(second(), [{ n: 1, track: TRACK }, ...later]);
  p.set('journaling.taken', GROUP, number(0));
  restore(p);
  reads(p);
  p.fill(p.slotAt(SLOT), 4, 0x55);
  return p;
}

function reads(p: Path): void {
  p.answer('GOT', { result: OK, slot: SLOT }, asksFor(p, { track: TRACK }));
  p.expect('disk', 'LIST_READ');
}

/** It is read again after a while, and counts as restored then. */
function readAgain(p: Path): void {
  p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
  p.expectNothing();
  expect([of(p, 'restored'), p.words('slot.dirty', SLOT)[0]]).toEqual([0, 0]);
  p.pass_us(99_000);
  p.expectNothing();
  p.pass_us(1000);
  reads(p);
  p.answer('LISTED', { result: OK });
  p.expect('cache', 'GIVE');
  expect([of(p, 'restored'), p.flags(1, TRACK)]).toEqual([1, 'M1_WP']);
}

describe('an entry that its journal volume has lost', () => {
  test('counts as restored, and its track as not right here', () => {
    const p = reading();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    expect([p.flags(1, TRACK), of(p, 'restored'), p.get('update.done', recordOf(p, 1))]).toEqual([
      'M1_WP|M1_INV',
      1,
      1,
    ]);
    // Nothing of what was there before, nor of what the drive gave of it.
    expect(p.slotBytes(SLOT)).toEqual([0x55, 0, 0, 0x55]);
    asksFor(p, { track: 2, span: span(0, 4) });
  });

  test('is not restored at any moment in which its track counts as right', () => {
    const p = reading();
    const wrong = (): boolean => of(p, 'restored') > 0 && !p.flags(1, TRACK).includes('M1_INV');
    p.answer('LISTED', { result: MEDIUM_ERROR }, undefined, { ops: 0 });
    expect(moments(p, wrong)).not.toContain(true);
    expect(of(p, 'restored')).toBe(1);
  });

  test('is brought by the other side, as the whole track', () => {
    const p = reading();
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expect('data', 'REBUILD');
    p.expect('cache', 'GIVE');
    const waits = asksFor(p, { track: 2, span: span(0, 4) });
    p.receive('REBUILD');
    const asked = p.expect('remote', 'CALL', { what: QUESTION.ASK_AGAIN, volume: 7, a: EPOCH, b: TRACK });
    p.answer('ANSWER', { result: OK }, asked);
    const whole = { span: span(0, 4), flags: CONSTANTS.SHIP_WHOLE as number };
    const at = p.machine.memory.layout.receiveAt;
    p.receive('APPLY', { volume: 1, track: TRACK, at, epoch: EPOCH, gen: 1, session: 9, ...whole });
    const slot = p.expect('cache', 'GET', { volume: 1, track: TRACK });
    p.answer('GOT', { result: OK, slot: SLOT + 1 }, slot);
    p.expect('cache', 'GIVE', { slot: SLOT + 1 });
    p.expectReply('APPLIED', { result: OK });
    expect(p.flags(1, TRACK)).toBe('M1_WP');
    p.answer('GOT', { result: OK, slot: SLOT }, waits);
  });

  test('of a pair that is deleted meanwhile leaves the volume as it is', () => {
    const p = reading();
    p.set('pair.role', 1, PAIR_ROLE.NO_ROLE);
    p.answer('LISTED', { result: MEDIUM_ERROR });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    p.pass_us(100_000);
    expect([p.flags(1, TRACK).includes('M1_INV'), of(p, 'restored')]).toEqual([false, 5]);
  });
});

test.each(['LOST_DISK', 'LOST_CACHE'])('an entry is not lost because its array lost a director (%s)', (lost) => {
  const p = reading();
  p.set('system.lost', 0, CONSTANTS[lost] as number);
  p.answer('LISTED', { result: MEDIUM_ERROR });
  p.set('system.lost', 0, 0);
  readAgain(p);
});

/** A remote role with links to two other arrays. */
import { describe, expect, test } from 'vitest';
import { LINKS_MAX, RESULT, TRUNK_SHIFT } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { OURS, remote, THEIRS, WIRE } from './fixtures.js';

const { OK, LINK_DOWN, REFUSED } = RESULT;

/** The trunk to the third array, the first wire of its first link, and that link's record. */
const TRUNK = 2;
const THIRD = (TRUNK << TRUNK_SHIFT) | LINKS_MAX;
const LINK = TRUNK * LINKS_MAX;
/** Memory of the third array. */
const ANOTHER = 99;
const ROOM = 3;

/** A volume over there. */
const there = (volume: number): number => (TRUNK << TRUNK_SHIFT) | volume;

/** As `remote`, and greeted by the third array too, which gave `other` credits. */
function two(credits: number, other: number): Path {
  const p = remote(credits);
  p.set('trunk.room', TRUNK, ROOM);
  p.receive('LINK_UP', { wire: THIRD });
  p.expect('linkPort', 'HELLO', { wire: THIRD, credits: ROOM, identity: OURS });
  p.receive('HELLO', { credits: other, wire: THIRD, identity: ANOTHER });
  p.expect('data', 'PEER_UP', { session: THIRD });
  p.expectDone();
  return p;
}

const ship = (p: Path, volume: number, track = 0): ReturnType<Path['receive']> =>
  p.receive('SHIP', { volume, track, span: span(0, 2), at: 9, epoch: 3, gen: 4, flags: 0 });

describe('of two other arrays', () => {
  test('each has a memory of its own, which no greeting of the other contradicts', () => {
    const p = two(1, 1);
    expect([p.get('trunk.other', 0), p.get('trunk.other', TRUNK)]).toEqual([THEIRS, ANOTHER]);
    expect([p.get('trunk.up', 0), p.get('trunk.up', TRUNK)]).toEqual([1, 1]);
  });

  test('a write goes to the one that its volume names, under the number that it has there', () => {
    const p = two(1, 1);
    ship(p, there(5));
    p.expect('linkPort', 'FAR_APPLY', { volume: 5, wire: THIRD });
    p.answer('FAR_APPLIED', { result: OK });
    p.expectReply('SHIPPED', { result: OK });
    expect([p.get('link.credits', 0), p.get('link.credits', LINK)]).toEqual([1, 0]);
    ship(p, 5);
    p.expect('linkPort', 'FAR_APPLY', { volume: 5, wire: WIRE });
  });

  test('so does a question', () => {
    const p = two(1, 1);
    p.receive('CALL', { what: 1, volume: there(3) });
    p.expect('linkPort', 'FAR_CALL', { what: 1, volume: 3, wire: THIRD });
    p.answer('FAR_ANSWER', { result: OK });
    p.expectReply('ANSWER', { result: OK });
    p.expectDone();
  });

  test('who waits for a credit of one gets none of the other', () => {
    const p = two(4, 0);
    const send = ship(p, there(0));
    p.expectNothing();
    p.receive('FAR_CREDIT', { count: 2, wire: WIRE });
    p.expectNothing();
    p.receive('FAR_CREDIT', { count: 1, wire: THIRD });
    p.expect('linkPort', 'FAR_APPLY', { wire: THIRD });
    expect(p.get('link.credits', 0)).toBe(6);
    p.answer('FAR_APPLIED', { result: OK });
    p.expectReply('SHIPPED', { result: OK }, send);
    p.expectDone();
  });

  test('a credit that comes back goes to the one whose it was', () => {
    const p = two(1, 1);
    p.receive('CREDIT', { count: 2, trunk: TRUNK });
    p.expect('linkPort', 'FAR_CREDIT', { count: 2, wire: THIRD });
    p.receive('UNSPENT', { count: 1, trunk: 0 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: WIRE });
    p.expectDone();
  });

  test('one that is lost fails what was under way there, and nothing else', () => {
    const p = two(1, 1);
    const near = ship(p, 0);
    const kept = p.expect('linkPort', 'FAR_APPLY', { wire: WIRE });
    const far = ship(p, there(0));
    p.expect('linkPort', 'FAR_APPLY', { wire: THIRD });
    p.receive('LINK_DOWN', { wire: THIRD });
    p.expect('data', 'PEER_DOWN', { trunk: TRUNK });
    p.expectReply('SHIPPED', { result: LINK_DOWN }, far);
    expect([p.get('trunk.up', 0), p.get('trunk.up', TRUNK)]).toEqual([1, 0]);
    p.answer('FAR_APPLIED', { result: OK }, kept);
    p.expectReply('SHIPPED', { result: OK }, near);
    p.expectDone();
  });

  test('a question that comes from one is told to the data role with its trunk', () => {
    const p = two(1, 1);
    p.receive('FAR_CALL', { what: 1, volume: 2, a: 3, wire: THIRD });
    p.expect('data', 'ASK', { what: 1, volume: 2, a: 3, trunk: TRUNK });
    p.answer('ASKED', { result: OK });
    p.expectReply('FAR_ANSWER', { result: OK });
    p.expectDone();
  });

  test('a write that is refused gives its credit back where it came from', () => {
    const p = two(1, 1);
    p.receive('FAR_APPLY', { volume: 1, track: 2, span: span(0, 1), at: 50, epoch: 3, gen: 4, flags: 0, wire: THIRD });
    p.expect('data', 'APPLY', { volume: 1, session: THIRD });
    p.answer('APPLIED', { result: REFUSED });
    p.expect('linkPort', 'RECEIVED', { at: 50 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: THIRD });
    p.expectReply('FAR_APPLIED', { result: REFUSED });
    p.expectDone();
  });
});

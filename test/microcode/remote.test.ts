import { describe, expect, test } from 'vitest';
import { LINKS_MAX, RESULT } from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';
import { OURS, remote, THEIRS, WIRE } from './fixtures.js';

const { OK, LINK_DOWN, REFUSED } = RESULT;

/** The next wire of link 0, and the first one of link 1. */
const NEXT = WIRE + LINKS_MAX;
const OTHER = WIRE + 1;

const ship = (p: Path, track: number): ReturnType<Path['receive']> =>
  p.receive('SHIP', { volume: 0, track, span: span(0, 2), at: 9, epoch: 3, gen: 4, flags: 0 });

describe('a write for the other side', () => {
  test('takes a credit and is answered with what the other side says', () => {
    const p = remote(2);
    ship(p, 1);
    p.expect('linkPort', 'FAR_APPLY', { volume: 0, track: 1, span: span(0, 2), at: 9, epoch: 3, gen: 4, flags: 0 });
    expect(p.get('link.credits')).toBe(1);
    p.answer('FAR_APPLIED', { result: REFUSED });
    p.expectReply('SHIPPED', { result: REFUSED });
    p.expectDone({ mostOps: 15 });
  });

  test('without a credit waits, and credits go to who waits longest', () => {
    const p = remote(1);
    const sends = [0, 1, 2].map((track) => ship(p, track));
    p.expect('linkPort', 'FAR_APPLY', { track: 0 });
    p.expectNothing();
    p.receive('FAR_CREDIT', { count: 1, wire: WIRE });
    p.expect('linkPort', 'FAR_APPLY', { track: 1 });
    p.expectNothing();
    p.receive('FAR_CREDIT', { count: 3, wire: WIRE });
    p.expect('linkPort', 'FAR_APPLY', { track: 2 });
    expect(p.get('link.credits')).toBe(2);
    for (const send of sends) {
      p.answer('FAR_APPLIED', { result: OK });
      p.expectReply('SHIPPED', { result: OK }, send);
    }
    p.expectDone();
  });

  test('over a link that is down fails at once', () => {
    const p = path('remote');
    ship(p, 1);
    p.expectReply('SHIPPED', { result: LINK_DOWN });
    p.expectDone();
  });

  test('that comes after the link went finds no credit of it', () => {
    const p = remote(2);
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    ship(p, 0);
    p.expectReply('SHIPPED', { result: LINK_DOWN });
    p.expectDone();
  });

  test('that is under way, or waits for a credit, fails when the link goes, before the data role hears of it', () => {
    const p = remote(1);
    const sends = [ship(p, 0), ship(p, 1)];
    p.expect('linkPort', 'FAR_APPLY', { track: 0 });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    for (const send of sends) p.expectReply('SHIPPED', { result: LINK_DOWN }, send);
    expect(p.get('link.credits')).toBe(0);
    p.expectDone();
  });

  test('is answered once: what comes back for it after the link went matches nothing', () => {
    const p = remote(1);
    ship(p, 0);
    const far = p.expect('linkPort', 'FAR_APPLY', { track: 0 });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.expectReply('SHIPPED', { result: LINK_DOWN });
    p.answer('FAR_APPLIED', { result: OK }, far);
    p.expectDone();
  });

  test('that waited for a credit over a cut is not sent in the next session', () => {
    const p = remote(0);
    ship(p, 0);
    p.receive('LINK_DOWN', { wire: WIRE }, { ops: 0 });
    p.receive('LINK_UP', { wire: NEXT }, { ops: 0 });
    p.receive('HELLO', { credits: 5, wire: NEXT, identity: THEIRS });
    p.expect('data', 'PEER_DOWN');
    p.expect('linkPort', 'HELLO', { wire: NEXT });
    p.expect('data', 'PEER_UP');
    p.expectReply('SHIPPED', { result: LINK_DOWN });
    expect(p.get('link.credits')).toBe(5);
    p.expectDone();
  });
});

describe('a question to the other side', () => {
  test('is carried there, and its answer back', () => {
    const p = remote(1);
    p.receive('CALL', { what: 3, volume: 1, a: 4, b: 5, c: 6, d: 7 });
    p.expect('linkPort', 'FAR_CALL', { what: 3, volume: 1, a: 4, b: 5, c: 6, d: 7 });
    p.answer('FAR_ANSWER', { result: OK, a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 });
    p.expectReply('ANSWER', { result: OK, a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 });
    p.expectDone();
  });

  test('fails when the link is down or goes', () => {
    const down = path('remote');
    down.receive('CALL', { what: 3 });
    down.expectReply('ANSWER', { result: LINK_DOWN });
    down.expectDone();
    const p = remote(1);
    p.receive('CALL', { what: 3 });
    p.expect('linkPort', 'FAR_CALL', { what: 3 });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.expectReply('ANSWER', { result: LINK_DOWN });
    p.receive('CALL', { what: 3 });
    p.expectReply('ANSWER', { result: LINK_DOWN });
    p.expectDone();
  });
});

describe('from the other side', () => {
  const far = (p: Path, flags = 0): void => {
    p.receive('FAR_APPLY', { volume: 1, track: 2, span: span(0, 1), at: 50, epoch: 3, gen: 4, flags, wire: WIRE });
    p.expect('data', 'APPLY', {
      volume: 1,
      track: 2,
      span: span(0, 1),
      at: 50,
      epoch: 3,
      gen: 4,
      flags,
      session: WIRE,
    });
  };

  test('a write frees its receive buffer when it is applied; its credit stays with the slot', () => {
    const p = remote(1);
    far(p);
    p.answer('APPLIED', { result: OK });
    p.expect('linkPort', 'RECEIVED', { at: 50 });
    p.expectReply('FAR_APPLIED', { result: OK });
    p.expectDone();
  });

  test('a write that was refused gives its credit back at once', () => {
    const p = remote(1);
    far(p);
    p.answer('APPLIED', { result: REFUSED });
    p.expect('linkPort', 'RECEIVED', { at: 50 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 1 });
    p.expectReply('FAR_APPLIED', { result: REFUSED });
    p.expectDone();
  });

  test('a write that ends when no link is up keeps its credit for the next greeting', () => {
    const p = remote(1);
    const room = p.get('trunk.room');
    far(p);
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.answer('APPLIED', { result: REFUSED });
    p.expect('linkPort', 'RECEIVED', { at: 50 });
    p.expectReply('FAR_APPLIED', { result: REFUSED });
    expect(p.get('trunk.room')).toBe(room + 1);
    p.receive('LINK_UP', { wire: NEXT });
    p.expect('linkPort', 'HELLO', { wire: NEXT, credits: room + 1 });
    p.expectDone();
  });

  test('zeroes have no receive buffer to free', () => {
    const p = remote(1);
    far(p, 1);
    p.answer('APPLIED', { result: OK });
    p.expectReply('FAR_APPLIED', { result: OK });
    p.expectDone();
  });

  test('a question goes to the data role, and its answer back', () => {
    const p = remote(1);
    p.receive('FAR_CALL', { what: 1, volume: 2, a: 3, b: 4, c: 5, d: 6, wire: WIRE });
    p.expect('data', 'ASK', { what: 1, volume: 2, a: 3, b: 4, c: 5, d: 6 });
    p.answer('ASKED', { result: OK, a: 9, f: 8 });
    p.expectReply('FAR_ANSWER', { result: OK, a: 9, f: 8 });
    p.expectDone();
  });
});

describe('a link', () => {
  test('is up when both sides greeted, in whichever order wire, boot and greeting come', () => {
    const steps: Record<string, (p: Path) => void> = {
      wire: (p) => void p.receive('LINK_UP', { wire: WIRE }),
      boot: (p) => void p.receive('ENABLE'),
      greeting: (p) => void p.receive('HELLO', { credits: 3, wire: WIRE, identity: THEIRS }),
    };
    for (const order of ['wire boot greeting', 'boot wire greeting', 'wire greeting boot']) {
      const p = path('remote');
      for (const [i, step] of order.split(' ').entries()) {
        expect(p.get('link.up')).toBe(0);
        steps[step]?.(p);
        if (i === 2) expect(p.get('link.up')).toBe(1);
      }
      p.expect('linkPort', 'HELLO', { wire: WIRE });
      p.expect('data', 'PEER_UP', { session: WIRE });
      expect(p.get('link.credits')).toBe(3);
      p.expectDone();
    }
  });

  test('that goes before it was up is nothing to the data role', () => {
    const p = path('remote');
    p.receive('LINK_UP', { wire: WIRE });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expectDone();
  });

  test('a credit of a clean slot goes to the other side, or waits for the next greeting', () => {
    const p = remote(1);
    p.receive('CREDIT', { count: 2 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 2, wire: WIRE });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.receive('CREDIT', { count: 2 });
    p.receive('UNSPENT', { count: 3 });
    p.receive('LINK_UP', { wire: NEXT });
    p.expect('linkPort', 'HELLO', { wire: NEXT, credits: 5 });
    p.expectDone();
  });
});

/** As `remote`, and a second link is up over which the other side gave `other` credits. */
function two(credits: number, other: number): Path {
  const p = remote(credits);
  p.receive('LINK_UP', { wire: OTHER });
  p.expect('linkPort', 'HELLO', { wire: OTHER, identity: OURS });
  p.receive('HELLO', { credits: other, wire: OTHER, identity: THEIRS });
  p.expectDone();
  return p;
}

describe('of two links', () => {
  test('the second one is nothing new to the data role, and neither is the loss of one', () => {
    const p = two(1, 1);
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expectDone();
    p.receive('LINK_DOWN', { wire: OTHER });
    p.expect('data', 'PEER_DOWN');
    p.expectDone();
  });

  test('each takes its part of the tracks, a track always the same', () => {
    const p = two(8, 8);
    for (const [track, wire] of [
      [0, WIRE],
      [1, OTHER],
      [2, WIRE],
      [3, OTHER],
      [1, OTHER],
    ]) {
      ship(p, track as number);
      p.expect('linkPort', 'FAR_APPLY', { track: track as number, wire: wire as number });
      p.answer('FAR_APPLIED', { result: OK });
      p.expectReply('SHIPPED', { result: OK });
    }
    expect([p.get('link.credits', 0), p.get('link.credits', 1)]).toEqual([6, 5]);
  });

  test('one without a credit leaves its tracks to the other', () => {
    const p = two(0, 1);
    ship(p, 0);
    p.expect('linkPort', 'FAR_APPLY', { track: 0, wire: OTHER });
    p.answer('FAR_APPLIED', { result: OK });
    p.expectReply('SHIPPED', { result: OK });
    p.expectDone();
  });

  test('a credit of either goes to who waits longest', () => {
    const p = two(0, 0);
    const sends = [ship(p, 0), ship(p, 2)];
    p.receive('FAR_CREDIT', { count: 1, wire: OTHER });
    p.expect('linkPort', 'FAR_APPLY', { track: 0, wire: OTHER });
    p.receive('FAR_CREDIT', { count: 1, wire: WIRE });
    p.expect('linkPort', 'FAR_APPLY', { track: 2, wire: WIRE });
    for (const send of sends) {
      p.answer('FAR_APPLIED', { result: OK });
      p.expectReply('SHIPPED', { result: OK }, send);
    }
    p.expectDone();
  });

  test('a write and a question under way on the one that goes are sent again over the other', () => {
    const p = two(1, 1);
    ship(p, 0);
    const lost = p.expect('linkPort', 'FAR_APPLY', { track: 0, wire: WIRE });
    p.receive('CALL', { what: 3, volume: 0, a: 4 });
    p.expect('linkPort', 'FAR_CALL', { what: 3, wire: WIRE });
    p.receive('LINK_DOWN', { wire: WIRE });
    const write = p.expect('linkPort', 'FAR_APPLY', { track: 0, epoch: 3, gen: 4, wire: OTHER });
    const question = p.expect('linkPort', 'FAR_CALL', { what: 3, volume: 0, a: 4, wire: OTHER });
    p.answer('FAR_APPLIED', { result: REFUSED }, lost);
    p.answer('FAR_ANSWER', { result: OK }, question);
    p.expectReply('ANSWER', { result: OK });
    p.answer('FAR_APPLIED', { result: OK }, write);
    p.expectReply('SHIPPED', { result: OK });
    p.expectDone();
  });

  test('what is under way on the one that stays is not sent again', () => {
    const p = two(1, 1);
    ship(p, 1);
    p.expect('linkPort', 'FAR_APPLY', { track: 1, wire: OTHER });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expectNothing();
    p.answer('FAR_APPLIED', { result: OK });
    p.expectReply('SHIPPED', { result: OK });
    p.expectDone();
  });

  test('credits of this side that come back go out over both in turn', () => {
    const p = two(1, 1);
    p.receive('CREDIT', { count: 1 });
    const [first] = [p.expect('linkPort', 'FAR_CREDIT', { count: 1 }).payload.wire];
    p.receive('CREDIT', { count: 1 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: first === WIRE ? OTHER : WIRE });
    p.expectDone();
  });

  test('the greeting on one tells that the other array was without any meanwhile: its sessions are closed', () => {
    const p = two(1, 1);
    p.receive('LINK_DOWN', { wire: OTHER });
    p.receive('LINK_UP', { wire: OTHER + LINKS_MAX });
    p.expect('linkPort', 'HELLO', { wire: OTHER + LINKS_MAX });
    p.receive('HELLO', { credits: 1, wire: OTHER + LINKS_MAX, identity: THEIRS, alone: 7 });
    p.expect('data', 'PEER_DOWN');
    p.expect('data', 'PEER_UP');
    p.expectDone();
  });

  test('the greeting says whether this array was without any', () => {
    const p = two(1, 1);
    const before = p.get('trunk.alone') as number;
    p.receive('LINK_DOWN', { wire: OTHER });
    p.receive('LINK_UP', { wire: OTHER + LINKS_MAX });
    p.expect('linkPort', 'HELLO', { alone: before });
    p.receive('LINK_DOWN', { wire: OTHER + LINKS_MAX });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.receive('LINK_UP', { wire: NEXT });
    p.expect('linkPort', 'HELLO', { alone: before + 1 });
    p.expectDone();
  });

  test('one that leads to another memory is refused, and what comes over it is, too', () => {
    const p = remote(1);
    p.receive('LINK_UP', { wire: OTHER });
    p.expect('linkPort', 'HELLO', { wire: OTHER });
    p.receive('HELLO', { credits: 1, wire: OTHER, identity: THEIRS + 1 });
    p.expect('linkPort', 'HANG_UP', { wire: OTHER });
    p.receive('FAR_CALL', { what: 1, wire: OTHER });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.receive('LINK_DOWN', { wire: OTHER });
    p.expectDone();
  });
});

/** The links and what they carry, field by field. */
import { describe, expect, test } from 'vitest';
import { CONSTANTS, LINKS_MAX, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';
import { OURS, remote, THEIRS, WIRE } from './fixtures.js';

const { OK, LINK_DOWN, REFUSED, ON_DRIVE } = RESULT;
const NEXT = WIRE + LINKS_MAX;
const OTHER = WIRE + 1;
const LAST = WIRE + LINKS_MAX - 1;
const LINK_FIELDS = ['wire', 'greeted', 'heard', 'up', 'credits', 'reserved'] as const;

const link = (p: Path, n = 0): Record<string, number> =>
  Object.fromEntries(LINK_FIELDS.map((f) => [f, p.get(`link.${f}`, n)]));
const ship = (p: Path, track: number) =>
  p.receive('SHIP', { volume: 0, track, span: span(0, 2), at: 9, epoch: 3, gen: 4, flags: 0 });
const shipped = (p: Path, wire: number, to?: ReturnType<typeof ship>): void => {
  p.expect('linkPort', 'FAR_APPLY', { wire });
  p.answer('FAR_APPLIED', { result: OK });
  p.expectReply('SHIPPED', { result: OK }, to);
};

/** A second link comes up, over which the other side gave `credits`. */
function second(p: Path, credits: number): Path {
  p.receive('LINK_UP', { wire: OTHER });
  p.expect('linkPort', 'HELLO', { wire: OTHER });
  p.receive('HELLO', { credits, wire: OTHER, identity: THEIRS });
  return p;
}

describe('links', () => {
  test('that have a wire when power comes on are all greeted, the last one too, with the time since when there was none', () => {
    const p = path('remote');
    p.time_ns = 3_000_000_000;
    const room = p.get('trunk.room');
    for (const wire of [OTHER, LAST]) p.receive('LINK_UP', { wire });
    p.receive('ENABLE', { identity: OURS });
    const alone = p.get('trunk.alone');
    expect(alone).not.toBe(0);
    p.expect('linkPort', 'HELLO', { wire: OTHER, credits: room, identity: OURS, alone });
    p.expect('linkPort', 'HELLO', { wire: LAST, credits: 0, identity: OURS, alone });
    expect([p.get('trunk.enabled'), p.get('trunk.room')]).toEqual([1, 0]);
    p.expectDone();
  });

  test('that were heard before power came on carry what is sent as soon as they are greeted', () => {
    const p = path('remote');
    p.time_ns = 3_000_000_000;
    p.receive('LINK_UP', { wire: OTHER });
    p.receive('HELLO', { credits: 3, wire: OTHER, identity: THEIRS, alone: 8 });
    p.receive('ENABLE', { identity: OURS });
    p.expect('linkPort', 'HELLO', { wire: OTHER });
    p.expect('data', 'PEER_UP', { session: OTHER });
    expect(link(p, 1)).toEqual({ wire: OTHER, greeted: 1, heard: 1, up: 1, credits: 3, reserved: 0 });
    expect(['up', 'heard', 'other', 'theirs'].map((f) => p.get(`trunk.${f}` as 'trunk.up'))).toEqual([1, 1, THEIRS, 8]);
    for (const track of [0, 1, 9]) {
      ship(p, track);
      shipped(p, OTHER);
    }
    p.expectDone();
  });

  test('that greet anew before any is up are nothing to the data role', () => {
    const p = path('remote');
    p.receive('HELLO', { credits: 3, wire: WIRE, identity: THEIRS, alone: 8 });
    p.receive('HELLO', { credits: 2, wire: OTHER, identity: THEIRS, alone: 9 });
    expect([p.get('trunk.heard'), p.get('trunk.theirs')]).toEqual([2, 9]);
    p.expectDone();
  });

  test('that go leave nothing behind, and the next one may lead to another memory', () => {
    const p = remote(4);
    p.set('link.reserved', 0, 1);
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    expect(link(p)).toEqual({ wire: 0, greeted: 0, heard: 0, up: 0, credits: 0, reserved: 0 });
    expect([p.get('trunk.up'), p.get('trunk.heard')]).toEqual([0, 0]);
    p.receive('LINK_UP', { wire: NEXT });
    p.expect('linkPort', 'HELLO', { wire: NEXT });
    p.receive('HELLO', { credits: 1, wire: NEXT, identity: THEIRS + 1 });
    p.expect('data', 'PEER_UP', { session: NEXT });
    expect(p.get('trunk.other')).toBe(THEIRS + 1);
    p.expectDone();
  });

  test('that go before they were heard are not counted', () => {
    const p = remote(1);
    p.receive('LINK_UP', { wire: OTHER });
    p.expect('linkPort', 'HELLO');
    p.receive('LINK_DOWN', { wire: OTHER });
    expect([p.get('trunk.up'), p.get('trunk.heard'), p.get('link.greeted', 1)]).toEqual([1, 1, 0]);
    p.expectDone();
  });

  test('that come up wake who waits for a credit, and take the credits of this side', () => {
    const p = remote(0);
    ship(p, 0);
    p.receive('LINK_UP', { wire: OTHER });
    p.expect('linkPort', 'HELLO', { wire: OTHER, credits: 0 });
    p.set('trunk.room', 0, 5);
    p.receive('HELLO', { credits: 2, wire: OTHER, identity: THEIRS });
    p.expect('linkPort', 'FAR_CREDIT', { count: 5 });
    shipped(p, OTHER);
    expect([p.get('trunk.room'), p.get('link.credits', 1)]).toEqual([0, 1]);
    p.expectDone();
  });
});

describe('credits', () => {
  test('of this side are counted together while no link is up', () => {
    const p = path('remote');
    p.set('trunk.room', 0, 1);
    p.receive('CREDIT', { count: 2 });
    p.receive('UNSPENT', { count: 3 });
    p.receive('CREDIT', { count: 4 });
    expect(p.get('trunk.room')).toBe(10);
    p.expectDone();
  });

  test('that were not spent go out again', () => {
    const p = remote(1);
    p.receive('UNSPENT', { count: 3 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 3, wire: WIRE });
    expect(p.get('trunk.room')).toBe(0);
    p.expectDone();
  });

  test('go out over the links in turn, however often', () => {
    const p = second(remote(1), 1);
    const wires = Array.from({ length: 20 }, () => {
      p.receive('CREDIT', { count: 1 });
      return p.expect('linkPort', 'FAR_CREDIT', { count: 1 }).payload.wire as number;
    });
    for (const [i, wire] of wires.entries()) if (i > 0) expect(wire).toBe(wires[i - 1] === WIRE ? OTHER : WIRE);
    expect(p.get('trunk.turn')).toBe(20 % 8);
  });

  test('of the other side are added up', () => {
    const p = remote(1);
    p.receive('FAR_CREDIT', { count: 2, wire: WIRE });
    expect(p.get('link.credits')).toBe(3);
    p.expectDone();
  });

  test('over a link that is not up wake nobody', () => {
    const p = remote(0);
    const send = ship(p, 0);
    p.receive('FAR_CREDIT', { count: 1, wire: OTHER });
    p.expectNothing();
    expect([p.get('link.credits', 1), p.get('link.reserved', 1)]).toEqual([1, 0]);
    p.receive('FAR_CREDIT', { count: 1, wire: WIRE });
    shipped(p, WIRE, send);
    expect([p.get('link.credits'), p.get('link.reserved')]).toEqual([0, 0]);
    p.expectDone();
  });

  test('are all used up by who waits: none is left over', () => {
    const p = remote(0);
    const sends = [ship(p, 0), ship(p, 1)];
    p.receive('FAR_CREDIT', { count: 2, wire: WIRE });
    for (const _ of sends) p.expect('linkPort', 'FAR_APPLY', { wire: WIRE });
    expect([p.get('link.credits'), p.get('link.reserved')]).toEqual([0, 0]);
    for (const send of sends) {
      p.answer('FAR_APPLIED', { result: OK });
      p.expectReply('SHIPPED', { result: OK }, send);
    }
    p.expectDone();
  });
});

describe('what a link carries', () => {
  test('a write under way over a cut is not sent in the next session', () => {
    const p = remote(1);
    ship(p, 0);
    p.expect('linkPort', 'FAR_APPLY');
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

  test('questions of a volume take its link, whatever its number', () => {
    const p = second(remote(1), 1);
    for (const [volume, wire] of [
      [1, OTHER],
      [8, WIRE],
      [9, OTHER],
    ] as const) {
      p.receive('CALL', { what: 3, volume });
      p.expect('linkPort', 'FAR_CALL', { volume, wire });
      p.answer('FAR_ANSWER', { result: OK });
      p.expectReply('ANSWER', { result: OK });
    }
    p.expectDone();
  });

  test('a track that the other side asks for is brought, by the data role, and then it has its answer', () => {
    const p = remote(1);
    p.receive('FAR_CALL', { what: QUESTION.ASK_BACK, volume: 2, a: 3, b: 4, c: 5, wire: WIRE });
    p.expect('data', 'BRING', { volume: 2, track: 4, epoch: 3, gen: 5 });
    p.expectNothing();
    p.answer('BROUGHT', { result: REFUSED });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.expectDone();
  });

  test('a write that is on its drive here is applied, and gives its credit back', () => {
    const p = remote(1);
    p.receive('FAR_APPLY', { volume: 1, track: 2, span: span(0, 1), at: 50, epoch: 3, gen: 4, flags: 0, wire: WIRE });
    p.expect('data', 'APPLY');
    p.answer('APPLIED', { result: ON_DRIVE });
    p.expect('linkPort', 'RECEIVED', { at: 50 });
    p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: WIRE });
    p.expectReply('FAR_APPLIED', { result: OK });
    p.expectDone();
  });
});

describe('over the links that are up', () => {
  test('credits go out in turn, round after round', () => {
    const p = second(remote(1), 1);
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < LINKS_MAX; n++) {
        p.receive('CREDIT', { count: 1 });
        p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: n % 2 === 0 ? OTHER : WIRE });
      }
    }
    p.expectDone();
  });

  test('credits go out over the last one that is up, round after round', () => {
    const p = second(remote(1), 1);
    p.receive('LINK_DOWN', { wire: WIRE });
    for (let n = 0; n < 2 * LINKS_MAX; n++) {
      p.receive('CREDIT', { count: 1 });
      p.expect('linkPort', 'FAR_CREDIT', { count: 1, wire: OTHER });
    }
    p.expectDone();
  });

  test('tracks are spread from the first link on, though all were greeted at once', () => {
    const p = path('remote');
    const wires = [1, 3, 5].map((n) => WIRE + n);
    for (const wire of wires) {
      p.receive('LINK_UP', { wire });
      p.receive('HELLO', { credits: 1, wire, identity: THEIRS });
    }
    p.receive('ENABLE', { identity: OURS });
    while (p.sent > 0) p.next();
    for (const [track, wire] of wires.entries()) {
      ship(p, track);
      p.expect('linkPort', 'FAR_APPLY', { track, wire });
    }
  });
});

describe('a director that dies', () => {
  const asks = (p: Path): void => {
    p.receive('FAR_CALL', { what: QUESTION.ASK_BACK, volume: 2, a: 3, b: 4, c: 5, wire: WIRE });
    p.expect('data', 'BRING');
  };

  test('and is not the data director changes nothing', () => {
    const p = remote(1);
    asks(p);
    p.receive('REMOTE_LOSES', { lost: CONSTANTS.LOST_CACHE as number });
    p.expectNothing();
    expect([p.get('trunk.lost'), p.get('trunk.enabled')]).toEqual([0, 1]);
  });

  test('and is the data director is spoken for: what was asked is refused, and no link is greeted again', () => {
    const p = remote(1);
    asks(p);
    p.receive('REMOTE_LOSES', { lost: CONSTANTS.LOST_DATA as number });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    expect([p.get('trunk.lost'), p.get('trunk.enabled')]).toEqual([CONSTANTS.LOST_DATA, 0]);
    p.receive('LINK_UP', { wire: OTHER });
    p.expectDone();
  });
});

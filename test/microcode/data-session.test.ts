import { describe, expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, path, span } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, REFUSED, OLD_EPOCH, TAKEN_OVER, STALE, LINK_DOWN } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_YIELD, ASK_LIST } = QUESTION;
const { COPY, PAIR, PSUE, SSWS } = PAIR_STATE;

/** A source whose link has just come up: no session yet. */
function offering(state: keyof typeof PAIR_STATE, owed: readonly number[]): Path {
  const p = source(state);
  p.set('session.open', 0, 0);
  p.set('session.agreed', 0, 0);
  for (const track of owed) p.node.tracks.setFlags(track, 0, FLAG.M2_INV);
  p.receive('PEER_UP', { session: 1 });
  p.expect('data', 'OFFER', { volume: 0 });
  p.receive('OFFER', { volume: 0 });
  return p;
}

/** The other side takes the session: it knows this memory, and this one knows it. */
const AGREES = { result: OK, b: THEIRS, c: IDENTITY };

function opened(p: Path): void {
  p.expect('remote', 'CALL', { what: ASK_OPEN, volume: PEER, a: EPOCH + 1, b: p.get('pair.state') });
  p.answer('ANSWER', AGREES);
}

/** The other side is told that nothing is owed. */
function told(p: Path, result: number = OK): void {
  p.expect('remote', 'CALL', { what: ASK_STATE, volume: PEER, a: p.get('pair.epoch'), b: PAIR });
  p.answer('ANSWER', { result });
}

/** The copy of one track. */
function copied(p: Path, track: number, result: number = OK): void {
  p.expect('cache', 'GET', { track, span: span(0, 4) });
  p.answer('GOT', { result: OK, slot: 1 });
  p.expect('remote', 'SHIP', { track, span: span(0, 4), epoch: EPOCH + 1 });
  p.answer('SHIPPED', { result });
  p.expect('cache', 'UNPIN', { slot: 1 });
}

describe('an offer', () => {
  test('of a pair that owes nothing opens a session in a new epoch and stays PAIR', () => {
    const p = offering('PAIR', []);
    opened(p);
    expect([p.get('pair.epoch'), p.get('pair.state')]).toEqual([EPOCH + 1, PAIR]);
    told(p);
    expect([p.get('session.open'), p.get('session.agreed'), p.get('session.offering')]).toEqual([1, 1, 0]);
    expect(p.get('pair.state')).toBe(PAIR);
    p.expectDone();
  });

  test('brings every owed track whole, tells the other side PAIR, and only then says so itself', () => {
    const p = offering('PSUE', [0, 3]);
    opened(p);
    expect(p.get('pair.state')).toBe(COPY);
    copied(p, 0);
    copied(p, 3);
    p.expect('remote', 'CALL', { what: ASK_STATE, volume: PEER, a: EPOCH + 1, b: PAIR });
    expect(p.get('pair.state')).toBe(COPY);
    p.answer('ANSWER', { result: OK });
    expect(p.get('pair.state')).toBe(PAIR);
    expect([p.flags(0, 0), p.flags(0, 3)]).toEqual(['none', 'none']);
    p.expectDone();
  });

  test('of a pair that was PAIR and owes a track leaves PAIR first', () => {
    const p = offering('PAIR', [1]);
    opened(p);
    expect(p.get('pair.state')).toBe(COPY);
    copied(p, 1);
    told(p);
    expect(p.get('pair.state')).toBe(PAIR);
    p.expectDone();
  });

  test('clears M2 write pending of a track that it brought, unless a send of it is still on its way', () => {
    for (const unacked of [0, 1]) {
      const p = offering('COPY', [1]);
      p.node.tracks.setFlags(1, 0, FLAG.M2_WP);
      p.set('lock.unacked', 1, unacked);
      opened(p);
      copied(p, 1);
      expect(p.flags(0, 1)).toBe(unacked === 0 ? 'none' : 'M2_WP');
    }
  });

  test('goes over the tracks again when one was written or overtaken while it was copied', () => {
    const p = offering('COPY', [2]);
    opened(p);
    copied(p, 2, STALE);
    expect(p.flags(0, 2)).toBe('M2_INV');
    // Behind offers of other pairs that wait.
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectDone();
    p.receive('OFFER', { volume: 0 });
    copied(p, 2);
    told(p);
    expect(p.get('pair.state')).toBe(PAIR);
    p.expectDone();
  });

  test('ends in PSUE when the link goes under a track, which stays owed', () => {
    const p = offering('COPY', [1, 2]);
    opened(p);
    copied(p, 1, LINK_DOWN);
    expect(p.get('pair.state')).toBe(PSUE);
    expect([p.flags(0, 1), p.flags(0, 2)]).toEqual(['M2_INV', 'M2_INV']);
    expect(p.get('session.offering')).toBe(0);
    p.expectDone();
  });

  test('gives slot and lock of a track back when the session ends while the slot is waited for', () => {
    const p = offering('COPY', [1]);
    opened(p);
    p.expect('cache', 'GET', { track: 1 });
    p.receive('PEER_DOWN');
    p.answer('GOT', { result: OK, slot: 1 });
    p.expect('cache', 'UNPIN', { slot: 1 });
    expect(p.flags(0, 1)).toBe('M2_INV');
    p.expectDone();
  });

  test('takes a newer epoch than its own, and offers one above it', () => {
    const p = offering('PAIR', []);
    p.expect('remote', 'CALL', { what: ASK_OPEN, a: EPOCH + 1 });
    p.answer('ANSWER', { result: OLD_EPOCH, a: 9 });
    p.expect('remote', 'CALL', { what: ASK_OPEN, a: 10 });
    p.answer('ANSWER', AGREES);
    expect(p.get('pair.epoch')).toBe(10);
    told(p);
    p.expectDone();
  });

  test('to a side that took over makes this side its target', () => {
    const p = offering('COPY', [1]);
    p.expect('remote', 'CALL', { what: ASK_OPEN });
    p.answer('ANSWER', { result: TAKEN_OVER });
    expect([p.get('pair.role'), p.get('pair.state')]).toEqual([PAIR_ROLE.TARGET, PSUE]);
    expect([p.get('session.open'), p.get('session.agreed')]).toEqual([0, 0]);
    expect(p.flags(0, 1)).toBe('M2_INV');
    p.expectDone();
  });

  test('leaves the list to be taken over when the other side names a track that is not of the volume', () => {
    const p = offering('SSWS', []);
    p.set('pair.union', 0, 1);
    opened(p);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: OK, a: 4 });
    expect(p.get('pair.union')).toBe(1);
  });

  test('after a takeover asks for the list of the other side and owes it the union of both', () => {
    const p = offering('SSWS', [0]);
    p.expect('remote', 'CALL', { what: ASK_OPEN, b: SSWS });
    p.set('pair.union', 0, 1);
    p.answer('ANSWER', AGREES);
    p.expect('remote', 'CALL', { what: ASK_LIST, volume: PEER, a: 0 });
    p.answer('ANSWER', { result: OK, a: 2 });
    expect(p.flags(0, 2)).toBe('M2_INV');
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 3 });
    p.answer('ANSWER', { result: OK, a: -1 });
    expect(p.get('pair.union')).toBe(0);
    copied(p, 0);
    copied(p, 2);
    told(p, LINK_DOWN);
    expect(p.get('pair.state')).toBe(COPY);
    p.expectDone();
  });

  test('that is called for while one runs is made once more after it', () => {
    const p = offering('PAIR', []);
    p.receive('PEER_UP', { session: 2 });
    opened(p);
    told(p);
    expect(p.get('session.again')).toBe(0);
    p.expect('remote', 'CALL', { what: ASK_OPEN, a: EPOCH + 2 });
    p.answer('ANSWER', AGREES);
    told(p);
    p.expectDone();
  });
});

describe('the question', () => {
  const ask = (p: Path, what: number, a: number, b = 0, result: number = OK): void => {
    // Of a state, c and d are the other side's format.
    const [c, d] = what === ASK_STATE ? [0, 0] : [THEIRS, IDENTITY];
    p.receive('ASK', { what, volume: 0, a, b, c, d });
    p.expectReply('ASKED', { result });
    p.expectDone();
  };

  test('for a session in a newer epoch is granted: this side is its target, in COPY', () => {
    const p = target();
    ask(p, ASK_OPEN, EPOCH + 1, COPY);
    expect([p.get('pair.epoch'), p.get('pair.state'), p.get('session.taking')]).toEqual([EPOCH + 1, COPY, EPOCH + 1]);
  });

  test('for a session ends the one that this side had open as a source', () => {
    const p = source('COPY');
    ask(p, ASK_OPEN, EPOCH + 1, SSWS);
    expect([p.get('session.agreed'), p.get('session.open'), p.get('session.taking')]).toEqual([0, 0, EPOCH + 1]);
  });

  test('for a session in an epoch that is not newer hears the one that is held', () => {
    const p = target();
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH, b: COPY, c: THEIRS });
    p.expectReply('ASKED', { result: OLD_EPOCH, a: EPOCH });
    p.expectDone();
  });

  test('for a session between two sides that serve hosts goes to the one that took over', () => {
    const lost = source('PSUE');
    ask(lost, ASK_OPEN, EPOCH + 1, SSWS);
    expect(lost.get('pair.role')).toBe(PAIR_ROLE.TARGET);
    expect([lost.get('session.agreed'), lost.get('session.open')]).toEqual([0, 0]);
    const won = source('SSWS');
    ask(won, ASK_OPEN, EPOCH + 1, PSUE, TAKEN_OVER);
    expect(won.get('pair.role')).toBe(PAIR_ROLE.SOURCE);
    ask(source('PSUE'), ASK_OPEN, EPOCH + 1, PSUE, REFUSED);
  });

  test('for a session between two sides that both took over goes to the one that knew of the other, else to none', () => {
    const knewLess = source('SSWS');
    ask(knewLess, ASK_OPEN, EPOCH + 2, SSWS);
    expect(knewLess.get('pair.role')).toBe(PAIR_ROLE.TARGET);
    ask(source('SSWS'), ASK_OPEN, EPOCH + 1, SSWS, REFUSED);
    ask(source('SSWS'), ASK_OPEN, EPOCH, SSWS, TAKEN_OVER);
  });

  test('to take on a state is for the session that is open', () => {
    const p = target();
    p.set('pair.state', 0, COPY);
    ask(p, ASK_STATE, EPOCH - 1, PAIR, REFUSED);
    expect(p.get('pair.state')).toBe(COPY);
    ask(p, ASK_STATE, EPOCH, PAIR);
    expect(p.get('pair.state')).toBe(PAIR);
  });

  test('to yield is granted by a source in PAIR, in this session, and once more when it was granted before', () => {
    const p = source();
    ask(p, ASK_YIELD, EPOCH - 1, 0, REFUSED);
    ask(p, ASK_YIELD, EPOCH);
    expect([p.get('pair.role'), p.get('session.agreed'), p.get('session.open')]).toEqual([PAIR_ROLE.TARGET, 0, 0]);
    ask(p, ASK_YIELD, EPOCH);
    ask(source('COPY'), ASK_YIELD, EPOCH, 0, REFUSED);
  });

  test('for the list tells the owed tracks one by one, and forgets those that were confirmed', () => {
    const p = target();
    p.node.tracks.setFlags(0, 0, FLAG.M2_INV);
    p.node.tracks.setFlags(2, 0, FLAG.M2_WP);
    const list = (a: number, track: number): void => {
      p.receive('ASK', { what: ASK_LIST, volume: 0, a });
      p.expectReply('ASKED', { result: OK, a: track });
    };
    list(0, 0);
    list(0, 0);
    list(1, 2);
    expect(p.flags(0, 0)).toBe('none');
    list(3, -1);
    expect(p.flags(0, 2)).toBe('none');
    p.expectDone();
  });

  test('of a volume that is not there, or not paired, is REFUSED', () => {
    const p = path('data');
    for (const volume of [0, 1]) {
      p.receive('ASK', { what: ASK_OPEN, volume, a: 1 });
      p.expectReply('ASKED', { result: REFUSED });
    }
    p.expectDone();
  });
});

describe('a link that goes', () => {
  test('leaves the source in PSUE, remembers when, and closes the session', () => {
    const p = source();
    p.receive('PEER_DOWN');
    expect([p.get('pair.state'), p.get('session.open')]).toEqual([PSUE, 0]);
    expect(p.words('pair.heard')).toEqual([p.time_ns, 0]);
    p.expectDone();
  });

  test('leaves the target in the state that it knew last', () => {
    const p = target();
    p.receive('PEER_DOWN');
    expect([p.get('pair.state'), p.get('session.taking')]).toEqual([PAIR, 0]);
    p.expectDone();
  });

  test('that was down before changes nothing, so the time is that of the first loss', () => {
    const p = source('PSUE');
    p.set('session.open', 0, 0);
    p.set('pair.heard', 0, [5, 0]);
    p.receive('PEER_DOWN');
    expect(p.words('pair.heard')).toEqual([5, 0]);
    p.expectDone();
  });
});

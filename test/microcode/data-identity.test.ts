/** Whose memory is it over there? What two lists say holds only between memories that know each other. */
import { describe, expect, test } from 'vitest';
import { PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, path } from '../harness/path.js';
import { EPOCH, PEER, source, THEIRS, target } from './fixtures.js';

const { OK, REFUSED, NOT_READY, UNKNOWN, TAKEN_OVER, FOREIGN } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_YIELD, ASK_LIST } = QUESTION;
const { COPY, PAIR, PSUE, SSWS } = PAIR_STATE;
/** A memory that nobody here has met. */
const STRANGER = 99;

/** A source that is about to open a session, after its link has come up. */
function offering(state: keyof typeof PAIR_STATE, agreed: number, known: number = THEIRS): Path {
  const p = source(state);
  p.set('pair.known', 0, known);
  p.set('session.offering', 0, 1);
  p.set('session.open', 0, 0);
  p.set('session.agreed', 0, agreed);
  p.receive('OFFER', { volume: 0 });
  return p;
}

/** The other side takes the session; it knows `known`. */
function taken(p: Path, memory: number, known: number): void {
  p.expect('remote', 'CALL', { what: ASK_OPEN, c: IDENTITY, d: p.get('pair.known') });
  p.answer('ANSWER', { result: OK, b: memory, c: known });
}

describe('a source that opens a session', () => {
  test('with a memory that neither knows leaves PAIR, owes it every track, and only then knows it', () => {
    const p = offering('PAIR', 1);
    taken(p, STRANGER, STRANGER);
    expect([p.get('pair.state'), p.get('volume.m2_inv'), p.get('pair.known')]).toEqual([COPY, 4, STRANGER]);
    p.expect('remote', 'CALL', { what: ASK_LIST, a: 0 });
    p.answer('ANSWER', { result: OK, a: -1 });
    p.expect('cache', 'GET', { track: 0 });
  });

  test('loses power at no micro-operation between knowing a memory and owing it every track', () => {
    for (let ops = 0; ; ops++) {
      const p = offering('PAIR', 1);
      p.expect('remote', 'CALL', { what: ASK_OPEN });
      p.answer('ANSWER', { result: OK, b: STRANGER, c: STRANGER }, undefined, { ops });
      const knows = p.get('pair.known') === STRANGER;
      if (knows) {
        expect([p.get('volume.m2_inv'), p.get('pair.state')]).toEqual([4, COPY]);
        break;
      }
    }
  });

  test('with a memory that knows this one owes what the lists say', () => {
    const p = offering('PAIR', 1, 0);
    taken(p, STRANGER, IDENTITY);
    expect([p.get('volume.m2_inv'), p.get('pair.known')]).toEqual([0, STRANGER]);
    p.expect('remote', 'CALL', { what: ASK_STATE, b: PAIR });
  });

  test('after it was away waits for an operator when the other side is another memory', () => {
    const p = offering('PAIR', 0);
    taken(p, STRANGER, STRANGER);
    expect([p.get('session.agreed'), p.get('session.open'), p.get('pair.state')]).toEqual([0, 0, PSUE]);
    expect(p.get('pair.known')).toBe(THEIRS);
    p.expectDone();
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expectReply('DONE', { result: FOREIGN });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: ASK_OPEN, b: SSWS });
    p.answer('ANSWER', { result: OK, b: STRANGER, c: STRANGER });
    expect([p.get('session.agreed'), p.get('volume.m2_inv')]).toEqual([1, 4]);
  });

  test('after it was away, in SSWS, has the word already', () => {
    const p = offering('SSWS', 0);
    taken(p, STRANGER, STRANGER);
    expect([p.get('session.agreed'), p.get('volume.m2_inv')]).toEqual([1, 4]);
  });

  test('and is FOREIGN to the other side is suspended; an operator may claim the pair for it', () => {
    const p = offering('COPY', 0, 0);
    p.expect('remote', 'CALL', { what: ASK_OPEN });
    p.answer('ANSWER', { result: FOREIGN });
    expect([p.get('pair.state'), p.get('session.agreed')]).toEqual([PSUE, 0]);
    p.expectDone();
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect([p.get('pair.state'), p.get('session.agreed'), p.get('pair.known')]).toEqual([SSWS, 1, IDENTITY]);
    p.expectDone();
  });

  test('asks again when an operator spoke while it asked', () => {
    const p = offering('COPY', 0);
    p.set('session.foreign', 0, 1);
    p.expect('remote', 'CALL', { what: ASK_OPEN, b: COPY, a: EPOCH + 1 });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: OK });
    p.answer('ANSWER', { result: FOREIGN });
    expect(p.get('pair.state')).toBe(SSWS);
    p.expect('remote', 'CALL', { what: ASK_OPEN, b: SSWS, a: EPOCH + 2 });
  });

  test('takes no session from a side that does not name its memory', () => {
    const p = offering('PAIR', 1);
    taken(p, 0, 0);
    expect([p.get('session.open'), p.get('pair.known')]).toEqual([0, THEIRS]);
    p.expectDone();
  });
});

describe('a side that is asked for a session', () => {
  const ask = (p: Path, memory: number, knows: number, state: number, result: number): void => {
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH + 1, b: state, c: memory, d: knows });
    p.expectReply('ASKED', { result });
    p.expectDone();
  };
  const formatted = (p: Path): Path => {
    p.set('pair.known', 0, 0);
    p.set('pair.fed', 0, 0);
    return p;
  };

  test('as formatted by one that is so too knows it, and says so', () => {
    const p = formatted(target());
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH + 1, b: COPY, c: THEIRS, d: 0 });
    p.expectReply('ASKED', { result: OK, b: IDENTITY, c: THEIRS });
    expect(p.get('pair.known')).toBe(THEIRS);
  });

  test('as formatted by one that is not gives way, and knows it only when it has everything', () => {
    const p = formatted(target());
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH + 1, b: PSUE, c: THEIRS, d: STRANGER });
    p.expectReply('ASKED', { result: OK, b: IDENTITY, c: IDENTITY });
    p.receive('ASK', { what: ASK_STATE, volume: 0, a: EPOCH + 1, b: PAIR });
    p.expectReply('ASKED', { result: OK });
    expect(p.get('pair.known')).toBe(THEIRS);
    p.expectDone();
  });

  test('with data of another source refuses one that no operator sent', () => {
    const p = target();
    const before = [p.get('pair.epoch'), p.get('pair.state'), p.get('pair.known'), p.get('session.taking')];
    ask(p, STRANGER, 0, COPY, FOREIGN);
    expect([p.get('pair.epoch'), p.get('pair.state'), p.get('pair.known'), p.get('session.taking')]).toEqual(before);
  });

  test('with data of another source takes one that an operator sent, and goes on with it after its first answer was lost', () => {
    const p = target();
    ask(p, STRANGER, STRANGER, SSWS, OK);
    expect([p.get('pair.known'), p.get('pair.fed')]).toEqual([IDENTITY, STRANGER]);
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH + 2, b: COPY, c: STRANGER, d: STRANGER });
    p.expectReply('ASKED', { result: OK, c: IDENTITY });
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: EPOCH + 3, b: COPY, c: STRANGER, d: IDENTITY });
    p.expectReply('ASKED', { result: OK, c: STRANGER });
  });

  test('and serves hosts keeps them from one as formatted; as formatted itself, it gives way', () => {
    ask(source('PSUE'), STRANGER, 0, COPY, TAKEN_OVER);
    ask(source('PSUE'), STRANGER, STRANGER, PSUE, REFUSED);
    const p = formatted(source('COPY'));
    p.set('session.agreed', 0, 0);
    ask(p, THEIRS, STRANGER, PSUE, OK);
    expect(p.get('pair.role')).toBe(PAIR_ROLE.TARGET);
  });

  test('does not answer one that does not name its memory', () => {
    ask(target(), 0, 0, SSWS, REFUSED);
  });

  test('to yield to a memory that it does not know says FOREIGN, also when it yielded before', () => {
    for (const p of [source(), target()]) {
      p.receive('ASK', { what: ASK_YIELD, volume: 0, a: EPOCH, c: STRANGER, d: 0 });
      p.expectReply('ASKED', { result: FOREIGN });
      p.expectDone();
    }
  });
});

describe('a side of a pair as formatted', () => {
  const boot = (p: Path): void => {
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED');
    p.expect('remote', 'ENABLE');
    p.expectReply('DONE', { result: OK });
  };
  const read = (p: Path, result: number | undefined): void => {
    p.receive('READ', { volume: 0, track: 0, span: 1 << 16 });
    if (result === undefined) p.expect('cache', 'GET');
    else p.expectReply('READY', { result });
  };

  test('lets hosts read nothing before the other side has spoken: it may have the data', () => {
    for (const pair of ['source', 'target'] as const) {
      const p = path('data', { volumes: [{ tracks: 4, pair, peer: PEER }] });
      boot(p);
      read(p, NOT_READY);
      p.expectDone();
    }
  });

  test('serves hosts when both sides agree', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'source', peer: PEER }] });
    boot(p);
    p.receive('OFFER', { volume: 0 });
    taken(p, THEIRS, IDENTITY);
    p.expect('remote', 'CALL', { what: ASK_STATE });
    read(p, undefined);
  });

  test('serves hosts when an operator says so, and is as formatted no more', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'source', peer: PEER }] });
    boot(p);
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expectReply('DONE', { result: UNKNOWN });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.known')).toBe(IDENTITY);
    read(p, undefined);
  });

  test('lets hosts read its copy when it is whole, and after a power loss before that not', () => {
    const p = path('data', { volumes: [{ tracks: 4, pair: 'target', peer: PEER }] });
    boot(p);
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: 1, b: PSUE, c: THEIRS, d: STRANGER });
    p.expectReply('ASKED', { result: OK });
    expect(p.get('volume.state')).toBe(VOLUME_STATE.VOLUME_UNKNOWN);
    p.machine.powerOff();
    p.machine.powerOn();
    boot(p);
    read(p, NOT_READY);
    p.receive('ASK', { what: ASK_OPEN, volume: 0, a: 2, b: COPY, c: THEIRS, d: IDENTITY });
    p.expectReply('ASKED', { result: OK });
    p.receive('ASK', { what: ASK_STATE, volume: 0, a: 2, b: PAIR });
    p.expectReply('ASKED', { result: OK });
    read(p, undefined);
  });

  test('whose pair is not made serves hosts, and is as formatted no more once it is made', () => {
    const p = source('SMPL');
    p.set('pair.known', 0, 0);
    p.receive('CREATE', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_CREATE });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect([p.get('pair.known'), p.flags(0, 3)]).toEqual([IDENTITY, 'M2_INV']);
    expect(p.get('volume.m2_inv')).toBe(4);
    p.expectDone();
  });
});

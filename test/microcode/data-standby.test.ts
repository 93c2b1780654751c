/** Of three arrays the first is lost, and one of its targets becomes the other's source: ship/standby.uc, ship/session.uc. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  OFFERING,
  PAIR_ROLE,
  PAIR_STATE,
  QUESTION,
  RESULT,
  TRUNK_SHIFT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import { BASE, FAR_EPOCH, FAR_SIDE, FURTHER, isIn, MARKS, twoTargets, VOLUME } from './further.js';
import { GROUP, number, second } from './second-system.js';

const { OK, REFUSED, STALE, WRONG_STATE, LINK_DOWN } = RESULT;
const { ASK_CREATE, ASK_OPEN, ASK_GENERATIONS } = QUESTION;

describe('a target that another one may be the source of', () => {
  const OTHER_TRUNK = 1;
  const STANDBY = (OTHER_TRUNK << TRUNK_SHIFT) | 6;
  /** Memory of the array that took over. */
  const TAKER = 77;
  const CREATES = { what: ASK_CREATE, volume: VOLUME, a: 9, b: 0, c: TAKER, d: 0, trunk: OTHER_TRUNK } as const;

  /** The link to the source is gone, and all that came is restored. */
  function orphan(): Path {
    const p = second();
    p.set('pair.standby', VOLUME, STANDBY);
    for (const v of [0, 1, 2]) p.set('session.taking', v, 0);
    return p;
  }
  const places = (p: Path): number[] => (['peer', 'trunk', 'standby'] as const).map((f) => p.get(`pair.${f}`, VOLUME));

  test('takes it for its source, and says from whom it has what it has', () => {
    const p = orphan();
    const [peer] = places(p);
    p.receive('ASK', CREATES);
    p.expectReply('ASKED', { result: OK, a: EPOCH, b: THEIRS });
    expect(places(p)).toEqual([STANDBY, OTHER_TRUNK, peer]);
    expect([p.get('pair.fed', VOLUME), p.get('pair.known', VOLUME), p.get('pair.role', VOLUME)]).toEqual([
      TAKER,
      IDENTITY,
      PAIR_ROLE.TARGET,
    ]);
    expect([p.get('pair.state', VOLUME), p.get('volume.state', VOLUME)]).toEqual([
      PAIR_STATE.COPY,
      VOLUME_STATE.VOLUME_UNKNOWN,
    ]);
    p.expectDone();
  });

  test.each<[string, Partial<Record<keyof typeof CREATES, number>>, (p: Path) => void, number]>([
    ['what comes from an array that does not stand by', { trunk: 2 }, () => {}, REFUSED],
    ['any other question', { what: ASK_OPEN }, () => {}, REFUSED],
    ['a memory that says nothing of itself', { c: 0 }, () => {}, REFUSED],
    ['where nobody stands by', {}, (p) => p.set('pair.standby', VOLUME, 0), REFUSED],
    ['while its source is there', {}, (p) => p.set('session.taking', VOLUME, EPOCH), WRONG_STATE],
    ['while another volume of the group has its source', {}, (p) => p.set('session.taking', 2, EPOCH), WRONG_STATE],
    ['when it took over itself', {}, (p) => p.set('pair.role', VOLUME, PAIR_ROLE.SOURCE), WRONG_STATE],
  ])('refuses %s, and goes on as it was', (_, change, prepare, result) => {
    const p = orphan();
    prepare(p);
    const before = places(p);
    p.receive('ASK', { ...CREATES, ...change });
    p.expectReply('ASKED', { result });
    expect([...places(p), p.get('pair.fed', VOLUME)]).toEqual([...before, THEIRS]);
    p.expectDone();
  });

  test('does so although another volume of the group has its new source already', () => {
    const p = orphan();
    p.set('pair.trunk', 2, OTHER_TRUNK);
    p.set('session.taking', 2, EPOCH);
    p.receive('ASK', CREATES);
    p.expectReply('ASKED', { result: OK });
    p.expectDone();
  });

  test('restores first what came', () => {
    const p = orphan();
    p.set('journal.last', GROUP, number(1));
    p.receive('ASK', CREATES);
    p.expect('data', 'RESTORE', { journal: GROUP });
    p.expectReply('ASKED', { result: STALE });
    expect([p.get('journaling.restoring', GROUP), p.get('pair.fed', VOLUME)]).toEqual([1, THEIRS]);
    p.receive('ASK', CREATES);
    p.expectReply('ASKED', { result: STALE });
    p.expectDone();
  });

  test('says how often its tracks were written, in the session: -1 of what is not right, and behind the last', () => {
    const p = second();
    for (let t = 0; t < 4; t++) p.set('track.gen', 4 + t, [20 + t, EPOCH]);
    p.node.tracks.setFlags(6, VOLUME, FLAG.M1_INV);
    p.receive('ASK', { what: ASK_GENERATIONS, volume: VOLUME, a: EPOCH, b: 1 });
    p.expectReply('ASKED', { result: OK, a: 21, b: -1, c: 23, d: -1, e: -1, f: -1 });
    p.receive('ASK', { what: ASK_GENERATIONS, volume: VOLUME, a: EPOCH - 1, b: 1 });
    p.expectReply('ASKED', { result: REFUSED });
    p.expectDone();
  });
});

describe('the pair that stands by, at the array that took over', () => {
  const SINCE = 9;

  function taker(): Path {
    const p = twoTargets();
    p.set('session.since', VOLUME, SINCE);
    p.set('pair.fed', VOLUME, THEIRS);
    return p;
  }

  test.each([
    ['what it has is from the source that this one had: generations are compared', SINCE, THEIRS, 1],
    ['what it has is from another source: all goes', SINCE, THEIRS + 1, 0],
    ['power was off here since the takeover: all goes', 0, THEIRS, 0],
  ])('is made, and %s', (_, since, fed, delta) => {
    const p = taker();
    p.set('session.since', VOLUME, since);
    for (const f of ['pair.state', 'pair.role', 'session.open'] as const) p.set(f, FURTHER, 0);
    p.receive('CREATE', { volume: FURTHER, force: 0 });
    p.expect('remote', 'CALL', { what: ASK_CREATE, volume: FAR_SIDE });
    p.answer('ANSWER', { result: OK, a: 3, b: fed });
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.delta', FURTHER)).toBe(delta);
    p.expectDone();
  });

  /** All four tracks are owed; here they were written 11, 12, 13 and 14 times, the last one by a host since the takeover. */
  function compares(): Path {
    const p = taker();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('pair.delta', FURTHER, 1);
    for (let t = 0; t < 4; t++) {
      p.set('track.gen', BASE + t, [11 + t, t === 3 ? SINCE : EPOCH]);
      p.node.tracks.setFlags(MARKS + t, FURTHER, FLAG.M2_INV);
    }
    p.set('session.offering', FURTHER, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: FURTHER });
    p.expect('remote', 'CALL', { what: ASK_GENERATIONS, volume: FAR_SIDE, a: FAR_EPOCH, b: 0 });
    return p;
  }
  const marks = (p: Path): boolean[] => [0, 1, 2, 3].map((t) => p.flags(FURTHER, t) === 'M2_INV');

  test('owes only tracks that were not written as often on both, or by a host here since the takeover', () => {
    const p = compares();
    p.answer('ANSWER', { result: OK, a: 11, b: 7, c: 13, d: 14, e: -1, f: -1 });
    p.expect('cache', 'GET', { volume: VOLUME, track: 1 });
    expect(marks(p)).toEqual([false, true, false, true]);
    expect([p.get('pair.delta', FURTHER), isIn(p, 'COPY')]).toEqual([0, true]);
  });

  test('asks again in the next session, when the link goes meanwhile: nothing is taken for the same that was not compared', () => {
    const p = compares();
    p.answer('ANSWER', { result: LINK_DOWN });
    expect([p.get('pair.delta', FURTHER), marks(p)]).toEqual([1, [true, true, true, true]]);
  });

  test('believes no answer of a session that is over', () => {
    const p = compares();
    p.set('pair.epoch', FURTHER, FAR_EPOCH + 1);
    p.answer('ANSWER', { result: OK, a: 11, b: 12, c: 13, d: 14, e: -1, f: -1 });
    expect([p.get('pair.delta', FURTHER), marks(p)]).toEqual([1, [true, true, true, true]]);
  });

  test('lets a volume’s own pair be made as ever', () => {
    const p = taker();
    for (const f of ['pair.state', 'pair.role', 'session.open'] as const) p.set(f, VOLUME, 0);
    p.receive('CREATE', { volume: VOLUME, force: 0 });
    p.expect('remote', 'CALL', { what: ASK_CREATE, volume: 7 });
    p.answer('ANSWER', { result: OK, a: 3, b: THEIRS });
    p.expect('data', 'OFFER', { volume: VOLUME });
    p.expectReply('DONE', { result: OK });
    expect(p.get('pair.delta', VOLUME)).toBe(0);
    p.expectDone();
  });
});

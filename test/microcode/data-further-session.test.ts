/** What is asked of a further pair, and what a session of the pair that feeds it means for it: ship/session.uc, ship/pull.uc. */
import { describe, expect, test } from 'vitest';
import { FLAG, OFFERING, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH, THEIRS } from './fixtures.js';
import {
  cascade,
  FAR,
  FAR_EPOCH,
  FAR_SIDE,
  FAR_TRUNK,
  FURTHER,
  isIn,
  last,
  MARKS,
  NEAR,
  reads,
  THIRD,
  twoTargets,
  VOLUME,
} from './further.js';
import { wide, write } from './journals.js';
import { restorersBegin, tells } from './second-system.js';

const { OK, FOREIGN, REFUSED, TAKEN_OVER, STALE } = RESULT;
const { ASK_OPEN, ASK_YIELD, ASK_LIST, ASK_STATE } = QUESTION;
const { SOURCE, TARGET } = PAIR_ROLE;
const { PAIR, SSWS, PSUE, PSUS } = PAIR_STATE;
const FROM_THIRD = { volume: FURTHER, trunk: FAR_TRUNK, c: THIRD, d: IDENTITY } as const;

/** Nothing of the further pair is other than before: it goes on in its session. */
function goesOn(p: Path): void {
  const fields = ['pair.role', 'pair.epoch', 'pair.known', 'session.open', 'session.agreed', 'session.taking'] as const;
  expect(fields.map((field) => p.get(field, FURTHER))).toEqual([SOURCE, FAR_EPOCH, THIRD, 1, 1, 0]);
  expect(isIn(p, 'PAIR')).toBe(true);
  p.expectDone();
}

describe.each([
  ['source of both', twoTargets],
  ['target of the other', cascade],
] as const)('the third array asks a further pair’s %s', (_, array) => {
  test.each([PAIR, SSWS, PSUS])(
    'for a session as its source, which it cannot be (state %i): the pair ends its own and waits for an operator',
    (b) => {
      const p = array();
      p.receive('ASK', { ...FROM_THIRD, what: ASK_OPEN, a: FAR_EPOCH + 5, b });
      p.expectReply('ASKED', { result: FOREIGN });
      const fields = ['pair.role', 'pair.epoch', 'session.open', 'session.foreign'] as const;
      expect(fields.map((field) => p.get(field, FURTHER))).toEqual([SOURCE, FAR_EPOCH, 0, 1]);
      expect(isIn(p, 'PSUE')).toBe(true);
      p.expectDone();
    },
  );

  test('to give the volume away, which is of the other pair, too', () => {
    const p = array();
    p.receive('ASK', { ...FROM_THIRD, what: ASK_YIELD, a: FAR_EPOCH, b: 0 });
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.get('journaling.yielding', FAR)).toBe(0);
    goesOn(p);
  });

  test('for its list, which none but a target tells', () => {
    const p = array();
    p.node.tracks.setFlags(MARKS + 1, FURTHER, FLAG.M2_INV);
    p.receive('ASK', { ...FROM_THIRD, what: ASK_LIST, a: 0 });
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.flags(FURTHER, 1)).toBe('M2_INV');
  });

  test.each([
    ['of the volume itself', VOLUME, FAR_TRUNK],
    ['of the further pair, over the other trunk', FURTHER, 0],
  ] as const)('anything %s, which is a pair with another array', (_what, volume, trunk) => {
    const p = array();
    p.receive('ASK', { what: ASK_OPEN, volume, trunk, a: 99, b: SSWS, c: THIRD });
    p.expectReply('ASKED', { result: REFUSED });
    expect(p.get('pair.epoch', volume)).toBe(volume === VOLUME ? EPOCH : FAR_EPOCH);
    p.receive('READ_JOURNAL', { volume, size: 8, trunk });
    p.expectReply('JOURNAL_READ', { result: REFUSED });
    p.expectDone();
  });
});

describe('a volume with a further pair that is given away', () => {
  const asked = (p: Path): void => {
    p.receive('ASK', { what: ASK_YIELD, volume: VOLUME, a: EPOCH, b: 0, c: THEIRS, d: IDENTITY });
  };

  test('keeps its further pair, with its session', () => {
    const p = twoTargets();
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect([VOLUME, 2].map((v) => p.get('pair.role', v))).toEqual([TARGET, TARGET]);
    goesOn(p);
  });

  test('has its own entries handed on already, when they are restored', () => {
    const p = twoTargets();
    write(p, { volume: VOLUME });
    reads(p, VOLUME, 1);
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect([wide(p, 'journal.handed', NEAR), wide(p, 'journaling.taken', NEAR), last(p, FAR)]).toEqual([1, 1, 1]);
    p.expectDone();
  });

  test('waits for what the other side has not restored, and not for the third array', () => {
    const p = twoTargets();
    write(p, { volume: VOLUME });
    asked(p);
    p.expectReply('ASKED', { result: STALE });
    expect([VOLUME, FURTHER].map((v) => p.get('session.agreed', v))).toEqual([0, 1]);
    reads(p, VOLUME, 1);
    asked(p);
    p.expectReply('ASKED', { result: OK });
    expect(last(p, FAR)).toBe(1);
  });
});

test('numbers that an array lost go on behind what the other side has, and nothing before them is to be handed on', () => {
  const p = twoTargets();
  reads(p, VOLUME, 100);
  expect([wide(p, 'journal.handed', NEAR), last(p, NEAR), last(p, FAR)]).toEqual([100, 100, 0]);
});

describe('an array that was source of both and becomes target of the one', () => {
  const FAR_AHEAD = 2 ** 32;
  /** The other array took over; it had restored all. */
  function becomesTarget(): Path {
    const p = twoTargets();
    p.set('pair.peer', VOLUME, VOLUME); // as it is in most rigs
    for (let n = 0; n < 2; n++) write(p, { volume: VOLUME });
    reads(p, VOLUME, 2);
    p.set('journaling.pulling', NEAR, 1);
    p.receive('ASK', { what: ASK_OPEN, volume: VOLUME, a: EPOCH + 1, b: SSWS, c: THEIRS, d: IDENTITY });
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.expectReply('ASKED', { result: OK });
    return p;
  }

  test('takes the numbers of that one, which begin far behind: none of its own is to be handed on', () => {
    const p = becomesTarget();
    const ahead = { n: FAR_AHEAD - (2 ** 33 - 3), flags: SHIP_FLAG.SHIP_ZERO };
    const request = tells(p, 2 - (2 ** 33 - 3), [ahead], true, { epoch: EPOCH + 1 });
    restorersBegin(p);
    p.expectReply('APPLIED', { result: RESULT.ON_DRIVE }, request);
    expect([wide(p, 'journal.handed', NEAR), last(p, NEAR)]).toEqual([FAR_AHEAD - 1, FAR_AHEAD]);
  });

  test('hands on none of its own entries: the third array’s journal has them already', () => {
    const p = becomesTarget();
    p.set('journaling.handing', NEAR, 1);
    p.receive('HAND', { journal: NEAR });
    expect(last(p, FAR)).toBe(2);
    p.expectDone();
  });
});

describe('a session of the pair that feeds a further one', () => {
  function begins(p: Path): void {
    p.set('journaling.pulling', NEAR, 1);
    p.receive('ASK', { what: ASK_OPEN, volume: VOLUME, a: EPOCH + 1, b: PAIR, c: THEIRS, d: IDENTITY });
  }

  test.each(['PAIR', 'COPY'] as const)('closes that one’s, which is opened anew in COPY (from %s)', (state) => {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE[state]);
    begins(p);
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.expectReply('ASKED', { result: OK });
    expect([isIn(p, 'COPY'), p.get('session.open', FURTHER), p.get('session.offering', FURTHER)]).toEqual([
      true,
      0,
      OFFERING.NEW_SESSION,
    ]);
    p.receive('OFFER', { volume: FURTHER });
    p.expect('remote', 'CALL', { what: ASK_OPEN, volume: FAR_SIDE, a: FAR_EPOCH + 1 });
  });

  test.each(['PSUS', 'PSUE', 'SMPL'] as const)('leaves one that is %s as it is', (state) => {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE[state]);
    p.set('session.open', FURTHER, 0);
    begins(p);
    p.expectReply('ASKED', { result: OK });
    expect([isIn(p, state), p.get('session.offering', FURTHER)]).toEqual([true, 0]);
    p.expectDone();
  });

  test('lets an offer that runs begin again', () => {
    const p = cascade();
    p.set('session.offering', FURTHER, OFFERING.SAME_SESSION);
    begins(p);
    p.expectReply('ASKED', { result: OK });
    expect([isIn(p, 'COPY'), p.get('session.open', FURTHER), p.get('session.again', FURTHER)]).toEqual([
      true,
      0,
      OFFERING.SAME_SESSION,
    ]);
    p.expectDone();
  });

  test('leaves the further pair of another volume alone', () => {
    const p = cascade();
    p.set('journaling.pulling', NEAR, 1);
    p.receive('ASK', { what: ASK_OPEN, volume: 2, a: EPOCH + 1, b: PAIR, c: THEIRS, d: IDENTITY });
    p.expectReply('ASKED', { result: OK });
    goesOn(p);
  });

  test('that says PAIR leaves the further pair’s state to its own session', () => {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.receive('ASK', { what: ASK_STATE, volume: VOLUME, a: EPOCH, b: PAIR });
    p.expectReply('ASKED', { result: OK });
    expect(isIn(p, 'COPY')).toBe(true);
  });
});

describe('links', () => {
  test.each([
    ['third', FAR_TRUNK, FURTHER, VOLUME],
    ['other', 0, VOLUME, FURTHER],
  ] as const)('to the %s array that go end its session, and no other', (_, trunk, ended, kept) => {
    const p = twoTargets();
    p.receive('PEER_DOWN', { trunk });
    expect([p.get('session.open', ended), p.get('session.open', kept)]).toEqual([0, 1]);
    expect([VOLUME, FURTHER].map((v) => p.get('pair.state', v))).toEqual([PAIR, PAIR]);
    p.expectDone();
  });

  test('to the source that go let what was restored go on to the third array', () => {
    const p = cascade();
    p.receive('PEER_DOWN', { trunk: 0 });
    goesOn(p);
  });
});

describe('the third array says that it serves hosts', () => {
  test('and an operator must speak: this volume is of another pair, too, and stays source of the further one', () => {
    const p = twoTargets();
    p.set('session.open', FURTHER, 0);
    p.set('session.offering', FURTHER, OFFERING.NEW_SESSION);
    p.receive('OFFER', { volume: FURTHER });
    p.expect('remote', 'CALL', { what: ASK_OPEN, volume: FAR_SIDE });
    p.answer('ANSWER', { result: TAKEN_OVER, a: FAR_EPOCH + 9 });
    const fields = ['pair.role', 'pair.state', 'session.foreign', 'session.agreed'] as const;
    expect(fields.map((field) => p.get(field, FURTHER))).toEqual([SOURCE, PSUE, 1, 1]);
    expect(fields.map((field) => p.get(field, VOLUME))).toEqual([SOURCE, PAIR, 0, 1]);
    p.expectDone();
  });
});

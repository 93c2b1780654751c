/** Whole tracks of a further pair, and when it may be PAIR: ship/resync.uc, ship/journal.uc, apply/journal.uc. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  INTENT,
  OFFERING,
  PAIR_STATE,
  POOL,
  QUESTION,
  RESULT,
  SHIP_FLAG,
} from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  BASE,
  cascade,
  FAR,
  FAR_EPOCH,
  FAR_SIDE,
  FAR_TRUNK,
  FURTHER,
  isIn,
  MARKS,
  NEAR,
  twoTargets,
  VOLUME,
} from './further.js';
import { begin, wide, write } from './journals.js';

const { OK, LINK_DOWN, MEDIUM_ERROR, REFUSED, STALE } = RESULT;
const SLOT = 2;
const WHOLE = span(0, 4);
const HERE = { volume: VOLUME, track: 1 } as const;

/** The further pair is in COPY and owes its track 1; so does the volume's own, which is PSUE, to the other array. */
function owing(): Path {
  const p = twoTargets();
  p.set('pair.state', FURTHER, PAIR_STATE.COPY);
  p.node.tracks.setFlags(MARKS + 1, FURTHER, FLAG.M2_INV);
  p.node.tracks.setFlags(BASE + 1, VOLUME, FLAG.M2_INV | FLAG.WRITTEN);
  p.set('track.gen', BASE + 1, [17, EPOCH]);
  return p;
}

function offers(p: Path): void {
  p.set('session.offering', FURTHER, OFFERING.SAME_SESSION);
  p.receive('OFFER', { volume: FURTHER });
}

/** The volume's own track goes over the link to the third array. */
function sends(p: Path): void {
  p.expect('cache', 'GET', { ...HERE, span: WHOLE, intent: INTENT.TO_READ, pool: POOL.HOST_POOL });
  p.answer('GOT', { result: OK, slot: SLOT });
  p.expect('remote', 'SHIP', {
    volume: FAR_SIDE,
    track: 1,
    span: WHOLE,
    at: p.slotAt(SLOT),
    gen: 17,
    epoch: FAR_EPOCH,
    flags: SHIP_FLAG.SHIP_WHOLE,
  });
}

function sending(): Path {
  const p = owing();
  offers(p);
  sends(p);
  return p;
}

function arrives(p: Path, result: number = OK): void {
  p.answer('SHIPPED', { result });
  p.expect('cache', 'UNPIN', { slot: SLOT });
}

const marks = (p: Path): string[] => [p.flags(FURTHER, 1), p.flags(VOLUME, 1)];
const BOTH = ['M2_INV', 'M2_INV'];

describe('a track of a further pair that is brought', () => {
  test('is the volume’s own, with its generation, in the session of that pair', () => {
    const p = sending();
    expect([p.get('lock.unacked', BASE + 1), p.get('lock.unacked', MARKS + 1), p.get('lock.holder', BASE + 1)]).toEqual(
      [1, 0, 0],
    );
    expect(p.words('lock.acked', BASE + 1)).toEqual([0, 0]);
  });

  test('is owed to that pair no more, and to the other one still', () => {
    const p = sending();
    arrives(p);
    expect(marks(p)).toEqual(['none', 'M2_INV']);
    expect([p.get('lock.unacked', BASE + 1), p.words('lock.acked', BASE + 1)]).toEqual([0, [17, EPOCH]]);
  });

  test('leaves the mark of the further pair when it is brought to the volume’s own', () => {
    const p = owing();
    p.set('pair.state', VOLUME, PAIR_STATE.COPY);
    p.set('session.offering', VOLUME, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: VOLUME });
    p.expect('cache', 'GET', HERE);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('remote', 'SHIP', { volume: 7, track: 1, gen: 17, epoch: EPOCH });
    arrives(p);
    expect(marks(p)).toEqual(['M2_INV', 'none']);
  });

  test('waits for the lock of the volume’s track', () => {
    const p = owing();
    begin(p, HERE);
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    offers(p);
    p.expectNothing();
  });

  test('stays owed while somebody holds that lock: he may have marked it for what he is about to write', () => {
    const p = sending();
    begin(p, HERE);
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    arrives(p);
    expect(marks(p)).toEqual(BOTH);
  });

  test('stays owed when it was written meanwhile', () => {
    const p = sending();
    p.set('track.gen', BASE + 1, [18, EPOCH]);
    arrives(p);
    expect([marks(p), p.words('lock.acked', BASE + 1)]).toEqual([BOTH, [0, 0]]);
  });

  test.each([
    ['LINK_DOWN', LINK_DOWN],
    ['REFUSED', REFUSED],
    ['STALE', STALE],
  ] as const)('stays owed when the other side says %s, and the other session stays open', (_, result) => {
    const p = sending();
    arrives(p, result);
    expect([marks(p), p.get('session.open', VOLUME), p.get('pair.state', VOLUME)]).toEqual([BOTH, 1, PAIR_STATE.PAIR]);
  });

  test('stays owed when the pair has another epoch meanwhile', () => {
    const p = sending();
    p.set('pair.epoch', FURTHER, FAR_EPOCH + 1);
    arrives(p);
    expect(marks(p)).toEqual(BOTH);
  });

  test('is not asked for when the session was closed while its lock was waited for', () => {
    const p = owing();
    begin(p, HERE);
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    offers(p);
    p.receive('PEER_DOWN', { trunk: FAR_TRUNK });
    p.answer('GOT', { result: OK, slot: SLOT });
    while (p.sent > 0) expect(p.next()?.kind.name).not.toBe('GET');
    expect([marks(p)[0], p.get('lock.holder', BASE + 1), p.get('session.offering', FURTHER)]).toEqual(['M2_INV', 0, 0]);
  });

  test('is not sent when the session was closed while its slot was waited for', () => {
    const p = owing();
    offers(p);
    p.expect('cache', 'GET', HERE);
    p.receive('PEER_DOWN', { trunk: FAR_TRUNK });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'UNPIN', { slot: SLOT });
    expect([marks(p), p.get('lock.holder', BASE + 1), p.get('session.offering', FURTHER)]).toEqual([BOTH, 0, 0]);
    p.expectDone();
  });

  test('is not sent when it is not right here, which the volume’s own flags say', () => {
    const p = owing();
    p.node.tracks.setFlags(BASE + 1, VOLUME, FLAG.M1_INV | FLAG.M2_INV);
    p.set('system.rebuilding', 0, 1);
    offers(p);
    expect([p.flags(FURTHER, 1), p.get('session.skipped', FURTHER), p.get('session.offering', FURTHER)]).toEqual([
      'M2_INV',
      1,
      0,
    ]);
    p.expectDone();
  });

  test('that cannot be read is not right in the volume itself', () => {
    const p = owing();
    p.set('system.rebuilding', 0, 1);
    offers(p);
    p.expect('cache', 'GET', HERE);
    p.answer('GOT', { result: MEDIUM_ERROR });
    expect(marks(p)).toEqual(['M2_INV', 'M1_INV|M2_INV']);
    expect([p.get('session.skipped', FURTHER), p.get('lock.holder', BASE + 1)]).toEqual([1, 0]);
  });
});

describe('a further pair to which nothing is owed', () => {
  /** Between target and third array. */
  function nothingOwed(near: keyof typeof PAIR_STATE = 'PAIR'): Path {
    const p = cascade();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('pair.state', VOLUME, PAIR_STATE[near]);
    return p;
  }
  const asksPair = (p: Path): void => {
    p.expect('remote', 'CALL', { what: QUESTION.ASK_STATE, volume: FAR_SIDE, a: FAR_EPOCH, b: PAIR_STATE.PAIR });
  };

  test('is PAIR when the pair that feeds it is', () => {
    const p = nothingOwed();
    offers(p);
    asksPair(p);
    expect(isIn(p, 'COPY')).toBe(true);
    p.answer('ANSWER', { result: OK });
    expect(isIn(p, 'PAIR')).toBe(true);
    p.expectDone();
  });

  test.each(['COPY', 'PSUS', 'PSUE'] as const)('waits while the pair that feeds it is %s', (state) => {
    const p = nothingOwed(state);
    offers(p);
    expect([isIn(p, 'COPY'), p.get('volume.settling', FURTHER), p.get('session.offering', FURTHER)]).toEqual([
      true,
      1,
      0,
    ]);
    p.expectDone();
  });

  test('is offered again when the third array reads, and is PAIR once the other one is', () => {
    const p = nothingOwed('COPY');
    offers(p);
    p.set('pair.state', VOLUME, PAIR_STATE.PAIR);
    p.receive('READ_JOURNAL', { volume: FURTHER, size: 8, trunk: FAR_TRUNK });
    p.expectReply('JOURNAL_READ', { result: OK });
    p.expect('data', 'OFFER', { volume: FURTHER });
    p.receive('OFFER', { volume: FURTHER });
    asksPair(p);
    p.answer('ANSWER', { result: OK });
    expect([isIn(p, 'PAIR'), p.get('volume.settling', FURTHER)]).toEqual([true, 0]);
  });

  test('does not wait for the other pair where this array is source of both', () => {
    const p = twoTargets();
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('pair.state', VOLUME, PAIR_STATE.PSUE);
    offers(p);
    asksPair(p);
  });

  test('waits for the entries of its own group that are not restored, and of no other', () => {
    const p = twoTargets();
    write(p, { ...HERE });
    p.set('pair.state', FURTHER, PAIR_STATE.COPY);
    p.set('journal.restored', NEAR, [1, 0]);
    offers(p);
    expect([isIn(p, 'COPY'), wide(p, 'volume.settle', FURTHER)]).toEqual([true, 1]);
    p.expectDone();
    p.set('journal.restored', FAR, [1, 0]);
    offers(p);
    asksPair(p);
  });
});

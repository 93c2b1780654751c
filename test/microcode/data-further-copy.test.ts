/** Whole tracks that a further pair brings: ship/resync.uc. */
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
import { BASE, FAR_EPOCH, FAR_SIDE, FAR_TRUNK, FURTHER, MARKS, twoTargets, VOLUME } from './further.js';
import { begin } from './journals.js';

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

  test.each([
    ['was written meanwhile', OK, 18],
    ['came too late', STALE, 18],
  ] as const)('and %s is owed still, and the next one goes that is owed to that pair', (_, result, low) => {
    const p = owing();
    p.node.tracks.setFlags(MARKS + 3, FURTHER, FLAG.M2_INV);
    p.node.tracks.setFlags(BASE + 2, VOLUME, FLAG.M2_INV);
    offers(p);
    sends(p);
    p.set('track.gen', BASE + 1, [low, EPOCH]);
    arrives(p, result);
    p.expect('cache', 'GET', { volume: VOLUME, track: 3 });
  });

  test('and is refused as too old, though nothing newer is here, goes again in a new session: the third array has writes of a source that was lost', () => {
    const p = sending();
    arrives(p, STALE);
    p.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN, volume: FAR_SIDE, a: FAR_EPOCH + 1 });
    expect(marks(p)).toEqual(BOTH);
  });

  test.each(['is not right here', 'cannot be read'])('and %s lets the next one go that is owed to that pair', (why) => {
    const p = owing();
    p.set('system.rebuilding', 0, 1);
    p.node.tracks.setFlags(MARKS + 3, FURTHER, FLAG.M2_INV);
    p.node.tracks.setFlags(BASE + 2, VOLUME, FLAG.M2_INV);
    if (why === 'is not right here') p.node.tracks.setFlags(BASE + 1, VOLUME, FLAG.M1_INV | FLAG.M2_INV);
    offers(p);
    if (why === 'cannot be read') {
      p.expect('cache', 'GET', HERE);
      p.answer('GOT', { result: MEDIUM_ERROR });
    }
    p.expect('cache', 'GET', { volume: VOLUME, track: 3 });
  });

  test('is owed no more to the volume’s own pair, whoever holds that lock: his write is an entry there', () => {
    const p = owing();
    p.set('pair.state', VOLUME, PAIR_STATE.COPY);
    p.set('session.offering', VOLUME, OFFERING.SAME_SESSION);
    p.receive('OFFER', { volume: VOLUME });
    p.expect('cache', 'GET', HERE);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('remote', 'SHIP', { volume: 7 });
    begin(p, HERE);
    p.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    arrives(p);
    expect(marks(p)).toEqual(['M2_INV', 'none']);
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

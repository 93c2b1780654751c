/** REBUILD, field by field: which track comes next, tracks that never got bytes, and who waits for a track. */
import { describe, expect, test } from 'vitest';
import { FLAG, INTENT, POOL, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data, PEER, source, target } from './fixtures.js';
import { asks, GEN, LATER_US, lacks, rests, second, TRACK } from './invalid-track.js';

const { OK, MEDIUM_ERROR, NOT_READY } = RESULT;
const { ASK_BACK, ASK_AGAIN } = QUESTION;
const { M1_INV, M2_INV, WRITTEN } = FLAG;

describe('of several tracks', () => {
  const both = (): Path => {
    const p = source('PAIR', {
      volumes: [
        { tracks: 4, pair: 'source', peer: PEER },
        { tracks: 4, pair: 'source', peer: PEER + 1, driveBase: 100 },
      ],
    });
    for (const f of ['pair.state', 'pair.epoch', 'session.open'] as const) p.set(f, 1, p.get(f));
    return p;
  };
  const order = (p: Path): string[] => {
    const asked: string[] = [];
    for (let i = 0; i < 20 && p.sent > 0; i++) {
      const { payload } = p.expect('remote', 'CALL', { what: ASK_BACK });
      asked.push(`${payload.volume} ${payload.b}`);
      p.answer('ANSWER', { result: OK });
    }
    return asked;
  };

  test('each is asked for once, in order', () => {
    const p = both();
    for (const track of [0, 3]) for (const volume of [0, 1]) lacks(p, M1_INV | WRITTEN, volume, track);
    p.receive('REBUILD');
    expect(order(p)).toEqual(['7 0', '7 3', '8 0', '8 3']);
    rests(p);
  });

  test('the one that a host waits for comes first, and once more in its order', () => {
    const p = both();
    for (const volume of [0, 1]) lacks(p, M1_INV | WRITTEN, volume);
    p.set('system.wanted', 0, TRACK + 1);
    p.set('system.wanted_volume', 0, 1);
    p.receive('REBUILD');
    expect(order(p)).toEqual(['8 2', '7 2', '8 2']);
    rests(p);
  });

  test('the one that a host waited for is wanted no more when it is asked for, also while the channel director is dead', () => {
    const p = lacks(second('source'));
    p.set('system.lost', 0, 1);
    p.set('system.wanted', 0, TRACK + 1);
    p.set('system.wanted_volume', 0, 1);
    p.receive('REBUILD');
    p.expect('remote', 'CALL', asks);
    expect(p.get('system.wanted')).toBe(0);
  });

  test('one that is whole meanwhile is not asked for', () => {
    const p = both();
    p.set('system.wanted', 0, TRACK + 1);
    p.set('system.wanted_volume', 0, 1);
    p.receive('REBUILD');
    rests(p);
  });

  test('all are looked at once more if another one came up meanwhile', () => {
    const p = both();
    lacks(p);
    p.receive('REBUILD');
    p.expect('remote', 'CALL', { volume: PEER + 1, b: TRACK });
    lacks(p, M1_INV | WRITTEN, 0, 1);
    p.set('system.rebuilding', 0, 2);
    p.answer('ANSWER', { result: OK });
    expect(order(p)).toEqual(['7 1', '8 2']);
    rests(p);
  });

  test('a failing drive holds up the others not', () => {
    const p = both();
    for (const volume of [0, 1]) lacks(p, M1_INV | WRITTEN, volume);
    p.set('volume.failing', 0, 1);
    p.receive('REBUILD');
    expect(order(p)).toEqual(['8 2']);
    rests(p);
  });
});

describe('a track that never got bytes', () => {
  const WHOLE = span(0, 4);
  const wants = { volume: 1, track: TRACK, span: WHOLE, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL };

  test('becomes zeroes here, in its generation, write pending for its drive; what is owed goes on', () => {
    const p = lacks(second('source'), M1_INV);
    p.fill(p.slotAt(2), 4, 9);
    p.receive('REBUILD');
    p.expect('cache', 'GET', wants);
    expect(p.get('lock.holder', 4 + TRACK)).not.toBe(0);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2, session: 0 });
    p.expect('data', 'OFFER', { volume: 1 });
    expect(p.flagChanges).toEqual(['6: M1_WP|M1_INV', '6: M1_WP']);
    expect(p.slotBytes(2)).toEqual([0, 0, 0, 0]);
    expect([p.get('slot.gen', 2), p.get('volume.state', 1)]).toEqual([GEN, VOLUME_STATE.VOLUME_READY]);
    expect([p.get('session.offering', 1), p.get('session.again', 1)]).toEqual([2, 0]);
    rests(p);
  });

  test('makes an offer that runs look once more', () => {
    const p = lacks(second('source'), M1_INV);
    p.set('session.offering', 1, 1);
    p.receive('REBUILD');
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    expect([p.get('session.offering', 1), p.get('session.again', 1)]).toEqual([1, 1]);
    rests(p);
  });

  test('is offered to nobody without a session, or of a volume without a pair', () => {
    for (const volume of [0, 1]) {
      const p = lacks(second('source'), M1_INV, volume);
      p.set('session.open', 1, volume === 0 ? 1 : 0);
      p.receive('REBUILD');
      p.expect('cache', 'GET', { ...wants, volume });
      p.answer('GOT', { result: OK, slot: 2 });
      p.expect('cache', 'GIVE', { slot: 2 });
      expect(p.flags(volume, TRACK)).toBe('M1_WP');
      rests(p);
    }
  });

  test('that is format pending is converted', () => {
    const p = lacks(second('target'), M1_INV | FLAG.M1_FP);
    p.receive('REBUILD');
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: OK, slot: 2 });
    p.expect('cache', 'GIVE', { slot: 2 });
    p.expect('data', 'CONVERT', { volume: 1 });
    expect(p.get('session.changing', 1)).toBe(1);
    rests(p);
  });

  test('is left as it is when the cache has no slot for it', () => {
    const p = lacks(second('source'), M1_INV);
    p.receive('REBUILD');
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: NOT_READY });
    expect(p.flagChanges).toEqual([]);
    p.pass_us(LATER_US);
    rests(p);
  });

  test('is tried again after a while when somebody has its lock', () => {
    const p = lacks(second('source'), M1_INV);
    p.set('lock.holder', 4 + TRACK, 3);
    p.receive('REBUILD');
    p.expectNothing();
    p.set('lock.holder', 4 + TRACK, 0);
    p.pass_us(LATER_US);
    p.expect('cache', 'GET', wants);
    p.answer('GOT', { result: NOT_READY });
    rests(p);
  });
});

describe('who waits for a track', () => {
  const read = { volume: 0, track: TRACK, span: span(0, 1) };
  const mine = (flags = M1_INV | WRITTEN, p = source()): Path => lacks(p, flags, 0);

  test('has it asked for, unless another one is, and reads it when it has come', () => {
    const p = mine();
    p.receive('READ', read);
    expect([p.get('system.wanted'), p.get('system.wanted_volume'), p.get('system.rebuilding')]).toEqual([
      TRACK + 1,
      0,
      1,
    ]);
    p.receive('REBUILD', p.expect('data', 'REBUILD').payload);
    p.expect('remote', 'CALL', asks);
    p.set('system.wanted', 0, 1);
    p.receive('READ', read);
    expect([p.get('system.wanted'), p.get('system.rebuilding')]).toEqual([1, 2]);
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.answer('ANSWER', { result: OK });
    for (let i = 0; i < 2; i++) p.expect('cache', 'GET', { volume: 0, track: TRACK });
    for (let i = 0; i < 2; i++) {
      p.answer('GOT', { result: OK, slot: 2 });
      p.expectReply('READY', { result: OK, slot: 2 });
    }
    rests(p);
  });

  test('of the second volume says so', () => {
    const p = lacks(second('source'));
    p.receive('READ', { ...read, volume: 1 });
    expect([p.get('system.wanted'), p.get('system.wanted_volume')]).toEqual([TRACK + 1, 1]);
  });

  test('of a target whose session waits looks again after 200 µs', () => {
    const p = mine(M1_INV | WRITTEN, target());
    p.receive('READ', read);
    p.expect('data', 'REBUILD');
    p.receive('REBUILD');
    for (let i = 0; i < 2; i++) {
      p.expect('remote', 'CALL', { what: ASK_AGAIN });
      p.answer('ANSWER', { result: OK });
    }
    p.expectNothing();
    p.pass_us(199);
    p.expectNothing();
    p.node.tracks.clearFlags(TRACK, 0, M1_INV);
    p.pass_us(1);
    p.expect('cache', 'GET', { track: TRACK });
  });

  test('gives up after two hundred tries', () => {
    const p = mine();
    p.receive('READ', read);
    p.receive('REBUILD', p.expect('data', 'REBUILD').payload);
    for (let i = 0; i < 200; i++) {
      p.expect('remote', 'CALL', { what: ASK_BACK });
      p.answer('ANSWER', { result: OK });
    }
    p.expectReply('READY', { result: MEDIUM_ERROR });
    for (let i = 0; i < 2; i++) {
      p.expect('remote', 'CALL', { what: ASK_BACK });
      p.answer('ANSWER', { result: OK });
    }
    rests(p);
  });

  test.each<[string, number, (p: Path) => void]>([
    ['no session is open', M1_INV | WRITTEN, (p) => p.set('session.open', 0, 0)],
    ['the other side lacks it, too', M1_INV | M2_INV | WRITTEN, () => {}],
  ])('hears at once that nobody has it if %s', (_, flags, given) => {
    const p = mine(flags);
    given(p);
    p.receive('READ', read);
    p.expectReply('READY', { result: MEDIUM_ERROR });
    rests(p);
  });

  test('without a pair hears it at once, unless it never got bytes', () => {
    const p = mine(M1_INV | WRITTEN, data());
    p.receive('READ', read);
    p.expectReply('READY', { result: MEDIUM_ERROR });
    rests(p);
    const q = mine(M1_INV, data());
    q.receive('READ', read);
    q.expect('data', 'REBUILD');
    q.receive('REBUILD');
    q.expect('cache', 'GET', { intent: INTENT.TO_WRITE });
    q.answer('GOT', { result: OK, slot: 2 });
    q.expect('cache', 'GIVE');
    q.expect('cache', 'GET', { intent: INTENT.TO_READ });
    q.answer('GOT', { result: OK, slot: 2 });
    q.expectReply('READY', { result: OK, slot: 2 });
    expect(q.flags(0, TRACK)).toBe('M1_WP');
    rests(q);
  });
});

/** A director dies: whoever waits for it hears so, and it is not asked again. */
import { describe, expect, test } from 'vitest';
import {
  CONSTANTS,
  FLAG,
  INTENT,
  LINKS_MAX,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  QUESTION,
  RESULT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';
import { cache, EPOCH, PEER, remote, source, THEIRS, target, WIRE } from './fixtures.js';

const { OK, NOT_READY, MEDIUM_ERROR, REFUSED, UNKNOWN } = RESULT;
const { PAIR, PSUE, SSWS } = PAIR_STATE;
const LOST = (role: string): number => CONSTANTS[`LOST_${role}`] as number;
/** A bit that no role has beside the one under test: what is lost elsewhere must not matter. */
const ELSEWHERE = LOST('CHANNEL');

const write = (p: Path, track = 0): void => {
  p.receive('WRITE', { volume: 0, track, span: span(0, 1), at: p.transferAt });
};

describe('the channel role without data', () => {
  const begin = (op: string, tracks = 1): Path => {
    const p = path('channel');
    p.set('command.op', 1, CONSTANTS[op] as number);
    p.set('command.count', 1, 4 * tracks);
    p.set('command.at', 1, p.transferAt);
    p.receive('COMMAND', { command: 1 });
    return p;
  };

  test.each([
    ['OP_READ', ['READ']],
    ['OP_WRITE', ['WRITE']],
    ['OP_ZERO', ['WRITE']],
    ['OP_SYNC', ['SYNC']],
    ['OP_CACHE', ['READ']],
    ['OP_MAP', ['MAP']],
    ['OP_INQUIRE', ['INQUIRE']],
  ])('ends a command under way, and any later one, with NOT_READY: %s', (op, asked) => {
    const p = begin(op);
    for (const name of asked) p.expect('data', name);
    p.receive('CHANNEL_LOSES', { lost: LOST('DATA') });
    p.expect('hostPort', 'STATUS', { command: 1, status: NOT_READY });
    p.receive('COMMAND', { command: 1 });
    p.expect('hostPort', 'STATUS', { command: 1, status: NOT_READY });
    p.expectDone();
  });

  test('ends a write of several tracks once, with the answers that it has', () => {
    const p = begin('OP_WRITE', 3);
    const asked = [0, 1, 2].map((track) => p.expect('data', 'WRITE', { track }));
    p.answer('WRITTEN', { result: OK }, asked[1]);
    p.receive('CHANNEL_LOSES', { lost: LOST('DATA') });
    p.expect('hostPort', 'STATUS', { status: NOT_READY });
    p.expectDone();
  });

  test('goes on when another one is lost', () => {
    const p = begin('OP_READ');
    p.expect('data', 'READ');
    p.receive('CHANNEL_LOSES', { lost: LOST('CACHE') | LOST('DISK') | LOST('REMOTE') });
    p.expectNothing();
    p.answer('READY', { result: MEDIUM_ERROR });
    p.expect('hostPort', 'STATUS', { status: MEDIUM_ERROR });
    p.expectDone();
  });
});

describe('the data role without remote', () => {
  /** A write that waits for the other array. */
  const shipped = (): Path => {
    const p = source();
    write(p);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('cache', 'GIVE');
    p.expect('remote', 'SHIP');
    return p;
  };

  test('leaves PAIR before a host hears of a write that waits, and marks the track', () => {
    const p = shipped();
    p.receive('DATA_LOSES', { lost: LOST('REMOTE') }, { ops: 30 });
    expect(p.get('pair.state')).toBe(PSUE);
    p.expectNothing();
    p.run();
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 0)).toBe('M1_WP|M2_INV');
    p.expectDone();
  });

  test('serves hosts with one copy from then on, and asks the other array nothing', () => {
    const p = source();
    p.receive('DATA_LOSES', { lost: LOST('REMOTE') });
    write(p, 1);
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: 0 });
    p.expect('cache', 'GIVE');
    p.expectReply('WRITTEN', { result: OK });
    expect(p.flags(0, 1)).toBe('M1_WP|M2_INV');
    p.receive('OFFER', { volume: 0 });
    p.expectDone();
  });

  test('ends an offer that waits for an answer, or for a track that was sent', () => {
    const asks = source('PSUE');
    asks.receive('OFFER', { volume: 0 });
    asks.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN });
    asks.receive('DATA_LOSES', { lost: LOST('REMOTE') });
    asks.expectDone();
    const sends = source('PSUE');
    sends.node.tracks.setFlags(0, 0, FLAG.M2_INV);
    sends.receive('OFFER', { volume: 0 });
    sends.expect('remote', 'CALL');
    sends.answer('ANSWER', { result: OK, b: THEIRS, c: 11 });
    sends.expect('cache', 'GET');
    sends.answer('GOT', { result: OK, slot: 0 });
    sends.expect('remote', 'SHIP');
    sends.receive('DATA_LOSES', { lost: LOST('REMOTE') });
    sends.expect('cache', 'UNPIN', { slot: 0 });
    expect(sends.flags(0, 0)).toBe('M2_INV');
    sends.expectDone();
  });

  test('takes over as with a cut link: only with force', () => {
    const p = target();
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expect('remote', 'CALL');
    p.receive('DATA_LOSES', { lost: LOST('REMOTE') });
    p.expectReply('DONE', { result: UNKNOWN });
    p.receive('FAILOVER', { volume: 0, force: 0 });
    p.expectReply('DONE', { result: UNKNOWN });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expect('data', 'OFFER');
    p.expectReply('DONE', { result: OK });
    expect([p.get('pair.role'), p.get('pair.state')]).toEqual([PAIR_ROLE.SOURCE, SSWS]);
    p.receive('OFFER', { volume: 0 });
    p.expectDone();
  });
});

describe('the data role without cache', () => {
  const lost = { lost: LOST('CACHE') };

  test('ends reads and writes that wait, those behind a lock too, and refuses later ones', () => {
    const p = source();
    p.receive('READ', { volume: 0, track: 1, span: span(0, 1) });
    p.expect('cache', 'GET', { track: 1 });
    write(p);
    p.expect('cache', 'GET', { track: 0 });
    write(p);
    p.expectNothing();
    p.receive('DATA_LOSES', lost);
    p.expectReply('WRITTEN', { result: NOT_READY });
    p.expectReply('READY', { result: NOT_READY });
    p.expectReply('WRITTEN', { result: NOT_READY });
    write(p, 2);
    p.expectReply('WRITTEN', { result: NOT_READY });
    p.receive('READ', { volume: 0, track: 2, span: span(0, 1) });
    p.expectReply('READY', { result: NOT_READY });
    p.receive('SYNC', { volume: 0 });
    p.expectReply('SYNCED', { result: NOT_READY });
    expect([p.get('volume.state'), p.get('pair.state')]).toEqual([VOLUME_STATE.VOLUME_ABSENT, PSUE]);
    p.expectDone();
  });

  test('gives back what a write of the other array holds, and takes none any more', () => {
    const p = target();
    const apply = (track: number): void => {
      p.receive('APPLY', { volume: 0, track, span: span(0, 1), epoch: EPOCH, gen: 1 });
    };
    apply(0);
    p.expect('cache', 'GET');
    p.receive('DATA_LOSES', lost);
    p.expectReply('APPLIED', { result: NOT_READY });
    apply(1);
    p.expectReply('APPLIED', { result: REFUSED });
    p.receive('ASK', { what: QUESTION.ASK_OPEN, volume: 0, a: EPOCH + 1, c: THEIRS, d: 11 });
    p.expectReply('ASKED', { result: REFUSED });
    p.receive('FAILOVER', { volume: 0, force: 1 });
    p.expectReply('DONE', { result: NOT_READY });
    p.expectDone();
  });

  test('does not end its boot', () => {
    const adopts = path('data');
    adopts.receive('BOOT');
    adopts.expect('cache', 'ADOPT');
    adopts.receive('DATA_LOSES', lost);
    adopts.expectReply('DONE', { result: NOT_READY });
    adopts.expectDone();
    const finds = path('data');
    finds.set('track.flags', 1, FLAG.M1_WP);
    finds.receive('BOOT');
    finds.expect('cache', 'ADOPT');
    finds.answer('ADOPTED');
    finds.expect('cache', 'FIND');
    finds.receive('DATA_LOSES', lost);
    finds.expectReply('DONE', { result: NOT_READY });
    expect([finds.get('system.ready'), finds.flags(0, 1)]).toEqual([0, 'M1_WP']);
    finds.expectDone();
  });
});

describe('the data role without disk', () => {
  test('is no target any more, and goes on as a source', () => {
    const t = target();
    t.receive('DATA_LOSES', { lost: LOST('DISK') });
    expect([t.get('session.taking'), t.get('pair.state')]).toEqual([0, PAIR]);
    t.receive('ASK', { what: QUESTION.ASK_OPEN, volume: 0, a: EPOCH + 1, c: THEIRS, d: 11 });
    t.expectReply('ASKED', { result: REFUSED });
    const s = source();
    s.receive('DATA_LOSES', { lost: LOST('DISK') });
    expect([s.get('session.open'), s.get('pair.state')]).toEqual([1, PAIR]);
    for (const p of [t, s]) p.expectDone();
  });

  test('without channel everything goes on', () => {
    const p = source();
    p.receive('DATA_LOSES', { lost: ELSEWHERE });
    write(p);
    p.expect('cache', 'GET');
    expect([p.get('session.open'), p.get('pair.state'), p.get('pair.peer')]).toEqual([1, PAIR, PEER]);
  });
});

describe('the cache role without disk', () => {
  const lost = { lost: LOST('DISK') };
  const get = (p: Path, track: number, intent: number = INTENT.TO_WRITE): void => {
    p.receive('GET', { volume: 0, track, span: span(0, 4), intent, pool: POOL.HOST_POOL });
  };

  test('ends a read that waits for its drive, and a later miss at once; a hit goes on', () => {
    const p = cache();
    get(p, 0, INTENT.TO_READ);
    p.expect('disk', 'STAGE', { track: 0 });
    p.receive('CACHE_LOSES', lost);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    get(p, 1, INTENT.TO_READ);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    get(p, 2);
    const { slot } = p.expectReply('GOT', { result: OK }).payload as { slot: number };
    p.set('slot.valid', slot, [15, 0, 0, 0]);
    p.set('slot.dirty', slot, [15, 0, 0, 0]);
    p.receive('GIVE', { slot });
    get(p, 2, INTENT.TO_READ);
    p.expectReply('GOT', { result: OK, slot });
    p.receive('UNPIN', { slot }, { from: 'data' });
    p.expectDone();
  });

  test('takes writes up to the limits, then refuses them, those that wait too', () => {
    const p = cache({ hostWpLimit: 1, destageStart: 1 });
    const dirty = (track: number): void => {
      get(p, track);
      const { slot } = p.expectReply('GOT', { result: OK }).payload as { slot: number };
      p.set('slot.dirty', slot, [15, 0, 0, 0]);
      p.receive('GIVE', { slot });
    };
    dirty(0);
    p.expect('disk', 'DESTAGE');
    get(p, 1);
    p.expectNothing();
    p.receive('CACHE_LOSES', lost);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    get(p, 2);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('gives no slot that a destage would have to free', () => {
    const p = cache({ hostSlots: 1, hostWpLimit: 1 });
    get(p, 0);
    p.expectReply('GOT', { result: OK, slot: 0 });
    p.set('slot.dirty', 0, [15, 0, 0, 0]);
    p.receive('GIVE', { slot: 0 });
    p.expect('disk', 'DESTAGE');
    get(p, 1);
    p.expect('disk', 'DESTAGE', { delay_us: 0 });
    p.expectNothing();
    p.receive('CACHE_LOSES', lost);
    p.expectReply('GOT', { result: MEDIUM_ERROR });
    p.expectDone();
  });

  test('asks for no destage any more', () => {
    const p = cache();
    p.receive('CACHE_LOSES', lost);
    get(p, 0);
    const { slot } = p.expectReply('GOT', { result: OK }).payload as { slot: number };
    p.set('slot.dirty', slot, [15, 0, 0, 0]);
    p.receive('GIVE', { slot });
    p.expectDone();
  });
});

describe('a role that another director than its own is lost to', () => {
  const others = ['CHANNEL', 'DATA', 'REMOTE'].reduce((bits, role) => bits | LOST(role), 0);

  test('cache: destages go on', () => {
    const p = cache();
    p.receive('CACHE_LOSES', { lost: others });
    expect(['lost', 'running', 'delayed'].map((f) => p.get(`dirty.${f}` as 'dirty.lost'))).toEqual([0, 0, 0]);
    p.expectDone();
  });

  test('disk: a destage waits for what the cache gives it', () => {
    const p = path('disk', { mapped: true });
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE');
    p.receive('DISK_LOSES', { lost: others });
    p.set('slot.dirty', 1, 1);
    p.answer('TAKEN', { count: 1, slots0: 1 });
    p.expect('drivePort', 'DRIVE_WRITE');
  });
});

describe('the others', () => {
  test('a destage ends when the cache is lost', () => {
    const p = path('disk');
    p.receive('DESTAGE', { delay_us: 0 });
    p.expect('cache', 'TAKE');
    p.receive('DISK_LOSES', { lost: LOST('CACHE') });
    p.expectDone();
  });

  test('the remote role without data refuses what the other array asks, and does not greet it again', () => {
    const p = remote(2);
    p.receive('FAR_CALL', { what: QUESTION.ASK_OPEN, wire: WIRE });
    p.expect('data', 'ASK');
    p.receive('FAR_APPLY', { span: span(0, 1), flags: 1, wire: WIRE });
    p.expect('data', 'APPLY');
    p.receive('REMOTE_LOSES', { lost: LOST('DATA') });
    p.expect('linkPort', 'FAR_CREDIT');
    p.expectReply('FAR_APPLIED', { result: REFUSED });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.receive('FAR_CALL', { what: QUESTION.ASK_OPEN, wire: WIRE });
    p.expectReply('FAR_ANSWER', { result: REFUSED });
    p.receive('LINK_DOWN', { wire: WIRE });
    p.expect('data', 'PEER_DOWN');
    p.receive('LINK_UP', { wire: WIRE + LINKS_MAX });
    p.expectDone();
  });
});

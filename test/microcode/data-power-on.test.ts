/** Power on, where it hangs on one thing that the battery kept: of several volumes, several tracks, each side of a pair. */
import { describe, expect, test } from 'vitest';
import {
  BATTERY,
  CONSTANTS,
  FLAG,
  PAIR_ROLE,
  PAIR_STATE,
  QUESTION,
  RESULT,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import { type Path, path } from '../harness/path.js';
import { EPOCH, PEER, THEIRS } from './fixtures.js';
import { TRACKS, withList } from './with-list.js';

const { OK, NOT_READY } = RESULT;
const { M1_WP, M1_FP, M2_WP, M2_INV } = FLAG;
const { VOLUME_READY, VOLUME_UNKNOWN } = VOLUME_STATE;

function boot(p: Path): void {
  p.receive('BOOT');
  p.expect('cache', 'ADOPT');
  p.answer('ADOPTED');
}

function booted(p: Path): void {
  p.expect('remote', 'ENABLE', { identity: IDENTITY });
  p.expectReply('DONE', { result: OK });
}

/** No dirty slot has it. */
function finds(p: Path, volume: number, track: number): void {
  p.expect('cache', 'FIND', { volume, track });
  p.answer('FOUND', { dirty: 0, slot: -1 });
}

describe('power on', () => {
  test('looks for every track that was not on its drive, from the first one of each volume', () => {
    const p = path('data', { volumes: [{ tracks: 4 }, { tracks: 4 }] });
    for (const t of [1, 3, 4, 6]) p.set('track.flags', t, M1_WP);
    boot(p);
    finds(p, 0, 1);
    finds(p, 0, 3);
    finds(p, 1, 0);
    finds(p, 1, 2);
    booted(p);
    expect(p.get('system.m1_wp')).toBe(0);
    p.expectDone();
  });

  test('after which no cache lives asks for no slot, and is not ready', () => {
    const p = path('data');
    p.set('track.flags', 1, M1_WP);
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    p.receive('DATA_LOSES', { lost: CONSTANTS.LOST_CACHE as number });
    p.expectReply('DONE', { result: NOT_READY });
    p.expectDone();
  });

  test('of a battery that lost its memory makes every volume ready, of another memory, and that once', () => {
    const p = path('data', { volumes: [0, 1].map((peer) => ({ tracks: 4, pair: 'source', peer })) });
    p.set('battery.lost', 0, BATTERY.LOST);
    for (const v of [0, 1]) {
      p.set('pair.stale', v, 1);
      p.set('pair.known', v, THEIRS);
    }
    p.set('track.flags', 1, M1_FP);
    p.set('track.flags', 5, M1_FP);
    boot(p);
    p.expect('data', 'CONVERT', { volume: 0 });
    p.expect('data', 'CONVERT', { volume: 1 });
    booted(p);
    expect([0, 1].map((v) => [p.get('pair.stale', v), p.get('volume.state', v)])).toEqual([
      [0, VOLUME_READY],
      [0, VOLUME_READY],
    ]);
    expect(p.get('battery.lost')).toBe(BATTERY.KEPT);
    p.expectDone();
  });

  test('reads the list of every volume that has one', () => {
    const p = withList('source', 'PAIR', [], [{ tracks: TRACKS, pair: 'source', peer: PEER + 1, mode: 8 }]);
    for (const v of [0, 1]) p.set('volume.state', v, 0);
    p.receive('BOOT');
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED');
    const read = new Set<number>();
    for (let i = 0; i < 8 && p.sent > 0; i++) {
      const { kind, payload } = p.next() ?? expect.fail('nothing was sent');
      if (kind.name === 'ENABLE') break;
      read.add(payload.at as number);
      p.answer('LISTED', { result: OK });
    }
    for (const v of [0, 1]) expect(read.has(p.get('list.label_at', v))).toBe(true);
  });
});

describe('power on of one side of a pair', () => {
  function side(
    role: 'SOURCE' | 'TARGET',
    fields: Partial<Record<'state' | 'known' | 'stale' | 'union', number>>,
    flags: readonly number[] = [],
  ): Path {
    const p = path('data', { volumes: [{ tracks: 4, pair: role === 'SOURCE' ? 'source' : 'target', peer: PEER }] });
    const is = { epoch: EPOCH, role: PAIR_ROLE[role], state: PAIR_STATE.PAIR, known: THEIRS, ...fields };
    for (const [field, value] of Object.entries(is)) p.set(`pair.${field}`, 0, value);
    for (const [t, flag] of flags.entries()) p.set('track.flags', t, flag);
    boot(p);
    if (flags.some((f) => (f & M1_WP) !== 0))
      finds(
        p,
        0,
        flags.findIndex((f) => (f & M1_WP) !== 0),
      );
    booted(p);
    return p;
  }

  test.each([
    ['a target that knows its source', 'TARGET', { known: THEIRS }, VOLUME_READY],
    ['a target that did not get all of its first copy', 'TARGET', { known: IDENTITY }, VOLUME_UNKNOWN],
    ['a source whose target did not get all of it', 'SOURCE', { known: IDENTITY }, VOLUME_READY],
    ['a side as formatted', 'SOURCE', { known: 0 }, VOLUME_UNKNOWN],
    ['a target that lost its cache', 'TARGET', { stale: 1 }, VOLUME_UNKNOWN],
    ['a source that lost its cache', 'SOURCE', { stale: 1 }, VOLUME_UNKNOWN],
  ] as const)('%s: do hosts read it?', (_, role, fields, state) => {
    expect(side(role, fields).get('volume.state')).toBe(state);
  });

  test('has an operator speak only for a source that lost its cache', () => {
    expect(side('SOURCE', { stale: 1 }).get('session.foreign')).toBe(1);
    expect(side('TARGET', { stale: 1 }).get('session.foreign')).toBe(0);
  });

  test('of a pair that is none owes nothing, whatever was marked, and has no list to take over', () => {
    const p = side('SOURCE', { state: PAIR_STATE.SMPL, union: 1 }, [M2_INV, M2_WP, M2_WP | M2_INV, M1_WP]);
    expect([0, 1, 2, 3].map((t) => p.flags(0, t))).toEqual(Array(4).fill('none'));
    expect([p.get('pair.union'), p.get('pair.role')]).toEqual([0, PAIR_ROLE.NO_ROLE]);
  });

  test('of a pair that is none, as power went while it was deleted: made again, its offer goes', () => {
    const p = side('SOURCE', { state: PAIR_STATE.SMPL, stale: 1 });
    p.receive('CREATE', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_CREATE });
    p.answer('ANSWER', { result: OK });
    p.expect('data', 'OFFER', { volume: 0 });
    p.expectReply('DONE', { result: OK });
    p.receive('OFFER', { volume: 0 });
    p.expect('remote', 'CALL', { what: QUESTION.ASK_OPEN });
  });
});

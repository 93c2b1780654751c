/** Power on of a journal group, on either side. */
import { describe, expect, test } from 'vitest';
import {
  FLAG,
  INTENT,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  RESULT,
  SHIP_FLAG,
  VOLUME_STATE,
} from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { moments } from './moments.js';
import {
  GROUP,
  holding,
  number,
  of,
  placeOf,
  recordOf,
  SLOT,
  SPAN,
  type Told,
  unbooted,
  wide,
} from './second-system.js';

const { OK, MEDIUM_ERROR } = RESULT;
const { SOURCE, NO_ROLE } = PAIR_ROLE;
const { VOLUME_READY, VOLUME_UNKNOWN, VOLUME_RESTORING } = VOLUME_STATE;

function boots(p: Path): Path {
  p.receive('BOOT');
  p.expect('cache', 'ADOPT');
  p.answer('ADOPTED');
  return p;
}

function booted(p: Path): void {
  p.expect('remote', 'ENABLE');
  p.expectReply('DONE', { result: OK });
}

/** Of the volumes of the group. */
const states = (p: Path): number[] => [1, 2].map((v) => p.get('volume.state', v));

describe('power on of the second storage system', () => {
  test('restores what is behind `restored` again, before hosts see anything of it', () => {
    const p = holding(unbooted(), [{ n: 1 }, { n: 2 }]);
    p.set('journal.restored', GROUP, number(1));
    p.set('update.volume', recordOf(p, 2), 1); // of the other side: nothing here
    boots(p);
    p.expect('data', 'RESTORE', { journal: GROUP });
    booted(p);
    expect([of(p, 'taken'), of(p, 'asked'), p.get('journaling.restoring', GROUP)]).toEqual([1, 2, 1]);
    expect(states(p)).toEqual([VOLUME_RESTORING, VOLUME_RESTORING]);
    p.receive('RESTORE', { journal: GROUP });
    p.expect('cache', 'GET', { volume: 1, track: 1, span: SPAN });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE');
    expect([p.slotBytes(SLOT), of(p, 'restored')]).toEqual([[0, 2, 2, 0], 2]);
  });

  test('makes marks of entries of its own that are left, from when it was the source', () => {
    const p = holding(unbooted(), [{ n: 1 }, { n: 2 }]);
    p.set('journal.given', GROUP, number(2));
    boots(p);
    p.expect('data', 'DROP', { journal: GROUP });
    booted(p);
    expect([of(p, 'drop'), p.get('journaling.dropping', GROUP), p.get('journaling.restoring', GROUP)]).toEqual([
      2, 1, 0,
    ]);
  });

  test('lets hosts see nothing of a volume whose first copy was not whole either', () => {
    const p = unbooted();
    for (const v of [0, 1, 2]) p.set('pair.known', v, IDENTITY);
    boots(p);
    while (p.sent > 2) p.expect('data', 'RESTORE');
    booted(p);
    expect(states(p)).toEqual([VOLUME_RESTORING, VOLUME_RESTORING]);
  });

  test('gives back the room of data whose update information did not come, if nothing else is kept', () => {
    const p = unbooted();
    p.set('journal.tail', GROUP, wide(2 ** 32 - 8 + 4));
    boots(p);
    expect(placeOf(p, 'head')).toBe(4);
    const kept = holding(unbooted(), [{ n: 1 }]);
    boots(kept);
    expect(placeOf(kept, 'head')).toBe(0);
  });

  test('goes on making marks of entries of its own, which are not restored', () => {
    const p = holding(unbooted(), [{ n: 1 }, { n: 2 }]);
    p.set('journal.drop', GROUP, number(2));
    boots(p);
    p.expect('data', 'DROP', { journal: GROUP });
    booted(p);
    expect([p.get('journaling.dropping', GROUP), p.get('journaling.restoring', GROUP)]).toEqual([1, 0]);
  });

  test('takes for done a jump of the numbers that power cut short: all before it was restored', () => {
    // `go_on_behind` and a takeover move `restored`, `freed`, `drop` and `noted`, and then `last`.
    const p = holding(unbooted(), [{ n: 1 }]);
    const before = ['freed', 'drop', 'noted'] as const;
    for (const field of [...before, 'restored'] as const) p.set(`journal.${field}`, GROUP, number(2 ** 32));
    p.receive('BOOT', {}, { ops: 0 });
    moments(p, () => {});
    p.expect('cache', 'ADOPT');
    p.answer('ADOPTED', {}, undefined, { ops: 0 });
    // Power may go again: as long as `restored` says so, it goes on here.
    const left = moments(p, () => of(p, 'restored') === 1 && before.some((f) => of(p, f) !== 1));
    expect(left).not.toContain(true);
    expect(([...before, 'restored', 'taken', 'asked'] as const).map((f) => of(p, f))).toEqual(Array(6).fill(1));
    booted(p);
  });
});

describe('power on of the first storage system', () => {
  const GEN = [9, EPOCH] as const;
  /** Its last entry is entry 2; the track of it has generation 8. */
  function first(told: Partial<Told> = {}): Path {
    const p = unbooted();
    for (const v of [0, 1, 2]) p.set('pair.role', v, SOURCE);
    holding(p, [
      { n: 1, track: 3 },
      { n: 2, gen: GEN, ...told },
    ]);
    for (const n of [1, 2]) p.set('update.volume', recordOf(p, n), 1);
    // The number over there is another one.
    p.set('update.peer', recordOf(p, 2), 7);
    p.set('track.gen', 5, [8, EPOCH]);
    p.set('journal.drop', GROUP, [0, 0]);
    return p;
  }
  const serves = (p: Path): void => {
    booted(p);
    expect(states(p)).toEqual([VOLUME_READY, VOLUME_READY]);
  };

  test('puts the last entry into its slot, if power went before it was there', () => {
    const p = boots(first());
    const { TO_WRITE } = INTENT;
    p.expect('cache', 'GET', { volume: 1, track: 1, span: SPAN, intent: TO_WRITE, pool: POOL.HOST_POOL });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    expect(p.slotBytes(SLOT)).toEqual([0, 2, 2, 0]);
    expect([p.words('slot.gen', SLOT), p.words('track.gen', 5)]).toEqual([GEN, GEN]);
    expect([p.flags(1, 1), p.get('volume.written', 1)]).toEqual(['M1_WP', 1]);
    serves(p);
    p.expectDone();
  });

  test('clears the sectors of a last entry of zeroes', () => {
    const p = boots(first({ flags: SHIP_FLAG.SHIP_ZERO }));
    p.fill(p.slotAt(SLOT), 4, 0x55);
    p.expect('cache', 'GET', { volume: 1, track: 1, span: SPAN });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
    expect(p.slotBytes(SLOT)).toEqual([0x55, 0, 0, 0x55]);
    serves(p);
  });

  test('puts it in once, for the volume that it is of', () => {
    const p = first();
    p.set('update.volume', recordOf(p, 2), 2);
    p.set('update.track', recordOf(p, 2), 0);
    boots(p);
    p.expect('cache', 'GET', { volume: 2, track: 0, span: SPAN });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE');
    expect([p.words('track.gen', 8), p.words('track.gen', 5)]).toEqual([GEN, [8, EPOCH]]);
    serves(p);
  });

  test('puts it in again, if its track has its generation and perhaps not its bytes', () => {
    const p = first();
    p.set('track.gen', 5, GEN);
    boots(p).expect('cache', 'GET');
  });

  test('leaves it where a later write has its track', () => {
    const p = first();
    p.set('track.gen', 5, [10, EPOCH]);
    serves(boots(p));
  });

  test('passes over a last number that is void', () => {
    const p = first();
    p.set('journal.last', GROUP, number(3));
    const record = recordOf(p, 3); // of a number that is gone
    p.set('update.number', record, number(3 - 16));
    p.set('update.volume', record, 1);
    p.set('update.gen', record, GEN);
    p.set('update.span', record, SPAN);
    serves(boots(p));
  });

  test('serves hosts when there is no slot for it', () => {
    const p = boots(first());
    p.expect('cache', 'GET');
    p.answer('GOT', { result: MEDIUM_ERROR });
    expect(p.words('track.gen', 5)).toEqual([8, EPOCH]);
    serves(p);
    p.expectDone();
  });

  test('puts in nothing where there was never an entry', () => {
    const p = first();
    for (const f of ['last', 'freed', 'restored', 'drop', 'noted'] as const) p.set(`journal.${f}`, GROUP, [0, 0]);
    for (let r = 16; r < 32; r++) p.set('update.number', r, [0, 0]);
    p.set('update.volume', 16, 1);
    p.set('update.span', 16, SPAN);
    serves(boots(p));
  });

  test('restores nothing, and lets hosts read nothing of a volume as formatted', () => {
    const p = first();
    p.set('track.gen', 5, [10, EPOCH]);
    for (const v of [0, 1, 2]) p.set('pair.known', v, 0);
    boots(p);
    booted(p);
    expect(states(p)).toEqual([VOLUME_UNKNOWN, VOLUME_UNKNOWN]);
    expect(p.get('journaling.restoring', GROUP)).toBe(0);
  });

  test('goes on making marks of entries, once for all volumes of the group', () => {
    const p = first();
    p.set('track.gen', 5, [10, EPOCH]);
    p.set('journal.drop', GROUP, number(1));
    boots(p);
    p.expect('data', 'DROP', { journal: GROUP });
    serves(p);
    expect(p.get('journaling.dropping', GROUP)).toBe(1);
  });

  test('keeps entries that are restored over there until it hears of it again', () => {
    const p = first();
    p.set('track.gen', 5, [10, EPOCH]);
    p.set('journal.restored', GROUP, number(2));
    serves(boots(p));
    expect([of(p, 'freed'), placeOf(p, 'head')]).toEqual([0, 0]);
  });

  test('has what was on its way to the other side owed', () => {
    const p = first();
    p.set('track.gen', 5, [10, EPOCH]);
    p.set('track.flags', 6, FLAG.M2_WP);
    serves(boots(p));
    expect(p.flags(1, 2)).toBe('M2_INV');
  });
});

test('power on of a volume whose pair is none serves it, and restores nothing', () => {
  const p = unbooted();
  for (const v of [0, 1, 2]) p.set('pair.state', v, PAIR_STATE.SMPL);
  boots(p);
  booted(p);
  expect([0, 1, 2].map((v) => [p.get('volume.state', v), p.get('pair.role', v), p.get('session.agreed', v)])).toEqual(
    Array(3).fill([VOLUME_READY, NO_ROLE, 1]),
  );
});

test('power on of a volume that is in no group is as without a journal', () => {
  const p = unbooted();
  p.set('volume.journal', 1, -1);
  boots(p);
  while (p.sent > 2) p.expect('data', 'RESTORE');
  booted(p);
  expect(states(p)).toEqual([VOLUME_READY, VOLUME_RESTORING]);
});

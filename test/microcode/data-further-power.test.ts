/** Power on of an array with a further pair: recover/journal.uc, and HAND after it. */
import { describe, expect, test } from 'vitest';
import { INTENT, PAIR_STATE, POOL, RESULT, SHIP_FLAG, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import {
  BASE,
  dataOf,
  entryOf,
  FAR,
  FAR_EPOCH,
  FAR_PEER,
  FURTHER,
  isIn,
  last,
  MARKS,
  NEAR,
  twoTargets,
  unbootedCascade,
  unbootedSource,
  VOLUME,
} from './further.js';
import { begin, wide } from './journals.js';
import { moments } from './moments.js';
import { holding, number, of, SPAN } from './second-system.js';

const { OK } = RESULT;
const SLOT = 2;

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

const handed = (p: Path): number[] => p.words('journal.handed', NEAR);

describe('power on of an array that hands on', () => {
  /** Of three entries so many are restored, and so many handed on. */
  function holds(restored: number, handedOn: number): Path {
    const entries = [1, 2, 3].map((n) => ({ n, track: n }));
    const p = holding(unbootedCascade(), entries);
    p.set('journal.restored', NEAR, number(restored));
    for (const field of ['handed', 'freed'] as const) p.set(`journal.${field}`, NEAR, number(handedOn));
    return p;
  }

  test('goes on with what is restored, once for the group', () => {
    const p = boots(holds(3, 1));
    p.expect('data', 'HAND', { journal: NEAR });
    booted(p);
    p.receive('HAND', { journal: NEAR });
    expect([last(p, FAR), entryOf(p, FAR, 1)?.track, entryOf(p, FAR, 2)?.track]).toEqual([2, 2, 3]);
    expect([of(p, 'freed'), handed(p), p.get('journaling.handing', NEAR)]).toEqual([3, number(3), 0]);
    p.expectDone();
  });

  test('restores the rest first', () => {
    const p = boots(holds(2, 1));
    p.expect('data', 'HAND', { journal: NEAR });
    p.expect('data', 'RESTORE', { journal: NEAR });
    booted(p);
    p.receive('HAND', { journal: NEAR });
    expect([last(p, FAR), entryOf(p, FAR, 1)?.track, of(p, 'freed')]).toEqual([1, 2, 2]);
  });

  test('makes marks of what is left for a further pair that is suspended', () => {
    const p = holds(3, 1);
    p.set('pair.state', FURTHER, PAIR_STATE.PSUE);
    boots(p);
    p.expect('data', 'HAND');
    booted(p);
    p.receive('HAND', { journal: NEAR });
    expect([1, 2, 3].map((t) => p.flags(FURTHER, t))).toEqual(['none', 'M2_INV', 'M2_INV']);
    expect(last(p, FAR)).toBe(0);
  });

  test('does not begin it when its own entries are to become marks first', () => {
    const p = holds(3, 1);
    p.set('journal.drop', NEAR, number(3));
    boots(p);
    p.expect('data', 'DROP', { journal: NEAR });
    booted(p);
    expect(p.get('journaling.handing', NEAR)).toBe(0);
  });

  test('has nothing to hand on behind a jump of the numbers that power cut short', () => {
    const p = holds(3, 3);
    for (const field of ['handed', 'freed', 'drop', 'noted', 'restored'] as const)
      p.set(`journal.${field}`, NEAR, number(2 ** 32));
    boots(p);
    expect([handed(p), of(p, 'restored'), of(p, 'freed')]).toEqual([number(3), 3, 3]);
  });

  test('hands on what power interrupted, at whatever moment, in order and with nothing left out', () => {
    const firsts: number[] = [];
    for (let ops = 0; ; ops++) {
      const p = holds(2, 0);
      p.set('journaling.handing', NEAR, 1);
      p.set('system.ready', 0, 1);
      p.set('volume.state', VOLUME, VOLUME_STATE.VOLUME_RESTORING);
      p.receive('HAND', { journal: NEAR }, { ops: 0 });
      const ran = p.run(ops);
      p.machine.powerOff();
      p.machine.powerOn();
      p.set('system.ready', 0, 1);
      p.set('journaling.handing', NEAR, 1);
      p.receive('HAND', { journal: NEAR });
      const entries = Array.from({ length: last(p, FAR) }, (_, i) => entryOf(p, FAR, i + 1) && dataOf(p, FAR, i + 1));
      const tracks = entries.flatMap((data) => data?.[0] ?? []);
      const onward = tracks.filter((track, i) => track !== tracks[i - 1]);
      expect([ops, onward, of(p, 'freed')]).toEqual([ops, [1, 2], 2]);
      firsts.push(tracks.length);
      if (ran < ops) break;
    }
    // The last of them may be handed on again, which changes nothing there: it has the same generation.
    expect(new Set(firsts)).toEqual(new Set([2, 3]));
  });
});

describe('power on after a write to a volume in two groups', () => {
  /** Update information of entry 1 of a group: two sectors of track 1. */
  function entry(p: Path, group: number, low: number, flags = 0): void {
    const isFar = group === FAR;
    const record = p.node.journals.find(group, 1);
    p.fill(p.transferAt, 2, 0xab);
    p.node.journals.data(group, p.node.journals.reserve(group, 2), p.transferAt, 2);
    const fields: Readonly<Record<string, number | readonly number[]>> = {
      number: [1, 0],
      gen: [low, isFar ? FAR_EPOCH : EPOCH],
      own: isFar ? [low, EPOCH] : [0, 0],
      place: [0, 0],
      volume: isFar ? FURTHER : VOLUME,
      peer: isFar ? FAR_PEER : 7,
      track: 1,
      span: SPAN,
      flags,
    };
    for (const [field, value] of Object.entries(fields)) p.set(`update.${field}`, record, value);
    for (const field of ['last', 'given'] as const) p.set(`journal.${field}`, group, [1, 0]);
  }
  const putIn = (p: Path): void => {
    p.expect('cache', 'GET', { volume: VOLUME, track: 1, span: SPAN, intent: INTENT.TO_WRITE, pool: POOL.HOST_POOL });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT, session: 0 });
  };
  const states = (p: Path): (number | string)[] => [
    p.get('pair.state', VOLUME),
    p.get('pair.state', FURTHER),
    p.flags(VOLUME, 1),
    p.flags(FURTHER, 1),
  ];
  const { PAIR, COPY, PSUE, PSUS, SMPL } = PAIR_STATE;

  test('of which the further pair alone has an entry puts it into the slot, and owes its track to the other', () => {
    const p = unbootedSource();
    entry(p, FAR, 1);
    boots(p);
    putIn(p);
    booted(p);
    expect(p.slotBytes(SLOT)).toEqual([0, 0xab, 0xab, 0]);
    expect([p.words('track.gen', BASE + 1), p.words('slot.gen', SLOT)]).toEqual([
      [1, EPOCH],
      [1, EPOCH],
    ]);
    expect(states(p)).toEqual([COPY, PAIR, 'M1_WP|M2_INV', 'none']);
    expect(p.words('track.gen', MARKS + 1)).toEqual([0, 0]);
    p.expectDone();
  });

  test('of zeroes puts those in', () => {
    const p = unbootedSource();
    p.fill(p.slotAt(SLOT), 4, 0x55);
    entry(p, FAR, 1, SHIP_FLAG.SHIP_ZERO);
    boots(p);
    putIn(p);
    expect(p.slotBytes(SLOT)).toEqual([0x55, 0, 0, 0x55]);
  });

  test.each([
    ['COPY', COPY, 'M1_WP|M2_INV'],
    ['PSUE', PSUE, 'M1_WP|M2_INV'],
    ['PSUS', PSUS, 'M1_WP|M2_INV'],
    ['SMPL', SMPL, 'M1_WP'],
  ] as const)('leaves the other pair in %s', (_, state, flags) => {
    const p = unbootedSource();
    p.set('pair.state', VOLUME, state);
    entry(p, FAR, 1);
    boots(p);
    putIn(p);
    expect(states(p)).toEqual([state, PAIR, flags, 'none']);
  });

  test('that both have puts it in once, and owes nothing', () => {
    const p = unbootedSource();
    entry(p, FAR, 1);
    entry(p, NEAR, 1);
    boots(p);
    putIn(p);
    booted(p);
    expect(states(p)).toEqual([PAIR, PAIR, 'M1_WP', 'none']);
    p.expectDone();
  });

  test('whose track has it, or a later one, changes nothing', () => {
    for (const low of [1, 2]) {
      const p = unbootedSource();
      p.set('track.gen', BASE + 1, [low, EPOCH]);
      entry(p, FAR, 1);
      boots(p);
      booted(p);
      expect(states(p)).toEqual([PAIR, PAIR, 'none', 'none']);
    }
  });

  test('does not bring back a write that a takeover has lost: what came in its place is of a later epoch', () => {
    const p = unbootedSource();
    p.set('track.gen', BASE + 1, [1, EPOCH + 1]);
    entry(p, FAR, 2);
    boots(p);
    expect([p.words('track.gen', BASE + 1), p.flags(VOLUME, 1)]).toEqual([[1, EPOCH + 1], 'none']);
  });

  test('finds at no moment a number that this side is not known to have given itself', () => {
    const p = twoTargets();
    begin(p, { volume: VOLUME, track: 1 });
    p.expect('cache', 'GET');
    p.answer('GOT', { result: OK, slot: SLOT }, undefined, { ops: 0 });
    const seen = moments(p, () => [NEAR, FAR].some((g) => last(p, g) > wide(p, 'journal.given', g)));
    expect(seen).not.toContain(true);
    expect([NEAR, FAR].map((g) => last(p, g))).toEqual([1, 1]);
  });

  test('takes nothing that was handed on for a write of its own: the source’s writes may be counted anew since', () => {
    const p = unbootedCascade();
    entry(p, FAR, 90);
    p.set('track.gen', BASE + 1, [3, EPOCH]);
    p.set('journal.handed', NEAR, p.words('journal.last', NEAR));
    boots(p);
    p.expect('data', 'HAND');
    booted(p);
    expect([states(p), isIn(p, 'PAIR')]).toEqual([[PAIR, PAIR, 'none', 'none'], true]);
    p.expectDone();
  });
});

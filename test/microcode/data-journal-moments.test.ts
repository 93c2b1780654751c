/** What battery memory holds of the second storage system's journal at each moment: power may go there. */
import { expect, test } from 'vitest';
import { RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { moments } from './moments.js';
import {
  exists,
  GROUP,
  holding,
  number,
  of,
  placeOf,
  recordOf,
  restore,
  SPAN,
  second,
  sendsData,
  TAIL,
  tells,
} from './second-system.js';

const { OK, ON_DRIVE } = RESULT;
const FAR = 2 ** 32 + 1000;

/** How far behind `TAIL` the data of an entry stand. */
function place(p: Path, n: number): number {
  const [low, high] = p.words('update.place', recordOf(p, n)) as [number, number];
  return (low >>> 0) + high * 2 ** 32 - TAIL;
}

/** The entry is whole: its update information, and its data in what is kept of the journal. */
function isWhole(p: Path, n: number, byte: number): boolean {
  const r = recordOf(p, n);
  const at = p.node.journals.at(GROUP, TAIL + place(p, n)) * 512;
  return (
    exists(p, n) &&
    `${p.words('update.gen', r)}` === `${[n, EPOCH]}` &&
    p.get('update.peer', r) === 1 &&
    p.get('update.track', r) === 1 &&
    p.get('update.span', r) === SPAN &&
    p.get('update.done', r) === 0 &&
    placeOf(p, 'head') <= place(p, n) &&
    place(p, n) + 2 <= placeOf(p, 'tail') &&
    p.machine.memory.bytes.subarray(at, at + 1024).every((b) => b === byte)
  );
}

test('entries up to the newest one are whole at every moment while they come, and those that are acknowledged stay', () => {
  const p = second();
  const look = (): string => {
    const last = of(p, 'last');
    const whole = [1, 2, 3].filter((n) => n <= last).map((n) => isWhole(p, n, n < 3 ? 0x11 : 0x22));
    return `${last}: ${whole}`;
  };
  sendsData(p, 0, 4, 0x11, { ops: 0 });
  const seen = moments(p, look);
  p.expectReply('APPLIED', { result: ON_DRIVE });
  tells(p, 0, [{ n: 1 }, { n: 2 }], false, { ops: 0 });
  seen.push(...moments(p, look));
  for (let i = 0; i < 2; i++) p.expect('data', 'RESTORE');
  p.expectReply('APPLIED', { result: ON_DRIVE });
  sendsData(p, 2, 2, 0x22, { ops: 0 });
  seen.push(...moments(p, look));
  p.expectReply('APPLIED', { result: ON_DRIVE });
  tells(p, 2, [{ n: 3 }], false, { ops: 0 });
  seen.push(...moments(p, look));
  expect([...new Set(seen)]).toEqual(['0: ', '1: true', '2: true,true', '3: true,true,true']);
});

test('an entry is void until its number is there, though its place was that of an older one', () => {
  const p = second();
  const record = recordOf(p, 1);
  p.set('update.number', record, number(1 - 16));
  tells(p, 0, [{ n: 1, flags: SHIP_FLAG.SHIP_ZERO, span: span(0, 4) }], true, { ops: 0 });
  const seen = moments(p, () => {
    const told = p.get('update.span', record) === span(0, 4) && p.get('update.done', record) === 0;
    return exists(p, 1) ? `there ${told}` : `void ${of(p, 'last')}`;
  });
  expect([...new Set(seen)]).toEqual(['void 0', 'there true']);
});

test('what is restored is in its slot, and what is not yet is kept, at every moment of a restore', () => {
  const p = holding(second(), [
    { n: 1, track: 0 },
    { n: 2, track: 1 },
    { n: 3, track: 2, flags: SHIP_FLAG.SHIP_ZERO },
    { n: 4, track: 3 },
  ]);
  const bytes = [1, 2, 0, 4];
  for (const slot of [0, 1, 2, 3]) p.fill(p.slotAt(slot), 4, 0xee);
  const wrong: string[] = [];
  const look = (): void => {
    const [restored, freed] = [of(p, 'restored'), of(p, 'freed')];
    if (freed > restored) wrong.push(`${freed} are freed, ${restored} restored`);
    for (const [slot, byte] of bytes.entries()) {
      const n = slot + 1;
      const isIn = p.slotBytes(slot)[1] === byte;
      const marked = p.flags(1, slot) === 'M1_WP' && p.words('track.gen', 4 + slot)[0] === n;
      if (n <= restored && !(isIn && marked)) wrong.push(`${n} is restored and not in its slot`);
      if (isIn && !marked) wrong.push(`${n} is in its slot, and nothing says so`);
      if (n <= restored) continue;
      if (!exists(p, n)) wrong.push(`${n} is gone`);
      if (n !== 3 && placeOf(p, 'head') > place(p, n)) wrong.push(`data of ${n} are gone`);
    }
  };
  p.set('journaling.restoring', GROUP, 1);
  p.receive('RESTORE', { journal: GROUP }, { ops: 0 });
  for (const slot of [0, 1, 2, 3]) {
    moments(p, look);
    p.answer('GOT', { result: OK, slot }, p.expect('cache', 'GET', { track: slot }), { ops: 0 });
    moments(p, look);
    p.expect('cache', 'GIVE');
  }
  moments(p, look);
  expect(wrong).toEqual([]);
  expect([of(p, 'restored'), of(p, 'freed')]).toEqual([4, 4]);
  p.expectDone();
});

test('numbers of another source are here in one moment: no restorer ever has to go all the way to them', () => {
  const p = second();
  p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 1));
  tells(p, 0, [{ n: FAR + 1 }], false, { ops: 0 });
  const seen = moments(p, () => {
    const [last, restored, freed, noted] = (['last', 'restored', 'freed', 'noted'] as const).map((f) => of(p, f));
    return last === 0 ? 'before' : `${last} ${restored} ${freed} ${noted}`;
  });
  expect([...new Set(seen)]).toEqual(['before', `${FAR} ${FAR} ${FAR} ${FAR}`, `${FAR + 1} ${FAR} ${FAR} ${FAR}`]);
});

test('a takeover moves its own numbers in one moment, too', () => {
  const p = second();
  p.receive('FAILOVER', { volume: 1, force: 1 });
  p.expect('remote', 'CALL');
  p.answer('ANSWER', { result: RESULT.LINK_DOWN }, undefined, { ops: 0 });
  const seen = moments(p, () => {
    const [last, ...others] = (['last', 'restored', 'freed', 'noted', 'drop'] as const).map((f) => of(p, f));
    return last === 0 ? 'before' : `${others.every((n) => n === last)}`;
  });
  expect([...new Set(seen)]).toEqual(['before', 'true']);
  void restore;
});

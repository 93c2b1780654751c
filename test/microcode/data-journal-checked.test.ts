/** What the first storage system says of its entries is checked before anything of it is believed. */
import { describe, expect, test } from 'vitest';
import { RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import {
  comes,
  exists,
  GROUP,
  holding,
  of,
  placeOf,
  recordOf,
  restorersBegin,
  second,
  sendsData,
  TAIL,
  type Told,
  tells,
  wide,
} from './second-system.js';

const { ON_DRIVE, REFUSED } = RESULT;
const { SHIP_ZERO } = SHIP_FLAG;

/** Nothing of what was told exists. */
function refuses(p: Path, entries: readonly Told[], sectors = 2, bare = false, taken = 0): void {
  if (!bare) p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, sectors, 1));
  const information = tells(p, 0, entries, bare);
  restorersBegin(p);
  p.expectReply('APPLIED', { result: REFUSED }, information);
  expect(of(p, 'last')).toBe(taken);
  expect(p.get('journaling.landed_any', GROUP)).toBe(0);
  p.expectDone();
}

describe('what another array says of an entry is checked:', () => {
  const wrong: readonly [string, Omit<Told, 'n'>][] = [
    ['a volume that there is not', { volume: 4 }],
    ['a volume of another group', { volume: 0 }],
    ['a volume of no group', { volume: 3 }],
    ['a track behind the end of its volume', { volume: 2, track: 2 }],
    ['a span behind the end of its track', { span: span(3, 2) }],
    ['a span that begins behind the end of its track', { span: span(5, 1) }],
    ['no sectors', { span: span(1, 0) }],
    ['more data than came', { span: span(0, 3) }],
  ];
  test.each(wrong)('%s', (_, told) => {
    refuses(second(), [{ n: 1, ...told }]);
  });

  test('a volume however far behind the last one', () => {
    const p = second();
    for (const volume of [...Array(60).keys()].map((v) => v + 3)) {
      const information = tells(p, 0, [{ n: 1, flags: SHIP_ZERO, track: 0, volume }], true);
      while (p.sent > 1) p.expect('data', 'RESTORE');
      p.expectReply('APPLIED', { result: REFUSED }, information);
    }
    expect(of(p, 'last')).toBe(0);
  });

  test('the number of the one before it, or an older one', () => {
    refuses(second(), [{ n: 0 }]);
    refuses(second(), [{ n: -1 }]);
  });

  test('two of one number', () => {
    refuses(second(), [{ n: 1 }, { n: 1 }], 4, false, 1);
  });

  test('data that none came for', () => {
    refuses(second(), [{ n: 1 }], 0, true);
  });

  test('together more data than came', () => {
    const p = second();
    refuses(p, [{ n: 1 }, { n: 2, span: span(0, 1) }], 2, false, 1);
    expect([exists(p, 1), exists(p, 2)]).toEqual([true, false]);
  });

  test('more entries than came', () => {
    const p = second();
    // Records of what came before stand behind the sector that came.
    const entries = Array.from({ length: 9 }, (_, i) => ({ n: i + 1, flags: SHIP_ZERO }));
    p.expectReply('APPLIED', { result: REFUSED }, tells(p, 0, entries, true, { span: span(0, 1) }));
    expect(of(p, 'last')).toBe(0);
  });

  test('what is refused leaves entries that came before it as they were', () => {
    const p = second();
    comes(p, 0, [{ n: 1 }]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 1, 2, 1));
    p.expectReply('APPLIED', { result: REFUSED }, tells(p, 1, [{ n: 2, track: 4 }]));
    expect([of(p, 'last'), exists(p, 1), exists(p, 2)]).toEqual([1, true, false]);
    comes(p, 1, [{ n: 2 }]);
    expect(exists(p, 2)).toBe(true);
  });

  test('a number so far behind that its place is that of an entry which is still to be restored', () => {
    const p = holding(second(), [{ n: 1 }, { n: 2 }]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 2, 2, 1));
    const information = tells(p, 2, [{ n: 17 }]);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: REFUSED }, information);
    expect([of(p, 'last'), exists(p, 1)]).toEqual([2, true]);
  });
});

describe('numbers of another source, which begin far behind,', () => {
  const FAR = 2 ** 32 + 1000;

  test('are taken when all that came before is restored', () => {
    const p = second();
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 0, 2, 0x61));
    tells(p, 0, [{ n: FAR }]);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: ON_DRIVE });
    expect([of(p, 'last'), exists(p, FAR)]).toEqual([FAR, true]);
    expect(['restored', 'freed', 'noted', 'taken'].map((f) => of(p, f as 'freed'))).toEqual(Array(4).fill(FAR - 1));
    expect(p.words('update.place', recordOf(p, FAR))).toEqual(wide(TAIL));
    expect([placeOf(p, 'head'), placeOf(p, 'tail')]).toEqual([0, 2]);
    p.expectDone();
  });

  test('are REFUSED until then, and what came before stays', () => {
    const p = holding(second(), [{ n: 1 }]);
    p.expectReply('APPLIED', { result: ON_DRIVE }, sendsData(p, 1, 2, 0x61));
    tells(p, 1, [{ n: FAR }]);
    restorersBegin(p);
    p.expectReply('APPLIED', { result: REFUSED });
    expect([of(p, 'last'), of(p, 'restored'), exists(p, 1), exists(p, FAR)]).toEqual([1, 0, true, false]);
    p.expectDone();
  });
});

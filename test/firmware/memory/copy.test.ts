/** Copies of sectors, against the copy of an array. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copySectors, moveSectors, SECTOR_WORDS, zeroSectors } from '../../../firmware/memory/copy.js';

const SECTORS = 300;
const memory = (first: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(SECTORS * SECTOR_WORDS * 4)).map((_, i) => first + i);
const spans = fc
  .record({ from: fc.nat(SECTORS - 1), to: fc.nat(SECTORS - 1), most: fc.constantFrom(0, 1, 2, 7, 128, 129, SECTORS) })
  .map(({ from, to, most }) => ({ from, to, sectors: Math.min(most, SECTORS - Math.max(from, to)) }));

/** Words of `to` after sectors of `from` were put there. */
function put(from: readonly number[], at: number, to: readonly number[], toAt: number, sectors: number): number[] {
  const words = from.slice(at * SECTOR_WORDS, (at + sectors) * SECTOR_WORDS);
  return [...to.slice(0, toAt * SECTOR_WORDS), ...words, ...to.slice((toAt + sectors) * SECTOR_WORDS)];
}

test('sectors are copied to another memory, moved within one, and become zeroes: these and no others', () => {
  fc.assert(
    fc.property(spans, ({ from, to, sectors }) => {
      const [here, there] = [memory(1), memory(1_000_000)];
      const expected = put([...here], from, [...there], to, sectors);
      copySectors(here, from, there, to, sectors);
      expect([...there].join()).toBe(expected.join());
      const moved = put([...here], from, [...here], to, sectors);
      moveSectors(here, from, to, sectors);
      expect([...here].join()).toBe(moved.join());
      const zeroes = put(new Array<number>(SECTORS * SECTOR_WORDS).fill(0), 0, [...there], to, sectors);
      zeroSectors(there, to, sectors);
      expect([...there].join()).toBe(zeroes.join());
    }),
    { numRuns: 40 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskHolds, maskRun, maskWord, setMask } from '../../../firmware/units/tracks.js';

const SECTORS = 128;
const EDGES = [0, 1, 30, 31, 32, 33, 63, 64, 95, 96, 127];

const span = (sector: number, sectors: number): number => sector | (sectors << 16);
/** Spans that lie in a track; edges of the four words come often. */
const spans = fc
  .tuple(fc.oneof(fc.nat(SECTORS - 1), fc.constantFrom(...EDGES)), fc.oneof(fc.nat(SECTORS), fc.constantFrom(...EDGES)))
  .map(([sector, sectors]) => ({ sector, sectors: Math.min(sectors, SECTORS - sector) }));

const bitsOf = (m: Int32Array): boolean[] =>
  Array.from({ length: SECTORS }, (_, s) => (((m[s >> 5] as number) >>> (s & 31)) & 1) === 1);

describe('a mask', () => {
  test('has exactly the bits of the spans that were set, the ends of its words included', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 6 }), (list) => {
        const m = new Int32Array(6);
        const model = new Array<boolean>(SECTORS).fill(false);
        for (const { sector, sectors } of list) {
          setMask(m, 0, span(sector, sectors));
          model.fill(true, sector, sector + sectors);
        }
        expect(bitsOf(m)).toEqual(model);
        expect([m[4], m[5]]).toEqual([0, 0]);
      }),
    );
  });

  test.each([
    [0, 128, [-1, -1, -1, -1]],
    [31, 1, [-0x8000_0000, 0, 0, 0]],
    [31, 2, [-0x8000_0000, 1, 0, 0]],
    [32, 32, [0, -1, 0, 0]],
    [127, 1, [0, 0, 0, -0x8000_0000]],
    [5, 0, [0, 0, 0, 0]],
  ])('of sector %d, %d sectors is the known words', (sector, sectors, words) => {
    expect([0, 1, 2, 3].map((w) => maskWord(span(sector, sectors), w))).toEqual(words);
  });

  test('holds a span when it has all of its bits', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 4 }), spans, (list, asked) => {
        const m = new Int32Array(4);
        for (const { sector, sectors } of list) setMask(m, 0, span(sector, sectors));
        const wanted = bitsOf(m).slice(asked.sector, asked.sector + asked.sectors);
        expect(maskHolds(m, 0, span(asked.sector, asked.sectors))).toBe(wanted.every((b) => b));
      }),
    );
  });

  test('gives its runs of set or of clear bits one after another', () => {
    fc.assert(
      fc.property(
        fc.array(spans, { maxLength: 5 }),
        fc.constantFrom(0, 1),
        fc.integer({ min: 1, max: SECTORS }),
        (list, value, end) => {
          const m = new Int32Array(4);
          for (const { sector, sectors } of list) setMask(m, 0, span(sector, sectors));
          const found = new Array<boolean>(SECTORS).fill(value === 0);
          let from = 0;
          for (let run = maskRun(m, 0, from, end, value); run !== 0; run = maskRun(m, 0, from, end, value)) {
            const start = run & 0xffff;
            expect(start).toBeGreaterThanOrEqual(from);
            from = start + (run >>> 16);
            expect(from).toBeLessThanOrEqual(end);
            found.fill(value === 1, start, from);
          }
          expect(found.slice(0, end)).toEqual(bitsOf(m).slice(0, end));
        },
      ),
    );
  });
});

/** Two traces are compared: what differs first is told, and not what only stands elsewhere. */
import { expect, test } from 'vitest';
import type { Images } from '../../../firmware/runtime/machine/array.js';
import { imagesWith, loadPlant } from '../../../tools/regress/scenarios.js';
import { diffTraces, isDifferent } from '../../../tools/trace/diff.js';
import { diffText } from '../../../tools/trace/diff-text.js';
import { SourceTexts } from '../../../tools/trace/sources.js';
import { saidOf } from '../../../tools/trace/text.js';
import { edited, longerWrite, reordered } from '../../harness/changed-microcode.js';
import { IMAGES } from '../../simulated/helpers.js';
import { tracedRun } from './traced.js';

const against = async (images: Images, name = 'cut-and-return', seed = 3, records?: number) => {
  const [a, b] = [await tracedRun(name, seed, records), await tracedRun(name, seed, records, images)];
  return { a: a.trace, b: b.trace, diffs: diffTraces(a.trace, b.trace, 3) };
};

test('traces of equal runs do not differ', async () => {
  const { diffs, a } = await against(IMAGES);
  expect(diffs.some(isDifferent)).toBe(false);
  expect(diffs.length).toBe(10);
  expect(diffs.reduce((sum, { same }) => sum + same, 0)).toBe(a.tail.written.reduce((sum, n) => sum + n, 0));
});

test('code that stands elsewhere, or does nothing more, is no difference; that turns are longer is told', async () => {
  const elsewhere = await against({ ...IMAGES, data: reordered('data') });
  expect(elsewhere.diffs.some((diff) => isDifferent(diff) || diff.pace)).toBe(false);
  const longer = await against({ ...IMAGES, data: longerWrite() });
  expect(longer.diffs.some(isDifferent)).toBe(false);
  expect(
    longer.diffs
      .filter(({ pace }) => pace)
      .map(({ director }) => director)
      .sort(),
  ).toEqual(['A.dd1', 'B.dd1']);
});

test('an instruction that is another one is found at the first thing that it does, with the source of both', async () => {
  const data = edited(
    'data',
    'microcode/base/data/write.uc',
    '    flag.set t, volume, #M1_WP|WRITTEN\n',
    '    flag.set t, volume, #WRITTEN\n',
  );
  const { a, b, diffs } = await against({ ...IMAGES, data });
  const [first] = diffs;
  expect(first && isDifferent(first)).toBe(true);
  expect(first?.first.map((event) => event?.what)).toEqual(['FLAGS', 'FLAGS']);
  expect(first?.first[0]?.flags?.set).toContain('M1_WP');
  expect(first?.first[1]?.flags?.set).toEqual(['WRITTEN']);
  expect(first?.first[0]?.place).toMatchObject({ file: 'microcode/base/data/write.uc', scope: 'WRITE' });
  // Nothing that any director did before it differs.
  const before = diffs.slice(1).flatMap(({ first: pair }) => pair.flatMap((e) => (e ? [e.number >>> 0] : [])));
  expect(Math.min(...before)).toBeGreaterThan(first?.first[0]?.number as number);
  const text = diffText(a, b, diffs, { zeros_ns: [0, 0], texts: new SourceTexts() });
  expect(text).toMatch(/^ {2}< {3}microcode\/base\/data\/write\.uc:\d+: {2}flag\.set t, volume, #M1_WP\|WRITTEN$/m);
  expect(text).toMatch(
    /^ {2}> {3}microcode\/base\/data\/write\.uc:\d+: {2}flag\.set r8, r0, #64 {2}; as the image has it$/m,
  );
  expect(text).toContain(', the first difference of all');
  expect(text.match(/role runs image/g)).toHaveLength(1);
});

test('of a planted bug the first difference is at the code that was changed', async () => {
  const plant = await loadPlant('credit-lost');
  const { diffs } = await against(imagesWith(plant), 'storm', 1);
  expect(`microcode/${plant.file}`).toBe(diffs[0]?.first[0]?.place?.file);
});

test('rings that have lost their beginning are compared from where both have records', async () => {
  const { diffs } = await against(IMAGES, 'storm', 2, 128);
  const [whole, part] = [await tracedRun('storm', 2), await tracedRun('storm', 2, 128)];
  expect(diffs.some(isDifferent)).toBe(false);
  const mixed = diffTraces(whole.trace, part.trace, 3);
  expect(mixed.some(isDifferent)).toBe(false);
  expect(mixed.some(({ unknown }) => unknown > 0)).toBe(true);
});

test('a run that goes on longer differs where the other one ends', async () => {
  const [a, b] = [await tracedRun('cut-and-return', 3), await tracedRun('cut-and-return', 3)];
  const rings = b.trace.rings.map((ring, i) => (i === 1 ? { ...ring, records: ring.records.slice(0, 1600) } : ring));
  const diffs = diffTraces(a.trace, { ...b.trace, rings }, 2);
  expect(diffs.filter(isDifferent)).toHaveLength(1);
  const [{ director, same, first, before }] = diffs as [(typeof diffs)[number]];
  expect([director, same, first[1], before.length]).toEqual(['A.dd1', 100, undefined, 2]);
  expect(saidOf(first[0] as NonNullable<(typeof first)[0]>)).not.toBe('');
});

test('traces of other arrays are refused', async () => {
  const [a, b] = [await tracedRun('cut-and-return', 3), await tracedRun('cut-and-return', 3)];
  const head = { ...b.trace.head, arrays: b.trace.head.arrays.map((array) => ({ ...array, name: `${array.name}X` })) };
  expect(() => diffTraces(a.trace, { ...b.trace, head }, 2)).toThrow('no director is in both');
});

/** What a host waits for with journal pull does not depend on the distance: status comes when the journal here has the write. */
import { expect, test } from 'vitest';
import { simulatedTimes } from '../../tools/bench/journal.js';

test('a write with journal pull takes as long at 1,000 km as at 0 km; one that is mirrored in real time 10 ms more', () => {
  const times = new Map(simulatedTimes().map(({ name, value }) => [name, value]));
  const of = (km: string, way: string): number =>
    times.get(`write of one block, ${km} km, simulated: ${way}`) ?? Number.NaN;
  expect(of('1,000', 'journal pull')).toBe(of('0', 'journal pull'));
  const more = of('1,000', 'mirrored in real time') - of('0', 'mirrored in real time');
  expect(Math.abs(more - 10)).toBeLessThan(0.02);
  expect(of('0', 'journal pull')).toBeGreaterThan(of('0', 'alone'));
  expect(of('0', 'journal pull')).toBeLessThan(of('0', 'mirrored in real time'));
});

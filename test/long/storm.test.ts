/** 10,000 storms on each rig: `npm run long`. */
import { expect, test } from 'vitest';
import { failures } from '../simulated/helpers.js';

for (const rig of ['two-slots', 'tiny-pair']) {
  test(`10,000 storms on ${rig} end with nothing lost, held or owed`, async () => {
    expect(await failures('storm', 1, 10_000, rig)).toEqual([]);
  }, 3_600_000);
}

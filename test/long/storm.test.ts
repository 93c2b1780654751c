/** 10,000 storms on each rig: `npm run long`. */
import { expect, test } from 'vitest';
import { failures } from '../simulated/helpers.js';

const SEEDS = 10_000;

for (const rig of ['two-slots', 'tiny-pair', 'tiny-modes', 'tiny-lists', 'tiny-links', 'tiny-star', 'tiny-formats']) {
  test(`10,000 storms on ${rig} end with nothing lost, held or owed`, async () => {
    expect(
      await failures('storm', 1, SEEDS, rig, (seed) => {
        if (seed % 500 === 0) process.stdout.write(`${rig}: ${seed} of ${SEEDS} storms\n`);
      }),
    ).toEqual([]);
  }, 3_600_000);
}

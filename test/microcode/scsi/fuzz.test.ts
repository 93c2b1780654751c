/** CDBs and parameter lists by chance against a model of medium and reservations: the budget of each test run. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadImages } from '../../../firmware/service/microcode.js';
import { type CdbTarget, open } from '../../../tools/fuzz/cdb/cdb-target.js';
import { allWatched } from '../../harness/coverage.js';

const SEED = 20_261_122;
const INPUTS = 120;

let target: CdbTarget;
beforeAll(async () => {
  target = await open(SEED, allWatched('unit', loadImages()));
});
afterAll(() => target.close());

it(`carries out what ${INPUTS} programs of commands ask for as the standards have it, and gives everything back`, () => {
  for (let input = 0; input < INPUTS; input++) target.run(input);
  expect(target.commands).toBeGreaterThan(INPUTS * 10);
}, 300_000);

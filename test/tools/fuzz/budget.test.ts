/** So many inputs of each target at every run, always the same ones: a part of what `npm run fuzz` does. */
import { expect, test } from 'vitest';
import { fuzz } from '../../../tools/fuzz/runner.js';
import { openerOf } from '../../../tools/fuzz/targets.js';

const SEED = 20_261_122;
const INPUTS = { 'iscsi-pdu': 400, text: 800, nbd: 800 };

test.each(Object.entries(INPUTS))('%s: %d inputs, and nothing is found', async (target, inputs) => {
  const plan = { target, seed: SEED, first: 1, inputs };
  const outcome = await fuzz(await openerOf(target), plan);
  expect(outcome.failure).toBeUndefined();
  expect(outcome.inputs).toBe(inputs);
  // Both what is right was said and what is not, and the latter was refused.
  expect([...outcome.kinds.keys()].some((kind) => kind.startsWith('wrong: '))).toBe(true);
  expect(outcome.refusals).toBeGreaterThan(inputs / 10);
});

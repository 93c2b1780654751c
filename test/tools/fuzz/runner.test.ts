/** The fuzzer itself: what it finds, it says how to see again. */
import { describe, expect, test } from 'vitest';
import { Chance } from '../../../tools/fuzz/chance.js';
import { parseOptions } from '../../../tools/fuzz/options.js';
import { commandFor, fuzz } from '../../../tools/fuzz/runner.js';
import { watchedRun } from '../../../tools/fuzz/watched-run.js';
import { openBroken, WRONG } from './broken-target.js';

const PLAN = { target: 'text', seed: 7, first: 1, inputs: 100 };
const BROKEN = new URL('./broken-target.js', import.meta.url).href;

describe('an input that fails', () => {
  test('by itself is repeated by its number', async () => {
    const { inputs, failure } = await fuzz(openBroken('alone'), PLAN);
    expect([inputs, failure]).toEqual([WRONG, { input: WRONG, from: WRONG, message: 'it is wrong by itself' }]);
    expect(commandFor(PLAN, WRONG, WRONG)).toBe('npm run fuzz -- --only text --seed 7 --input 25');
  });

  test('only after others is repeated with those before it', async () => {
    const { failure } = await fuzz(openBroken('after others'), PLAN);
    expect(failure).toEqual({ input: WRONG, from: 1, message: 'it is wrong after others' });
    expect(commandFor(PLAN, 1, WRONG)).toBe('npm run fuzz -- --only text --seed 7 --from 1 --inputs 25');
  });

  test.each([
    [1, /^it hangs: no end within 0\.2 s$/],
    [2, /^its thread ended with 3$/],
  ])('on a thread that does not come back is named all the same (%d)', async (seed, message) => {
    const { failure } = await watchedRun({ ...PLAN, seed }, 200, BROKEN);
    expect(failure?.input).toBe(WRONG);
    expect(failure?.message).toMatch(message);
  });
});

test('the command that repeats an input asks for that input and no other', () => {
  const args = commandFor(PLAN, 25, 25).split(' ').slice(4);
  expect(parseOptions(args)).toMatchObject({ targets: ['text'], seed: 7, first: 25, inputs: 1 });
});

test('chance of an input is its own: another number, seed or target has another', () => {
  const words = (seed: number, target: string, input: number): string => {
    const chance = new Chance(seed, target, input);
    return Array.from({ length: 8 }, () => chance.below(0x10000)).join(' ');
  };
  expect(words(1, 'nbd', 5)).toBe(words(1, 'nbd', 5));
  expect(new Set([words(1, 'nbd', 5), words(2, 'nbd', 5), words(1, 'link', 5), words(1, 'nbd', 6)]).size).toBe(4);
});

test.each([
  [['--only', 'fax'], /--only is "fax"; targets are iscsi-pdu/],
  [['--inputs', '0'], /--inputs is "0"; it must be 1 to/],
  [['--input', '3', '--from', '2'], /neither --from nor --inputs/],
])('%j is refused with what would be right', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});

/** Small worlds, a share of them: `npx arraylab sim worlds` runs all. */
import { describe, expect, test } from 'vitest';
import { PAIR_STATES, type PairState } from '../../firmware/memory/pair-states.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { imagesWith, loadPlant } from '../../tools/regress/scenarios.js';
import { parseSpec, textOf } from '../../tools/regress/worlds/spec.js';
import { pairsOf } from '../../tools/regress/worlds/states.js';
import { type Tally, walk } from '../../tools/regress/worlds/walk.js';
import { Start } from '../../tools/regress/worlds/world.js';
import { IMAGES, newSim } from './helpers.js';

const STATES = Object.keys(PAIR_STATES) as PairState[];

function worlds(rigName: string, pair: string, state: PairState, events: number, share: number, images: Images): Tally {
  const rig = loadSimRig(rigName);
  const start = new Start(rig, images, 1, pair, state);
  return walk(
    start,
    { pair, state, events, share },
    rig.arrays.map((a) => a.name),
  );
}

describe.each([
  ['tiny-pair', 30],
  ['tiny-modes', 60],
] as const)('of the small worlds of %s, 1/%i', (rig, share) => {
  test.each(pairsOf(newSim(rig, 1)).flatMap((pair) => STATES.map((state) => [pair, state] as const)))(
    '%s in %s: one write or command, one power loss, two events: nothing is lost, held or owed',
    (pair, state) => {
      const { runs, failures } = worlds(rig, pair, state, 2, share, IMAGES);
      expect(failures.map((f) => `npx arraylab sim worlds --rig ${rig} --world ${f.world}: ${f.violation}`)).toEqual(
        [],
      );
      process.stdout.write(`${pair} in ${state}: ${runs.reduce((a, b) => a + b)} worlds\n`);
      expect(runs[0]).toBeGreaterThan(0);
    },
    60_000,
  );
});

test('a bug is found, and the world that found it fails again under its name', async () => {
  const images = imagesWith(await loadPlant('flags-after-merge'));
  const { failures } = worlds('tiny-pair', 'A:data0', 'PAIR', 0, 1, images);
  const [first] = failures;
  expect(first?.violation).toMatch(/A's list says none|M1 is clear/);
  const spec = parseSpec(first?.world ?? '');
  const again = new Start(loadSimRig('tiny-pair'), images, 1, spec.pair, spec.state).run(spec);
  expect(again).toMatchObject({ violation: first?.violation, time_us: first?.time_us });
});

test('a world is the same whatever was run before it', () => {
  const rig = loadSimRig('tiny-pair');
  const text = 'PAIR/A:data0/write/suspend@4/off-A@70/late/resume@9';
  const first = new Start(rig, IMAGES, 1, 'A:data0', 'PAIR');
  const alone = first.run(parseSpec(text));
  const second = new Start(rig, IMAGES, 1, 'A:data0', 'PAIR');
  for (const other of ['PAIR/A:data0/delete/off-B@30', 'PAIR/A:data0/write/cut@3']) second.run(parseSpec(other));
  expect(second.run(parseSpec(text))).toEqual(alone);
  expect(alone.violation).toBeUndefined();
});

test('the text of a world names it whole', () => {
  for (const text of [
    'PAIR/A:data0/write',
    'SMPL/A:data0/create-force/off-B@12/late/mend@down/resume@31',
    'COPY/A:data0/write/cut@0/mend@40',
  ])
    expect(textOf(parseSpec(text))).toBe(text);
});

test.each([
  ['PAIRED/A:data0/write', '"PAIRED" is no state of a pair; there are SMPL, COPY'],
  ['PAIR/A:data0/erase', '"erase" cannot be done; there are write, suspend'],
  ['PAIR/A:data0/write/pull@4', '"pull@4" is not understood'],
  ['PAIR/A:data0/write/off-A@4/cut@down', '"cut@down" is not understood'],
  ['PAIR/A:data0/write/late', '"late" is not understood'],
])('%s is refused: %s', (text, why) => {
  expect(() => parseSpec(text)).toThrow(why);
});

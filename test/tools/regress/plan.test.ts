/** Which runs a regression makes. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { misfitOf } from '../../../tools/regress/fit.js';
import { isLike } from '../../../tools/regress/glob.js';
import { type Matrix, matrixOf } from '../../../tools/regress/matrix.js';
import { keyOf, type PlannedRun, planOf } from '../../../tools/regress/plan.js';
import { loadScenario } from '../../../tools/regress/scenarios.js';
import { IMAGES } from '../../simulated/helpers.js';

const NOTHING = { faults: [], microcodes: [] };

const matrixOfCells = (fits: readonly boolean[], faults: readonly string[] = []): Matrix => ({
  rows: [],
  columns: [],
  cells: fits.map((fit, i) => ({ scenario: `s${i}`, rig: 'r', ...(!fit && { why: 'too small' }) })),
  faults,
  canHave: () => true,
});

describe('a plan', () => {
  it('makes each seed of the range once, in all, spread evenly over the cells that fit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }).filter((fits) => fits.includes(true)),
        fc.nat(1000),
        fc.nat(60),
        (fits, from, more) => {
          const plan = planOf(matrixOfCells(fits), { from, to: from + more });
          expect(plan.map((run) => run.seed)).toEqual(Array.from({ length: more + 1 }, (_, i) => from + i));
          const counts = fits.map((_, i) => plan.filter((run) => run.scenario === `s${i}`).length);
          for (const [i, fit] of fits.entries()) if (!fit) expect(counts[i]).toBe(0);
          const used = counts.filter((_, i) => fits[i]);
          expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('makes one run in each cell when no range is given', () => {
    const plan = planOf(matrixOfCells([true, false, true]), { from: 5 });
    expect(plan.map(({ scenario, seed }) => [scenario, seed])).toEqual([
      ['s0', 5],
      ['s2', 6],
    ]);
  });

  it('makes runs of a corpus first, and not twice', () => {
    const learned: PlannedRun[] = [
      { scenario: 's0', rig: 'r', seed: 3, settings: {} },
      { scenario: 's0', rig: 'r', seed: 1, settings: { faults: 2 } },
    ];
    const plan = planOf(matrixOfCells([true]), { from: 1, to: 3 }, learned);
    expect(plan.slice(0, 2)).toEqual(learned);
    expect(plan.slice(2).map((run) => run.seed)).toEqual([1, 2]);
    expect(new Set(plan.map(keyOf)).size).toBe(4);
  });

  it('gives each run the faults of the matrix, and a run of a corpus its own', () => {
    const learned: PlannedRun = { scenario: 's0', rig: 'r', seed: 1, settings: {} };
    const plan = planOf(matrixOfCells([true], ['cut A-B']), { from: 1, to: 2 }, [learned]);
    expect(plan.map(({ seed, faults }) => [seed, faults])).toEqual([
      [1, undefined],
      [1, ['cut A-B']],
      [2, ['cut A-B']],
    ]);
  });

  it('is refused when its results would not fit', () => {
    expect(() => planOf(matrixOfCells([true]), { from: 1, to: 2_000_000 })).toThrow('2000000 runs; 1000000 at most');
  });
});

describe('globs', () => {
  it.each([
    ['storm', 'storm', true],
    ['storm', 'st*', true],
    ['storm', 's?orm', true],
    ['storm', '*r', false],
    ['storm', 'storms', false],
    ['a.b', 'a.b', true],
    ['axb', 'a.b', false],
    ['(x)', '(*)', true],
  ])('%s and %s: %s', (name, glob, like) => expect(isLike(name, glob)).toBe(like));
});

describe('fit', () => {
  const misfit = async (name: string, rig: string): Promise<string | undefined> => {
    const scenario = await loadScenario(name);
    return misfitOf(scenario, loadSimRig(scenario.rig), loadSimRig(rig));
  };

  it('is there where the rig has all that the scenario names, and more', async () => {
    expect(await misfit('cut-and-return', 'tiny-links')).toBeUndefined();
  });

  it.each([
    ['cut-and-return', 'tiny-modes', 'volume 1 of A is later0, not data0'],
    ['cut-and-return', 'tiny-formats', 'tracks of A have 16 sectors, not 4'],
    ['cut-and-return', 'tiny-simplex', 'A:data0 is source of a pair with volume 1 (track-mirror, not made yet)'],
    ['one-of-two-links-lost', 'tiny-pair', 'it has 1 links, not 2'],
    ['drive-replaced-is-filled-from-the-other-side', 'hundred-km', 'take times of their own'],
    ['cut-and-return', 'single', 'checks look at 65536 at most'],
  ])('%s on %s: %s', async (name, rig, why) => expect(await misfit(name, rig)).toContain(why));

  it('is missing where a script counts on few cache slots, and the rig has more', async () => {
    const scenario = await loadScenario('local-drive-replaced');
    const own = loadSimRig(scenario.rig);
    const more = (slots: number) =>
      own.arrays.map((array) => ({ ...array, dims: { ...array.dims, hostSlots: array.dims.hostSlots + slots } }));
    expect(misfitOf(scenario, own, { ...own, arrays: more(1) })).toContain('the cache of A has 7 slots for hosts');
    expect(misfitOf(scenario, own, { ...own, arrays: more(0) })).toBeUndefined();
  });

  it('is said by the scenario itself where it knows better', async () => {
    expect(await misfit('storm', 'tiny-modes')).toBeUndefined();
  });
});

describe('a matrix', () => {
  const rigs = (matrix: Matrix) => matrix.columns.map((c) => c.name);

  it('keeps the cells that do not fit, with the reason', async () => {
    const { cells } = await matrixOf({
      scenarios: ['cut-and-*'],
      profiles: ['tiny-modes', 'tiny-pair'],
      given: NOTHING,
    });
    expect(cells).toEqual([
      { scenario: 'cut-and-return', rig: 'tiny-modes', why: 'volume 1 of A is later0, not data0' },
      { scenario: 'cut-and-return', rig: 'tiny-pair' },
    ]);
  });

  it('takes rigs by glob and by path', async () => {
    const path = 'hw-profiles/rigs/tiny-pair.json';
    expect(rigs(await matrixOf({ scenarios: ['storm'], profiles: ['tiny-l*', path], given: NOTHING }))).toEqual([
      'tiny-links',
      'tiny-lists',
      path,
    ]);
  });

  it('keeps cells whose rig has not what a fault names, with the reason, and says where faults can be', async () => {
    const given = { faults: ['cut A-B:1'], microcodes: [IMAGES] };
    const { cells, canHave } = await matrixOf({ scenarios: ['storm'], profiles: ['tiny-pair', 'tiny-links'], given });
    expect(cells).toEqual([
      { scenario: 'storm', rig: 'tiny-links' },
      {
        scenario: 'storm',
        rig: 'tiny-pair',
        why: "fault 'cut A-B:1': there is no link A-B:1; there are A-B:0",
      },
    ]);
    expect(canHave('storm', 'tiny-pair', ['cut A-B'])).toBe(true);
    expect(canHave('storm', 'tiny-links', ['drive-lose A:gone'])).toBe(false);
  });

  it.each([
    ['cut', "fault 'cut': it ends (column 4); there it must be a link"],
    ['crash A:ca1 at label x.uc:y on A', "fault 'crash A:ca1 at label x.uc:y on A': no image has code of x.uc"],
    ['microcode-load A:data no.img', "fault 'microcode-load A:data no.img': ENOENT"],
  ])('is refused where no rig can have a fault: %s', async (fault, text) => {
    const given = { faults: [fault], microcodes: [IMAGES] };
    await expect(matrixOf({ scenarios: ['storm'], profiles: ['tiny-*'], given })).rejects.toThrow(text);
  });

  it("takes a module's scenario by path, on the rig that it brings", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'arraylab-own-'));
    try {
      const [own, rig] = [join(folder, 'own.mjs'), join(folder, 'rig.json')];
      writeFileSync(own, "export default { help: 'mine', rig: './rig.json', run() {} };\n");
      copyFileSync('hw-profiles/rigs/tiny-links.json', rig);
      const { rows, cells } = await matrixOf({ scenarios: [own], profiles: [], given: NOTHING });
      expect(rows).toMatchObject([{ name: own, help: 'mine', defaults: {} }]);
      expect(resolve(rows[0]?.rig ?? '')).toBe(rig);
      expect(cells).toContainEqual({ scenario: own, rig: rows[0]?.rig });
      expect(cells).toContainEqual({ scenario: own, rig: 'tiny-links' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has only rigs with a pair of the system', async () => {
    const matrix = await matrixOf({ scenarios: ['storm'], profiles: [], system: 'track-mirror', given: NOTHING });
    expect(rigs(matrix)).toContain('tiny-pair');
    expect(rigs(matrix)).not.toContain('single');
  });

  it.each([
    [{ scenarios: ['x*'], profiles: [] }, '--scenario x*: there is none of that name; there are acknowledged'],
    [{ scenarios: [], profiles: ['x'] }, '--profile x: there is none of that name; there are bench-pair'],
    [{ scenarios: [], profiles: ['x.json'] }, 'x.json: there is no such file'],
    [
      { scenarios: [], profiles: [], system: 'x' },
      '--system x: none of these rigs has a pair of it; they have track-mirror',
    ],
    [
      { scenarios: ['cut-and-return'], profiles: ['single'] },
      'none of these scenarios fits one of these rigs:\n  cut-and-return on single: its volumes',
    ],
  ])(
    'is refused: %j',
    async (choice, text) => await expect(matrixOf({ ...choice, given: NOTHING })).rejects.toThrow(text),
  );
});

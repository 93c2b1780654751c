/** What another microcode changes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeImage } from '../../../firmware/engine/image.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { compare } from '../../../tools/regress/compare.js';
import { imagesFrom } from '../../../tools/regress/images.js';
import { type RunResult, runScenario } from '../../../tools/regress/run.js';
import { imagesWith, loadPlant, loadScenario } from '../../../tools/regress/scenarios.js';
import { IMAGES } from '../../simulated/helpers.js';

const result = (hash: string, time_us: number, ...violations: string[]): RunResult =>
  ({
    hash,
    time_us,
    messages: 10,
    operations: 100,
    writes: 1,
    violations: violations.map((text) => ({ text, time_us })),
  }) as unknown as RunResult;

const plan = ['a', 'a', 'b', 'b', 'c'].map((scenario, seed) => ({ scenario, rig: 'r', seed, settings: {} }));

describe('a comparison', () => {
  it('tells worse from better, otherwise and the same', () => {
    const olds = [result('1', 5), result('1', 5), result('1', 5, 'x'), result('1', 5, 'x'), undefined];
    const news = [result('1', 5), result('2', 7), result('2', 7), result('2', 7, 'y'), result('1', 5)];
    const { runs, failed, total, cells } = compare(plan, olds, news, []);
    expect(runs.map((run) => run.change)).toEqual(['same', 'other', 'better', 'fails otherwise']);
    expect(failed).toEqual({ old: 2, new: 1 });
    expect([total.runs, total.same, total.old.time_us, total.new.time_us]).toEqual([2, 1, 10, 12]);
    expect(cells.map((cell) => cell.scenario)).toEqual(['a']);
    expect(compare(plan, news, olds, []).runs[2]?.change).toBe('worse');
  });

  it('counts a known failure as none', () => {
    const known = [{ scenario: 'a', rig: 'r', violation: 'x', why: '' }];
    const { runs, failed } = compare(plan, [result('1', 5)], [result('2', 5, 'x')], known);
    expect([runs[0]?.change, failed]).toEqual(['other', { old: 0, new: 0 }]);
  });

  it('puts the cell first whose figures changed most', () => {
    const olds = [100, 100, 100, 100, 100].map((time_us) => result('1', time_us));
    const news = [101, 101, 150, 150, 100].map((time_us) => result('2', time_us));
    expect(compare(plan, olds, news, []).cells.map((cell) => cell.scenario)).toEqual(['b', 'a', 'c']);
  });
});

describe('micro-operations of a run', () => {
  it('are as many as its roles count', async () => {
    const scenario = await loadScenario('cut-and-return');
    let counted = 0;
    const { operations } = runScenario(scenario, loadSimRig(scenario.rig), IMAGES, 1, {}, (sim) => {
      sim.world.onMessage = () => {
        counted = 0;
        for (const array of sim.world.arrays)
          for (const node of array.nodes) counted += array.get('node', 'ops', node.role);
      };
    });
    // No power is lost there, so no count begins anew; what came after the last message is not counted here.
    expect(counted).toBeGreaterThan(10_000);
    expect(operations).toBeGreaterThanOrEqual(counted);
    expect(operations - counted).toBeLessThan(100);
  });
});

describe('images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-images-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'all'));

  it('are taken from a folder, one in the place of the package’s, or all assembled from a tree', async () => {
    const planted = imagesWith(await loadPlant('stale-acknowledgement'));
    for (const [role, image] of Object.entries(planted))
      if (image) writeFileSync(join(folder, 'all', `${role}.img`), encodeImage(image));
    expect((await imagesFrom({ image: join(folder, 'all') })).data?.crc).toBe(planted.data?.crc);
    const one = await imagesFrom({ image: join(folder, 'all', 'data.img') });
    const own = await imagesFrom({});
    expect([one.data?.crc, one.cache?.crc]).toEqual([planted.data?.crc, own.cache?.crc]);
    expect((await imagesFrom({ image: 'microcode' })).data?.crc).toBe(imagesWith().data?.crc);
  });

  it.each([
    [{ image: 'none.img' }, 'none.img: there is no such file'],
    [{ image: 'none' }, 'none/channel.img: there is no such file'],
    [{ image: 'package.json' }, 'package.json/channel.img'],
    [{ image: 'x', plant: 'y' }, '--plant and --image'],
  ])('are refused: %j', async (from, text) => await expect(imagesFrom(from)).rejects.toThrow(text));
});

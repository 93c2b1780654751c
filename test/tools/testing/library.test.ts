/** `arraylab/test`, as a suite of somebody else uses it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import {
  begin,
  expectConsistent,
  expectInconsistent,
  finish,
  InconsistentRun,
  loadScenario,
  microcode,
  rig,
  run,
  runSeeds,
  scenario,
} from '../../../tools/testing/index.js';

const CLI = join(packageRoot(), 'dist/tools/cli/main.js');
const LIBRARY = pathToFileURL(join(packageRoot(), 'dist/tools/testing/index.js')).href;
const RIGS = join(packageRoot(), 'hw-profiles/rigs');
const UNMARKED = { file: 'base/data/write.uc', find: '    flag.set t, volume, #M1_WP|WRITTEN\n', replace: '' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-library-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs what a failure says repeats it; both of its streams and its exit status. */
async function repeat(command: string): Promise<{ out: string; status: number }> {
  const words = command.split(' ');
  expect(words.slice(0, 2)).toEqual(['npx', 'arraylab']);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words.slice(2)]);
    return { out: stdout, status: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { out: stdout + stderr, status: code };
  }
}

/** What a call throws. */
function thrown(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** A module with a scenario that expects what never is. */
function failingModule(): string {
  const file = join(folder, 'never.mjs');
  writeFileSync(
    file,
    `import { begin, scenario } from '${LIBRARY}';
export default scenario({
  help: 'never', file: import.meta.url, rig: './my-rig.json', settings: { least: 3 },
  run(sim, { least }) { begin(sim); sim.write('A:data0', 0); sim.expect(sim.writes >= least, 'as many writes'); },
});
`,
  );
  cpSync(join(RIGS, 'tiny-pair.json'), join(folder, 'my-rig.json'));
  return file;
}

test('a scenario of the package has the run that the command line says', async () => {
  const result = run(await loadScenario('cut-and-return'), { seed: 3 });
  expectConsistent(result);
  const { out, status } = await repeat(result.repeat);
  expect(status).toBe(0);
  expect(out).toContain(`PASS ${result.hash}\n`);
});

test('a rig may be written in the test, with paths from where one says', async () => {
  const text = JSON.parse(readFileSync(join(RIGS, 'tiny-pair.json'), 'utf8'));
  for (const array of text.arrays) array.profile = '../arrays/tiny.json';
  const mine = rig(text, { name: 'tiny-pair', pathsFrom: RIGS });
  const cut = await loadScenario('cut-and-return');
  expect(run(cut, { rig: mine }).hash).toBe(run(cut).hash);
  expect(run(cut, { rig: mine }).repeat).toBe('run(scenario, { seed: 1, rig: (tiny-pair) })');
});

test('a rig that is wrong is refused with its place, the field and what would be right', () => {
  const from = { pathsFrom: pathToFileURL(join(folder, 'some.test.js')), name: 'mine' };
  expect(() => rig({ arrays: [{ name: 'A', profile: 'tiny', volumes: [{ name: '0' }] }] }, from)).toThrow(
    /mine\.json:\d+: arrays\[0\]\.volumes\[0\]\.(size_bytes|name)/,
  );
  expect(() => rig('./none.json', from)).toThrow(/none\.json: there is no such file/);
});

test('a failure names rig and seed, says what is violated and when, and its command repeats it', async () => {
  const never = await loadScenario(failingModule());
  const error = thrown(() => expectConsistent(runSeeds(never, { seed: 5, seeds: 3 })));
  expect(error).toBeInstanceOf(InconsistentRun);
  expect(error.name).toBe('AssertionError');
  expect(error.message).toContain('a violation on rig my-rig, seed 5: never\n');
  const { violations, result, repeat: command } = error as InconsistentRun;
  const line = `  at ${violations[0]?.time_us} µs: expected: as many writes\n`;
  expect(error.message).toContain(line);
  expect(error.message).toContain(command);
  const { out, status } = await repeat(command);
  expect(status).toBe(1);
  expect(out).toContain(line);
  expect(out).toContain(`FAIL ${result.hash}\n`);
});

test('what repeats a run names its settings, its rig and its microcode', async () => {
  const never = await loadScenario(failingModule());
  cpSync(join(packageRoot(), 'microcode'), join(folder, 'code'), { recursive: true });
  const options = { settings: { least: 1 }, rig: join(folder, 'my-rig.json'), microcode: join(folder, 'code') };
  const result = run(never, options);
  expectConsistent(result);
  expect(result.repeat).toContain('--set least=1');
  const { out, status } = await repeat(result.repeat);
  expect(out).toContain(`PASS ${result.hash}\n`);
  expect(status).toBe(0);
  expect(run(never, { settings: { least: 2 } }).violations).toHaveLength(1);
});

test('a tree of microcode of one’s own is what runs', async () => {
  const tree = join(folder, 'own-code');
  cpSync(join(packageRoot(), 'microcode'), tree, { recursive: true });
  const file = join(tree, UNMARKED.file);
  writeFileSync(file, readFileSync(file, 'utf8').replace(UNMARKED.find, ''));
  const loss = await loadScenario('power-lost-between-status-and-destage');
  const result = run(loss, { microcode: tree });
  expect(result.hash).toBe(run(loss, { microcode: microcode({ edits: [UNMARKED] }) }).hash);
  const { out, status } = await repeat(result.repeat);
  expect(status).toBe(1);
  expect(out).toContain(`FAIL ${result.hash}\n`);
});

test('a bug that was planted is expected, by what is said of it', async () => {
  const loss = await loadScenario('power-lost-between-status-and-destage');
  const results = runSeeds(loss, { microcode: microcode({ edits: [UNMARKED] }), seeds: 5 });
  expectInconsistent(results);
  expectInconsistent(results, /M1 is clear/);
  expect(thrown(() => expectInconsistent(results, /no such words/)).message).toContain('M1 is clear');
  expect(thrown(() => expectInconsistent(run(loss))).message).toContain('the run has no violation');
});

test('an edit whose text does not stand in its file once is refused', () => {
  const edits = (edit: object): unknown => microcode({ edits: [{ ...UNMARKED, ...edit }] });
  expect(() => edits({ find: 'no such text' })).toThrow('stands in it 0 times, not once');
  expect(() => edits({ file: 'base/none.uc' })).toThrow('base/none.uc: there is no such file');
  expect(() => edits({ replace: '    flag.set t, volume, #NONE\n' })).toThrow(/write\.uc:\d+:\d+/);
  expect(() => microcode({ tree: 'none', pathsFrom: folder })).toThrow('there is no such folder');
});

test('a script that waits for a promise is refused: nothing in a run is async', () => {
  const late = scenario({ help: 'late', rig: 'tiny-pair', run: async (sim) => begin(sim) });
  expect(run(late).violations[0]?.text).toContain('run is async');
});

test('an async script of a module that exports a plain object is refused, too', async () => {
  const file = join(folder, 'late.mjs');
  writeFileSync(
    file,
    'export default { help: "late", rig: "tiny-pair", async run(sim) { await 0; sim.expect(false, ""); } };',
  );
  expect(run(await loadScenario(file)).violations[0]?.text).toContain('run is async');
});

test('options that cannot be are refused, each with what is wanted', () => {
  const quiet = scenario({
    help: 'quiet',
    rig: 'tiny-pair',
    settings: { n: 1 },
    run: finish,
  });
  expect(() => run(quiet, { seed: 1.5 })).toThrow('seed is 1.5; a whole number from 0 is wanted');
  expect(() => runSeeds(quiet, { seeds: 0 })).toThrow('seeds is 0; a whole number from 1 is wanted');
  expect(() => run(quiet, { settings: { m: 1 } })).toThrow('settings.m: the scenario has the settings n');
  expect(() => expectConsistent([])).toThrow('there is no run to look at');
  expect(() => expectConsistent(quiet as never)).toThrow('not a result of run() or runSeeds()');
});

test.each([
  ['none.js', undefined, 'there is no such file'],
  ['empty.mjs', 'export const a = 1;', 'its default export must be a scenario'],
  ['help.mjs', 'export default { run() {} };', 'help is missing, not a sentence'],
  ['rig.mjs', 'export default { help: "", run() {} };', 'rig is missing'],
  [
    'set.mjs',
    'export default { help: "", rig: "pair", settings: { n: "1" }, run() {} };',
    'settings.n is of type string',
  ],
])('a scenario module that is none is refused: %s', async (name, text, said) => {
  const file = join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  await expect(loadScenario(file)).rejects.toThrow(`${file}: ${said}`);
  const { out, status } = await repeat(`npx arraylab sim ${file}`);
  expect(status).toBe(2);
  expect(out).toContain(said);
});

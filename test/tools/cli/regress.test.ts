/** `arraylab regress` as people run it. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeImage } from '../../../firmware/engine/image.js';
import { run } from '../../../tools/cli/commands/regress.js';
import { imagesWith, loadPlant } from '../../../tools/regress/scenarios.js';
import { here } from '../../harness/here.js';

const MAIN = 'dist/tools/cli/main.js';
/** Two scenarios on a rig; the second finds the bug. */
const MATRIX = ['--scenario', 'parity-error-of-a-clean-slot', '--scenario', 'stale-*', '--profile', 'tiny-pair'];
const BUG = ['--plant', 'stale-acknowledgement'];

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function arraylab(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)('node', [MAIN, ...args]);
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}
const regress = (...args: string[]): Promise<Result> => arraylab('regress', ...args);
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

let folder = '';
const file = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-regress-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('arraylab regress', () => {
  it('passes, and prints the same for any number of jobs', async () => {
    const both = [...MATRIX, '--profile', 'tiny-links', '--seeds', '6'];
    const one = await regress(...both, '--jobs', '1');
    expect([one.status, lastLine(one.out)]).toEqual([0, 'PASS']);
    expect(one.out).toContain('6 runs over 4 cells: 6 passed, 0 failed, 0 known');
    expect(await regress(...both, '--jobs', '3')).toMatchObject({ status: 0, out: one.out });
  });

  it('finds a planted bug, shrinks it, and prints the command that repeats it', async () => {
    const args = ['--scenario', 'storm', '--profile', 'two-slots', '--seeds', '10', ...BUG];
    const { status, out } = await regress(...args);
    expect([status, lastLine(out)]).toEqual([1, 'FAIL']);
    const [head, command = '', violation] = out.split('\n').slice(2);
    expect(head).toMatch(/^FAIL storm on two-slots: seeds? /);
    expect(command).toMatch(/--set \w+=\d/);
    const again = await arraylab(...command.trim().split(' ').slice(2));
    expect(again.status).toBe(1);
    expect(again.out).toContain(violation?.trim());
  });

  it('gives each run the faults that are said: in its report, its corpus, its journal, and the command that repeats it', async () => {
    const [corpus, journal, junit] = [file('corpus.json'), file('journal'), file('junit.xml')];
    const fault = 'cut A-B at 5ms for 5ms';
    const args = ['--scenario', 'load-under-faults', '--profile', 'tiny-links', '--seeds', '4', '--resume', journal];
    const all = [...args, ...BUG, '--fault', fault, '--corpus', corpus];
    const { status, out } = await regress(...all, '--json', '--junit', junit);
    expect(status).toBe(1);
    const { failures, runs } = JSON.parse(out) as {
      failures: { command: string; result: { hash: string } }[];
      runs: { faults: string[] }[];
    };
    expect(runs.map(({ faults }) => faults)).toEqual([[fault], [fault], [fault], [fault]]);
    expect(readFileSync(junit, 'utf8')).toContain(`name="load-under-faults, seed 1, ${fault}"`);
    const { command = '', result } = failures[0] ?? {};
    expect(command).toContain(`--fault '${fault}'`);
    const words = command.match(/'[^']*'|[^ ]+/g)?.map((word) => word.replaceAll("'", '')) ?? [];
    expect(lastLine((await arraylab(...words.slice(2))).out)).toBe(`FAIL ${result?.hash}`);
    const learned = (JSON.parse(readFileSync(corpus, 'utf8')) as { runs: { faults: string[] }[] }).runs;
    expect(learned.length).toBeGreaterThan(0);
    for (const run of learned) expect(run.faults).toEqual([fault]);
    const other = await regress(...args, ...BUG, '--fault', 'cut A-B at 6ms');
    expect(other.err).toContain(`faults differs (faults: ${fault} there, cut A-B at 6ms here)`);
  });

  it('is not failed by a failure that is known, and says so; says what does not fail any more', async () => {
    const known = file('known.json');
    const entry = { scenario: 'stale-*', violation: 'after the acknowledgement of v1', why: 'planted' };
    const stale = { scenario: 'parity-*', violation: 'anything', why: 'mended' };
    writeFileSync(known, JSON.stringify({ version: 1, known: [entry, stale] }));
    const { status, out } = await regress(...MATRIX, ...BUG, '--known', known);
    expect([status, lastLine(out)]).toEqual([0, 'PASS']);
    expect(out).toContain('known stale-acknowledgement-keeps-m2 on tiny-pair: planted (1 run)');
    expect(out).toContain('1 passed, 0 failed, 1 known');
    expect(out).toContain('known failures: did not fail so in 1 run: parity-* on *: anything');
  });

  it('learns what failed, and runs it first the next time', async () => {
    const corpus = file('corpus.json');
    const first = await regress(...MATRIX, ...BUG, '--corpus', corpus);
    expect(first.out).toContain('0 runs made first');
    const { runs } = JSON.parse(readFileSync(corpus, 'utf8')) as { runs: { scenario: string }[] };
    expect(runs.map((run) => run.scenario)).toContain('stale-acknowledgement-keeps-m2');
    const second = await regress(...MATRIX, '--seed-from', '900', '--seeds', '1', '--corpus', corpus);
    expect(second.out).toMatch(new RegExp(`corpus .*: ${runs.length} runs? made first, 0 added`));
    expect(second.out).toContain(`${runs.length + 1} runs over 2 cells`);
  });

  it('that was killed goes on where it was, to the same report', async () => {
    const journal = file('journal');
    const args = [...MATRIX, ...BUG, '--seeds', '16', '--jobs', '1'];
    const child = spawn('node', [MAIN, 'regress', ...args, '--resume', journal], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const lines = (): number => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0);
    while (lines() < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await ended;
    const before = lines() - 1;
    expect(before).toBeLessThan(16);
    const resumed = await regress(...args, '--resume', journal);
    expect(lines() - 1).toBe(16);
    expect(resumed.out).toBe((await regress(...args)).out);
    const other = await regress(...MATRIX, '--seeds', '16', '--resume', journal);
    expect(other.status).toBe(2);
    expect(other.err).toMatch(/journal of another regression: microcode of .* differ/);
  });

  it('writes JSON, JUnit XML and a page with pictures of what failed', async () => {
    const [junit, html] = [file('junit.xml'), file('page.html')];
    const args = ['--scenario', 'stale-*', '--profile', 'tiny-pair', ...BUG];
    const { status, out } = await regress(...args, '--json', '--junit', junit, '--html', html);
    expect(status).toBe(1);
    const { verdict, failures } = JSON.parse(out) as { verdict: string; failures: { command: string }[] };
    expect([verdict, failures.length]).toEqual(['FAIL', 1]);
    expect(readFileSync(junit, 'utf8')).toContain('<testsuite name="tiny-pair" tests="1" failures="1"');
    const page = readFileSync(html, 'utf8');
    expect(page).toContain(`<code>${failures[0]?.command}</code>`);
    expect(page).toMatch(/<svg [^>]*role="img"/);
  });

  it('compares two microcodes: fails by what got worse, not by what got better or stayed', async () => {
    const [built, bad] = ['dist/microcode', file('bad')];
    mkdirSync(bad);
    for (const [role, image] of Object.entries(imagesWith(await loadPlant('stale-acknowledgement'))))
      if (image) writeFileSync(join(bad, `${role}.img`), encodeImage(image));
    const worse = await regress(...MATRIX, '--image', built, '--image', bad);
    expect([worse.status, lastLine(worse.out)]).toEqual([1, 'FAIL 1 run failed that did not fail before']);
    expect(worse.out).toMatch(/sim stale-acknowledgement-keeps-m2 --seed \d+ --image /);
    const better = await regress(...MATRIX, '--image', bad, '--image', built, '--json');
    expect(better.status).toBe(0);
    const { verdict, failed } = JSON.parse(better.out) as { verdict: string; failed: object };
    expect([verdict, failed]).toEqual(['PASS', { old: 1, new: 0 }]);
    const same = await regress(...MATRIX, '--image', built, '--image', join(built, 'data.img'));
    expect(same.out).toContain('the two are the same microcode');
    expect(same.out).toContain('2 runs with each: 2 alike to the last message');
  });

  it('counts no known failure on its way, with one microcode or with two', async () => {
    const known = file('known.json');
    const entry = { scenario: `${folder}/*`, violation: 'never', why: 'it is' };
    writeFileSync(known, JSON.stringify({ version: 1, known: [entry] }));
    writeFileSync(
      file('own.mjs'),
      "export default { help: 'x', rig: 'tiny-pair', run: (sim) => sim.expect(false, 'never') };\n",
    );
    const args = ['--scenario', file('own.mjs'), '--profile', 'tiny-pair', '--known', known];
    expect((await regress(...args)).err).toMatch(/^1 of 1 runs, 0 failed/);
    const images = ['--image', 'dist/microcode', '--image', 'dist/microcode'];
    expect((await regress(...args, ...images)).err).toMatch(/^2 of 2 runs, 0 failed/);
  });

  it('begins no run after its budget, and does not call that PASS', async () => {
    const { status, out } = await regress(...MATRIX, '--seeds', '100000', '--budget', '1', '--jobs', '1');
    expect(status).toBe(0);
    expect(out).toMatch(/^\d+ of 100000 runs were not made: the budget was spent$/m);
    expect(lastLine(out)).toMatch(/^PASS so far, \d+ of 100000 runs not made$/);
  });

  it('ends in order at Ctrl-C, with what it has', async () => {
    const journal = file('journal');
    const args = [MAIN, 'regress', ...MATRIX, '--seeds', '2000', '--jobs', '1', '--resume', journal];
    const child = spawn('node', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const out: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!existsSync(journal) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(Buffer.concat(out).toString()).toMatch(
      /(\d+) of 2000 runs were not made: interrupted\n(.*\n)*PASS so far, \1 of 2000 runs not made\n$/,
    );
  });

  it('is ended when nobody reads its report, but writes its files, and says nothing', async () => {
    const junit = file('junit.xml');
    const args = [MAIN, 'regress', '--scenario', 'stale-*', '--profile', 'tiny-pair', '--junit', junit];
    const child = spawn('node', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const said: Buffer[] = [];
    child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(141);
    expect(Buffer.concat(said).toString()).toMatch(/^1 of 1 runs, 0 failed, .* runs\/s\n$/);
    expect(readFileSync(junit, 'utf8')).toContain('tests="1"');
  });

  it('does not go on from a journal when a scenario of one’s own has changed since', async () => {
    const [own, journal] = [file('own.mjs'), file('journal')];
    const args = ['--scenario', own, '--profile', 'tiny-pair', '--resume', journal];
    const write = (holds: boolean): void =>
      writeFileSync(own, `export default { help: 'x', rig: 'tiny-pair', run(sim) { sim.expect(${holds}, 'it'); } };\n`);
    write(true);
    expect((await regress(...args)).status).toBe(0);
    write(false);
    const { status, err } = await regress(...args);
    expect(status).toBe(2);
    expect(err).toContain(`this is the journal of another regression: scenario ${own} differs`);
  });

  it('lists what it would run, and why scenarios do not fit rigs', async () => {
    const list = await regress('--list', '--scenario', 'cut-*', '--profile', 'tiny-l*', '--seeds', '2');
    expect(list.status).toBe(0);
    expect(list.out).toMatch(/^cut-and-return +tiny-links +2 runs: seeds 1, 2$/m);
    expect(list.out).toMatch(/^cut-and-return +tiny-lists +does not fit: A:data0 is source of a pair/m);
  });

  it('that is refused ends with exit status 2', async () => {
    expect(await regress('--nothing')).toMatchObject({ status: 2, out: '' });
  });

  it.each([
    [['--seeds', '0'], '--seeds is "0"; a whole number from 1 is wanted'],
    [['--seeds', '3', '--seed-to', '9'], '--seeds and --seed-to both say'],
    [['--seed-from', '9', '--seed-to', '3'], '--seed-to is "3"; a whole number from 9'],
    [['--seed-from', ''], '--seed-from is ""; a whole number from 0'],
    [['--seed-from', '9007199254740991', '--seeds', '2'], 'no seed is above 9007199254740991'],
    [['--jobs', 'x'], '--jobs is "x"'],
    [['--plant', 'x'], 'no planted bug "x"'],
    [['--known', 'none.json'], 'none.json: there is no such file'],
    [['--html', 'no/such/folder/x.html'], 'no/such/folder/x.html: ENOENT'],
    [['--corpus', 'no/such/folder/x.json'], 'no/such/folder/x.json: ENOENT'],
    [['--resume', 'test'], 'test: this is a folder'],
    [['--junit', ''], '--junit is ""; a path is wanted'],
    [['--image', 'a', '--image', 'b', '--image', 'c'], '--image is given 3 times'],
    [['--image', 'a', '--plant', 'b'], '--plant is for microcode of sources'],
    [['--image', 'a', '--image', 'b', '--resume', 'c'], '--resume is for runs with one microcode'],
    [['--fault', ''], "fault '': it ends (column 1); there it must be a fault: cut"],
    [['--scenario', 'storm', '--fault', 'drive-lose Z:z'], 'there is no array Z; there are A'],
    [['--nothing'], "Unknown option '--nothing'"],
    [['storm'], "Unexpected argument 'storm'"],
  ])('refuses %j', async (args, text) => {
    const { status, out, err } = await here(run, args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(text);
  });
});

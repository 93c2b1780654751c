/** Coverage of the microcode as people get it: from `sim` and `regress`, in what `arraylab coverage` makes of it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BY_OPCODE } from '../../../firmware/engine/isa.js';
import { MICROCODE_ROOT } from '../../../tools/assembler/load-sources.js';
import { TIMEOUT_MS, run as told, withClients } from '../../live/clients.js';

const MAIN = 'dist/tools/cli/main.js';
const STORM = ['sim', 'storm', '--rig', 'two-slots'];

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

let folder = '';
const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-coverage-'));
  expect(await arraylab(...STORM, '--seeds', '3', '--coverage', file('all.json'))).toMatchObject({ status: 0 });
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lines of all sources that stand for an instruction: no directive, no label alone. */
function instructionsOf(root: string): number {
  const names = new Set(BY_OPCODE.map((row) => row?.name));
  const lines = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.uc'))
    .flatMap((name) => readFileSync(join(root, name), 'utf8').split('\n'))
    .map((line) =>
      line
        .replace(/;.*/, '')
        .replace(/^\s*\w+:/, '')
        .trim(),
    );
  // `sub name` begins a scope; `sub x, y, z` is an instruction.
  return lines.filter((line) => names.has(line.split(/\s/)[0] ?? '') && !/^sub \w+( using \w+)?$/.test(line)).length;
}

describe('what runs is counted', () => {
  test('and nothing else changes: the run has its hash', async () => {
    expect((await arraylab(...STORM, '--coverage', file('again.json'))).out).toBe((await arraylab(...STORM)).out);
  });

  test('seeds one by one add up to what all of them are at once', async () => {
    const parts = ['1', '2', '3'].map((seed) => file(`seed-${seed}.json`));
    for (const [i, part] of parts.entries()) await arraylab(...STORM, '--seed', `${i + 1}`, '--coverage', part);
    const { status } = await arraylab('coverage', ...parts, '-o', file('sum.json'));
    expect(status).toBe(0);
    expect(text('sum.json')).toBe(text('all.json'));
  });

  test('regress counts the same with any number of jobs; below what is wanted its exit status is 1', async () => {
    const cells = ['--scenario', 'stale-*', '--scenario', 'cut-and-return', '--profile', 'tiny-pair', '--seeds', '6'];
    const one = await arraylab(
      'regress',
      ...cells,
      '--jobs',
      '1',
      '--coverage',
      file('one.json'),
      '--coverage-min',
      '5,5',
    );
    expect([one.status, one.out.trimEnd().split('\n').at(-1)]).toEqual([0, 'PASS']);
    expect(one.err).toMatch(
      /^coverage: lines \d+\.\d % \(\d+ of \d+\), branches \d+\.\d % \(\d+ of \d+\); .*one\.json$/m,
    );
    const three = await arraylab(
      'regress',
      ...cells,
      '--jobs',
      '3',
      '--coverage',
      file('three.json'),
      '--coverage-min',
      '99',
    );
    expect([three.status, three.out]).toEqual([1, one.out]);
    expect(three.err).toMatch(/^FAIL coverage of lines: \d+\.\d % covered, \d+ of \d+; --coverage-min wants 99 %$/m);
    expect(text('three.json')).toBe(text('one.json'));
  });

  test('also in small worlds, whatever the number of jobs, and of a trace that is replayed', async () => {
    const worlds = [
      'sim',
      'worlds',
      '--rig',
      'tiny-modes',
      '--state',
      'PAIR',
      '--events',
      '0',
      '--share',
      '1/400',
      '--coverage',
    ];
    expect((await arraylab(...worlds, file('one-job.json'), '--jobs', '1')).status).toBe(0);
    expect((await arraylab(...worlds, file('two-jobs.json'), '--jobs', '2')).status).toBe(0);
    expect(text('two-jobs.json')).toBe(text('one-job.json'));
    writeFileSync(file('trace'), '0.0 0 10 8 0\n5.0 0 100 8 1\n');
    const trace = ['sim', 'trace', '--trace', file('trace'), '--coverage', file('trace.json')];
    expect((await arraylab(...trace)).status).toBe(0);
    expect(text('trace.json')).toContain('base/data/write.uc');
  });

  test('not what runs of a shorter failure ran', async () => {
    const failing = ['sim', 'stale-acknowledgement-keeps-m2', '--plant', 'stale-acknowledgement', '--coverage'];
    expect((await arraylab(...failing, file('once.json'))).status).toBe(1);
    expect((await arraylab(...failing, file('shrunk.json'), '--seeds', '2')).out).toContain('a shorter run that fails');
    expect(text('shrunk.json')).toBe(text('once.json'));
  });
});

describe('arraylab coverage', () => {
  test('prints each file and the sum, with what is missing; --min decides the exit status', async () => {
    const { status, out, err } = await arraylab('coverage', file('all.json'), '--missing', '--min', '10,100');
    expect([status, err]).toEqual([1, expect.stringMatching(/^arraylab coverage: branches: .* --min wants 100 %\n$/)]);
    expect(out).toMatch(/^microcode\/base\/data\/write\.uc +\d+\.\d % +\d+\/82 /m);
    expect(out).toMatch(/^ {4}\d+: br\.\w+ .*: (never|always) taken$/m);
    expect(out).toMatch(/^total +\d+\.\d % +\d+\/\d+ +\d+\.\d % +\d+\/\d+ +\d+\.\d % +\d+\/\d+$/m);
  });

  test('has as many lines as the sources have instructions, in text, JSON and lcov', async () => {
    const { out } = await arraylab('coverage', file('all.json'), '--json', '--lcov', file('all.info'));
    const { total, files } = JSON.parse(out) as {
      total: { lines: { found: number; hit: number } };
      files: { lines_not_run: number[] }[];
    };
    expect(total.lines.found).toBe(instructionsOf(MICROCODE_ROOT));
    expect(files.flatMap(({ lines_not_run }) => lines_not_run)).toHaveLength(total.lines.found - total.lines.hit);
    const lines = text('all.info')
      .split('\n')
      .filter((line) => line.startsWith('DA:'));
    expect(lines).toHaveLength(total.lines.found);
    expect(lines.filter((line) => line.endsWith(',0'))).toHaveLength(total.lines.found - total.lines.hit);
  });

  test('says where cycles and messages go, most first', async () => {
    const { out } = await arraylab('coverage', file('all.json'), '--hot', '5');
    const rows = out.trimEnd().split('\n');
    expect(rows).toHaveLength(7);
    const cycles = rows.slice(1, 6).map((row) => Number(row.trim().split(' ')[0]));
    expect(cycles).toEqual([...cycles].sort((a, b) => b - a));
    expect(rows[6]).toMatch(/^\d+ cycles, \d+ messages in \d+ scopes$/);
  });

  test('makes a page that loads nothing, in which a source stays text', async () => {
    const tree = file('own');
    mkdirSync(join(tree, 'base/data'), { recursive: true });
    const source = readFileSync(join(MICROCODE_ROOT, 'base/data/write.uc'), 'utf8');
    writeFileSync(join(tree, 'base/data/write.uc'), source.replace('on WRITE', '; <script>"\n on WRITE'));
    cpSync(MICROCODE_ROOT, tree, { recursive: true, force: false, errorOnExist: false });
    await arraylab(...STORM, '--microcode', tree, '--coverage', file('own.json'));
    const { status } = await arraylab('coverage', file('own.json'), '--microcode', tree, '--html', file('own.html'));
    const page = text('own.html');
    expect([status, page.includes('<script'), page.includes('; &lt;script&gt;&quot;')]).toEqual([0, false, true]);
    expect(page.match(/(?:src|href)="[^#][^"]*"/g)).toBeNull();
    expect(page.includes('default-src &#39;none&#39;')).toBe(true);
    expect(page.match(/<tr id="[^"]+" class="never">/g)?.length).toBeGreaterThan(100);
    // It is of that microcode, and of no other.
    const refused = await arraylab('coverage', file('own.json'));
    expect([refused.status, refused.err]).toEqual([
      2,
      expect.stringMatching(/own\.json: its microcode of role data has CRC \w{8}, the one here has/),
    ]);
  });

  test('counts the lines of an image whose sources are not at hand', async () => {
    const image = ['--image', 'dist/microcode/data.img'];
    const { status, out } = await arraylab('coverage', file('all.json'), '--missing', ...image);
    expect([status, out.includes(': never taken')]).toEqual([0, true]);
    const { out: sum } = await arraylab('coverage', file('all.json'));
    expect(out.trimEnd().split('\n').at(-1)).toBe(sum.trimEnd().split('\n').at(-1));
  });

  test.each([
    [['no-such.json'], 'no-such.json: there is no such file'],
    [['package.json'], 'package.json:2: name is not a field; fields here are arraylab_coverage, microcode'],
    [['all.json', '--min', 'x'], '--min is "x"; LINES or LINES,BRANCHES is wanted'],
    [['all.json', '--hot', '0'], '--hot is "0"; a whole number from 1'],
    [['all.json', '--lcov', '/no/such/folder/x'], '/no/such/folder/x'],
  ])('refuses %j', async (args, said) => {
    const [name = '', ...rest] = args;
    const { status, err } = await arraylab('coverage', name === 'all.json' ? file(name) : name, ...rest);
    expect([status, err]).toEqual([2, expect.stringContaining(said)]);
  });

  withClients(['genhtml', 'lcov'], 'genhtml and lcov read the tracefile, and count the same', async () => {
    const { out } = await arraylab('coverage', file('all.json'), '--json', '--lcov', file('gen.info'));
    const { total } = JSON.parse(out) as { total: Record<string, { found: number; hit: number }> };
    const { stdout } = await told('lcov', ['--rc', 'lcov_branch_coverage=1', '--summary', file('gen.info')]);
    for (const [name, { found, hit }] of Object.entries(total))
      expect(stdout).toContain(`(${hit} of ${found} ${name})`);
    await told('genhtml', ['--quiet', '--branch-coverage', '-o', file('gen'), file('gen.info')]);
    expect(readFileSync(file('gen/base/data/write.uc.gcov.html'), 'utf8')).toContain('slot.merge slot, span, at, gen');
  });
});

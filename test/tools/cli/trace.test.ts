/** `sim --trace`, `sim --dump`, `regress --dump` and `arraylab trace`, as they are typed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDump } from '../../../firmware/service/dump/dump-file.js';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { folder } from '../trace/traced.js';

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const cli = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', cwd: folder });
  return { status, stdout, stderr };
};

const hashOf = (stdout: string): string | undefined => /^(?:PASS|FAIL) (\w+)$/m.exec(stdout)?.[1];

test('a run prints the same with a trace, and what is printed of the trace begins with its command and hash', () => {
  const plain = cli('sim', 'cut-and-return', '--seed', '3');
  expect(cli('sim', 'cut-and-return', '--seed', '3', '--trace', 'a.altrace')).toEqual(plain);
  const { status, stdout, stderr } = cli('trace', 'a.altrace', '--kind', 'flag', '--array', 'A');
  expect([status, stderr]).toEqual([0, '']);
  const [head, ...lines] = stdout.trimEnd().split('\n');
  expect(head).toBe(`; npx arraylab sim cut-and-return --seed 3: PASS ${hashOf(plain.stdout)}`);
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines)
    expect(line).toMatch(
      /^ +\d+\.\d{3} A\.data +\d+\.\d+ +\w+:\d+ [+-]\w+.* at microcode\/[\w/-]+\.uc:\d+ \([\w. -]+\)$/,
    );
});

test('as JSON each line is a record', () => {
  cli('sim', 'cut-and-return', '--seed', '3', '--trace', 'b.altrace', '--trace-records', '100');
  const lines = cli('trace', 'b.altrace', '--json', '--message', 'SHIP').stdout.trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.length).toBeGreaterThan(1);
  expect(records[0]).toMatchObject({
    what: expect.stringMatching(/^(takes|sends)$/),
    message: { kind: 'SHIP', fields: { volume: expect.any(Number) } },
  });
  // A hundred fit no ring; the next power of two does.
  const head = cli('trace', 'b.altrace', '--kind', 'mark').stdout;
  expect(head).toMatch(/^; A\.dd1: \d+ older records are overwritten$/m);
  expect(
    cli('trace', 'b.altrace', '--role', 'data', '--array', 'A', '--json').stdout.trimEnd().split('\n'),
  ).toHaveLength(128);
});

test('a run that fails leaves a dump, and says how to get one where nobody asked', () => {
  const bad = ['sim', 'stale-acknowledgement-keeps-m2', '--seed', '2', '--plant', 'stale-acknowledgement'];
  const plain = cli(...bad);
  expect(plain).toMatchObject({
    status: 1,
    stderr: `everything at its first violation: npx arraylab ${bad.join(' ')} --dump FILE\n`,
  });
  const dumped = cli(...bad, '--dump', 'c.aldump');
  expect(dumped).toEqual({ ...plain, stderr: 'c.aldump: everything at its first violation\n' });
  const { cause, run } = readDump(join(folder, 'c.aldump'));
  expect(run).toEqual({ scenario: bad[1], seed: 2, command: `npx arraylab ${bad.join(' ')}` });
  expect(plain.stdout).toContain(`  at ${Math.floor(cause.time_ns / 1000)} µs: ${cause.text}\n`);
  expect(cli('trace', 'c.aldump', '--kind', 'mark').stdout).toContain(`; ${cause.text}\n`);
  expect(cli('sim', 'cut-and-return', '--dump', 'd.aldump')).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(join(folder, 'd.aldump'))).toBe(false);
});

test('of many seeds the dump is of the shorter run that is printed', () => {
  const args = ['sim', 'storm', '--seeds', '40', '--plant', 'flags-after-merge', '--dump', 'e.aldump'];
  const { stdout } = cli(...args);
  const [, shorter] = /a shorter run that fails: (.*)\n/.exec(stdout) ?? [];
  expect(readDump(join(folder, 'e.aldump')).run?.command).toBe(shorter);
});

test('a regression leaves a dump of each kind of failure, and its report is the same', () => {
  const args = [
    'regress',
    '--scenario',
    'stale-acknowledgement-keeps-m2',
    '--seeds',
    '4',
    '--jobs',
    '1',
    '--plant',
    'stale-acknowledgement',
  ];
  const plain = cli(...args);
  const dumped = cli(...args, '--dump', 'kinds');
  expect([dumped.status, dumped.stdout]).toEqual([1, plain.stdout]);
  const files = readdirSync(join(folder, 'kinds'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const { run, cause } = readDump(join(folder, 'kinds', file));
    expect(plain.stdout).toContain(`${run?.command}\n`);
    expect(plain.stdout).toContain(`at ${Math.floor(cause.time_ns / 1000)} µs: ${cause.text}`);
    expect(dumped.stderr).toContain(`kinds/${file}: ${cause.text}\n`);
  }
});

test.each([
  [['sim', 'cut-and-return', '--trace', 'no/where'], 'no/where: ENOENT'],
  [
    ['sim', 'cut-and-return', '--trace', 'x', '--seeds', '2'],
    '--trace is of one run, and --seeds is 2: name one with --seed',
  ],
  [['sim', 'cut-and-return', '--trace-records', '5'], '--trace-records is for --trace FILE, which is missing'],
  [
    ['sim', 'cut-and-return', '--trace', 'x', '--trace-records', 'many'],
    '--trace-records is "many"; a whole number from 2',
  ],
  [['sim', 'cut-and-return', '--dump', 'no/where'], 'no/where: ENOENT'],
  [['trace', 'none.altrace'], 'none.altrace: there is no such file or folder'],
  [['trace', 'text.altrace'], 'text.altrace: byte 0: magic is "this"; a trace begins with "ALTR", a dump with "ALDU"'],
  [['trace', 'text.altrace', '--context', '3'], '--context is not for arraylab trace FILE'],
  [['regress', '--dump', ''], '--dump "": '],
])('%j is refused', (args, text) => {
  writeFileSync(join(folder, 'text.altrace'), 'this is no trace of anything');
  const { status, stderr } = cli(...args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
});

test('a trace that is being written is not there before it is whole', () => {
  cli('sim', 'cut-and-return', '--trace', 'f.altrace');
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  expect(readFileSync(join(folder, 'f.altrace')).subarray(0, 4).toString()).toBe('ALTR');
});

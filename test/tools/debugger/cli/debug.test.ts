/** `arraylab debug` as a user has it: commands of scripts, of options and of stdin, on a simulated rig. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packageRoot } from '../../../../firmware/service/package-root.js';

vi.setConfig({ testTimeout: 60_000 });

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
/** A write, another of the same track, and their acknowledgements. */
const RUN = ['stale-acknowledgement-keeps-m2', '--seed', '2'];
const CLEARS =
  /^M2 A:data0:0: 0x2 \(M2_WP\) → 0 \(none\), by A\.data \d+ at (microcode\/ack\/real-time\.uc):(\d+) \(.+\)$/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-debug-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with these commands. */
function script(name: string, ...commands: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${commands.join('\n')}\n`);
  return file;
}

function arraylab(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', input });
  return { status, said: stdout, complained: stderr };
}

/** Does commands by -ex. */
const debug = (...commands: string[]) =>
  arraylab(['debug', ...RUN, '--batch', ...commands.flatMap((command) => ['-ex', command])]);

/** The lines that they print, where nothing may go wrong. */
function lines(...commands: string[]): string[] {
  const { status, complained, said } = debug(...commands);
  expect([status, complained]).toEqual([0, '']);
  return said.trimEnd().split('\n');
}

const sourceLine = (file: string, line: string): string =>
  readFileSync(join(packageRoot(), file), 'utf8').split('\n')[Number(line) - 1] as string;

/** Of a line that says where a task stands. */
function placeIn(said: string | undefined): { readonly task: string; readonly file: string; readonly line: string } {
  const [, task = '', file = '', line = ''] =
    /^[\d.]+ µs {2}(\w+\.\w+ \d+) at (microcode\/\S+\.uc):(\d+) \(.+\)$/.exec(said ?? '') ?? [];
  expect(task, said).not.toBe('');
  return { task, file, line };
}

test('a run that nothing stops ends as sim says', () => {
  const verdict = arraylab(['sim', ...RUN])
    .said.trimEnd()
    .split('\n')
    .at(-1);
  expect(verdict).toMatch(/^PASS /);
  expect(lines('continue').at(-1)).toBe(verdict);
});

test('a break stops at its label, and says where that is', () => {
  const [set, why, where, source] = lines('break base/data/write.uc:merged on A', 'continue');
  const { file, line } = placeIn(where);
  expect(set).toBe(`break 1: ${file}:${line} (on WRITE) of A.data`);
  expect(why).toBe('break 1');
  expect(source).toBe(`${line}\t${sourceLine(file, line)}`);
});

test('a break with a condition stops only where it is so', () => {
  const all = lines(
    'break base/data/write.uc:merged on A if lock.unacked[t] == 2',
    'continue',
    'print lock.unacked[t]',
  );
  expect(all.at(-1)).toBe('lock.unacked[t] = 2');
});

test('a break for one stop is gone after it', () => {
  const all = lines('tbreak WRITE', 'continue', 'info breaks', 'continue');
  expect(all).toContain('no breaks');
  expect(all.at(-1)).toMatch(/^PASS /);
});

test('a log point says its text and goes on', () => {
  const all = lines('log base/data/write.uc:merged on A "track {t}"', 'continue');
  expect(all.slice(1, -1)).toEqual(['track 0', 'track 0']);
  expect(all.at(-1)).toMatch(/^PASS /);
});

test('a watch stops at the instruction that changes it, with what it was and is', () => {
  const [, change, source] = lines('watch M2 A:data0:0', 'continue', 'continue').slice(5);
  const [, file = '', line = ''] = CLEARS.exec(change ?? '') ?? [];
  expect(file, change).not.toBe('');
  expect(source).toBe(`${line}\t${sourceLine(file, line)}`);
});

test('N steps and N back end where they began', () => {
  const all = lines('tbreak WRITE', 'continue', 'echo ---', 'step 7', 'back 7');
  const [before, after] = [all.slice(1, all.indexOf('---')), all.slice(-2)];
  expect(before.slice(-2)).toEqual(after);
});

test('when says who changed a flag, and goto stands before that', () => {
  const all = lines('continue', 'when M2 A:data0:0', 'goto', 'print M2 A:data0:0', 'step', 'print M2 A:data0:0');
  const [, file = '', line = ''] = all.map((said) => CLEARS.exec(said)).find((found) => found) ?? [];
  expect(all).toContainEqual(expect.stringContaining(` at ${file}:${line} `));
  expect(all.filter((said) => said.startsWith('M2 A:data0:0 ='))).toEqual([
    'M2 A:data0:0 = 0x2 (M2_WP)',
    'M2 A:data0:0 = 0 (none)',
  ]);
});

test('what is displayed is shown at each stop', () => {
  const all = lines('break WRITE', 'continue', 'display volume', 'continue');
  expect(all.at(-1)).toBe('1: volume = data0');
});

test('list shows the lines around the task, and then those behind them', () => {
  const all = lines('tbreak WRITE', 'continue', 'list', 'list');
  const { file, line } = placeIn(all[2]);
  const first = Number(line) - 4;
  expect(all).toContain(`> ${line.padStart(2)}  ${sourceLine(file, line)}`);
  expect(all).toContain(`${file}:${first}-${first + 9}`);
  expect(all).toContain(`${file}:${first + 10}-${first + 19}`);
});

test('disas shows the instructions of a label, each with its line', () => {
  const [label, instruction = ''] = lines('disas base/data/write.uc:merged 1');
  expect(label).toBe('merged:');
  const [, line = ''] =
    /^ +\d+ {2}post GIVE \(r6, r7\) +microcode\/base\/data\/write\.uc:(\d+)$/.exec(instruction) ?? [];
  expect(sourceLine('microcode/base/data/write.uc', line)).toMatch(/^ +post {2}GIVE \(slot, result\)/);
});

test('x has the words of a field', () => {
  const all = lines('continue', 'print A:track.flags[0]', 'x A:track.flags[0]');
  const [, flags = ''] = /= 0x(\w+) /.exec(all.at(-2) ?? '') ?? [];
  expect(all.at(-1)).toMatch(new RegExp(`^A:0x[0-9a-f]{8} {2}0x${flags.padStart(8, '0')}$`));
});

test('what is set is so afterwards', () => {
  const all = lines('tbreak WRITE', 'continue', 'set track = 3', 'print track');
  expect(all.slice(-2)).toEqual(['track = 3', 'track = 3']);
});

test('another task can be looked at', () => {
  const all = lines('tbreak WRITE', 'continue', 'task A.channel 4', 'print command');
  expect(all.at(-3)).toMatch(/^A\.channel 4 at microcode\/base\/channel\/command\.uc:/);
});

const SUBJECTS = [
  ['tasks A', /^A\.data \d+ +\S.* microcode\/base\/data\/write\.uc:\d+ +on WRITE/],
  ['slots A:data0', /A:data0:0/],
  ['track A:data0:0', /^lock +A\.data \d+/],
  ['locks', /^A:data0:0 +A\.data \d+/],
  ['flags', /^A:data0 +0 +1 +M1_WP\|M2_WP/],
  ['rings', /^none$/],
  ['pairs', /^A:data0 +PAIR +source +B:data0/],
  ['links', /^A-B:0/],
  ['groups', /^none$/],
  ['registers', /^r1 +track +0 +0x0$/],
  ['breaks', /^no breaks$/],
  ['displays', /^no displays$/],
  ['about', /^A\.data: \d+ instructions, version/],
] as const;
/** What is said of each subject, at one stop. */
let told: Map<string, string[]> | undefined;

function info(subject: string): readonly string[] {
  if (!told) {
    const asked = SUBJECTS.flatMap(([name]) => [`echo --- ${name}`, `info ${name}`]);
    const said = lines('tbreak base/data/write.uc:merged on A', 'continue', ...asked).join('\n');
    told = new Map(said.split('\n--- ').map((part) => [part.split('\n')[0] as string, part.split('\n').slice(1)]));
  }
  return told.get(subject) ?? [];
}

test.each(SUBJECTS)('info %s', (subject, line) => {
  expect(info(subject)).toContainEqual(expect.stringMatching(line));
});

test('commands of options and of scripts are done in their order', () => {
  const first = script('first', '# not said', '', 'echo 2', 'echo 3');
  const { said } = arraylab(['debug', ...RUN, '-ex', 'echo 1', '-x', first, '-ex', 'echo 4', '--batch']);
  expect(said).toBe('1\n2\n3\n4\n');
});

test('off a terminal commands come from stdin, and nothing but their output is said', () => {
  const { status, said, complained } = arraylab(['debug', ...RUN], 'echo 1\nprint time_us\nquit\necho 2\n');
  expect([status, said, complained]).toEqual([0, '1\ntime_us = 0\n', '']);
});

test('an error ends a script, with its file and line', () => {
  const file = script('wrong', 'echo 1', '# a comment', 'brake WRITE', 'echo 2');
  const { status, said, complained } = arraylab(['debug', ...RUN, '--batch', '-x', file]);
  expect([status, said]).toEqual([1, '1\n']);
  expect(complained).toBe(`arraylab debug: ${file}:3: there is no command "brake"; did you mean "break"?\n`);
});

test('an error of stdin has its line', () => {
  const { status, complained } = arraylab(['debug', ...RUN], 'echo 1\nprint nothing\n');
  expect([status, complained]).toEqual([
    1,
    expect.stringMatching(/^arraylab debug: line 2: .*"nothing" is no register/),
  ]);
});

test('with --keep-going the other commands are done, and the exit status is 1 all the same', () => {
  const { status, said } = arraylab(['debug', ...RUN, '--keep-going'], 'nonsense\necho 2\n');
  expect([status, said]).toEqual([1, '2\n']);
});

test('an assertion that does not hold ends a script, with the values', () => {
  const { status, complained } = debug('assert time_us == 0', 'assert M2 A:data0:0 == #M2_INV || time_us > 5');
  expect(status).toBe(1);
  expect(complained).toContain(
    'assert M2 A:data0:0 == #M2_INV || time_us > 5: it is not so; M2 A:data0:0 = 0 (none), #M2_INV = 32, time_us = 0',
  );
});

test('expect ends a script where the command before it did not say so', () => {
  const { status, complained } = debug('print time_us', 'expect time_us = 0', 'expect /^time_us = [1-9]/');
  expect(status).toBe(1);
  expect(complained).toContain('expected /^time_us = [1-9]/; the last command said \ntime_us = 0');
});

test('a script that does itself is refused', () => {
  const file = join(folder, 'again');
  script('again', `source ${file}`);
  const { status, complained } = arraylab(['debug', ...RUN, '--batch', '-x', file]);
  expect([status, complained]).toEqual([
    1,
    `arraylab debug: ${file}:1: script ${file} would do itself again and again\n`,
  ]);
});

test.each([
  [[], 'name a scenario'],
  [['nonsense'], 'no scenario "nonsense"'],
  [[...RUN, '--set', 'x=1'], '--set x=1: scenario stale-acknowledgement-keeps-m2 has the settings none'],
  [[...RUN, '--seed', 'x'], '--seed is "x"; a whole number from 0 is wanted'],
  [[...RUN, '--memory-mb', '0'], '--memory-mb is "0"; a whole number from 1 to 65536 is wanted'],
  [[...RUN, '--fault', 'nonsense'], "fault 'nonsense'"],
  [[...RUN, '--plant', 'nonsense'], 'no planted bug "nonsense"'],
  [[...RUN, '--nonsense'], "Unknown option '--nonsense'"],
])('%j cannot be debugged', (args, text) => {
  const { status, complained } = arraylab(['debug', ...args]);
  expect([status, complained]).toEqual([2, expect.stringContaining(text)]);
});

test('a dump is looked at, and neither runs nor changes', () => {
  const file = join(folder, 'dump');
  expect(arraylab(['sim', ...RUN, '--plant', 'stale-acknowledgement', '--dump', file]).status).toBe(1);
  const commands = 'stop\ninfo tasks\nprint M2 A:data0:0\nstep\nback\nset A:track.flags[0] = 0\nwatch M2 A:data0:0\n';
  const { status, said, complained } = arraylab(['debug', '--dump', file, '--keep-going'], commands);
  expect(status).toBe(1);
  expect(said).toMatch(/^expected: M2 write pending is set after the acknowledgement of v1\n/);
  expect(said).toContain('M2 A:data0:0 = 0 (none)');
  expect(complained.match(/this is a dump, which .*/g)).toEqual([
    'this is a dump, which does not run',
    'this is a dump, which cannot go back',
    'this is a dump, which cannot be changed',
    'this is a dump, which does not run',
  ]);
});

test('a director and a task are held, shown as held, and released', () => {
  const said = lines(
    'tbreak base/data/write.uc:WRITE on A',
    'continue',
    'hold data 4',
    'hold cache',
    'info directors A',
    'info tasks A',
    'release A.cache',
    'release',
    'continue',
  ).join('\n');
  expect(said).toContain('A.data 4 is held: it stands from the end of its turn on; others of its role go on');
  expect(said).toContain('director A:cc1 is held, with cache; what comes for it waits');
  expect(said).toMatch(/^A\.data +dd1 +runs +1 +4 +0$/m);
  expect(said).toMatch(/^A\.cache +cc1 +held +0 +0$/m);
  expect(said).toMatch(/^A\.data 4 +ready, held +WRITE /m);
  expect(said).toContain('director A:cc1 goes on, with cache');
  expect(said).toContain('A.data 4: goes on');
  expect(said).toMatch(/^PASS /m);
});

const REFUSED = [
  ['hold', 'hold what? for example: hold A.data, its director; hold A.data 3, a task'],
  ['hold A', '"A" is no role; for example: A.data, its director; A.data 3, a task of it'],
  ['hold C.data', 'there is no array "C"; there are A, B'],
  ['hold A.dada', 'there is no role "dada"; there are channel, data, cache, disk, remote'],
  ['hold data', 'no task is current, so say of which array: A.data'],
  ['hold A.hostPort', 'there is no role "hostPort"; there are channel'],
  ['hold A.data 77', 'there is no task 77 of A.data; it has 1 to'],
  ['release', 'nothing is held'],
] as const;

test('what cannot be held or released is refused, each with its reason', () => {
  const commands = REFUSED.map(([command]) => command).join('\n');
  const { status, said, complained } = arraylab(['debug', ...RUN, '--keep-going'], commands);
  expect([status, said]).toEqual([1, '']);
  const lines = complained.trimEnd().split('\n');
  expect(lines).toHaveLength(REFUSED.length);
  for (const [i, [, reason]] of REFUSED.entries()) {
    expect(lines[i]).toMatch(new RegExp(`^arraylab debug: line ${i + 1}: `));
    expect(lines[i]).toContain(reason);
  }
});

/** `arraylab debug` at a terminal: one that `script` of util-linux makes. Skipped where that is not installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test, vi } from 'vitest';
import { packageRoot } from '../../../../firmware/service/package-root.js';

vi.setConfig({ testTimeout: 60_000 });

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
const HAS_SCRIPT = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Colours, and how a line is drawn anew. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ESCAPES = /\x1b\[[0-9;?]*[A-Za-z]/g;

class Terminal {
  readonly #child: ChildProcess;
  #said = '';
  #heard: () => void = () => undefined;

  constructor(state: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const command = [process.execPath, MAIN, 'debug', ...args].map((word) => `'${word}'`).join(' ');
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '', TERM: 'xterm', XDG_STATE_HOME: state, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      this.#heard();
    });
    this.#child.once('close', () => this.#heard());
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** What it said up to this, without escape sequences unless they are wanted; errors: it ended before. */
  async until(pattern: RegExp, raw = false): Promise<string> {
    for (;;) {
      const said = raw ? this.#said : this.#said.replace(ESCAPES, '');
      const found = pattern.exec(said);
      if (found) {
        this.#said = said.slice(found.index + found[0].length);
        return said.slice(0, found.index + found[0].length);
      }
      if (this.#child.exitCode !== null) throw new Error(`it ended; before that it said ${said}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  kill(): void {
    this.#child.kill();
  }
}

let state: string;
let terminal: Terminal | undefined;
beforeEach((context: TestContext) => {
  if (!HAS_SCRIPT) context.skip('script of util-linux, which makes terminals, is not here');
  state = mkdtempSync(join(tmpdir(), 'arraylab-terminal-'));
});
afterEach(() => {
  terminal?.kill();
  rmSync(state, { recursive: true, force: true });
});

const SHORT = ['stale-acknowledgement-keeps-m2', '--seed', '2'];
const NOWHERE = /\(between tasks\) /;

test('the prompt says which task stands where, an empty line steps again, Ctrl-D ends', async () => {
  terminal = new Terminal(state, SHORT);
  await terminal.until(NOWHERE);
  terminal.type('tbreak WRITE on A\rcontinue\r');
  await terminal.until(/\(A\.data \d+ write\.uc:\d+\) /);
  terminal.type('step\r');
  const [, first] = /write\.uc:(\d+)\) $/.exec(await terminal.until(/\(A\.data \d+ \S+:\d+\) /)) ?? [];
  terminal.type('\r');
  const [, second] = /write\.uc:(\d+)\) $/.exec(await terminal.until(/\(A\.data \d+ \S+:\d+\) /)) ?? [];
  expect(Number(second)).toBeGreaterThan(Number(first));
  terminal.type('\x04');
  expect(await terminal.ended()).toBe(0);
});

test('Ctrl-C stops what runs', async () => {
  terminal = new Terminal(state, ['storm', '--set', 'load_us=2000000000']);
  await terminal.until(NOWHERE);
  terminal.type('continue\r');
  await terminal.until(/continue\r+\n/);
  terminal.type('\x03');
  await terminal.until(/paused\r+\n[\d.]+ µs/);
  terminal.type('quit\r');
  expect(await terminal.ended()).toBe(0);
});

test('Tab goes on with a command, and with what a command takes', async () => {
  terminal = new Terminal(state, SHORT);
  await terminal.until(NOWHERE);
  terminal.type('tbr');
  await terminal.until(/tbr/);
  terminal.type('\t');
  await terminal.until(/eak/);
  terminal.type(' vio');
  await terminal.until(/vio/);
  terminal.type('\t');
  await terminal.until(/lation/);
  terminal.type('\rinfo breaks\r');
  await terminal.until(/once +0 +violation/);
  terminal.type('\x04');
  expect(await terminal.ended()).toBe(0);
});

test('commands are kept for the next time', async () => {
  terminal = new Terminal(state, SHORT);
  await terminal.until(NOWHERE);
  terminal.type('echo first\rquit\r');
  await terminal.ended();
  expect(readFileSync(join(state, 'arraylab/debug-history'), 'utf8')).toBe('echo first\nquit\n');
  terminal = new Terminal(state, SHORT);
  await terminal.until(NOWHERE);
  terminal.type('\x1b[A\x1b[A\r');
  await terminal.until(/\r\nfirst\r\n/);
  terminal.type('\x04');
  await terminal.ended();
});

test.each([
  ['', 'with colours', true],
  ['1', 'without, where NO_COLOR is set', false],
])('NO_COLOR=%j: it is %s', async (value, _how, isColoured) => {
  terminal = new Terminal(state, [...SHORT, '-ex', 'tbreak WRITE', '-ex', 'continue'], { NO_COLOR: value });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for.
  expect(/\x1b\[1m/.test(await terminal.until(/write\.uc:\d+\) /, true))).toBe(isColoured);
  terminal.type('\x04');
  await terminal.ended();
});

test('a script that fails at a terminal leaves one there; with --batch it ends with status 1', async () => {
  terminal = new Terminal(state, [...SHORT, '-ex', 'nonsense']);
  await terminal.until(/-ex 'nonsense': there is no command "nonsense"/);
  await terminal.until(NOWHERE);
  terminal.type('\x04');
  expect(await terminal.ended()).toBe(0);
  terminal = new Terminal(state, [...SHORT, '--batch', '-ex', 'nonsense']);
  expect(await terminal.ended()).toBe(1);
});

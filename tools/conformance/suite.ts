/** The suite, `iscsi-test-cu` of libiscsi: which tests it has, and runs of them. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, type Outcomes, outcomesOf } from './outcome.js';

export const SUITE = 'iscsi-test-cu';
/** Its family of families: all tests, each once. */
const ALL = 'ALL';

/** A test waits three seconds at most for what a target might be slow to do; and nothing hangs so long. */
const TEST_LIMIT_MS = 30_000;
/** Those of this family wait until the whole unit is overwritten, and one looks for its end a minute after it looked first. */
const SLOW_FAMILY = 'Sanitize';
const SLOW_LIMIT_MS = 240_000;
const ALL_LIMIT_MS = 900_000;
/** A test that waits in a loop for a unit to get ready says so each time; all tests in one process say a twentieth of this. */
const SAID_LIMIT_BYTES = 200 * 1024 * 1024;
const WATCH_MS = 500;

/** `Family.Test`, as `Read10.BeyondEol`. */
export type Test = string;

export const familyOf = (test: Test): string => test.slice(0, test.indexOf('.'));

const limitOf = (test: Test): number => (familyOf(test) === SLOW_FAMILY ? SLOW_LIMIT_MS : TEST_LIMIT_MS);

/** Where the suite finds a unit, and where it finds the same unit by another path. */
export interface Unit {
  readonly url: string;
  readonly url2: string;
}

const running = new Set<{ kill(signal: NodeJS.Signals): boolean }>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface Ended {
  readonly said: string;
  /** Why it ended, when not by itself with status 0 or 1 (all passed; some failed). */
  readonly how: string;
}

/** Runs the suite; what it says goes to `file`: both streams, in their order, and all of it when it crashes. */
function run(args: readonly string[], file: string, limit_ms: number): Promise<Ended> {
  const fd = openSync(file, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(SUITE, args, { stdio: ['ignore', fd, fd] });
    running.add(child);
    const start = performance.now();
    let stopped: string | undefined;
    const watch = setInterval(() => {
      if (performance.now() - start > limit_ms) stopped = `did not end in ${limit_ms / 1000} s`;
      if (fstatSync(fd).size > SAID_LIMIT_BYTES) stopped = `did not end, and said more than ${SAID_LIMIT_BYTES} bytes`;
      if (stopped !== undefined) child.kill('SIGKILL');
    }, WATCH_MS);
    // One that did not start may tell both of an error and of an end.
    const end = (): void => {
      if (!running.delete(child)) return;
      clearInterval(watch);
      closeSync(fd);
    };
    child.once('error', (error) => {
      end();
      reject(new Error(`${SUITE} does not run: ${error.message}`));
    });
    child.once('close', (status, signal) => {
      end();
      const why = stopped ?? `ended by ${signal ?? `status ${status}`}`;
      resolve({ said: readFileSync(file, 'utf8'), how: `${SUITE} ${why}` });
    });
  });
}

/** All tests, in the suite's order. Errors: when it lists none. */
export async function listTests(folder: string): Promise<Test[]> {
  const { said, how } = await run(['--list'], join(folder, 'list.txt'), TEST_LIMIT_MS);
  const tests = [...said.matchAll(/^ALL\.([^.\s]+\.[^.\s]+)$/gm)].map((match) => match[1] as string);
  if (tests.length === 0) throw new Error(`${SUITE} --list names no test of ${ALL}; ${how}`);
  return tests;
}

/** It writes to the unit, and sanitizes it. */
const argsFor = (selection: string, { url, url2 }: Unit): string[] => [
  '--dataloss',
  '--allow-sanitize',
  '--verbose',
  '--Verbose-scsi',
  `--test=${selection}`,
  url,
  url2,
];

/** What it said last, for a run that came to no test: it could not log in, for one. */
const lastWords = (said: string): string =>
  said
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-2)
    .map((line) => line.trim())
    .join(' ');

function withMissing(tests: readonly Test[], found: Outcomes, { said, how }: Ended): Outcomes {
  const reasons = [`not run: ${how}`, lastWords(said)].filter((reason) => reason !== '');
  const notRun: Outcome = { verdict: 'failed', reasons };
  return new Map(tests.map((test) => [test, found.get(test) ?? notRun]));
}

/** Runs tests against a unit, each in a process of its own. */
export async function runApart(
  tests: readonly Test[],
  unit: Unit,
  folder: string,
  done: (test: Test, outcome: Outcome) => void = () => undefined,
): Promise<Outcomes> {
  const outcomes = new Map<Test, Outcome>();
  for (const test of tests) {
    const ended = await run(argsFor(`${ALL}.${test}`, unit), join(folder, `${test}.txt`), limitOf(test));
    const outcome = withMissing([test], outcomesOf(ended.said, ended.how), ended).get(test) as Outcome;
    outcomes.set(test, outcome);
    done(test, outcome);
  }
  return outcomes;
}

/** Runs tests against a unit, all in one process: what one leaves behind, the next ones find. */
export async function runTogether(
  tests: readonly Test[],
  isAll: boolean,
  unit: Unit,
  folder: string,
): Promise<Outcomes> {
  // It takes a list from its end.
  const selection = isAll
    ? ALL
    : [...tests]
        .reverse()
        .map((test) => `${ALL}.${test}`)
        .join(',');
  const ended = await run(argsFor(selection, unit), join(folder, 'together.txt'), ALL_LIMIT_MS);
  return withMissing(tests, outcomesOf(ended.said, ended.how), ended);
}

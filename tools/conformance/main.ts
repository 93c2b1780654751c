/**
 * `npm run conformance`: the suite of libiscsi against our target, or another one, beside tgtd. Exit status: 0 when nothing
 * failed and every skip is documented, 1 when not, 2 when called wrongly.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardSignals, isInstalled } from '../bench/children.js';
import { hasTgtd } from '../bench/tgtd.js';
import { DOCUMENTED_SKIPS } from './documented-skips.js';
import { type Options, parseOptions, selected, USAGE, UsageError } from './options.js';
import { startOurs } from './ours.js';
import { faultLines, json, skipLines, suiteFaultLines, table } from './report.js';
import { faultsOf, type Results, type Run, runTarget } from './results.js';
import { listTests, SUITE } from './suite.js';
import { startTgtd } from './tgtd.js';
import type { Target } from './units.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Where the suite's own words go: where the user wants them, or where they are gone afterwards. */
function logsFolder(asked: string | undefined): string {
  if (asked !== undefined) {
    mkdirSync(asked, { recursive: true });
    return asked;
  }
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-conformance-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function runAndStop(target: Target, run: Run): Promise<Results> {
  try {
    return await runTarget(target, run);
  } finally {
    await target.stop();
  }
}

async function conformance(options: Options): Promise<number> {
  if (!isInstalled(SUITE)) throw new Error(`not installed: ${SUITE} (Debian and Ubuntu: libiscsi-bin)`);
  const logs = logsFolder(options.logs);
  const all = await listTests(logs);
  const tests = selected(all, options);
  if (tests.length === 0) throw new UsageError('no test is left of --only and --share');
  const run: Run = { tests, isAll: tests.length === all.length, ways: options.ways, logs, log };

  const given = options.target;
  const ours = given === undefined ? await startOurs() : { ...given, stop: () => Promise.resolve() };
  const targets = [await runAndStop(ours, run)];
  const hasPeer = options.hasPeer && hasTgtd();
  if (hasPeer) targets.push(await runAndStop(await startTgtd(), run));

  const skips = given === undefined ? DOCUMENTED_SKIPS : options.skips;
  const faults = faultsOf(targets[0], skips);
  for (const line of table(tests, targets)) say(line);
  if (options.hasPeer && !hasPeer) say('nothing beside it: tgtd is not installed (Debian and Ubuntu: tgt)');
  for (const line of skipLines(targets[0], skips ?? {})) say(line);
  for (const line of suiteFaultLines(targets[0])) say(line);
  for (const line of faultLines(faults)) say(line);
  say(targets.map(({ name, elapsed_ms }) => `${name}: ${(elapsed_ms / 1000).toFixed(0)} s`).join(', '));
  if (options.json !== undefined) writeFileSync(options.json, json(tests, targets, faults));
  return faults.length === 0 ? 0 : 1;
}

const unguard = guardSignals();
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) say(USAGE.trimEnd());
  else process.exitCode = await conformance(options);
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  unguard();
}

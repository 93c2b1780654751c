/** All of libiscsi's suite against an array of ours: `npm run long`. Which ones are skipped, and why, is a table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DOCUMENTED_SKIPS } from '../../tools/conformance/documented-skips.js';
import { startOurs } from '../../tools/conformance/ours.js';
import { countOf, type Outcomes } from '../../tools/conformance/outcome.js';
import { faultLines, skipLines, table } from '../../tools/conformance/report.js';
import { bestOf, faultsOf, runTarget, WAYS } from '../../tools/conformance/results.js';
import { listTests } from '../../tools/conformance/suite.js';

/** Of 230; a unit can pass no more than 217, as 13 tests need another kind of unit. */
const LEAST_PLAIN = 200;
const LEAST_ON_THEIR_UNITS = 215;

test(`no test fails, and of 230 at least ${LEAST_PLAIN} pass on a plain unit, ${LEAST_ON_THEIR_UNITS} on the units they are for`, async () => {
  const logs = mkdtempSync(join(tmpdir(), 'arraylab-long-'));
  const ours = await startOurs();
  try {
    const tests = await listTests(logs);
    const log = (line: string): void => void process.stdout.write(`${line}\n`);
    const results = await runTarget(ours, { tests, isAll: true, ways: WAYS, logs, log });
    for (const line of [...table(tests, [results]), ...skipLines(results, DOCUMENTED_SKIPS)]) log(line);
    expect(faultLines(faultsOf(results, DOCUMENTED_SKIPS))).toEqual([]);
    const passed = (outcomes: Outcomes | undefined): number => (outcomes ? countOf(outcomes).passed : 0);
    expect(passed(results.plain.apart)).toBeGreaterThanOrEqual(LEAST_PLAIN);
    expect(passed(results.plain.together)).toBeGreaterThanOrEqual(LEAST_PLAIN);
    expect(passed(bestOf(results))).toBeGreaterThanOrEqual(LEAST_ON_THEIR_UNITS);
  } finally {
    await ours.stop();
    rmSync(logs, { recursive: true, force: true });
  }
}, 3_600_000);

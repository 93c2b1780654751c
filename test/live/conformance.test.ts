/** The suite of libiscsi, as `npm run conformance` runs it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { DOCUMENTED_SKIPS } from '../../tools/conformance/documented-skips.js';
import { selected } from '../../tools/conformance/options.js';
import { startOurs } from '../../tools/conformance/ours.js';
import { countOf } from '../../tools/conformance/outcome.js';
import { faultLines } from '../../tools/conformance/report.js';
import { faultsOf, type Results, runTarget, WAYS } from '../../tools/conformance/results.js';
import { familyOf, listTests, type Test } from '../../tools/conformance/suite.js';
import { startTgtd } from '../../tools/conformance/tgtd.js';
import type { Target } from '../../tools/conformance/units.js';
import { withClients } from './clients.js';

let logs: string;

beforeAll(() => {
  logs = mkdtempSync(join(tmpdir(), 'arraylab-live-'));
});

afterAll(() => rmSync(logs, { recursive: true, force: true }));

async function ofTgtd(tests: readonly Test[], change = (tgtd: Target): Target => tgtd): Promise<Results> {
  const tgtd = await startTgtd();
  try {
    return await runTarget(change(tgtd), { tests, isAll: false, ways: WAYS, logs, log: () => undefined });
  } finally {
    await tgtd.stop();
  }
}

describe('the suite against tgtd', () => {
  withClients(['iscsi-test-cu'], 'it has 230 tests of 51 families, each named once', async () => {
    const tests = await listTests(logs);
    expect([tests.length, new Set(tests).size, new Set(tests.map(familyOf)).size]).toEqual([230, 230, 51]);
  });

  withClients(
    ['iscsi-test-cu', 'tgtd', 'tgtadm'],
    'what it skips is no pass, and a removable unit is tested as one',
    async () => {
      const families = ['CompareAndWrite', 'PreventAllow', 'Read10'];
      const tests = (await listTests(logs)).filter((test) => families.includes(familyOf(test)));
      const { plain, special } = await ofTgtd(tests);
      // It has no COMPARE AND WRITE, and its plain unit has no removable medium.
      const counted = { passed: 6, failed: 0, skipped: 13 };
      expect(plain.apart && countOf(plain.apart)).toEqual(counted);
      expect(plain.together && countOf(plain.together)).toEqual(counted);
      expect(special.get('PreventAllow.Simple')?.verdict).toBe('passed');
    },
  );

  withClients(
    ['iscsi-test-cu', 'tgtd', 'tgtadm'],
    'where no unit answers every test has failed, with what the suite says of it',
    async () => {
      const tests = ['Read10.Simple', 'Read10.BeyondEol'];
      const absent = (tgtd: Target): Target => {
        const url = tgtd.plain.url.replace(/\d+$/, '99');
        return { ...tgtd, plain: { url, url2: url } };
      };
      const { plain } = await ofTgtd(tests, absent);
      for (const way of WAYS) {
        expect([...(plain[way]?.keys() ?? [])]).toEqual(tests);
        for (const { verdict, reasons } of plain[way]?.values() ?? []) {
          expect(verdict).toBe('failed');
          expect(reasons.join('\n')).toContain('LOGICAL_UNIT_NOT_SUPPORTED');
        }
      }
    },
  );
});

/** Every part runs in as many days: all of it takes two minutes, and more on a busy machine. */
const PARTS = 8;
const DAY_MS = 86_400_000;
/** It looks for the end of its SANITIZE once a minute: `npm run long` has it. */
const LONG = 'Sanitize.Reset';

describe('the suite against an array of ours', () => {
  const part = (Math.floor(Date.now() / DAY_MS) % PARTS) + 1;
  withClients(
    ['iscsi-test-cu'],
    `nothing fails, and what is skipped is documented (part ${part} of ${PARTS}, another one each day)`,
    async () => {
      const all = (await listTests(logs)).filter((test) => test !== LONG);
      const tests = selected(all, { share: { part, of: PARTS } });
      const ours = await startOurs();
      try {
        const run = { tests, isAll: false, ways: WAYS, logs, log: () => undefined };
        expect(faultLines(faultsOf(await runTarget(ours, run), DOCUMENTED_SKIPS))).toEqual([]);
      } finally {
        await ours.stop();
      }
    },
  );
});

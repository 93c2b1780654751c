import { describe, expect, test } from 'vitest';
import type { Outcome, Outcomes } from '../../../tools/conformance/outcome.js';
import { faultLines, table } from '../../../tools/conformance/report.js';
import { faultsOf, type Results } from '../../../tools/conformance/results.js';

const PASSED: Outcome = { verdict: 'passed', reasons: [] };
const SKIPPED: Outcome = { verdict: 'skipped', reasons: ['Logical unit is not removable.'] };
const FAILED: Outcome = { verdict: 'failed', reasons: ['[FAILED] READ10'] };

const outcomes = (all: Record<string, Outcome>): Outcomes => new Map(Object.entries(all));

const results = (given: Partial<Results>): Results => ({
  name: 'ours',
  plain: {},
  special: new Map(),
  specials: [],
  elapsed_ms: 0,
  ...given,
});

const found = (given: Partial<Results>, skips?: Record<string, string>): string[] =>
  faultsOf(results(given), skips).map(({ what, test: name, where }) => `${name} ${where}: ${what}`);

describe('what must not be', () => {
  test('a failure, in whatever way and on whatever unit', () => {
    const plain = { apart: outcomes({ 'Read10.Simple': FAILED }), together: outcomes({ 'Read10.Simple': FAILED }) };
    const special = outcomes({ 'PreventAllow.Simple': FAILED });
    expect(found({ plain, special, specials: ['removable'] })).toEqual([
      'Read10.Simple apart: failed',
      'Read10.Simple together: failed',
      'PreventAllow.Simple removable unit: failed',
    ]);
  });

  test('a failure that is not all the fault of the suite, where the suite has that fault', () => {
    const conflict =
      '[FAILED] TESTUNITREADY failed with wrong sense. Should have failed with NOT READY(0x02)/SANITIZE_IN_PROGRESS(0x041b) but failed with Sense: (null)(0x00)/(0x0000)';
    const early =
      '[FAILED] TESTUNITREADY successful but should have failed with NOT READY(0x02)/SANITIZE_IN_PROGRESS(0x041b)';
    const reset = (...reasons: string[]) => outcomes({ 'Sanitize.Reset': { verdict: 'failed', reasons } });
    expect(found({ plain: { together: reset(conflict, early) } })).toEqual([]);
    expect(found({ plain: { apart: reset(conflict, early) } })).toEqual(['Sanitize.Reset apart: failed']);
    for (const reasons of [[early], [conflict, 'it crashed']])
      expect(found({ plain: { together: reset(...reasons) } })).toEqual(['Sanitize.Reset together: failed']);
  });

  test('a skip that is not documented, where skips are judged', () => {
    const plain = { apart: outcomes({ 'Read10.Simple': SKIPPED }) };
    expect(found({ plain })).toEqual([]);
    expect(found({ plain }, {})).toEqual(['Read10.Simple apart: skipped, and nothing says why']);
    expect(found({ plain }, { 'Read10.Simple': 'optional' })).toEqual([]);
  });

  test("no failure that is the suite's own, unless something else went wrong, too", () => {
    const asserted = 'test_async_lu_reset_simple.c:157  - CU_ASSERT_EQUAL(reconnect_succeeded,1)';
    const failed = (...reasons: string[]): Partial<Results> => {
      return { plain: { apart: outcomes({ 'iSCSITMF.LUNResetSimpleAsync': { verdict: 'failed', reasons } }) } };
    };
    expect(found(failed(asserted))).toEqual([]);
    expect(found(failed(asserted, 'unexpected WRITE/RESET state'))).toHaveLength(1);
    expect(found(failed())).toHaveLength(1);
  });

  test('single tests of a family may be for another unit', () => {
    const plain = { apart: outcomes({ 'WriteSame10.InvalidDataOutSize': SKIPPED, 'WriteSame10.Simple': SKIPPED }) };
    expect(found({ plain, specials: ['large-block'] }, {})).toEqual([
      'WriteSame10.Simple apart: skipped, and nothing says why',
    ]);
  });

  test('a test that is documented as skipped, and passes', () => {
    const plain = { apart: outcomes({ 'Read10.Simple': PASSED }) };
    expect(found({ plain }, { 'Read10.Simple': 'optional' })).toEqual([
      'Read10.Simple apart: documented as skipped, but it is not',
    ]);
  });

  test('the plain unit may skip what another unit is for, if there is one; that one may not', () => {
    const plain = { apart: outcomes({ 'PreventAllow.Simple': SKIPPED }) };
    expect(found({ plain }, {})).toEqual(['PreventAllow.Simple apart: skipped, and nothing says why']);
    const special = outcomes({ 'PreventAllow.Simple': PASSED });
    expect(found({ plain, special, specials: ['removable'] }, {})).toEqual([]);
    expect(found({ plain, special: plain.apart, specials: ['removable'] }, {})).toEqual([
      'PreventAllow.Simple removable unit: skipped, and nothing says why',
    ]);
  });
});

test('the table counts by family what passed, failed and was skipped, each unit and each way apart', () => {
  const tests = ['Read10.Simple', 'Read10.Async', 'PreventAllow.Simple'];
  const plain = {
    apart: outcomes({ 'Read10.Simple': PASSED, 'Read10.Async': FAILED, 'PreventAllow.Simple': SKIPPED }),
    together: outcomes({ 'Read10.Simple': PASSED, 'Read10.Async': PASSED, 'PreventAllow.Simple': SKIPPED }),
  };
  const special = outcomes({ 'PreventAllow.Simple': PASSED });
  const peer = results({ name: 'peer', plain: { apart: plain.together } });
  expect(table(tests, [results({ plain, special }), peer])).toEqual([
    'passed/failed/skipped:          ours                                   peer',
    '                        tests  apart  on their units  in one process  apart',
    'Read10                      2  1/1/0           1/1/0           2/0/0  2/0/0',
    'PreventAllow                1  0/0/1           1/0/0           0/0/1  0/0/1',
    'all                         3  1/1/1           2/1/0           2/0/1  2/0/1',
  ]);
});

test('a fault of several ways is told once, with all that was said', () => {
  const plain = { apart: outcomes({ 'Read10.Simple': FAILED }), together: outcomes({ 'Read10.Simple': FAILED }) };
  expect(faultLines(faultsOf(results({ plain }), undefined))).toEqual([
    'Read10.Simple: failed (apart, together)',
    '    [FAILED] READ10',
  ]);
});

import { describe, expect, test } from 'vitest';
import { countOf, outcomesOf } from '../../../tools/conformance/outcome.js';

const BANNER = `    Send PRIN/READ_KEYS
found matching LU device identifier for all (2) paths



     CUnit - A unit testing framework for C - Version 2.1-3
     http://cunit.sourceforge.net/

`;

const summary = (tests: number, failed: number): string => `

Run Summary:    Type  Total    Ran Passed Failed Inactive
              suites     51     51    n/a      0        0
               tests    ${tests}    ${tests}    ${tests - failed}        ${failed}        0
             asserts  69935  69935  61569   8366      n/a

Elapsed time =    3.378 seconds
Tests completed with return value: 0
`;

/** As version 1.19 writes it. */
const READS = `${BANNER}
Suite: CompareAndWrite
  Test: Simple ...
    Write 1 blocks of 'A' at LBA:0
    [SKIPPED] COMPAREANDWRITE is not implemented.
    [SKIPPED] COMPAREANDWRITE is not implemented.
passed
Suite: Read10
  Test: Simple ...passed    Send PRIN/READ_KEYS
    [SKIPPED] PERSISTENT RESERVE IN is not implemented.

  Test: BeyondEol ...    [FAILED] READ10 successful but should have failed with LBA_OUT_OF_RANGE(0x2100)
FAILED
    1. test_read10_beyond_eol.c:38  - CU_ASSERT_EQUAL(_r,0)
    2. test_read10_beyond_eol.c:38  - CU_ASSERT_EQUAL(_r,0)    Send PRIN/READ_KEYS
    [FAILED] PRIN command: failed with sense.
Suite: iSCSITMF
  Test: AbortTaskSimpleAsync ...    dispatching out queue...
    ABORT TASK bad ITT
passed`;

describe('what the suite says', () => {
  test('a test that passed and says [SKIPPED] is skipped, and its reason is kept once', () => {
    const outcomes = outcomesOf(READS + summary(4, 1), 'ended by status 1');
    expect(outcomes.get('CompareAndWrite.Simple')).toEqual({
      verdict: 'skipped',
      reasons: ['COMPAREANDWRITE is not implemented.'],
    });
    expect(countOf(outcomes)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  test('a failure keeps what the suite logged and asserted, each once, without what follows on the line', () => {
    expect(outcomesOf(READS, '').get('Read10.BeyondEol')?.reasons).toEqual([
      '[FAILED] READ10 successful but should have failed with LBA_OUT_OF_RANGE(0x2100)',
      'test_read10_beyond_eol.c:38  - CU_ASSERT_EQUAL(_r,0)',
    ]);
  });

  test('a test that the run ended in has failed, and those before it stand', () => {
    const outcomes = outcomesOf(`${READS}\n  Test: LUNResetSimpleAsync ...    reset sent\n`, 'ended by SIGABRT');
    expect(outcomes.get('iSCSITMF.LUNResetSimpleAsync')).toEqual({ verdict: 'failed', reasons: ['ended by SIGABRT'] });
    expect(outcomes.get('iSCSITMF.AbortTaskSimpleAsync')?.verdict).toBe('passed');
  });

  test('a summary that counts other failures than were read is an error', () => {
    expect(() => outcomesOf(READS + summary(4, 2), '')).toThrow(
      'counts 4 tests, 2 failed; read from its output: 4 tests, 1',
    );
  });

  test('a run that came to no test tells of none', () => {
    expect(outcomesOf('Failed to connect to SCSI device 0\n', 'ended by status 255').size).toBe(0);
  });
});

/**
 * Tests that fail although the target is right, by a fault of the suite (version 1.19 of libiscsi; what mended it is named).
 * They are counted as failed; the run does not fail of them, as long as nothing else went wrong in them.
 */
import type { Outcome } from './outcome.js';
import type { Test } from './suite.js';

interface SuiteFault {
  /** All that may be said of the failure. */
  readonly says: RegExp;
  readonly why: string;
}

const SUITE_FAULTS: Readonly<Record<Test, SuiteFault>> = {
  'iSCSITMF.LUNResetSimpleAsync': {
    says: /CU_ASSERT_EQUAL\(reconnect_succeeded,1\)$/,
    why: 'it asserts what the answer to its reset sets before it waits for that answer (mended in 1.20, commit 5553d6b)',
  },
  'WriteAtomic16.Simple': {
    // Of the two loops: what goes before them, one write of the granularity, must succeed.
    says: /^\[FAILED\] WRITEATOMIC16 .*INVALID_FIELD_IN_CDB\(0x2400\)$|^test_writeatomic16_simple\.c:(56|67) /,
    why: 'it writes up to 256 blocks, whatever MAXIMUM ATOMIC TRANSFER LENGTH says, and a longer one must be refused (SBC-4)',
  },
};

/** Why a failure is the suite's own; undefined: it is not. */
export function suiteFault(test: Test, { reasons }: Outcome): string | undefined {
  const fault = SUITE_FAULTS[test];
  const isAlone = fault !== undefined && reasons.length > 0 && reasons.every((reason) => fault.says.test(reason));
  return isAlone ? fault.why : undefined;
}

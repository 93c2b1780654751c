/**
 * Tests that fail although the target is right, by a fault of the suite (version 1.19 of libiscsi; what mended it is named).
 * They are counted as failed; the run does not fail of them, as long as nothing else went wrong in them.
 */
import type { Outcome } from './outcome.js';
import type { Test } from './suite.js';

interface SuiteFault {
  /** Only where all tests run in one process. */
  readonly together?: true;
  /** What is said first, if that tells the fault from others. */
  readonly begins?: RegExp;
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
  'Sanitize.Reset': {
    together: true,
    // A status of its own has no sense; a SANITIZE that is over would let TEST UNIT READY succeed.
    begins: /^\[FAILED\] TESTUNITREADY failed with wrong sense\. .* failed with Sense: \(null\)\(0x00\)\/\(0x0000\)$/,
    says: /failed with Sense: \(null\)\(0x00\)\/\(0x0000\)$|^\[FAILED\] TESTUNITREADY successful but should|^test_sanitize_reset\.c:(97|102|107|165) /,
    why: 'it meets the RESERVE(6) that Sanitize.Reservations took by that path and does not release: its SANITIZE is a conflict',
  },
};

/** Why a failure is the suite's own; undefined: it is not. @param where way or unit */
export function suiteFault(test: Test, { reasons }: Outcome, where: string): string | undefined {
  const fault = SUITE_FAULTS[test];
  const isAlone =
    fault !== undefined &&
    reasons.length > 0 &&
    (fault.together === undefined || where === 'together') &&
    (fault.begins?.test(reasons[0] as string) ?? true) &&
    reasons.every((reason) => fault.says.test(reason));
  return isAlone ? fault.why : undefined;
}

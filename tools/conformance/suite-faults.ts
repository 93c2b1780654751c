/**
 * Tests that fail with every target, by a fault of the suite (version 1.19 of libiscsi; what mended it is named). They are
 * counted as failed; the run does not fail of them, as long as nothing else went wrong in them.
 */
import type { Outcome } from './outcome.js';
import type { Test } from './suite.js';

interface SuiteFault {
  /** The one assertion that fails. */
  readonly asserts: string;
  readonly why: string;
}

const SUITE_FAULTS: Readonly<Record<Test, SuiteFault>> = {
  'iSCSITMF.LUNResetSimpleAsync': {
    asserts: 'CU_ASSERT_EQUAL(reconnect_succeeded,1)',
    why: 'it asserts what the answer to its reset sets before it waits for that answer (mended in 1.20, commit 5553d6b)',
  },
};

/** Why a failure is the suite's own; undefined: it is not. */
export function suiteFault(test: Test, { reasons }: Outcome): string | undefined {
  const fault = SUITE_FAULTS[test];
  const isAlone =
    fault !== undefined && reasons.length > 0 && reasons.every((reason) => reason.endsWith(fault.asserts));
  return isAlone ? fault.why : undefined;
}

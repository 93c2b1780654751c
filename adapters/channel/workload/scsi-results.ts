/** What becomes of commands of SCSI hosts, in the numbers that all simulated hosts have. */
import { RESULT } from '../../../firmware/memory/constants.js';
import { SAM_STATUS, SENSE } from '../../../firmware/memory/scsi.js';

/** Beside RESULT, as a host's status: another's reservation; somebody ended it. */
export const SCSI_RESULT = { CONFLICT: 64, ABORTED: 65 } as const;
/** Of a SENSE with its bits: key, code and qualifier. */
export const SENSE_CODE = 0x00ff_ffff;
const UNIT_ATTENTION = 6;
export const isAttention = (sense: number): boolean => ((sense >> 16) & 15) === UNIT_ATTENTION;

/** What a SAM status comes to, among the RESULTs that hosts know. */
export function resultOf(status: number, sense: number): number {
  switch (status) {
    case SAM_STATUS.GOOD:
      return RESULT.OK;
    case SAM_STATUS.RESERVATION_CONFLICT:
      return SCSI_RESULT.CONFLICT;
    case SAM_STATUS.NO_STATUS:
    case SAM_STATUS.TASK_ABORTED:
      return SCSI_RESULT.ABORTED;
    case SAM_STATUS.CHECK_CONDITION:
      return RESULTS.get(sense) ?? RESULT.REFUSED;
    default:
      return RESULT.REFUSED;
  }
}

const RESULTS: ReadonlyMap<number, number> = new Map([
  [SENSE.NOT_READY_CAUSE, RESULT.NOT_READY],
  [SENSE.BECOMING_READY, RESULT.NOT_READY],
  [SENSE.WRITE_PROTECTED_SOFTWARE, RESULT.WRITE_PROTECTED],
  [SENSE.LBA_RANGE, RESULT.OUT_OF_RANGE],
  [SENSE.READ_ERROR, RESULT.MEDIUM_ERROR],
  [SENSE.COMMUNICATION_FAILED, RESULT.LINK_DOWN],
  [SENSE.MISCOMPARED, RESULT.DIFFERENT],
]);

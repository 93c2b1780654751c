import { SCSI_RESULT } from '../../../../adapters/channel/workload/scsi-hosts.js';
import { RESULT } from '../../../memory/constants.js';
import type { World } from '../world.js';

/** What is kept with a host's command (`ScsiHosts.note`), a bit each. */
export const NOTE = {
  /** Since it began there was a moment when reservations let it pass, and one when they kept it away. */
  PASSES: 1,
  CONFLICTS: 2,
  /** A PREEMPT AND ABORT that ended since has fenced it: it may do nothing any more. */
  FENCED: 4,
  /** Another COMPARE AND WRITE has overwritten what this one wants to find. */
  TAKEN: 8,
  /** Somebody may have ended it. */
  ABORTED: 16,
} as const;

/** Did a host's command end so that it has not written a byte, and never will? */
export function leftNothing(world: World, array: number, host: number): boolean {
  const hosts = world.scsiHosts(array);
  if (!hosts) return false;
  const { status } = hosts.look(host);
  if (status === SCSI_RESULT.ABORTED) return (hosts.note(host) & NOTE.FENCED) !== 0;
  return status === SCSI_RESULT.CONFLICT || status === RESULT.DIFFERENT;
}

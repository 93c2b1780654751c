/** The SCSI side of the arrays of a rig: host groups and the LUNs that they see, units and what they say of themselves. */
import { MAX_PARALLEL, SECTOR_BYTES } from '../memory/constants.js';
import { UNIT_TYPE } from '../memory/scsi.js';
import { hostVolumes } from '../runtime/machine/config.js';
import { type ScsiConfig, targetName } from '../runtime/machine/scsi-config.js';
import { scsiDimensions } from '../runtime/machine/scsi-tables.js';
import { DEFAULT_HOST_SIDE } from './profile/host-side.js';
import type { RigArray } from './rig.js';
import { copyLimitsOf } from './scsi-copies.js';
import { IS_THIN } from './scsi-limits.js';
import { logsOf } from './scsi-logs.js';
import { modesOf } from './scsi-modes.js';
import { pagesOf } from './scsi-pages.js';

/** After as many tracks as a task may have writes under way, FORMAT UNIT and SANITIZE look at their pace. */
const ERASE_STEP_TRACKS = MAX_PARALLEL;
const MIB = 1024 * 1024;

/** An array as SCSI hosts have it: those that its rig names, else any initiator, who sees all volumes in their order. */
export function withScsi(array: RigArray, change: (scsi: ScsiConfig) => ScsiConfig = (scsi) => scsi): RigArray {
  const volumes = hostVolumes(array);
  const { sectorsPerTrack } = array.dims;
  const profile = array.hostSide ?? DEFAULT_HOST_SIDE;
  const target = array.iscsi?.target ?? targetName(array.name);
  const names = { ...profile, rpm: profile.rpm ?? Math.round(array.drive?.rpm ?? 0), target };
  const shared = (IS_THIN ? UNIT_TYPE.THIN : 0) | (sectorsPerTrack % 8 === 0 ? UNIT_TYPE.PHYSICAL_4096 : 0);
  const types = volumes.map((_, volume) => {
    const device = array.devices?.[volume] ?? 0;
    const type = shared | device;
    return (device & UNIT_TYPE.PHYSICAL_512) === 0 ? type : type & ~UNIT_TYPE.PHYSICAL_4096;
  });
  const step_bytes = ERASE_STEP_TRACKS * sectorsPerTrack * SECTOR_BYTES;
  const scsi = change({
    groups: array.hosts?.map(({ luns }) => luns) ?? [volumes.map((_, volume) => volume)],
    units: volumes.map(({ tracks }, volume) => ({
      type: types[volume] ?? 0,
      sectors: tracks * sectorsPerTrack,
      pace_us: Math.ceil(((array.erases_us?.[volume] ?? 0) * step_bytes) / MIB),
    })),
    pages: types.flatMap((type, volume) => [
      ...pagesOf({ volume, type, sectorsPerTrack }, names),
      ...modesOf(volume, profile),
      ...logsOf(volume),
      copyLimitsOf(volume),
    ]),
  });
  const sizes = { nexuses: profile.sessions, initiators: profile.initiators, works: profile.workBuffers };
  return { ...array, scsi, dims: { ...array.dims, scsi: scsiDimensions(scsi, sizes) } };
}

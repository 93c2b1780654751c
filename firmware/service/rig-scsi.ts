/** The SCSI side of the arrays of a rig: host groups and the LUNs that they see, units and what they say of themselves. */
import { hostVolumes } from '../runtime/machine/config.js';
import type { ScsiConfig } from '../runtime/machine/scsi-config.js';
import { scsiDimensions } from '../runtime/machine/scsi-tables.js';
import type { RigArray } from './rig.js';
import { pagesOf } from './scsi-pages.js';

/** Where a profile says nothing of it: sessions at once, initiators that are remembered, work buffers of a track each. */
const SESSIONS = 64;
const INITIATORS = 64;
const WORK_BUFFERS = 16;

/** An array as SCSI hosts have it: any initiator sees all volumes, in their order. */
export function withScsi(array: RigArray, change: (scsi: ScsiConfig) => ScsiConfig = (scsi) => scsi): RigArray {
  const volumes = hostVolumes(array);
  const scsi = change({
    groups: [volumes.map((_, volume) => volume)],
    units: volumes.map(({ tracks }) => ({ type: 0, sectors: tracks * array.dims.sectorsPerTrack })),
    pages: volumes.flatMap(({ name }, volume) =>
      pagesOf(volume, 0, {
        vendor: 'ARRAYLAB',
        product: 'EMULATED ARRAY',
        revision: '0001',
        serial: `${array.name}:${name}`,
      }),
    ),
  });
  const sizes = { nexuses: SESSIONS, initiators: INITIATORS, works: WORK_BUFFERS };
  return { ...array, scsi, dims: { ...array.dims, scsi: scsiDimensions(scsi, sizes) } };
}

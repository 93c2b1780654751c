/**
 * How many records of one size a track of a CKD device holds: IBM's formulas for the 3380 and the 3390, as Hercules has
 * them (SDL-Hercules hyperion 4.9 `dasdtab.c`, Hercules 3.13 `dasdutil.c`). A record is a count field, a key field unless
 * its key has length 0, and a data field; each field takes whole cells of the track, gaps and check bytes included.
 */

export interface CkdDevice {
  /** Bytes for records, in the measure of the formula: without home address and R0. */
  readonly track_bytes: number;
  readonly cell_bytes: number;
  readonly tracks_per_cylinder: number;
  /** Bytes of the cells of a field, before they are made whole. */
  readonly count_and_data_bytes: (data_bytes: number) => number;
  readonly key_bytes: (key_bytes: number) => number;
}

/** On a 3390, six bytes for each 232 of a field, or part of them. */
const segments_bytes = (bytes: number): number => 6 * Math.ceil((bytes + 6) / 232);

export const CKD_DEVICES = {
  '3380': {
    track_bytes: 47_968,
    cell_bytes: 32,
    tracks_per_cylinder: 15,
    count_and_data_bytes: (data) => 492 + data,
    key_bytes: (key) => 236 + key,
  },
  '3390': {
    track_bytes: 58_786,
    cell_bytes: 34,
    tracks_per_cylinder: 15,
    count_and_data_bytes: (data) => 646 + data + 6 + segments_bytes(data),
    key_bytes: (key) => 306 + key + 6 + segments_bytes(key),
  },
} as const satisfies Readonly<Record<string, CkdDevice>>;

export type CkdName = keyof typeof CKD_DEVICES;

/** Length of a key is a byte of the count field, that of the data two. */
export const KEY_BYTES_MAX = 255;
export const DATA_BYTES_MAX = 65_535;

/** Bytes of the track that a record takes. */
export function recordBytes(device: CkdDevice, data_bytes: number, key_bytes = 0): number {
  const cells = (bytes: number): number => Math.ceil(bytes / device.cell_bytes) * device.cell_bytes;
  return cells(device.count_and_data_bytes(data_bytes)) + (key_bytes === 0 ? 0 : cells(device.key_bytes(key_bytes)));
}

/**
 * Records of one size on a track; 0: not even one fits.
 * Errors: RangeError for lengths that the count field cannot say.
 */
export function recordsPerTrack(device: CkdDevice, data_bytes: number, key_bytes = 0): number {
  checkLength('the data', data_bytes, DATA_BYTES_MAX);
  checkLength('the key', key_bytes, KEY_BYTES_MAX);
  return Math.floor(device.track_bytes / recordBytes(device, data_bytes, key_bytes));
}

function checkLength(what: string, bytes: number, most: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > most)
    throw new RangeError(`${what} of a record: ${bytes} bytes; a whole number from 0 to ${most} is right`);
}

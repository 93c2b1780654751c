/** Sense data (SPC-5, 4.5) of a command's end, in the data segment of a SCSI response: a length of two bytes before it. */
import { SENSE_BITS } from '../../../firmware/memory/scsi.js';
import type { ScsiEnd } from '../scsi-port.js';

const LENGTH_BYTES = 2;
const FIXED_BYTES = 18;
const DESCRIPTOR_HEADER_BYTES = 8;
const INFORMATION_BYTES = 12;
const SPECIFIC_BYTES = 8;
const BLOCK_BYTES = 4;

/** No sense data takes more, its length with it. */
export const SENSE_BYTES_MAX = LENGTH_BYTES + 2 * 18;

/** Writes it at `at` of `view`, where zeroes stand; how many bytes it has, its length with it. */
export function writeSense(view: DataView, at: number, end: ScsiEnd): number {
  const from = at + LENGTH_BYTES;
  const bytes = (end.sense & SENSE_BITS.IN_DESCRIPTORS) === 0 ? fixed(view, from, end) : descriptors(view, from, end);
  view.setUint16(at, bytes);
  return LENGTH_BYTES + bytes;
}

function fixed(view: DataView, at: number, { sense, informationHigh, informationLow, specific }: ScsiEnd): number {
  // The field has 32 bits: what does not fit is not valid.
  const informed = (sense & SENSE_BITS.WITH_INFORMATION) !== 0 && informationHigh === 0;
  view.setUint8(at, informed ? 0xf0 : 0x70);
  view.setUint8(at + 2, ((sense >>> 16) & 0x0f) | ((sense & SENSE_BITS.WITH_ILI) === 0 ? 0 : 0x20));
  if (informed) view.setUint32(at + 3, informationLow >>> 0);
  view.setUint8(at + 7, FIXED_BYTES - 8);
  view.setUint16(at + 12, sense & 0xffff);
  if ((sense & SENSE_BITS.WITH_SPECIFIC) !== 0) writeSpecific(view, at + 15, specific);
  return FIXED_BYTES;
}

function descriptors(view: DataView, at: number, end: ScsiEnd): number {
  const { sense, informationHigh, informationLow, specific } = end;
  view.setUint8(at, 0x72);
  view.setUint8(at + 1, (sense >>> 16) & 0x0f);
  view.setUint16(at + 2, sense & 0xffff);
  let bytes = DESCRIPTOR_HEADER_BYTES;
  if ((sense & SENSE_BITS.WITH_INFORMATION) !== 0) {
    view.setUint16(at + bytes, 0x000a);
    view.setUint8(at + bytes + 2, 0x80);
    view.setUint32(at + bytes + 4, informationHigh >>> 0);
    view.setUint32(at + bytes + 8, informationLow >>> 0);
    bytes += INFORMATION_BYTES;
  }
  if ((sense & SENSE_BITS.WITH_SPECIFIC) !== 0) {
    view.setUint16(at + bytes, 0x0206);
    writeSpecific(view, at + bytes + 4, specific);
    bytes += SPECIFIC_BYTES;
  }
  if ((sense & SENSE_BITS.WITH_ILI) !== 0) {
    view.setUint16(at + bytes, 0x0502);
    view.setUint8(at + bytes + 3, 0x20);
    bytes += BLOCK_BYTES;
  }
  view.setUint8(at + 7, bytes - DESCRIPTOR_HEADER_BYTES);
  return bytes;
}

/** Its highest bit (SKSV) says that the rest is valid. */
function writeSpecific(view: DataView, at: number, specific: number): void {
  view.setUint8(at, 0x80 | ((specific >>> 16) & 0xff));
  view.setUint16(at + 1, specific & 0xffff);
}

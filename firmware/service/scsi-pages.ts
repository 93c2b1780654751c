/** What a unit says of itself in INQUIRY (SPC-6, 6.7): the standard data and its vital product data, as bytes. */
import { PAGE_KIND, UNIT_TYPE } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';

export interface UnitNames {
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
  /** Of the unit, printable. */
  readonly serial: string;
}

const ascii = (text: string, bytes: number): number[] => [...Buffer.from(text.padEnd(bytes).slice(0, bytes), 'latin1')];
const word = (n: number): number[] => [(n >> 8) & 255, n & 255];

/** SPC-6 is 7; what responds in format 2, and queues commands. */
const VERSION = 7;
const RESPONSE_FORMAT = 2;
const REMOVABLE = 0x80;
const CMDQUE = 2;
/** SAM-6, SPC-6, SBC-4, iSCSI: no version claimed of any (SPC-6, table 151). */
const VERSION_DESCRIPTORS = [0x00c0, 0x05c0, 0x0600, 0x0960];

function standard(type: number, { vendor, product, revision }: UnitNames): number[] {
  const bytes = [
    0,
    (type & UNIT_TYPE.REMOVABLE) !== 0 ? REMOVABLE : 0,
    VERSION,
    RESPONSE_FORMAT,
    0,
    0,
    0,
    CMDQUE,
    ...ascii(vendor, 8),
    ...ascii(product, 16),
    ...ascii(revision, 4),
    ...new Array<number>(22).fill(0),
    ...VERSION_DESCRIPTORS.flatMap(word),
  ];
  bytes.push(...new Array<number>(96 - bytes.length).fill(0));
  bytes[4] = bytes.length - 5;
  return bytes;
}

const vpd = (code: number, payload: readonly number[]): number[] => [0, code, ...word(payload.length), ...payload];

/** All pages of a unit, with the page that lists them. */
export function pagesOf(volume: number, type: number, names: UnitNames): ScsiPage[] {
  const serial = vpd(0x80, ascii(names.serial, names.serial.length));
  const list = vpd(0x00, [0x00, 0x80]);
  return [
    { volume, kind: PAGE_KIND.STANDARD_INQUIRY, code: 0, bytes: standard(type, names) },
    { volume, kind: PAGE_KIND.VPD, code: 0x00, bytes: list },
    { volume, kind: PAGE_KIND.VPD, code: 0x80, bytes: serial },
  ];
}

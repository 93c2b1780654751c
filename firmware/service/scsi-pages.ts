/** What a unit says of itself in INQUIRY (SPC-6, 6.7 and 7.7): the standard data and its vital product data, as bytes. */
import { PAGE_KIND, UNIT_TYPE } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';
import { OPERATIONS } from '../runtime/machine/scsi-operations.js';
import { thirdPartyCopy } from './scsi-copies.js';
import { naaOf, PORTAL_GROUP, serialOf } from './scsi-identity.js';
import { blockLimits, characteristics, provisioning } from './scsi-limits.js';

/** Of the array that has it. */
export interface UnitNames {
  /** Eight characters at most, as T10 gives them to companies; printable ASCII, as the others are. */
  readonly vendor: string;
  /** Sixteen at most. */
  readonly product: string;
  /** Four at most. */
  readonly revision: string;
  /** Turns of its drives a minute; 1: nothing turns; 0: it does not say. */
  readonly rpm: number;
  /** Name of the iSCSI target. */
  readonly target: string;
}

export interface UnitShape {
  readonly volume: number;
  /** UNIT_TYPE bits. */
  readonly type: number;
  readonly sectorsPerTrack: number;
}

const ascii = (text: string, bytes: number): number[] => [...Buffer.from(text.padEnd(bytes).slice(0, bytes), 'latin1')];
const half = (n: number): number[] => [(n >> 8) & 255, n & 255];
const zeroes = (n: number): number[] => new Array<number>(n).fill(0);

/** SPC-4: what hosts of today look for at most. */
const VERSION = 6;
const RESPONSE_FORMAT = 2;
const REMOVABLE = 0x80;
/** Implicit asymmetric access, where REPORT TARGET PORT GROUPS is there to tell of it. */
/** 3PC: EXTENDED COPY is there. */
const COPIES = OPERATIONS.some(({ code }) => code === 0x83) ? 0x08 : 0;
const TPGS = OPERATIONS.some(({ code, action }) => code === 0xa3 && action === 0x0a) ? 0x10 : 0;
const CMDQUE = 2;
/** SAM-5, iSCSI, SPC-4, SBC-3, SBC-4: no version claimed of any (SPC-6, table 151). */
const VERSION_DESCRIPTORS = [0x00a0, 0x0960, 0x0460, 0x04c0, 0x0600];
const STANDARD_BYTES = 96;

function standard(type: number, { vendor, product, revision }: UnitNames): number[] {
  const head = [0, (type & UNIT_TYPE.REMOVABLE) !== 0 ? REMOVABLE : 0, VERSION, RESPONSE_FORMAT, STANDARD_BYTES - 5];
  const names = [...ascii(vendor, 8), ...ascii(product, 16), ...ascii(revision, 4)];
  const bytes = [...head, TPGS | COPIES, 0, CMDQUE, ...names, ...zeroes(22), ...VERSION_DESCRIPTORS.flatMap(half)];
  return [...bytes, ...zeroes(STANDARD_BYTES - bytes.length)];
}

const vpd = (code: number, payload: readonly number[]): number[] => [0, code, ...half(payload.length), ...payload];

const CODE_SET = { BINARY: 1, ASCII: 2, UTF8: 3 } as const;
const ISCSI = 0x50;
/** Association, with the bit that the protocol is named. */
const OF = { UNIT: 0x00, PORT: 0x90, TARGET: 0xa0 } as const;
const TYPE = { VENDOR: 1, NAA: 3, RELATIVE_PORT: 4, PORT_GROUP: 5, NAME: 8 } as const;

/** Of a unit, its port, or its target. */
function designator(of: number, type: number, codes: number, bytes: readonly number[]): number[] {
  return [of === OF.UNIT ? codes : ISCSI | codes, of | type, 0, bytes.length, ...bytes];
}

/** SCSI name string: ends with a zero, and in whole words. */
function named(of: number, name: string): number[] {
  const text = [...Buffer.from(name), 0];
  return designator(of, TYPE.NAME, CODE_SET.UTF8, [...text, ...zeroes(-text.length & 3)]);
}

const portName = (target: string): number[] =>
  named(OF.PORT, `${target},t,0x${PORTAL_GROUP.toString(16).padStart(4, '0')}`);

function designators(volume: number, { vendor, product, target }: UnitNames): number[] {
  const own = [...ascii(vendor, 8), ...ascii(product, 16), ...Buffer.from(serialOf(target, volume))];
  return [
    ...designator(OF.UNIT, TYPE.NAA, CODE_SET.BINARY, naaOf(target, volume)),
    ...designator(OF.UNIT, TYPE.VENDOR, CODE_SET.ASCII, own),
    ...designator(OF.PORT, TYPE.RELATIVE_PORT, CODE_SET.BINARY, [0, 0, ...half(PORTAL_GROUP)]),
    ...designator(OF.PORT, TYPE.PORT_GROUP, CODE_SET.BINARY, [0, 0, ...half(PORTAL_GROUP)]),
    ...portName(target),
    ...named(OF.TARGET, target),
  ];
}

/** Extended INQUIRY: task attributes SIMPLE, ORDERED, HEAD OF QUEUE; a cache that power loss would empty. */
const EXTENDED = [0, 0x07, 0x01, ...zeroes(57)];
/** All mode pages: all initiators share them, each unit has its own. */
const MODE_POLICY = [0x3f, 0xff, 0, 0];

/** The target's one port. */
function ports(target: string): number[] {
  const name = portName(target);
  return [0, 0, ...half(PORTAL_GROUP), 0, 0, 0, 0, 0, 0, ...half(name.length), ...name];
}

/** All pages of a unit, with the page that lists them. */
export function pagesOf({ volume, type, sectorsPerTrack }: UnitShape, names: UnitNames): ScsiPage[] {
  const payloads: readonly (readonly [code: number, payload: readonly number[]])[] = [
    [0x80, [...Buffer.from(serialOf(names.target, volume))]],
    [0x83, designators(volume, names)],
    [0x86, EXTENDED],
    [0x87, MODE_POLICY],
    [0x88, ports(names.target)],
    [0x8f, thirdPartyCopy()],
    [0xb0, blockLimits(sectorsPerTrack, 1)],
    [0xb1, characteristics(names.rpm)],
    [0xb2, provisioning()],
  ];
  const page = (kind: number, code: number, bytes: readonly number[]): ScsiPage => ({ volume, kind, code, bytes });
  const pages = [
    page(PAGE_KIND.STANDARD_INQUIRY, 0, standard(type, names)),
    page(PAGE_KIND.VPD, 0x00, vpd(0x00, [0x00, ...payloads.map(([code]) => code)])),
    ...payloads.map(([code, payload]) => page(PAGE_KIND.VPD, code, vpd(code, payload))),
  ];
  if (sectorsPerTrack % 8 === 0) pages.push(page(PAGE_KIND.VPD_4096, 0xb0, vpd(0xb0, blockLimits(sectorsPerTrack, 8))));
  return pages;
}

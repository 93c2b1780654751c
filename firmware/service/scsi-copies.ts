/**
 * What EXTENDED COPY does here, said twice from one table: the page Third-party Copy of vital product data (SPC-4, 7.8.17) and
 * the operating parameters of RECEIVE COPY RESULTS (SPC-4, 6.26.4).
 */
import { SECTOR_BYTES } from '../memory/constants.js';
import { COPY_DESCRIPTORS, COPY_LIST_BYTES, PAGE_KIND } from '../memory/scsi.js';
import type { ScsiPage } from '../runtime/machine/scsi-config.js';
import { OPERATIONS } from '../runtime/machine/scsi-operations.js';

const COPIES = {
  targets: COPY_DESCRIPTORS,
  segments: COPY_DESCRIPTORS,
  list_bytes: COPY_LIST_BYTES,
  inline_bytes: 0,
  /** What the field for blocks of a segment has room for. */
  segment_bytes: 0x1_0000 * SECTOR_BYTES,
  /** One for each command, and one whose status an initiator can ask for. */
  concurrent: 1,
  identified: 1,
  granularity_log2: Math.log2(SECTOR_BYTES),
  /** Segments from block device to block device; targets by identification descriptors. */
  descriptors: [0x02, 0xe4],
  /** The unit that the command came to. */
  identifiers: [0xffff],
} as const;

const THIRD_PARTY_COPY_OUT = 0x83;
const THIRD_PARTY_COPY_IN = 0x84;

const half = (n: number): number[] => [(n >>> 8) & 255, n & 255];
const word = (n: number): number[] => [...half(n >>> 16), ...half(n)];
const zeroes = (n: number): number[] => new Array<number>(n).fill(0);

/** In whole words. */
function descriptor(type: number, bytes: readonly number[]): number[] {
  const padded = [...bytes, ...zeroes(-bytes.length & 3)];
  return [...half(type), ...half(padded.length), ...padded];
}

/** A list behind its length. */
const counted = (bytes: readonly number[]): number[] => [bytes.length, ...bytes];

function commands(): number[] {
  const actions = (code: number): number[] =>
    OPERATIONS.flatMap((operation) => (operation.code === code ? [operation.action ?? 0] : []));
  return [THIRD_PARTY_COPY_OUT, THIRD_PARTY_COPY_IN].flatMap((code) => [code, ...counted(actions(code))]);
}

const TYPE = {
  SUPPORTED_COMMANDS: 0x0001,
  PARAMETER_DATA: 0x0004,
  SUPPORTED_DESCRIPTORS: 0x0008,
  SUPPORTED_IDENTIFIERS: 0x000c,
  GENERAL_OPERATIONS: 0x8001,
} as const;

/** Payload of the page: the descriptors that every copy manager has. */
export function thirdPartyCopy(): number[] {
  const { targets, segments, list_bytes, inline_bytes, concurrent, identified, segment_bytes } = COPIES;
  const identifiers = COPIES.identifiers.flatMap(half);
  return [
    ...descriptor(TYPE.SUPPORTED_COMMANDS, counted(commands())),
    ...descriptor(TYPE.PARAMETER_DATA, [
      ...zeroes(4),
      ...half(targets),
      ...half(segments),
      ...word(list_bytes),
      ...word(inline_bytes),
      ...zeroes(12),
    ]),
    ...descriptor(TYPE.SUPPORTED_DESCRIPTORS, counted(COPIES.descriptors)),
    ...descriptor(TYPE.SUPPORTED_IDENTIFIERS, [...half(identifiers.length), ...identifiers]),
    ...descriptor(TYPE.GENERAL_OPERATIONS, [
      ...word(concurrent),
      ...word(identified),
      ...word(segment_bytes),
      COPIES.granularity_log2,
      0,
      ...zeroes(18),
    ]),
  ];
}

function operatingParameters(): number[] {
  const { targets, segments, list_bytes, inline_bytes, concurrent, identified, segment_bytes } = COPIES;
  const bytes = [
    // No list identifier may be left out (SNLID), and no data are held.
    ...zeroes(4),
    ...half(targets),
    ...half(segments),
    ...word(list_bytes),
    ...word(segment_bytes),
    ...word(inline_bytes),
    ...word(0),
    ...word(0),
    ...zeroes(2),
    ...half(concurrent),
    identified,
    COPIES.granularity_log2,
    0,
    0,
    ...zeroes(3),
    ...counted(COPIES.descriptors),
  ];
  return [...word(bytes.length), ...bytes];
}

/** Of RECEIVE COPY RESULTS. */
export const copyLimitsOf = (volume: number): ScsiPage => ({
  volume,
  kind: PAGE_KIND.COPY_LIMITS,
  code: 0,
  bytes: operatingParameters(),
});

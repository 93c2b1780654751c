/** VPD pages of block commands (SBC-4, 6.6): how much one command may do, and what a unit's blocks are on. */
import {
  ATOMIC_SECTORS,
  TRACKS_PER_COMMAND,
  UNMAP_DESCRIPTORS,
  UNMAP_SECTORS,
  WRITE_SAME_SECTORS,
} from '../memory/scsi.js';
import { OPERATIONS } from '../runtime/machine/scsi-operations.js';

/** A byte of a command's CDB, and the bit in it that would say that blocks are unmapped. */
const FLAGS = 1;
const UNMAP_BIT = 8;

const operation = (code: number, action?: number) =>
  OPERATIONS.find((o) => o.code === code && (action === undefined || o.action === action));
const has = (code: number): boolean => operation(code) !== undefined;
const unmaps = (code: number): boolean => ((operation(code)?.usage[FLAGS] ?? 0) & UNMAP_BIT) !== 0;

const UNMAP = 0x42;
const WRITE_SAME_10 = 0x41;
const WRITE_SAME_16 = 0x93;
const COMPARE_AND_WRITE = 0x89;
const WRITE_ATOMIC_16 = 0x9c;
const SANITIZE = 0x48;

/** Blocks of units can be unmapped. */
export const IS_THIN = has(UNMAP);

const half = (n: number): number[] => [(n >>> 8) & 255, n & 255];
const word = (n: number): number[] => [...half(n >>> 16), ...half(n)];
/** What is not there has no limit: 0. */
const where = (is: boolean, n: number): number => (is ? n : 0);

const WRITE_SAME_NEEDS_A_NUMBER = 1;
/** No page could say that more of them must lie on one track, where alone they are compared and written as one step. */
const COMPARED_BLOCKS_MAX = 1;
const ALIGNMENT_VALID = 0x8000_0000;

/** Block limits, in blocks of so many sectors. */
export function blockLimits(sectorsPerTrack: number, blockSectors: number): number[] {
  const track = sectorsPerTrack / blockSectors;
  const granule = sectorsPerTrack % ATOMIC_SECTORS === 0 ? ATOMIC_SECTORS / blockSectors : 1;
  return [
    where(has(WRITE_SAME_16), WRITE_SAME_NEEDS_A_NUMBER),
    where(has(COMPARE_AND_WRITE), COMPARED_BLOCKS_MAX),
    ...half(track),
    ...word((TRACKS_PER_COMMAND - 1) * track),
    ...word(track),
    ...word(0),
    ...word(where(IS_THIN, UNMAP_SECTORS / blockSectors)),
    ...word(where(IS_THIN, UNMAP_DESCRIPTORS)),
    ...word(where(IS_THIN, track)),
    ...word(where(IS_THIN, ALIGNMENT_VALID)),
    ...word(0),
    ...word(where(has(WRITE_SAME_16), WRITE_SAME_SECTORS / blockSectors)),
    // What is atomic lies on one track: most of it, its alignment, its granularity. Naturally aligned powers of two do.
    ...word(where(has(WRITE_ATOMIC_16), track)),
    ...word(where(has(WRITE_ATOMIC_16), granule)),
    ...word(where(has(WRITE_ATOMIC_16), granule)),
    ...word(0),
    ...word(0),
  ];
}

/** After a block or cryptographic erase reads end well (WABEREQ, WACEREQ). */
const READS_AFTER_ERASE = 0x50;

/** Block device characteristics. @param rpm of its drives; 0: it does not say */
export const characteristics = (rpm: number): number[] => [
  ...half(rpm),
  0,
  where(has(SANITIZE), READS_AFTER_ERASE),
  ...new Array<number>(56).fill(0),
];

const LBPRZ = 4;
const THIN = 2;

/** Logical block provisioning: what was unmapped is read as zeroes. */
export function provisioning(): number[] {
  const means = where(IS_THIN, 0x80) | where(unmaps(WRITE_SAME_16), 0x40) | where(unmaps(WRITE_SAME_10), 0x20);
  return [0, means | where(IS_THIN, LBPRZ), where(IS_THIN, THIN), 0];
}

/**
 * What a battery's log is made of: a head, then batches. A batch is what one director changed up to a moment at which
 * nobody had heard of it yet, and counts as a whole or not at all. All numbers are 32 bits, low byte first.
 *
 *   head    512 bytes: JSON, spaces, CRC-32C of all before it
 *   batch   MAGIC, CRC-32C of what follows it (begun with the log's salt), bytes of the whole, number of runs; then the
 *           runs: word address in the array's memory, number of words, the words. A batch whose number of runs is JOINS
 *           or LEAVES has none: a director says that it writes to this log from now on, or no more.
 *
 * Several directors write to one log. Each batch is one write at the end of the file, made before anything that follows
 * from it is seen by others; so the order in the file is an order of causes and effects.
 */
import { crc32c } from '@node-rs/crc32';
import { GRAIN_WORDS, GRAINS_MAX, MARKED_SECTORS_MAX, SPANS_MAX } from '../../../memory/battery-marks.js';
import { SECTOR_BYTES } from '../../../memory/constants.js';
import { readWhole, type StateFiles } from './files.js';

export const LOG_FORMAT = 'arraylab battery log';
export const LOG_VERSION = 1;
export const HEAD_BYTES = 512;
const CRC_BYTES = 4;

/** "ALBB" */
export const MAGIC = 0x4242_4c41;
/** Words of a batch's head. */
export const B_MAGIC = 0;
export const B_CRC = 1;
export const B_BYTES = 2;
export const B_RUNS = 3;
export const BATCH_HEAD_WORDS = 4;
export const RUN_HEAD_WORDS = 2;
/** Where the part begins that the CRC is of. */
export const SUMMED_FROM = B_BYTES * 4;

export const LEAVES = 0;
export const JOINS = -1;

/** As many marks as there can be, no two of them neighbours. */
export const BATCH_MAX_BYTES =
  4 * (BATCH_HEAD_WORDS + GRAINS_MAX * (RUN_HEAD_WORDS + GRAIN_WORDS) + SPANS_MAX * RUN_HEAD_WORDS) +
  MARKED_SECTORS_MAX * SECTOR_BYTES;

/** Any director may be one, under its number. */
const WRITERS_MAX = 16;

/** Words that several threads share: what the log is at this moment. */
export const C = {
  generation: 0,
  /** Of the log, about, in units of LENGTH_UNIT_BYTES. */
  length: 1,
  /** Generation of the newest checkpoint that is stable: logs of older ones are not needed any more. */
  stable: 2,
  /** Raised to learn when every director has written down what it had changed before. */
  barrier: 3,
  /** Of this log and of the one before, or after it: see `saltOf`. */
  salts: 4,
  /** By writer: the last barrier that it passed. */
  passed: 8,
  /** By writer: the log that it writes to; 0: there is no such writer. */
  writes: 8 + WRITERS_MAX,
} as const;
export const LENGTH_UNIT_BYTES = 16;
export const CONTROL_WORDS = 8 + 2 * WRITERS_MAX;

/** Where the directors of an array find its log. */
export interface LogPlan {
  readonly folder: string;
  readonly control: SharedArrayBuffer;
  /** A log that has this many bytes wants a checkpoint. */
  readonly limit_bytes: number;
}

/** Stored before its generation is; two, because others may still write to the log before. */
export const saltAt = (generation: number): number => C.salts + (generation & 1);
export const saltOf = (control: Int32Array, generation: number): number =>
  Atomics.load(control, saltAt(generation)) >>> 0;

/** Numbers of the writers. */
export function writersOf(control: Int32Array): number[] {
  const all = Array.from({ length: WRITERS_MAX }, (_, writer) => writer);
  return all.filter((writer) => Atomics.load(control, C.writes + writer) !== 0);
}

/** Do all write to the newest log, and to none before it? */
export function allHaveGoneOn(control: Int32Array): boolean {
  const generation = Atomics.load(control, C.generation);
  return writersOf(control).every((writer) => Atomics.load(control, C.writes + writer) === generation);
}

/** A batch without runs. */
export function bareBatch(what: typeof JOINS | typeof LEAVES, salt: number): Uint8Array {
  const batch = new Int32Array(BATCH_HEAD_WORDS);
  const bytes = new Uint8Array(batch.buffer);
  batch[B_MAGIC] = MAGIC;
  batch[B_BYTES] = bytes.length;
  batch[B_RUNS] = what;
  batch[B_CRC] = crc32c(bytes.subarray(SUMMED_FROM), salt);
  return bytes;
}

export const checkpointFile = (generation: number): string => `battery-${generation}.img`;
export const logFile = (generation: number): string => `battery-${generation}.log`;

export interface LogHead {
  readonly format: string;
  readonly version: number;
  readonly layout: string;
  readonly generation: number;
  readonly boot: string | null;
  readonly salt: number;
  /** That go on to it from the log before. */
  readonly writers: number;
}

export function encodeHead(head: LogHead): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES, ' ');
  if (bytes.write(JSON.stringify(head)) > HEAD_BYTES - CRC_BYTES) throw new RangeError('the head of a log is too long');
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, HEAD_BYTES - CRC_BYTES)), HEAD_BYTES - CRC_BYTES);
  return bytes;
}

/** undefined: it never came to stand there. Errors: RangeError with what is wrong in words. */
export function readHead(files: StateFiles, fd: number): LogHead | undefined {
  const bytes = Buffer.alloc(HEAD_BYTES);
  if (!readWhole(files, fd, bytes, 0)) return undefined;
  const sum = bytes.readUInt32LE(HEAD_BYTES - CRC_BYTES);
  if (sum !== crc32c(bytes.subarray(0, HEAD_BYTES - CRC_BYTES))) return undefined;
  const head = JSON.parse(bytes.toString('utf8', 0, HEAD_BYTES - CRC_BYTES)) as LogHead;
  if (head.format !== LOG_FORMAT) throw new RangeError(`format is ${JSON.stringify(head.format)}, not "${LOG_FORMAT}"`);
  if (head.version !== LOG_VERSION) {
    throw new RangeError(`version is ${head.version}; this arraylab reads ${LOG_VERSION}`);
  }
  return head;
}

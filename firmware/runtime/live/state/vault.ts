/**
 * A checkpoint: the battery memory of an array in a file, the words that are not zero of what power loss leaves. Of slots it
 * takes the headers and the bytes of those that are dirty; ADOPT empties every other slot. Of a journal's window it takes
 * what is kept. While the array runs, a log has
 * what changed since, or while it was written (battery.ts).
 *
 * Magic, length of the head, head (JSON: format, version, layout, and where each run of words belongs), the runs, CRC-32C
 * of all before. A checkpoint comes into its place whole, by renaming, and is stable then.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { SECTOR_BYTES } from '../../../memory/constants.js';
import { SECTOR_WORDS } from '../../../memory/copy.js';
import type { ArrayMemory, Layout } from '../../../memory/layout.js';
import { fieldOffset, shiftOf, TABLE_LIST } from '../../../memory/tables.js';
import { Journals } from '../../../units/journals.js';
import { maskRun } from '../../../units/tracks.js';
import { isNoFile, readWhole, SYSTEM_FILES, writeWhole } from './files.js';

const MAGIC = 'ALVAULT\n';
export const VAULT_VERSION = 2;
const HEAD_AT = MAGIC.length + 4;
/** Far more than a memory of 2 GiB with every second slot dirty. */
const HEAD_MAX_BYTES = 16 * 1024 * 1024;
const SUM_BYTES = 4;
const CHUNK_BYTES = 1024 * 1024;
/** Runs of the tables begin and end at multiples of it. */
const GRAIN_WORDS = 1024;
/** So that a slot has a dozen runs at most. */
const GAP_SECTORS = 8;
const VOLUME = fieldOffset('slot', 'volume');
const DIRTY = fieldOffset('slot', 'dirty');

type Run = readonly [word: number, words: number];

/** What stands in a checkpoint beside the memory. */
export interface About {
  /** Number of the checkpoint, and of the log that goes on from it. */
  readonly generation: number;
  /** The array was switched off in order: no log goes on from it, and nothing is missing. */
  readonly ended: boolean;
}

interface Head extends About {
  readonly format: string;
  readonly version: number;
  readonly layout: string;
  readonly runs: readonly Run[];
}

/** What a file of battery memory fits: the same tables at the same places. */
export function layoutPrint(layout: Layout): string {
  const isAbsent = (name: string): boolean => windows(layout) === 0 && JOURNALS_ONLY.has(name);
  const kept = TABLE_LIST.filter(({ name, spec }) => spec.kept === 'battery' && !isAbsent(name));
  const text = JSON.stringify(
    { kept: kept.map(({ name, spec }) => [name, spec.fields]), layout },
    (name, value: unknown) => (isAbsent(name) ? undefined : value),
  );
  return createHash('sha256').update(text).digest('hex');
}

/** What a layout has of journals: without any, files of versions that knew none fit. */
const JOURNALS_ONLY = new Set(['journal', 'update', 'journaling', 'journal_volume', 'buffersAt', 'windowsAt']);
const windows = ({ windowsAt }: Layout): number => windowsAt.length;

/**
 * The parts of a checkpoint, one after the other. The memory may change meanwhile: each part is as it was at some moment
 * after this was called, and agrees with the file's sum.
 */
export function* vaultParts(memory: ArrayMemory, about: About): Generator<Uint8Array, void> {
  const runs = [...tableRuns(memory), ...slotRuns(memory), ...windowRuns(memory)];
  const { generation, ended } = about;
  const layout = layoutPrint(memory.layout);
  const head: Head = { format: 'arraylab battery', version: VAULT_VERSION, layout, generation, ended, runs };
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.alloc(HEAD_AT);
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(text.length, MAGIC.length);
  let sum = crc32c(text, crc32c(start));
  yield start;
  yield text;
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (const [word, words] of runs) {
    for (let from = word * 4; from < (word + words) * 4; ) {
      const n = Math.min(CHUNK_BYTES, (word + words) * 4 - from);
      chunk.set(memory.bytes.subarray(from, from + n));
      const part = chunk.subarray(0, n);
      sum = crc32c(part, sum);
      yield part;
      from += n;
    }
  }
  const end = Buffer.alloc(SUM_BYTES);
  end.writeUInt32LE(sum);
  yield end;
}

/** While nothing runs. Errors: Error of the file system; the file that was there before is then as it was. */
export function saveVault(path: string, memory: ArrayMemory, about: About, files = SYSTEM_FILES): void {
  const next = `${path}.new`;
  files.remove(next);
  const fd = files.create(next);
  try {
    for (const part of vaultParts(memory, about)) writeWhole(files, fd, part);
    files.sync(fd);
    files.rename(next, path);
    files.syncFolder(dirname(path));
  } catch (error) {
    files.remove(next);
    throw error;
  } finally {
    files.close(fd);
  }
}

/**
 * Reads it into memory of zeroes. undefined: there is no such file. Errors: Error that names the file, and what is wrong
 * with it; the memory is untouched then.
 */
export function loadVault(path: string, memory: ArrayMemory, files = SYSTEM_FILES): About | undefined {
  let fd: number;
  try {
    fd = files.open(path);
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw error;
  }
  const fill = (bytes: Uint8Array, position: number): void => {
    if (!readWhole(files, fd, bytes, position)) throw bad(path, 'it ends too early');
  };
  try {
    const { head, at, headSum } = readHead(path, fill);
    if (head.version !== VAULT_VERSION) {
      throw bad(path, `version is ${head.version}; this arraylab reads ${VAULT_VERSION}`);
    }
    const own = layoutPrint(memory.layout);
    if (head.layout !== own) throw bad(path, `layout is ${head.layout}; that of this array is ${own}`);
    const bytes = head.runs.reduce((all, [, words]) => all + words * 4, 0);
    const size = files.size(fd);
    const right = at + bytes + SUM_BYTES;
    if (size !== right) throw bad(path, `it has ${size} bytes; its head says ${right}`);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let sum = headSum;
    for (let from = at; from < at + bytes; ) {
      const n = Math.min(CHUNK_BYTES, at + bytes - from);
      fill(chunk.subarray(0, n), from);
      sum = crc32c(chunk.subarray(0, n), sum);
      from += n;
    }
    const said = Buffer.alloc(SUM_BYTES);
    fill(said, at + bytes);
    if (said.readUInt32LE() !== sum) throw bad(path, 'its CRC-32C is not that of what stands in it');
    let from = at;
    for (const [word, words] of head.runs) {
      fill(memory.bytes.subarray(word * 4, (word + words) * 4), from);
      from += words * 4;
    }
    return { generation: head.generation, ended: head.ended };
  } finally {
    files.close(fd);
  }
}

const bad = (path: string, what: string): Error =>
  new Error(`${path}: ${what}; without the file the array starts and lacks what was in cache only`);

function readHead(path: string, fill: (bytes: Uint8Array, position: number) => void) {
  const start = Buffer.alloc(HEAD_AT);
  fill(start, 0);
  const length = start.readUInt32LE(MAGIC.length);
  if (start.toString('latin1', 0, MAGIC.length) !== MAGIC || length > HEAD_MAX_BYTES) {
    throw bad(path, 'it is no battery memory of an array');
  }
  const text = Buffer.alloc(length);
  fill(text, HEAD_AT);
  const headSum = crc32c(text, crc32c(start));
  try {
    return { head: JSON.parse(text.toString()) as Head, at: HEAD_AT + length, headSum };
  } catch {
    throw bad(path, 'its head cannot be read');
  }
}

/** Battery words before the slots' bytes: ranges that lie between the volatile ones. */
function tableRuns({ layout, m }: ArrayMemory): Run[] {
  const runs: [number, number][] = [];
  const end = (layout.slotsAt * SECTOR_BYTES) / 4;
  let from = 0;
  for (const [at, next] of [...layout.volatile, [end, end] as const]) {
    for (let word = from; word < at; word += GRAIN_WORDS) {
      const words = Math.min(GRAIN_WORDS, at - word);
      if (m.subarray(word, word + words).every((w) => w === 0)) continue;
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === word) last[1] += words;
      else runs.push([word, words]);
    }
    from = next;
  }
  return runs;
}

/** Of each slot its dirty sectors; a few clean ones between two dirty runs come along. */
function slotRuns({ layout, m }: ArrayMemory): Run[] {
  const runs: Run[] = [];
  const { sectorsPerTrack } = layout.dims;
  for (let slot = 0; slot < layout.records.slot; slot++) {
    const header = layout.base.slot + (slot << shiftOf('slot'));
    if (m[header + VOLUME] === 0) continue;
    const first = layout.slotsAt + slot * sectorsPerTrack;
    let span = maskRun(m, header + DIRTY, 0, sectorsPerTrack, 1);
    while (span !== 0) {
      const from = span & 0xffff;
      let to = from + (span >>> 16);
      span = maskRun(m, header + DIRTY, to, sectorsPerTrack, 1);
      while (span !== 0 && (span & 0xffff) - to <= GAP_SECTORS) {
        to = (span & 0xffff) + (span >>> 16);
        span = maskRun(m, header + DIRTY, to, sectorsPerTrack, 1);
      }
      runs.push([(first + from) * SECTOR_WORDS, (to - from) * SECTOR_WORDS]);
    }
  }
  return runs;
}

function windowRuns(memory: ArrayMemory): Run[] {
  const journals = new Journals(memory);
  const kept = Array.from({ length: windows(memory.layout) }, (_, j) => journals.kept(j)).flat();
  return kept.filter(([, sectors]) => sectors > 0).map(([at, sectors]) => [at * SECTOR_WORDS, sectors * SECTOR_WORDS]);
}

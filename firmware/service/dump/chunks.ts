/**
 * The form of traces and dumps: a head, and chunks, each compressed and with a sum of its own, so that a file can be written
 * and read in pieces and damage is told by its place. Little-endian:
 *
 *   byte  0  magic: "ALTR" a trace, "ALDU" a dump     chunk  0  tag, four letters
 *   byte  4  format version, u16                      chunk  4  number of what it is of (an array, a ring, an image), u32
 *   byte  6  zero                                     chunk  8  which part of that, u32
 *   byte  8  fingerprint of instruction set,          chunk 12  bytes before compression, u32
 *            messages, tables, as images have it      chunk 16  bytes of what follows the sum, u32
 *   byte 12  CRC-32C of the bytes before it           chunk 20  CRC-32C of the twenty bytes before it and of what follows
 *                                                     chunk 24  the bytes, deflated (RFC 1951)
 *
 * The last chunk is "END " and empty.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { FINGERPRINT } from '../../engine/image.js';

export type FileKind = 'trace' | 'dump';

export interface Chunk {
  readonly tag: string;
  readonly index: number;
  readonly part: number;
  readonly bytes: Uint8Array;
}

/** One that was read, and the byte at which it begins. */
export interface ReadChunk extends Chunk {
  readonly at: number;
}

/** Before compression. */
export const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

const MAGIC: Readonly<Record<FileKind, string>> = { trace: 'ALTR', dump: 'ALDU' };
const FORMAT = 1;
const HEAD_BYTES = 16;
const CHUNK_HEAD_BYTES = 24;
const SUM_AT = 20;
const END = 'END ';
/** Most of what is written is written while somebody waits. */
const LEVEL = 1;

const hex = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`;

export function fileHead(kind: FileKind): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC[kind], 0, 'latin1');
  head.writeUInt16LE(FORMAT, 4);
  head.writeUInt32LE(FINGERPRINT, 8);
  head.writeUInt32LE(crc32c(head.subarray(0, 12)), 12);
  return head;
}

/** As it stands in a file. Errors: RangeError for one that is too large. */
export function encodeChunk({ tag, index, part, bytes }: Chunk): Uint8Array {
  if (bytes.length > CHUNK_BYTES_MAX)
    throw new RangeError(`a chunk ${tag} of ${bytes.length} bytes; ${CHUNK_BYTES_MAX} at most`);
  const stored = deflateRawSync(bytes, { level: LEVEL });
  const out = Buffer.alloc(CHUNK_HEAD_BYTES + stored.length);
  out.write(tag, 0, 'latin1');
  for (const [i, word] of [index, part, bytes.length, stored.length].entries()) out.writeUInt32LE(word, 4 + i * 4);
  stored.copy(out, CHUNK_HEAD_BYTES);
  out.writeUInt32LE(crc32c(stored, crc32c(out.subarray(0, SUM_AT))), SUM_AT);
  return out;
}

export const END_CHUNK: Chunk = { tag: END, index: 0, part: 0, bytes: new Uint8Array(0) };

export const jsonChunk = (tag: string, value: unknown): Chunk => ({
  tag,
  index: 0,
  part: 0,
  bytes: Buffer.from(JSON.stringify(value)),
});

/** A file, or what stands for one. */
export interface ByteSource {
  /** What errors call it: its path as a rule. */
  readonly name: string;
  readonly size: number;
  read(at: number, length: number): Buffer;
}

/** Of bytes in memory. */
export const bytesSource = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  read: (at, length) => Buffer.from(bytes.buffer, bytes.byteOffset + at, length),
});

/** An error at a byte of a file. */
export const wrongAt = ({ name }: Pick<ByteSource, 'name'>, byte: number, text: string): RangeError =>
  new RangeError(`${name}: byte ${byte}: ${text}`);

/** Which kind of file it is. Errors: RangeError that names the byte, what stands there and what would be right. */
export function kindOf(source: ByteSource): FileKind {
  if (source.size < HEAD_BYTES)
    throw wrongAt(source, source.size, `the file ends here; a trace or dump has at least ${HEAD_BYTES} bytes`);
  const head = source.read(0, HEAD_BYTES);
  const magic = head.toString('latin1', 0, 4);
  const kind = (Object.keys(MAGIC) as FileKind[]).find((k) => MAGIC[k] === magic);
  if (kind === undefined)
    throw wrongAt(source, 0, `magic is ${JSON.stringify(magic)}; a trace begins with "ALTR", a dump with "ALDU"`);
  const format = head.readUInt16LE(4);
  if (format !== FORMAT) throw wrongAt(source, 4, `${kind} format ${format}; this arraylab reads format ${FORMAT}`);
  const [sum, found] = [head.readUInt32LE(12), crc32c(head.subarray(0, 12))];
  if (sum !== found) throw wrongAt(source, 12, `CRC is ${hex(sum)}, but the bytes before it give ${hex(found)}`);
  const fingerprint = head.readUInt32LE(8);
  if (fingerprint !== FINGERPRINT) {
    throw wrongAt(
      source,
      8,
      `fingerprint of instruction set, messages and tables is ${hex(fingerprint)}; this arraylab has ` +
        `${hex(FINGERPRINT)}: the arraylab that wrote the ${kind} reads it`,
    );
  }
  return kind;
}

/** The chunks of a file whose head `kindOf` read, without the last one. Errors: as `kindOf`. */
export function* chunksOf(source: ByteSource): Generator<ReadChunk> {
  for (let at = HEAD_BYTES; ; ) {
    const head = at + CHUNK_HEAD_BYTES <= source.size ? source.read(at, CHUNK_HEAD_BYTES) : undefined;
    if (head === undefined) throw wrongAt(source, source.size, 'the file ends before its last chunk: it was cut');
    const [index, part, length, storedBytes] = [4, 8, 12, 16].map((o) => head.readUInt32LE(o)) as [
      number,
      number,
      number,
      number,
    ];
    const next = at + CHUNK_HEAD_BYTES + storedBytes;
    if (next > source.size)
      throw wrongAt(
        source,
        at,
        `a chunk that ends at byte ${next}; the file has ${source.size}: it was cut, or damaged`,
      );
    const stored = source.read(at + CHUNK_HEAD_BYTES, storedBytes);
    const [sum, found] = [head.readUInt32LE(SUM_AT), crc32c(stored, crc32c(head.subarray(0, SUM_AT)))];
    if (sum !== found)
      throw wrongAt(
        source,
        at,
        `a chunk whose CRC is ${hex(sum)}, but its bytes give ${hex(found)}: the file is damaged`,
      );
    const tag = head.toString('latin1', 0, 4);
    if (tag === END) {
      if (next !== source.size) throw wrongAt(source, next, 'the file goes on behind its last chunk');
      return;
    }
    yield { tag, index, part, at, bytes: inflated(source, at, stored, length) };
    at = next;
  }
}

function inflated(source: ByteSource, at: number, stored: Buffer, length: number): Uint8Array {
  if (length > CHUNK_BYTES_MAX)
    throw wrongAt(source, at + 12, `a chunk of ${length} bytes; ${CHUNK_BYTES_MAX} at most`);
  try {
    const bytes = inflateRawSync(stored, { maxOutputLength: Math.max(1, length) });
    if (bytes.length === length) return bytes;
  } catch {
    // As one of another length.
  }
  throw wrongAt(source, at, `a chunk that does not come to ${length} bytes: the file is damaged`);
}

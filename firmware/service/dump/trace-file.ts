/**
 * Traces as files: what the rings of a rig's directors hold, with the images and names that their numbers stand for, so that
 * a trace says the same on another machine. Chunks: HEAD (JSON), IMAG an image each, RING records of a ring, TAIL (JSON: what
 * is known at the end). A dump has all of these too.
 */
import { decodeImage, encodeImage, type Image } from '../../engine/image.js';
import { RECORD_WORDS } from '../../memory/trace-ring.js';
import { MICROCODED_ROLES, type Role } from '../../ports/messages.js';
import type { ArrayConfig, Images } from '../../runtime/machine/config.js';
import { DIRECTORS } from '../../runtime/machine/director-names.js';
import {
  type ByteSource,
  bytesSource,
  CHUNK_BYTES_MAX,
  type Chunk,
  chunksOf,
  jsonChunk,
  kindOf,
  type ReadChunk,
  wrongAt,
} from './chunks.js';
import { withFile } from './files.js';

/** A run of the simulator, and how it is made again. */
export interface RunHead {
  readonly scenario: string;
  readonly seed: number;
  readonly command: string;
}

export interface TraceHead {
  readonly rig: string;
  /** Nanoseconds of virtual time, or of the machine's clock since some moment. */
  readonly clock: 'virtual' | 'machine';
  /** Records of all rings are numbered together. */
  readonly isOrdered: boolean;
  readonly arrays: readonly TracedArray[];
  /** In the order of their numbers. */
  readonly rings: readonly { readonly array: number; readonly director: string }[];
  readonly run?: RunHead;
}

export interface TracedArray {
  readonly name: string;
  /** Further pairs of a volume bear its name. */
  readonly volumes: readonly { readonly name: string; readonly tracks: number }[];
}

export interface TraceTail {
  /** By array and role: number of the image that it ran at last. */
  readonly images: readonly Readonly<Partial<Record<Role, number>>>[];
  /** By ring: records that were ever written. */
  readonly written: readonly number[];
  /** Of a run: its hash, and whether it failed. */
  readonly hash?: string;
  readonly failed?: boolean;
}

export interface ReadRing {
  readonly array: number;
  readonly director: string;
  /** RECORD_WORDS each, oldest first. */
  readonly records: Int32Array;
  /** Older ones, which were overwritten. */
  readonly lost: number;
}

export interface TraceFile {
  readonly name: string;
  readonly head: TraceHead;
  readonly tail: TraceTail;
  readonly images: readonly Image[];
  readonly rings: readonly ReadRing[];
  /** Of a dump: why it was written. */
  readonly why?: string;
}

export const tracedArray = ({ name, volumes }: ArrayConfig): TracedArray => ({
  name,
  volumes: volumes.map((v) => ({ name: volumes[v.of ?? -1]?.name ?? v.name, tracks: v.tracks })),
});

/** The images once each, and their numbers. */
export function numberImages(all: readonly Images[]): {
  readonly images: Image[];
  readonly byRole: TraceTail['images'];
} {
  const images: Image[] = [];
  const byRole = all.map((of) => {
    const numbers: Partial<Record<Role, number>> = {};
    for (const role of MICROCODED_ROLES) {
      const image = of[role];
      if (image === undefined) continue;
      let number = images.findIndex(({ crc }) => crc === image.crc);
      if (number < 0) number = images.push(image) - 1;
      numbers[role] = number;
    }
    return numbers;
  });
  return { images, byRole };
}

const BYTES_OF_RECORD = RECORD_WORDS * 4;

/** Records of a ring, in chunks. @param first part of these. */
export function* ringChunks(ring: number, records: Int32Array, first = 0): Generator<Chunk> {
  const bytes = new Uint8Array(records.buffer, records.byteOffset, records.byteLength);
  for (let at = 0, part = first; at < bytes.length; at += CHUNK_BYTES_MAX, part++)
    yield { tag: 'RING', index: ring, part, bytes: bytes.slice(at, at + CHUNK_BYTES_MAX) };
}

export const imageChunks = (images: readonly Image[]): Chunk[] =>
  images.map((image, index) => ({ tag: 'IMAG', index, part: 0, bytes: encodeImage(image) }));

export const headChunk = (head: TraceHead): Chunk => jsonChunk('HEAD', head);
export const tailChunk = (tail: TraceTail): Chunk => jsonChunk('TAIL', tail);

/** All of a trace that is in memory. */
export function* traceChunks(
  head: TraceHead,
  images: readonly Image[],
  rings: readonly Int32Array[],
  tail: TraceTail,
): Generator<Chunk> {
  yield headChunk(head);
  yield* imageChunks(images);
  for (const [number, records] of rings.entries()) yield* ringChunks(number, records);
  yield tailChunk(tail);
}

/** Of a trace or a dump. Errors: Error that names the file; RangeError that names the byte, too. */
export function readTraceFile(path: string): TraceFile {
  return withFile(path, (source) => {
    const kind = kindOf(source);
    let why: ReadChunk | undefined;
    const trace = new TraceReader(source).read((chunk) => {
      if (chunk.tag === 'WHY ') why = chunk;
    });
    return why && kind === 'dump' ? { ...trace, why: json(source, why, hasText).text } : trace;
  });
}

/** Of bytes that are in memory. Errors: as `readTraceFile`. */
export function decodeTrace(name: string, bytes: Uint8Array): TraceFile {
  const source = bytesSource(name, bytes);
  kindOf(source);
  return new TraceReader(source).read(() => undefined);
}

/** Takes a trace's chunks; what else there is goes to `other`. */
export class TraceReader {
  readonly #source: ByteSource;
  #head: TraceHead | undefined;
  #tail: TraceTail | undefined;
  readonly #images: Image[] = [];
  readonly #parts: Uint8Array[][] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Errors: RangeError that names the byte. */
  read(other: (chunk: ReadChunk) => void): TraceFile {
    for (const chunk of chunksOf(this.#source)) this.#take(chunk, other);
    const source = this.#source;
    const [head, tail] = [this.#head, this.#tail];
    if (head === undefined || tail === undefined)
      throw wrongAt(
        source,
        source.size,
        `the file has no chunk ${head === undefined ? 'HEAD' : 'TAIL'}, which it must have`,
      );
    const rings = head.rings.map(({ array, director }, i) => {
      const bytes = Buffer.concat(this.#parts[i] ?? []);
      const records = new Int32Array(new Uint8Array(bytes).buffer);
      return { array, director, records, lost: (tail.written[i] as number) - records.length / RECORD_WORDS };
    });
    return { name: source.name, head, tail, images: this.#images, rings };
  }

  #take(chunk: ReadChunk, other: (chunk: ReadChunk) => void): void {
    const source = this.#source;
    const { tag, index, at, bytes } = chunk;
    if (tag === 'HEAD') this.#head = json(source, chunk, isHead);
    else if (this.#head === undefined) throw wrongAt(source, at, `a chunk ${tag}; HEAD is the first`);
    else if (tag === 'TAIL') this.#tail = json(source, chunk, isTailOf(this.#head, this.#images.length));
    else if (tag === 'IMAG') this.#images.push(this.#image(chunk));
    else if (tag === 'RING') {
      const most = this.#head.rings.length;
      if (index >= most) throw wrongAt(source, at + 4, `records of ring ${index}; the head names ${most}`);
      if (bytes.length % BYTES_OF_RECORD !== 0)
        throw wrongAt(source, at + 12, `${bytes.length} bytes of records, of ${BYTES_OF_RECORD} each`);
      this.#parts[index] = [...(this.#parts[index] ?? []), bytes];
    } else other(chunk);
  }

  #image({ index, at, bytes }: ReadChunk): Image {
    const source = this.#source;
    if (index !== this.#images.length)
      throw wrongAt(source, at + 4, `image ${index}; ${this.#images.length} is the next`);
    return decodeImage(bytes, `${source.name}: image ${index}, chunk at byte ${at}`);
  }
}

/** Of a chunk of JSON. Errors: RangeError that names the byte. */
export function json<Value>(source: ByteSource, chunk: ReadChunk, is: (value: unknown) => value is Value): Value {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(chunk.bytes).toString());
  } catch {
    value = undefined;
  }
  if (!is(value)) throw wrongAt(source, chunk.at, `the text of chunk ${chunk.tag} is not what it must be`);
  return value;
}

const hasText = (value: unknown): value is { readonly text: string } =>
  isText((value as { text?: unknown } | null)?.text);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';

function isHead(value: unknown): value is TraceHead {
  const { rig, clock, isOrdered, arrays, rings } = (value ?? {}) as Partial<TraceHead>;
  return (
    isText(rig) &&
    (clock === 'virtual' || clock === 'machine') &&
    typeof isOrdered === 'boolean' &&
    Array.isArray(arrays) &&
    arrays.every(
      ({ name, volumes }: TracedArray) =>
        isText(name) && Array.isArray(volumes) && volumes.every((v) => isText(v.name) && isCount(v.tracks)),
    ) &&
    Array.isArray(rings) &&
    rings.every(({ array, director }) => isCount(array) && array < arrays.length && isDirector(director))
  );
}

const isDirector = (name: string): boolean => (DIRECTORS as readonly string[]).includes(name);

const isTailOf =
  ({ arrays, rings }: TraceHead, images: number) =>
  (value: unknown): value is TraceTail => {
    const tail = (value ?? {}) as Partial<TraceTail>;
    return (
      Array.isArray(tail.images) &&
      tail.images.length === arrays.length &&
      tail.images.every((of) => Object.values(of).every((n) => isCount(n) && n < images)) &&
      Array.isArray(tail.written) &&
      tail.written.length === rings.length &&
      tail.written.every(isCount)
    );
  };

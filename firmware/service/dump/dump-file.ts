/**
 * A dump: all that is known of a rig when something went wrong in it. What a trace has (trace-file.ts), and of each array its
 * configuration and its memory: MEMO chunks of a mebibyte each, of which those that are all zero are left out. Whoever reads
 * it gets tables over memory that is as it was, to look at and to go on from.
 *
 * Its memory holds what hosts wrote. No secret of a link and no token is in it: those are in no array's memory.
 */
import type { Layout } from '../../memory/layout.js';
import { MICROCODED_ROLES, type Role } from '../../ports/messages.js';
import type { ArrayConfig, Images } from '../../runtime/machine/config.js';
import { ArrayTables } from '../../runtime/machine/tables.js';
import { type ByteSource, type Chunk, jsonChunk, kindOf, type ReadChunk, wrongAt } from './chunks.js';
import { withFile } from './files.js';
import {
  imageChunks,
  json,
  numberImages,
  type RunHead,
  ringChunks,
  type TraceFile,
  type TraceHead,
  TraceReader,
  type TraceTail,
  tailChunk,
} from './trace-file.js';

export interface DumpPlace {
  readonly array: number;
  readonly role: Role;
  /** Token: incarnation << 12 | number. */
  readonly task: number;
  readonly pc: number;
}

/** Why it was written. */
export interface DumpCause {
  /** microcode fault: an instruction refused; check: the machine did; violation: an oracle or a check of the simulator. */
  readonly what: 'fault' | 'check' | 'violation';
  readonly text: string;
  /** Of the clock that the trace has. */
  readonly time_ns: number;
  /** Of a fault its instruction, else of the turn that was under way. */
  readonly where?: DumpPlace;
}

/** An array as it is written. */
export interface DumpedMemory {
  readonly config: ArrayConfig;
  readonly images: Images;
  readonly memory: Uint8Array;
  /** A copy of its beginning, where that may change while the rest is written. */
  readonly first?: Uint8Array;
}

export interface DumpSource {
  /** Arrays and rings as the arrays below. */
  readonly head: TraceHead;
  readonly cause: DumpCause;
  readonly arrays: readonly DumpedMemory[];
  /** Others that the trace may name. */
  readonly otherImages?: readonly Images[];
  /** By ring of the head. */
  readonly rings: readonly { readonly words: Int32Array; readonly written: number }[];
}

/** An array that was read: its memory is whole, and its own. */
export interface DumpedArray {
  readonly config: ArrayConfig;
  readonly layout: Layout;
  readonly buffer: SharedArrayBuffer;
  readonly tables: ArrayTables;
  /** What its roles ran. */
  readonly images: Images;
}

export interface Dump {
  readonly name: string;
  readonly rig: string;
  readonly cause: DumpCause;
  /** Of a simulated run: how it is made again. */
  readonly run?: RunHead;
  readonly arrays: readonly DumpedArray[];
  /** The last records of every director. */
  readonly trace: TraceFile;
}

const CHUNK_BYTES = 1024 * 1024;
const WORD_BYTES = 4;

/** What an array is made from; a rig's has other things of its own beside it, which are not for a dump. */
const configOf = (config: ArrayConfig): ArrayConfig => {
  const { name, dims, volumes, hostWpLimit, destageStart, destageDelay_us, recipes, trunks, journals, roles } = config;
  const own = { name, dims, volumes, hostWpLimit, destageStart, destageDelay_us, trunks, journals, roles };
  // Where a recipe's file lies is no matter of the array.
  return { ...own, recipes: recipes.map(({ name: of, hooks, displaced }) => ({ name: of, hooks, displaced })) };
};

/** A dump in chunks, each made when it is asked for: memory may be large. */
export function* dumpChunks({ head, cause, arrays, otherImages = [], rings }: DumpSource): Generator<Chunk> {
  const { images, byRole } = numberImages([...arrays.map((array) => array.images), ...otherImages]);
  yield jsonChunk('HEAD', head);
  yield jsonChunk('WHY ', cause);
  yield jsonChunk(
    'CONF',
    arrays.map(({ config }) => configOf(config)),
  );
  yield* imageChunks(images);
  for (const [number, { memory, first }] of arrays.entries()) yield* memoryChunks(number, memory, first);
  for (const [number, { words }] of rings.entries()) yield* ringChunks(number, words);
  yield tailChunk({ images: byRole.slice(0, arrays.length), written: rings.map(({ written }) => written) });
}

function* memoryChunks(array: number, memory: Uint8Array, first: Uint8Array = new Uint8Array(0)): Generator<Chunk> {
  for (let at = 0, part = 0; at < memory.length; at += CHUNK_BYTES, part++) {
    const bytes = memory.slice(at, at + CHUNK_BYTES);
    if (at < first.length) bytes.set(first.subarray(at, at + CHUNK_BYTES));
    if (!isZero(bytes)) yield { tag: 'MEMO', index: array, part, bytes };
  }
}

/** Of a copy, which begins at a word. */
function isZero(bytes: Uint8Array): boolean {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD_BYTES);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

/** Errors: Error that names the file; RangeError that names the byte, what is there and what would be right. */
export function readDump(path: string): Dump {
  return withFile(path, (source) => {
    if (kindOf(source) !== 'dump')
      throw wrongAt(source, 0, 'this is a trace; a dump is wanted, which begins with "ALDU"');
    return new DumpReader(source).read();
  });
}

class DumpReader {
  readonly #source: ByteSource;
  #cause: DumpCause | undefined;
  #arrays: { readonly config: ArrayConfig; readonly layout: Layout; readonly buffer: SharedArrayBuffer }[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(): Dump {
    const source = this.#source;
    const trace = new TraceReader(source).read((chunk) => this.#take(chunk));
    const cause = this.#cause;
    const { head, tail, images } = trace;
    if (cause === undefined || this.#arrays.length !== head.arrays.length)
      throw wrongAt(source, source.size, `the file has no chunk ${cause === undefined ? 'WHY' : 'CONF'} of its arrays`);
    const arrays = this.#arrays.map(({ config, layout, buffer }, i) => ({
      config,
      layout,
      buffer,
      tables: new ArrayTables(config, layout, buffer),
      images: imagesOf(trace, tail, i),
    }));
    if (cause.where && (cause.where.array >= arrays.length || images.length === 0))
      throw wrongAt(source, source.size, `chunk WHY names array ${cause.where.array}; there are ${arrays.length}`);
    return { name: source.name, rig: head.rig, cause, ...(head.run && { run: head.run }), arrays, trace };
  }

  #take(chunk: ReadChunk): void {
    if (chunk.tag === 'WHY ') this.#cause = json(this.#source, chunk, isCause);
    else if (chunk.tag === 'CONF')
      this.#arrays = json(this.#source, chunk, isConfigs).map((c) => this.#place(c, chunk));
    else if (chunk.tag === 'MEMO') this.#fill(chunk);
    else throw wrongAt(this.#source, chunk.at, `a chunk ${JSON.stringify(chunk.tag)}, which no dump has`);
  }

  #place(config: ArrayConfig, { at }: ReadChunk) {
    try {
      const layout = ArrayTables.layoutFor(config);
      return { config, layout, buffer: new SharedArrayBuffer(layout.bytes) };
    } catch (error) {
      throw wrongAt(this.#source, at, `array ${config.name} cannot be made again: ${(error as Error).message}`);
    }
  }

  #fill({ at, index, part, bytes }: ReadChunk): void {
    const to = this.#arrays[index]?.buffer;
    const from = part * CHUNK_BYTES;
    if (to === undefined)
      throw wrongAt(this.#source, at + 4, `memory of array ${index}; there are ${this.#arrays.length}`);
    if (from + bytes.length > to.byteLength)
      throw wrongAt(
        this.#source,
        at + 8,
        `memory up to byte ${from + bytes.length}; array ${index} has ${to.byteLength}`,
      );
    new Uint8Array(to).set(bytes, from);
  }
}

const imagesOf = ({ images }: TraceFile, tail: TraceTail, array: number): Images =>
  Object.fromEntries(Object.entries(tail.images[array] ?? {}).map(([role, number]) => [role, images[number]]));

const isConfigs = (value: unknown): value is ArrayConfig[] =>
  Array.isArray(value) &&
  value.every(
    ({ name, dims, volumes, recipes }: Partial<ArrayConfig>) =>
      typeof name === 'string' && typeof dims === 'object' && Array.isArray(volumes) && Array.isArray(recipes),
  );

const WHATS: readonly unknown[] = ['fault', 'check', 'violation'] satisfies DumpCause['what'][];

function isCause(value: unknown): value is DumpCause {
  const { what, text, time_ns, where } = (value ?? {}) as Partial<DumpCause>;
  if (!WHATS.includes(what) || typeof text !== 'string' || typeof time_ns !== 'number') return false;
  if (where === undefined) return true;
  const { array, role, task, pc } = where;
  return [array, task, pc].every(Number.isInteger) && (array as number) >= 0 && MICROCODED_ROLES.includes(role);
}

/** The trace of a run (`sim --trace`): written while it runs where everything is kept, else at its end. */

import { RECORD_WORDS, RECORDS_MAX, readTraceRing } from '../../../firmware/memory/trace-ring.js';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { type TracedRig, traceRig } from '../../../firmware/runtime/simulated/traced-rig.js';
import type { SimRig } from '../../../firmware/runtime/simulated/world-plan.js';
import { ChunkFile } from '../../../firmware/service/dump/files.js';
import {
  headChunk,
  imageChunks,
  numberImages,
  type RunHead,
  ringChunks,
  type TraceHead,
  tailChunk,
} from '../../../firmware/service/dump/trace-file.js';
import { checkWritable } from '../../regress/files.js';
import type { RunResult } from '../../regress/run.js';
import { RECORDS_USUAL, ranBy, simHead } from '../../trace/simulated.js';
import { whole } from '../numbers.js';

/** For the usage of commands that make one run. */
export const TRACE_HELP = `  --trace FILE     what every director did, for \`arraylab trace\`; the run is the same with it. Of one seed
  --trace-records N  so many records of each director, the newest (default ${RECORDS_USUAL}, 64 bytes each); all: every one
  --dump FILE      if it fails, everything at its first violation: memory, tasks, rings and the trace until then. The run
                   is made once more for it`;

export const TRACE_OPTIONS = {
  trace: { type: 'string' },
  'trace-records': { type: 'string' },
  dump: { type: 'string' },
} as const;

const ALL = 'all';

export interface Keeps {
  /** Of each director: what its ring holds. */
  readonly records: number;
  /** What is overwritten there goes to the file before. */
  readonly isAll: boolean;
}

/** What of `--trace-records` is to be kept. Errors: RangeError that names the option. */
export function keepsOf(text: string | undefined): Keeps {
  if (text === undefined || text === ALL) return { records: RECORDS_USUAL, isAll: text === ALL };
  return { records: roundUp(whole(text, '--trace-records', 2, RECORDS_MAX)), isAll: false };
}

function roundUp(n: number): number {
  let power = 2;
  while (power < n) power *= 2;
  return power;
}

/** Of one run, which is made on `rig`. */
export class Recording {
  readonly #file: ChunkFile;
  readonly #traced: TracedRig;
  readonly #head: TraceHead;
  #sim: Sim | undefined;

  /** Errors: Error that names the file, here and later. */
  constructor(path: string, rig: SimRig, { records, isAll }: Keeps, run: RunHead) {
    this.#traced = traceRig(rig, records);
    this.#head = simHead(rig, run);
    this.#file = new ChunkFile(path, 'trace');
    this.#file.add(headChunk(this.#head));
    if (!isAll) return;
    for (const [number, ring] of this.#rings.entries()) {
      ring.onFull = () => {
        const part = ring.written / ring.capacity - 1;
        for (const chunk of ringChunks(number, readTraceRing(ring.words).words, part)) this.#file.add(chunk);
      };
    }
  }

  get rig(): SimRig {
    return this.#traced.rig;
  }

  get #rings() {
    return this.#traced.rings.flat();
  }

  /** The new sim; before it runs. */
  readonly begin = (sim: Sim): void => {
    this.#sim = sim;
  };

  end({ hash, violations }: Pick<RunResult, 'hash' | 'violations'>): void {
    const sim = this.#sim as Sim;
    // Those that it ran at last, and those that it may have run before.
    const ran = sim.rig.arrays.map((_, array) => ranBy(sim, array));
    const { images, byRole } = numberImages([...ran, sim.codes, sim.others]);
    for (const chunk of imageChunks(images)) this.#file.add(chunk);
    for (const [number, ring] of this.#rings.entries()) {
      const { words } = readTraceRing(ring.words);
      if (ring.onFull === undefined) {
        for (const chunk of ringChunks(number, words)) this.#file.add(chunk);
        continue;
      }
      // What was there when the ring was full is in the file.
      const kept = words.slice(words.length - (ring.written % ring.capacity) * RECORD_WORDS);
      const part = Math.floor(ring.written / ring.capacity);
      for (const chunk of ringChunks(number, kept, part)) this.#file.add(chunk);
    }
    const written = this.#rings.map((ring) => ring.written);
    this.#file.add(tailChunk({ images: byRole.slice(0, ran.length), written, hash, failed: violations.length > 0 }));
    this.#file.end();
  }

  /** The run was not made. */
  drop(): void {
    this.#file.drop();
  }
}

interface TraceValues {
  readonly trace?: string | undefined;
  readonly 'trace-records'?: string | undefined;
  readonly dump?: string | undefined;
}

/** Undefined: nobody wants a trace. Errors: RangeError for options that say nothing together; Error that names a file. */
export function recordingOf(values: TraceValues, rig: SimRig, run: RunHead, seeds: number): Recording | undefined {
  const { trace, 'trace-records': records, dump } = values;
  if (records !== undefined && trace === undefined)
    throw new RangeError('--trace-records is for --trace FILE, which is missing');
  checkWritable(dump, '--dump');
  if (trace === undefined) return undefined;
  if (seeds > 1) throw new RangeError(`--trace is of one run, and --seeds is ${seeds}: name one with --seed`);
  checkWritable(trace, '--trace');
  return new Recording(trace, rig, keepsOf(records), run);
}

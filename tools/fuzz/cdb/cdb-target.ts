/** Fuzzing of SCSI commands and their parameter lists against the microcode of an array in this process. */
import { RANDOM_WORDS, Random } from '../../../firmware/memory/random.js';
import type { Images } from '../../../firmware/runtime/machine/array.js';
import { loadImages } from '../../../firmware/service/microcode.js';
import { Counts, FuzzFailure, type FuzzTarget } from '../target.js';
import { FuzzedArray, fuzzedConfig, type Unit } from './array.js';
import { FuzzedHost } from './hosts.js';
import { type Baseline, baselineOf } from './leaks.js';
import { Program } from './program.js';
import { Scene } from './scene.js';
import { type Limits, UnitModel, World } from './world.js';

const KIB = 1024;
const UNITS: readonly Unit[] = [
  { bytes: 512 * KIB },
  { bytes: 512 * KIB },
  { bytes: 256 * KIB, removable: true },
  { bytes: 128 * KIB, readOnly: true },
  { bytes: 512 * KIB, blockBytes: 4096 },
];
const HOSTS = 3;
const NAA = 3;

/** An input is a program of commands; `commands` says how many they were so far. */
export class CdbTarget implements FuzzTarget {
  readonly name = 'cdb';
  /** By operation; refused: with CHECK CONDITION or a conflict. */
  readonly tally = new Counts();
  commands = 0;
  readonly #seed: number;
  readonly #array: FuzzedArray;
  readonly #nexuses: readonly number[];
  readonly #designators: readonly Buffer[];
  readonly #limits: readonly Limits[];
  readonly #baseline: Baseline;

  constructor(seed: number, images: Images) {
    this.#seed = seed;
    const array = new FuzzedArray(fuzzedConfig(UNITS), images);
    this.#array = array;
    const hosts = Array.from({ length: HOSTS }, (_, number) => new FuzzedHost(array, number));
    for (const host of hosts) host.open();
    this.#nexuses = hosts.map(({ nexus }) => nexus);
    const [first] = hosts as [FuzzedHost];
    this.#designators = UNITS.map((_, unit) => designator(page(array, first, unit, 0x83)));
    this.#limits = UNITS.map((_, unit) => limits(page(array, first, unit, 0xb0)));
    this.#baseline = baselineOf(array);
    array.keep();
  }

  /** Errors: FuzzFailure. */
  run(input: number): void {
    this.#array.reset();
    const units = UNITS.map((unit, i) => new UnitModel(i, unit.bytes, unit, this.#limits[i] as Limits));
    const world = new World(units, this.#designators, HOSTS);
    const scene = new Scene(this.#array, world, this.#nexuses, this.#baseline, this.tally, this.#random(input));
    try {
      new Program(scene).run();
    } finally {
      this.commands += scene.commands;
    }
  }

  #random(input: number): Random {
    const random = new Random(new Int32Array(RANDOM_WORDS), 0);
    random.seed(this.#seed, input);
    return random;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** @param images microcode; the package's when not given */
export function open(seed: number, images: Images = loadImages()): Promise<CdbTarget> {
  return Promise.resolve(new CdbTarget(seed, images));
}

/** A VPD page. */
function page(array: FuzzedArray, host: FuzzedHost, unit: number, code: number): Buffer {
  const cdb = Buffer.alloc(16);
  cdb.set([0x12, 1, code, 4]);
  const task = host.submit({
    host: host.number,
    lunHigh: unit << 16,
    lunLow: 0,
    unit,
    attribute: 1,
    cdb,
    out: undefined,
    inBytes: 1024,
    layout: undefined,
  });
  array.pump();
  if (task?.answer?.status !== 0) throw new FuzzFailure(`unit ${unit} has no page ${code.toString(16)}`);
  return task.answer.data;
}

/** Its NAA designator, header and name. */
function designator(data: Buffer): Buffer {
  let at = 4;
  while (((data[at + 1] ?? 0) & 0x3f) !== NAA) at += 4 + (data[at + 3] ?? 0);
  return data.subarray(at, at + 4 + (data[at + 3] ?? 0));
}

/** SBC-4, 6.6.4. */
const limits = (data: Buffer): Limits => ({
  compared: data[5] ?? 0,
  unmapBlocks: data.readUInt32BE(20),
  unmapDescriptors: data.readUInt32BE(24),
  writeSame: Number(data.readBigUInt64BE(36)),
  atomic: data.readUInt32BE(44),
  atomicAlignment: data.readUInt32BE(48),
  atomicGranularity: data.readUInt32BE(52),
});

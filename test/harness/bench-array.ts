/** A small array for tests: everything has a default, and the machine is the real one. */

import type { Clock, Tap } from '../../firmware/engine/engine.js';
import type { Recipe } from '../../firmware/engine/recipe.js';
import { FLAG } from '../../firmware/memory/constants.js';
import type { Role } from '../../firmware/ports/messages.js';
import {
  type ArrayConfig,
  ArrayMachine,
  type JournalConfig,
  type PairConfig,
} from '../../firmware/runtime/machine/array.js';
import { cylinderRecord } from '../../firmware/units/tracks.js';
import { imagesWith, recipeOf } from './images.js';

export interface BenchVolume {
  readonly tracks: number;
  /** Of a further pair of this volume. */
  readonly of?: number;
  /** Which of the other arrays its pair is with. */
  readonly trunk?: number;
  /** Which side of a pair it is at first, in COPY; left out: local. */
  readonly pair?: 'source' | 'target';
  /** Number of the volume at the other array. */
  readonly peer?: number;
  /** PAIR_MODE bits of the pair. */
  readonly mode?: number;
  readonly drive?: number;
  readonly driveBase?: number;
  readonly wpLimit?: number;
  /** Number of its journal group in `BenchOptions.journals`. */
  readonly journal?: number;
}

export interface BenchJournal {
  /** 16 each when left out. */
  readonly records?: number;
  readonly windowSectors?: number;
  /** By journal volume: where it is, and its two regions; one of 2 and 32 sectors on drive 1 when left out. */
  readonly volumes?: readonly {
    readonly drive: number;
    readonly informationSectors: number;
    readonly dataSectors: number;
  }[];
  readonly entriesPerRead?: number;
  readonly interval_us?: number;
  readonly inflow_us?: number;
  readonly reads?: number;
  readonly restorers?: number;
  readonly restoreDelay_us?: number;
}

export interface BenchOptions {
  readonly volumes?: readonly BenchVolume[];
  readonly sectorsPerTrack?: number;
  readonly hostSlots?: number;
  readonly remoteSlots?: number;
  /** Of each role, by class: host, remote, destage, completion. */
  readonly tasks?: readonly [number, number, number, number];
  readonly commands?: number;
  readonly transferSectors?: number;
  readonly credits?: number;
  readonly journals?: readonly BenchJournal[];
  readonly hostWpLimit?: number;
  readonly destageStart?: number;
  readonly destageDelay_us?: number;
  /** What pairs run; `track-mirror` when left out. */
  readonly recipe?: Recipe;
  /** Every track of a volume got bytes before, and is not a hole. */
  readonly mapped?: boolean;
  /** Microcode of the role under test, in place of its own. */
  readonly source?: string;
}

/** Of the array's memory. */
export const IDENTITY = 11;

/** One journal volume: 2 sectors of 16 records, 32 sectors of data. */
const JOURNAL_VOLUME = { drive: 1, informationSectors: 2, dataSectors: 32 };

export const LOCAL: readonly BenchVolume[] = [{ tracks: 4 }];

function configOf(options: BenchOptions): ArrayConfig {
  const { volumes = LOCAL, sectorsPerTrack = 4, hostSlots = 4, remoteSlots = 2, journals } = options;
  return {
    name: 'bench',
    dims: {
      sectorsPerTrack,
      tracks: volumes.map((v) => v.tracks),
      hostSlots,
      remoteSlots,
      tasks: options.tasks ?? [4, 2, 2, 4],
      commands: options.commands ?? 2,
      transferSectors: options.transferSectors ?? 32,
      credits: options.credits ?? 2,
      ...(journals && {
        journals: journals.map((j) => ({
          records: j.records ?? 16,
          windowSectors: j.windowSectors ?? 16,
          volumes: j.volumes?.length ?? 1,
        })),
      }),
    },
    volumes: volumes.map((v, i) => ({
      name: `v${i}`,
      tracks: v.tracks,
      drive: v.drive ?? 0,
      driveBase: v.driveBase ?? 0,
      wpLimit: v.wpLimit ?? hostSlots,
      ...(v.of !== undefined && { of: v.of }),
      ...(v.pair && { pair: pairOf(v, i) }),
      ...(v.journal !== undefined && { journal: v.journal }),
    })),
    ...(journals && { journals: journals.map(journalOf) }),
    hostWpLimit: options.hostWpLimit ?? hostSlots,
    destageStart: options.destageStart ?? 100,
    destageDelay_us: options.destageDelay_us ?? 1000,
    recipes: [options.recipe ?? recipeOf('track-mirror')],
  };
}

function pairOf({ pair: role = 'source', peer, mode = 0, trunk = 0 }: BenchVolume, i: number): PairConfig {
  return { peer: peer ?? i, trunk, role, recipe: 0, mode, simplex: false };
}

function journalOf(journal: BenchJournal, j: number): JournalConfig {
  const { volumes = [JOURNAL_VOLUME], entriesPerRead = 8, interval_us = 1000, inflow_us = 10_000 } = journal;
  return {
    name: `g${j}`,
    volumes: volumes.map((v, i) => ({ name: `jnl${i}`, ...v })),
    entriesPerRead,
    interval_us,
    inflow_us,
    reads: journal.reads ?? 2,
    restorers: journal.restorers ?? 2,
    restoreDelay_us: journal.restoreDelay_us ?? 0,
  };
}

/** Hears of each machine that is made: for whoever wants to know which instructions a test runs. */
export const made: { hears: (machine: ArrayMachine) => void } = { hears: () => {} };

/** WRITTEN on every track, with its counts. */
function mapAll(machine: ArrayMachine): void {
  let base = 0;
  const count = (table: 'volume' | 'cylinder' | 'system', record: number): void =>
    machine.set(table, 'written', record, machine.get(table, 'written', record) + 1);
  for (const [v, { of, tracks }] of machine.config.volumes.entries()) {
    for (let t = 0; t < tracks && of === undefined; t++) {
      machine.set('track', 'flags', base + t, machine.get('track', 'flags', base + t) | FLAG.WRITTEN);
      count('cylinder', cylinderRecord(base, v, t));
      count('volume', v);
      count('system', 0);
    }
    base += tracks;
  }
}

/** An array with power, before its BOOT: no volume is ready, the cache has adopted no slot. */
export function benchArray(role: Role, options: BenchOptions, clock: Clock, tap?: Tap): ArrayMachine {
  const config = configOf(options);
  const layout = ArrayMachine.layoutFor(config);
  const images = imagesWith(role, options.source);
  const machine = new ArrayMachine(config, layout, new SharedArrayBuffer(layout.bytes), images, clock, tap);
  machine.format(IDENTITY);
  machine.powerOn();
  if (options.mapped) mapAll(machine);
  made.hears(machine);
  return machine;
}

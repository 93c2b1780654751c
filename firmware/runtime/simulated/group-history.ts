/**
 * What the volumes of a journal group were at each entry, by the source's own journal: what an image of them must hold, block
 * by block. Looks at each entry as soon as it exists, so that it knows nothing of how it goes over and is restored.
 */
import { readStamp } from '../../../adapters/channel/workload/hosts.js';
import { SECTOR_BYTES, SHIP_FLAG } from '../../memory/constants.js';
import { Journals } from '../../units/journals.js';
import type { ArrayMachine } from '../machine/array.js';
import type { SimGroup } from './groups.js';
import type { SimImage } from './images.js';
import { blockValue, valueName } from './inspect.js';
import { type Entry, entriesBehind, numbersOf } from './journal-tables.js';
import type { Watched } from './watched.js';

const SECTOR_WORDS = SECTOR_BYTES / 4;

/**
 * One of the entries that an array holds back and will not restore soon, as its number and its time; the newest, which stays
 * possible, if there is none. Those that were written at the same time as another are not it, but for the last of them.
 */
export function youngEntry(
  sim: Watched,
  array: number,
  journal: number,
  most_us: number,
  draw: number,
): Entry | undefined {
  const a = sim.world.arrays[array] as ArrayMachine;
  const since = sim.world.events.now_ns() - most_us * 1000;
  const entries = entriesBehind(a, journal, numbersOf(a, journal).restored).sort((x, y) => x.number - y.number);
  const young = entries.filter(({ time }, i) => time >= since && entries[i + 1]?.time !== time);
  return young[draw % Math.max(1, young.length)] ?? entries.at(-1);
}

interface Written {
  readonly number: number;
  /** Blocks counted over the rig, and what they hold from here on. */
  readonly block: number;
  readonly values: readonly number[];
}

export class GroupHistory {
  readonly #sim: Watched;
  readonly #group: SimGroup;
  readonly #source: number;
  readonly #written: Written[] = [];
  #seen: number;

  /** Before anything is written to the volumes. */
  constructor(sim: Watched, group: SimGroup, source: number) {
    this.#sim = sim;
    this.#group = group;
    this.#source = source;
    this.#seen = numbersOf(this.#array, this.#journal).last;
  }

  /** After each step. */
  look(): void {
    const { last } = numbersOf(this.#array, this.#journal);
    if (last === this.#seen) return;
    const entries = entriesBehind(this.#array, this.#journal, this.#seen).sort((x, y) => x.number - y.number);
    this.#seen = last;
    for (const { number, volume, track, first, sectors, flags, place } of entries) {
      const image = this.#imageOf(volume);
      const perTrack = this.#array.config.dims.sectorsPerTrack;
      const block = image.firstBlock + track * perTrack + first;
      const at = new Journals(this.#array.memory).at(this.#journal, place) * SECTOR_WORDS;
      const isZero = (flags & SHIP_FLAG.SHIP_ZERO) !== 0;
      const values = Array.from({ length: sectors }, (_, s) =>
        isZero ? 0 : readStamp(this.#array.memory.m, at + s * SECTOR_WORDS, block + s),
      );
      this.#written.push({ number, block, values });
    }
  }

  /** A volume of an array must hold an image as it was at an entry, and nothing else. */
  check(image: SimImage, array: number, volume: number, number: number): void {
    const wanted = this.#at(image, number);
    const name = `${this.#sim.rig.arrays[array]?.name}:${this.#sim.rig.arrays[array]?.volumes[volume]?.name}`;
    for (const [lba, value] of wanted.entries()) {
      const is = blockValue(this.#sim.world, array, volume, lba, image.firstBlock + lba);
      if (is === value) continue;
      this.#sim.violate(
        `${name} is to be ${image.name} at entry ${number}: block ${lba} holds ${valueName(is)}, not ${valueName(value)}`,
      );
      return;
    }
  }

  #at(image: SimImage, number: number): number[] {
    const blocks = new Array<number>(image.blocks).fill(0);
    for (const { number: n, block, values } of this.#written) {
      const lba = block - image.firstBlock;
      if (n > number || lba < 0 || lba >= image.blocks) continue;
      for (const [s, value] of values.entries()) blocks[lba + s] = value;
    }
    return blocks;
  }

  #imageOf(volume: number): SimImage {
    const i = this.#group.images.find((one) => this.#sim.images[one]?.volumes[this.#source] === volume);
    return this.#sim.images[i as number] as SimImage;
  }

  get #array(): ArrayMachine {
    return this.#sim.world.arrays[this.#source] as ArrayMachine;
  }

  get #journal(): number {
    return this.#group.journals[this.#source] as number;
  }
}

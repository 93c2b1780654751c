/** Where the state of the oracle of SCSI hosts stands, and words of it. */
import type { Region } from '../../../ports/schedule.js';
import { hostsOf, type SimRig, volumesOf } from '../world-plan.js';
import { Attentions } from './attentions.js';
import { INITIATORS } from './reservation.js';
import { Reservations } from './reservations.js';

/** Nexuses of an array at most; each is an initiator's. */
export const NEXUSES = INITIATORS;
/** Words of a host: when its command went out last; of a READ FULL STATUS, the version of what it reads. */
export const OF_HOST = { SENT: 0, VERSION: 1 } as const;
const HOST_WORDS = 2;
/** Of a nexus's task management: what, of which unit, when it began; of which host's command. */
export const OF_NEXUS = { WHAT: 0, UNIT: 1, BEGAN: 2, TASK: 3 } as const;
const NEXUS_WORDS = 4;

interface Places {
  readonly units: number;
  readonly reservations: number;
  readonly attentions: number;
  readonly hosts: number;
  readonly nexuses: number;
}

export class ScsiWords {
  readonly reservations: readonly (Reservations | undefined)[];
  readonly attentions: readonly (Attentions | undefined)[];
  readonly #m: Int32Array;
  readonly #at: number;
  /** By array; undefined: its hosts are none of these. */
  readonly #places: readonly (Places | undefined)[];

  static count(rig: SimRig): number {
    return plan(rig).words;
  }

  constructor(rig: SimRig, { m, at }: Region) {
    const { places } = plan(rig);
    const part = (words: number): Region => ({ m, at: at + words });
    this.#m = m;
    this.#at = at;
    this.#places = places;
    this.reservations = places.map((p) => p && new Reservations(part(p.reservations)));
    this.attentions = places.map((p) => p && new Attentions(part(p.attentions)));
  }

  /** Units of an array; 0: its hosts are not SCSI hosts. */
  units(array: number): number {
    return this.#places[array]?.units ?? 0;
  }

  path(array: number, nexus: number, unit: number): number {
    return nexus * this.units(array) + unit;
  }

  /** A word of OF_HOST. */
  host(array: number, host: number, word: number): number {
    return this.#m[this.#at + (this.#places[array]?.hosts ?? 0) + host * HOST_WORDS + word];
  }

  setHost(array: number, host: number, word: number, value: number): void {
    const places = this.#places[array];
    if (places) this.#m[this.#at + places.hosts + host * HOST_WORDS + word] = value;
  }

  /** A word of OF_NEXUS. */
  nexus(array: number, nexus: number, word: number): number {
    return this.#m[this.#at + (this.#places[array]?.nexuses ?? 0) + nexus * NEXUS_WORDS + word];
  }

  setNexus(array: number, nexus: number, word: number, value: number): void {
    const places = this.#places[array];
    if (places) this.#m[this.#at + places.nexuses + nexus * NEXUS_WORDS + word] = value;
  }
}

/** Where the words of each array stand. */
function plan(rig: SimRig): { places: (Places | undefined)[]; words: number } {
  let words = 0;
  const take = (n: number): number => {
    words += n;
    return words - n;
  };
  const places = rig.arrays.map((array): Places | undefined => {
    if (!array.scsi) return undefined;
    const units = volumesOf(array);
    return {
      units,
      reservations: take(Reservations.words(units)),
      attentions: take(Attentions.words(NEXUSES * units)),
      hosts: take(hostsOf(array) * HOST_WORDS),
      nexuses: take(NEXUSES * NEXUS_WORDS),
    };
  });
  return { places, words };
}

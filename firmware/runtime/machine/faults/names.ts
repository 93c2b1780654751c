/** The names of a rig, as faults say them: what each is in numbers, and which there are when one is wrong. */
import { ringDemand } from '../../../memory/layout.js';
import { ROLES, type Role } from '../../../ports/messages.js';
import type { ArrayConfig } from '../config.js';

export interface NamedLink {
  /** Position in the rig. */
  readonly index: number;
  /** Of the links between its two arrays. */
  readonly number: number;
  /** Positions of its arrays. */
  readonly between: readonly [number, number];
}

/** All errors are RangeErrors. */
export class RigNames {
  readonly #arrays: readonly ArrayConfig[];
  readonly #links: readonly NamedLink[];

  constructor(arrays: readonly ArrayConfig[], links: readonly NamedLink[]) {
    this.#arrays = arrays;
    this.#links = links;
  }

  array(name: string): number {
    const array = this.#arrays.findIndex((a) => a.name === name);
    if (array < 0) throw new RangeError(`there is no array ${name}; there are ${this.#names()}`);
    return array;
  }

  volume(name: string): { readonly array: number; readonly volume: number } {
    const [arrayName = '', volumeName = ''] = name.split(':');
    const array = this.array(arrayName);
    const volumes = this.#arrays[array]?.volumes ?? [];
    const volume = volumes.findIndex((v) => v.name === volumeName);
    if (volume < 0) {
      const there = volumes.map((v) => `${arrayName}:${v.name}`).join(', ');
      throw new RangeError(`there is no volume ${name}; array ${arrayName} has ${there}`);
    }
    return { array, volume };
  }

  /** A volume of a pair. */
  pair(name: string): { readonly array: number; readonly volume: number } {
    const place = this.volume(name);
    if (!this.#arrays[place.array]?.volumes[place.volume]?.pair)
      throw new RangeError(`volume ${name} is of no pair of the rig`);
    return place;
  }

  /** Number of a volume's track among all of its array. */
  firstTrack(array: number, volume: number, track: number, name: string): number {
    const volumes = this.#arrays[array]?.volumes ?? [];
    const tracks = volumes[volume]?.tracks ?? 0;
    if (track >= tracks) throw new RangeError(`there is no track ${track} of ${name}; it has 0 to ${tracks - 1}`);
    return volumes.slice(0, volume).reduce((n, v) => n + v.tracks, 0) + track;
  }

  /** Sectors of a volume must be on it. */
  sectors(array: number, volume: number, to: number, name: string): void {
    const { volumes, dims } = this.#arrays[array] as ArrayConfig;
    const sectors = (volumes[volume]?.tracks ?? 0) * dims.sectorsPerTrack;
    if (to >= sectors) throw new RangeError(`there is no sector ${to} of ${name}; it has 0 to ${sectors - 1}`);
  }

  hasLink(array: number, number: number): void {
    const there = this.#links.filter(({ between }) => between.includes(array)).map((link) => link.number);
    if (!there.includes(number))
      throw new RangeError(
        `array ${this.#arrays[array]?.name} has no link ${number}; it has ${there.join(', ') || 'none'}`,
      );
  }

  /** There is one between two roles that talk, that way. */
  ring(array: number, from: Role, to: Role): void {
    const { name, dims } = this.#arrays[array] as ArrayConfig;
    const there = ROLES.filter((role) => ringDemand(from, role, dims) > 0);
    if (!there.includes(to))
      throw new RangeError(
        `there is no ring ${name}:${from}->${to}; those of ${from} go to ${there.join(', ') || 'nobody'}`,
      );
  }

  /** `A-B`: all links between the two; `A-B:1`: one of them. */
  links(name: string): readonly NamedLink[] {
    return this.#linksOf(name, '-', false).links;
  }

  /** `A->B`: the ways from A to B; `to`: position of B. */
  way(name: string): { readonly links: readonly NamedLink[]; readonly to: number } {
    return this.#linksOf(name, '->', true);
  }

  #linksOf(name: string, arrow: string, isDirected: boolean): { links: readonly NamedLink[]; to: number } {
    const [ends = '', number] = name.split(':');
    const written = (from: number, to: number): string =>
      `${this.#arrays[from]?.name}${arrow}${this.#arrays[to]?.name}`;
    const ways = this.#links.flatMap((link) => {
      const [a, b] = link.between;
      return written(a, b) === ends ? [{ link, to: b }] : written(b, a) === ends ? [{ link, to: a }] : [];
    });
    const found = ways.filter(({ link }) => number === undefined || String(link.number) === number);
    if (found.length > 0) return { links: found.map(({ link }) => link), to: found[0]?.to ?? 0 };
    const there = this.#links.flatMap(({ between: [a, b], number: n }) =>
      [written(a, b), ...(isDirected ? [written(b, a)] : [])].map((way) => `${way}:${n}`),
    );
    throw new RangeError(`there is no link ${name}; there are ${there.join(', ') || 'none'}`);
  }

  #names(): string {
    return this.#arrays.map((a) => a.name).join(', ');
  }
}

/**
 * Snapshots of a run: many of what was just now, ever fewer of what is long ago, and together no more memory than they may
 * have. The first one stays for ever: everything can be run again from there.
 */
import { type Page, type Picture, pagesOf } from './picture.js';
import type { Position } from './position.js';

export interface Snapshot {
  readonly position: Position;
  /** Micro-operations of all arrays, and virtual time. */
  readonly operations: number;
  readonly time_ns: number;
  /** Steps until the simulator looks at all tracks. */
  readonly untilLook: number;
  readonly picture: Picture;
}

export class Snapshots {
  readonly #bytesMost: number;
  readonly #all: Snapshot[] = [];
  /** How many pictures have a page. */
  readonly #users = new Map<Page, number>();
  #bytes = 0;
  #taken = 0;

  constructor(bytesMost: number) {
    this.#bytesMost = bytesMost;
  }

  /** In the order of the run. */
  get all(): readonly Snapshot[] {
    return this.#all;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** All that there ever were. */
  get taken(): number {
    return this.#taken;
  }

  get last(): Snapshot | undefined {
    return this.#all.at(-1);
  }

  /** The last of which something holds; the first of all, if it holds of none. Errors: Error before there is one. */
  lastWhere(holds: (snapshot: Snapshot) => boolean): Snapshot {
    for (let i = this.#all.length - 1; i >= 0; i--)
      if (holds(this.#all[i] as Snapshot)) return this.#all[i] as Snapshot;
    const [first] = this.#all;
    if (!first) throw new Error('the run has not begun');
    return first;
  }

  /** Behind all others. */
  add(snapshot: Snapshot): void {
    this.#all.push(snapshot);
    this.#taken++;
    for (const page of pagesOf(snapshot.picture)) this.#use(page, 1);
    while (this.#bytes > this.#bytesMost && this.#all.length > 2) this.#drop(this.#leastMissed());
  }

  #use(page: Page, more: 1 | -1): void {
    const users = (this.#users.get(page) ?? 0) + more;
    if (users === 0) {
      this.#users.delete(page);
      this.#bytes -= page.length;
    } else {
      if (users === 1 && more === 1) this.#bytes += page.length;
      this.#users.set(page, users);
    }
  }

  #drop(i: number): void {
    const [gone] = this.#all.splice(i, 1);
    for (const page of pagesOf(gone?.picture ?? [])) this.#use(page, -1);
  }

  /** The one whose neighbours are closest to each other for how long ago they are; never the first or the last. */
  #leastMissed(): number {
    const now = (this.#all.at(-1) as Snapshot).operations;
    let best = 1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 1; i < this.#all.length - 1; i++) {
      const before = (this.#all[i - 1] as Snapshot).operations;
      const after = (this.#all[i + 1] as Snapshot).operations;
      const gap = (after - before) / (now - before + 1);
      if (gap >= least) continue;
      least = gap;
      best = i;
    }
    return best;
  }
}

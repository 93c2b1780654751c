/** The directory of slots as plain lists: what the function unit must do, without a word of how. */
export class SlotsModel {
  /** By pool; the first is given out next. */
  readonly free: number[][];
  /** By pool; the first was used last. */
  readonly lru: number[][] = [[], []];
  /** Oldest first. */
  readonly dirty: number[] = [];
  readonly granted: boolean[];
  /** Has dirty sectors. */
  readonly soiled: boolean[];
  readonly #pins: number[];
  readonly #track: (string | undefined)[];
  readonly #orphan: boolean[];
  readonly #host: number;

  constructor(host: number, remote: number) {
    const all = Array.from({ length: host + remote }, (_, s) => s);
    this.#host = host;
    this.free = [all.slice(0, host).reverse(), all.slice(host).reverse()];
    this.granted = all.map(() => false);
    this.soiled = all.map(() => false);
    this.#pins = all.map(() => 0);
    this.#track = all.map(() => undefined);
    this.#orphan = all.map(() => false);
  }

  find(volume: number, track: number): number {
    return this.#track.indexOf(`${volume}/${track}`);
  }

  oldest(): number {
    return this.dirty.find((s) => !this.granted[s]) ?? -1;
  }

  hasTrack(slot: number): boolean {
    return this.#track[slot] !== undefined;
  }

  /** Allocated, and nothing was done with it yet. */
  isEmpty(slot: number): boolean {
    return !this.#listed(slot) && !this.hasTrack(slot) && !this.#orphan[slot];
  }

  alloc(pool: number): number {
    const free = this.free[pool]?.shift();
    if (free !== undefined) return free;
    const last = this.lru[pool]?.pop();
    if (last === undefined) return -1;
    this.#track[last] = undefined;
    return last;
  }

  enter(slot: number, volume: number, track: number): void {
    this.#track[slot] = `${volume}/${track}`;
    this.soiled[slot] = false;
  }

  move(to: number, from: number): void {
    this.#track[to] = this.#track[from];
    this.soiled[to] = this.soiled[from] as boolean;
    this.#track[from] = undefined;
    this.soiled[from] = false;
    this.#orphan[from] = true;
    this.#leaveLru(from);
    if (this.#leaveDirty(from)) this.dirty.push(to);
  }

  pin(slot: number): void {
    this.#leaveLru(slot);
    this.#pins[slot] = (this.#pins[slot] as number) + 1;
  }

  unpin(slot: number): boolean {
    if (this.#pins[slot] === 0) return false;
    this.#pins[slot] = (this.#pins[slot] as number) - 1;
    return true;
  }

  grant(slot: number): boolean {
    if (this.granted[slot]) return false;
    this.#leaveLru(slot);
    this.granted[slot] = true;
    return true;
  }

  give(slot: number): boolean {
    const was = this.granted[slot] as boolean;
    this.granted[slot] = false;
    return was;
  }

  settle(slot: number): void {
    if (this.#listed(slot) || this.#pins[slot] !== 0 || this.granted[slot]) return;
    const pool = this.#pool(slot);
    if (!this.hasTrack(slot)) {
      this.#orphan[slot] = false;
      this.free[pool]?.unshift(slot);
    } else if (!this.soiled[slot]) this.lru[pool]?.unshift(slot);
  }

  soil(slot: number): void {
    if (!this.dirty.includes(slot)) this.dirty.push(slot);
  }

  clean(slot: number): void {
    this.#leaveDirty(slot);
    this.soiled[slot] = false;
  }

  take(slot: number): boolean {
    return !this.granted[slot] && this.#leaveDirty(slot);
  }

  #pool(slot: number): number {
    return slot < this.#host ? 0 : 1;
  }

  #listed(slot: number): boolean {
    const pool = this.#pool(slot);
    return (this.free[pool]?.includes(slot) || this.lru[pool]?.includes(slot)) ?? false;
  }

  #leaveLru(slot: number): void {
    remove(this.lru[this.#pool(slot)] as number[], slot);
  }

  #leaveDirty(slot: number): boolean {
    return remove(this.dirty, slot);
  }
}

function remove(list: number[], slot: number): boolean {
  const at = list.indexOf(slot);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}

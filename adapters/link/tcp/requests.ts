/**
 * Requests of the other array that the remote role has not answered yet. The role gets a token of this table instead of
 * the other array's: tokens there begin anew with its power, and a task here may still work for a wire that is long gone.
 * So an answer finds the very request that it answers, or none.
 *
 * Its words may be shared: whoever has a token from the remote role's ring finds there who asked (`placeOf`).
 */
import type { Layout } from '../../../firmware/memory/layout.js';
import { roleNumber } from '../../../firmware/ports/messages.js';

const [LINK_PORT, REMOTE] = [roleNumber('linkPort'), roleNumber('remote')];
/** Of each place: the other array's token, which wire it came over, and the token for the remote role. */
const PLACE_WORDS = 3;

/** The ring that leads from the link port to the remote role. Errors: RangeError when there is none. */
export function ringOf({ rings }: Layout): Layout['rings'][number] {
  const place = rings.find(({ from, to }) => from === LINK_PORT && to === REMOTE);
  if (place === undefined) throw new RangeError('this memory has no ring from the link port to the remote role');
  return place;
}

/** Requests that wait for a task stand in a backlog that holds as many as all rings to the role together. */
export const requestWords = (layout: Layout): number => ringOf(layout).capacity * PLACE_WORDS;

/** By place. */
interface RequestTable {
  readonly token: Int32Array;
  readonly wire: Int32Array;
  readonly self: Int32Array;
}

export function requestTable(words: Int32Array): RequestTable {
  const capacity = words.length / PLACE_WORDS;
  const part = (i: number): Int32Array => words.subarray(i * capacity, (i + 1) * capacity);
  return { token: part(0), wire: part(1), self: part(2) };
}

const bitsOf = (capacity: number): number => 32 - Math.clz32(capacity);

/** Place of the request that has this token, as long as it is not answered; -1: there is none. */
export function placeOf({ self }: RequestTable, token: number): number {
  const i = (token & ((1 << bitsOf(self.length)) - 1)) - 1;
  return i < 0 || i >= self.length || self[i] !== token ? -1 : i;
}

export class Requests {
  readonly capacity: number;
  /** By place: the other array's token, and which wire it came over. */
  readonly token: Int32Array;
  readonly wire: Int32Array;
  readonly #table: RequestTable;
  readonly #self: Int32Array;
  readonly #free: Int32Array;
  readonly #bits: number;
  #count: number;

  /** @param words all 0, `requestWords` of them. */
  constructor(words: Int32Array) {
    this.#table = requestTable(words);
    const { token, wire, self } = this.#table;
    const capacity = self.length;
    this.capacity = capacity;
    this.token = token;
    this.wire = wire;
    this.#self = self;
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#bits = bitsOf(capacity);
    this.#count = capacity;
  }

  get free(): number {
    return this.#count;
  }

  /** The token for the remote role, never 0. There must be a free place. */
  begin(token: number, wire: number): number {
    this.#count -= 1;
    const i = this.#free[this.#count];
    this.token[i] = token;
    this.wire[i] = wire;
    const self = (((this.#self[i] >>> this.#bits) + 1) << this.#bits) | (i + 1);
    this.#self[i] = self;
    return self;
  }

  /** The request is answered; its place, whose words hold until the next `begin`; -1: there is none. */
  end(self: number): number {
    const i = placeOf(this.#table, self);
    if (i < 0) return -1;
    // Ended twice would be two places for one.
    this.#self[i] = self & ~((1 << this.#bits) - 1);
    this.#free[this.#count] = i;
    this.#count += 1;
    return i;
  }
}

/**
 * Requests of the other array that the remote role has not answered yet. The role gets a token of this table instead of
 * the other array's: tokens there begin anew with its power, and a task here may still work for a wire that is long gone.
 * So an answer finds the very request that it answers, or none.
 */
export class Requests {
  readonly capacity: number;
  /** By place: the other array's token, and which wire it came over. */
  readonly token: Int32Array;
  readonly wire: Int32Array;
  readonly #self: Int32Array;
  readonly #free: Int32Array;
  readonly #bits: number;
  #count: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.token = new Int32Array(capacity);
    this.wire = new Int32Array(capacity);
    this.#self = new Int32Array(capacity);
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i);
    this.#bits = 32 - Math.clz32(capacity);
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
    const i = (self & ((1 << this.#bits) - 1)) - 1;
    if (i < 0 || i >= this.capacity || this.#self[i] !== self) return -1;
    // Ended twice would be two places for one.
    this.#self[i] = self & ~((1 << this.#bits) - 1);
    this.#free[this.#count] = i;
    this.#count += 1;
    return i;
  }
}

/**
 * Requests of the other array that an end's remote role has not answered yet, in words of the simulated world. The role
 * gets a token of this table instead of the other array's: tokens there begin anew with its power, and a task here may
 * still work for a wire that is long gone. So an answer finds the very request that it answers, or none.
 */

/** Requests of one end: as many as frames, of which a remote role has not yet taken all. */
const REQUESTS = 512;
/** A token is incarnation << 10 | place + 1; where nothing is asked, only the incarnation of the last stands. */
const PLACE_BITS = 10;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
const ENTRY_WORDS = 4;
const SELF = 0;
const TOKEN = 1;
const WIRE = 2;
/** Where the search for a free place begins. */
const NEXT = 0;
const UNANSWERED = 1;
const TABLE = 2;

export class Requests {
  /** Of the request that `end` ended: the other array's token, and the wire over which it came. */
  token = 0;
  wire = 0;
  readonly #m: Int32Array;
  readonly #at: number;

  static readonly words = TABLE + REQUESTS * ENTRY_WORDS;

  constructor(m: Int32Array, at: number) {
    this.#m = m;
    this.#at = at;
  }

  get unanswered(): number {
    return this.#m[this.#at + UNANSWERED] as number;
  }

  /** The token for the remote role, never 0. Errors: RangeError when all places are taken. */
  begin(token: number, wire: number): number {
    const m = this.#m;
    for (let i = 0; i < REQUESTS; i++) {
      const place = ((m[this.#at + NEXT] as number) + i) % REQUESTS;
      const entry = this.#entry(place);
      const last = m[entry + SELF] as number;
      if ((last & PLACE_MASK) !== 0) continue;
      m[this.#at + NEXT] = (place + 1) % REQUESTS;
      m[this.#at + UNANSWERED] = this.unanswered + 1;
      m[entry + SELF] = (last + (1 << PLACE_BITS)) | (place + 1);
      m[entry + TOKEN] = token;
      m[entry + WIRE] = wire;
      return m[entry + SELF] as number;
    }
    throw new RangeError(`more than ${REQUESTS} requests of the simulated wire have no answer`);
  }

  /** Token of the other array's role that asked; 0: there is no such request. */
  askerOf(self: number): number {
    const place = (self & PLACE_MASK) - 1;
    if (place < 0 || place >= REQUESTS || this.#m[this.#entry(place) + SELF] !== self) return 0;
    return this.#m[this.#entry(place) + TOKEN] as number;
  }

  /** The request is answered, and its place free: `token` and `wire` are its own. False: no such request. */
  end(self: number): boolean {
    const m = this.#m;
    const place = (self & PLACE_MASK) - 1;
    if (place < 0 || place >= REQUESTS) return false;
    const entry = this.#entry(place);
    if (m[entry + SELF] !== self) return false;
    m[entry + SELF] = self & ~PLACE_MASK;
    m[this.#at + UNANSWERED] = this.unanswered - 1;
    this.token = m[entry + TOKEN] as number;
    this.wire = m[entry + WIRE] as number;
    return true;
  }

  /** The end lost power: its remote role will answer none of them. */
  forget(): void {
    const m = this.#m;
    for (let place = 0; place < REQUESTS; place++) {
      const entry = this.#entry(place);
      m[entry + SELF] = (m[entry + SELF] as number) & ~PLACE_MASK;
    }
    m[this.#at + UNANSWERED] = 0;
  }

  #entry(place: number): number {
    return this.#at + TABLE + place * ENTRY_WORDS;
  }
}

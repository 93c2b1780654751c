/** What is fuzzed: a part of the array that outsiders talk to, and a way to talk to it, right and wrong, by a number. */

/** An input broke what always has to hold; the message says what. */
export class FuzzFailure extends Error {}

/** What the inputs were, for people. */
export interface Tally {
  /** How often each kind of thing was done. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Of what was said, how much was refused: with an answer that says so, or by the end of the connection. */
  readonly refusals: number;
}

export interface FuzzTarget {
  readonly name: string;
  /**
   * One input, made from its number and the seed alone, and the look at what must hold after it.
   * Errors: FuzzFailure. Anything else that is thrown is a failure as well.
   */
  run(input: number): void | Promise<void>;
  close(): Promise<void>;
  readonly tally?: Tally;
}

/** Ready for inputs of this seed; each time from the same beginning. */
export type OpenTarget = (seed: number) => Promise<FuzzTarget>;

/** Counts of kinds. */
export class Counts implements Tally {
  readonly kinds = new Map<string, number>();
  refusals = 0;

  count(kind: string): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }
}

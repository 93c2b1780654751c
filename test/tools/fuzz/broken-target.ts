/** A target for the tests of the fuzzer itself: what goes wrong with it depends on its name. */
import { FuzzFailure, type FuzzTarget, type OpenTarget } from '../../../tools/fuzz/target.js';

/** At this input something is wrong. */
export const WRONG = 25;

export class BrokenTarget implements FuzzTarget {
  readonly name = 'broken';
  #before = 0;
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  run(input: number): void {
    this.#before += 1;
    if (input !== WRONG) return;
    if (this.#kind === 'alone') throw new FuzzFailure('it is wrong by itself');
    if (this.#kind === 'after others' && this.#before > 1) throw new FuzzFailure('it is wrong after others');
    if (this.#kind === 'hangs') for (;;);
    if (this.#kind === 'dies') process.exit(3);
    if (this.#kind === 'throws later') {
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const openBroken =
  (kind: string): OpenTarget =>
  () =>
    Promise.resolve(new BrokenTarget(kind));

/** For a thread of its own, where only the seed can say which: 1 hangs, 2 dies. */
export const open: OpenTarget = (seed) => Promise.resolve(new BrokenTarget(seed === 1 ? 'hangs' : 'dies'));

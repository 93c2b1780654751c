/**
 * What changed memory but the machine: a scenario's script, each time between two waits, and a user who sets something. A
 * script runs once and is never asked again: its past is run again with these.
 */
import { type Difference, differences, type Picture, putDifferences, takePicture, type Views } from './picture.js';
import { type Position, STEP_END } from './position.js';

interface Edit {
  readonly step: number;
  readonly op: number;
  /** The script's: it waits again, and the simulator begins to count until its next look at all tracks. */
  readonly isScript: boolean;
  readonly changes: readonly Difference[];
}

export class Edits {
  readonly #all: Edit[] = [];
  /** Memory before the one that is under way. */
  #before: Picture | undefined;

  get count(): number {
    return this.#all.length;
  }

  /** Whatever changes from now on is not the machine's. */
  begin(views: Views): void {
    this.#before = takePicture(views, this.#before);
  }

  /** The script waits. */
  scriptWaits(views: Views, step: number): void {
    const changes = this.#before ? differences(views, this.#before) : [];
    this.#all.push({ step, op: STEP_END, isScript: true, changes });
  }

  /** A user has set something. */
  set(views: Views, { step, op }: Position): void {
    this.#all.push({ step, op, isScript: false, changes: differences(views, this.#before as Picture) });
  }

  /** Where edit `number` comes; undefined: there is none. */
  at(number: number): { readonly step: number; readonly op: number; readonly isScript: boolean } | undefined {
    return this.#all[number];
  }

  /** Makes it once more. */
  put(views: Views, number: number): void {
    putDifferences(views, this.#all[number]?.changes ?? []);
  }
}

/**
 * What hosts wait for who ask that their writes survive the machine's own power loss (flush, FUA): all that was written to
 * the array's battery log before is on the disk. One sync runs at a time, for all that asked before it began.
 */
import { join } from 'node:path';
import { isNoFile, type StateFiles, SYSTEM_FILES } from './files.js';
import { allHaveGoneOn, C, type LogPlan, logFile } from './log-format.js';

type Done = (ok: boolean) => void;

/** While directors go on to a new log; a moment, unless one of them has died. */
const TURN_MS = 1;
const TURN_MOST_MS = 5000;

export class LogSync {
  readonly #plan: LogPlan;
  readonly #control: Int32Array;
  readonly #files: StateFiles;
  readonly #onTrouble: (text: string) => void;
  /** By generation. */
  readonly #open = new Map<number, number>();
  #waiting: Done[] = [];
  #running: Done[] = [];
  /** After a sync that failed nobody knows what the disk has: the system tells such an error once. */
  #failed = false;

  constructor(plan: LogPlan, onTrouble: (text: string) => void, files: StateFiles = SYSTEM_FILES) {
    this.#plan = plan;
    this.#control = new Int32Array(plan.control);
    this.#files = files;
    this.#onTrouble = onTrouble;
  }

  /** `done` is called later, never from within. */
  sync(done: Done): void {
    this.#waiting.push(done);
    if (this.#running.length === 0) this.#begin();
  }

  #begin(): void {
    this.#running = this.#waiting.splice(0);
    if (this.#running.length > 0) this.#look(performance.now() + TURN_MOST_MS);
  }

  /** Of a log that others still may go on with, nobody can tell later whether it is whole; the next one counts only then. */
  #look(until_ms: number): void {
    const generation = Atomics.load(this.#control, C.generation);
    const stable = Atomics.load(this.#control, C.stable);
    if (this.#failed) this.#end(false);
    else if (generation === stable || allHaveGoneOn(this.#control)) {
      this.#next(stable, generation);
    } else if (performance.now() > until_ms) {
      this.#fail('a director does not go on to the next log');
    } else setTimeout(() => this.#look(until_ms), TURN_MS);
  }

  /** Syncs the logs of these generations, one after the other. */
  #next(generation: number, last: number): void {
    if (generation > last) {
      this.#forget();
      this.#end(true);
      return;
    }
    const file = join(this.#plan.folder, logFile(generation));
    try {
      const fd = this.#open.get(generation) ?? this.#files.append(file);
      this.#open.set(generation, fd);
      this.#files.syncLater(fd, (error) => {
        if (error === null) this.#next(generation + 1, last);
        else this.#fail(`${file}: ${error.message}`);
      });
    } catch (error) {
      // A checkpoint has taken its place meanwhile.
      if (isNoFile(error) && Atomics.load(this.#control, C.stable) > generation) this.#next(generation + 1, last);
      else this.#fail(`${file}: ${(error as Error).message}`);
    }
  }

  #forget(): void {
    const stable = Atomics.load(this.#control, C.stable);
    for (const [generation, fd] of this.#open) {
      if (generation >= stable) continue;
      this.#files.close(fd);
      this.#open.delete(generation);
    }
  }

  #fail(what: string): void {
    this.#failed = true;
    this.#onTrouble(
      `battery memory cannot be synced: ${what}; no flush is answered well until the array is started anew`,
    );
    this.#end(false);
  }

  #end(ok: boolean): void {
    const done = this.#running.splice(0);
    setImmediate(() => {
      for (const tell of done) tell(ok);
    });
    this.#begin();
  }
}

/** A debugger's user who knows beforehand what to ask: a generator that is given the answer to each of its requests. */

import type { Images } from '../../../../firmware/runtime/machine/array.js';
import type { Resume, Stop } from '../../../../firmware/runtime/machine/debug/target.js';
import type { Scenario } from '../../../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../../../firmware/runtime/simulated/world-plan.js';
import { type Request, Session, type Talk } from '../../../../tools/debugger/simulated/session.js';
import { runScenario } from '../../../../tools/regress/run.js';

/** Yields requests and gets their answers; one that is refused throws there. When it returns, the run goes on to its end. */
export type User = (sim: Sim) => Generator<Request, void, unknown>;

export interface DebuggedRun {
  readonly scenario: Scenario;
  readonly rig: SimRig;
  readonly images: Images;
  readonly seed: number;
  readonly settings?: Readonly<Record<string, number>>;
  /** What snapshots may have. */
  readonly bytes?: number;
}

/** The user has nothing more to ask of a run that is over. */
class Over extends Error {}

/** What a run comes to that is debugged by a user, and what log points said. */
export function debugged(
  run: DebuggedRun,
  user: User,
): { readonly hash: string; readonly said: readonly string[]; readonly violations: readonly string[] } {
  const { scenario, rig, images, seed, settings = {}, bytes = 64 * 1024 * 1024 } = run;
  const said: string[] = [];
  let session: Session | undefined;
  let talk: Talking | undefined;
  const { hash, violations } = runScenario(scenario, rig, images, seed, settings, (sim) => {
    talk = new Talking(user(sim), said);
    session = new Session(sim, talk, bytes);
  });
  if (talk) talk.isOver = true;
  try {
    session?.end(hash);
  } catch (error) {
    if (!(error instanceof Over)) throw error;
  }
  if (talk?.failure !== undefined) throw talk.failure;
  return { hash, said, violations: violations.map(({ text }) => text) };
}

class Talking implements Talk {
  isOver = false;
  /** What the user threw: an expectation that does not hold. */
  failure: unknown;
  readonly wantsPause = false;
  readonly #user: Generator<Request, void, unknown>;
  readonly #said: string[];
  #step: IteratorResult<Request, void>;

  constructor(user: Generator<Request, void, unknown>, said: string[]) {
    this.#user = user;
    this.#said = said;
    this.#step = user.next();
  }

  next() {
    const { value: request, done } = this.#step;
    if (done && this.isOver) throw new Over();
    const goOn: Request = { what: 'resume', how: { how: 'continue' } };
    const refuse = (error: Error): void => {
      if (done) throw error;
      this.#go(() => this.#user.throw(error));
    };
    const answer = (value: unknown): void => {
      if (!done) this.#go(() => this.#user.next(value));
    };
    return { request: request ?? goOn, answer, refuse };
  }

  #go(step: () => IteratorResult<Request, void>): void {
    try {
      this.#step = step();
    } catch (error) {
      this.failure ??= error;
      this.#step = { done: true, value: undefined };
    }
  }

  poll(): undefined {}

  say(line: string): void {
    this.#said.push(line);
  }
}

/** For generators: goes on, and gets the stop. */
export function* going(how: Resume): Generator<Request, Stop, unknown> {
  return (yield { what: 'resume', how }) as Stop;
}

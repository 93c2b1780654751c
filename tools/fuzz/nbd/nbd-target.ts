/** NBD: options and requests of clients that are not to be trusted, beside an honest one. */
import { Chance } from '../chance.js';
import { Counts, FuzzFailure, type FuzzTarget, type OpenTarget } from '../target.js';
import { NbdBed } from './bed.js';
import { HonestClient } from './honest.js';
import { NbdTalker } from './talker.js';

const ACTS_MOST = 16;

class NbdTarget implements FuzzTarget {
  readonly name = 'nbd';
  readonly tally = new Counts();
  readonly #seed: number;
  readonly #bed = new NbdBed();
  readonly #honest = new HonestClient(this.#bed);

  constructor(seed: number) {
    this.#seed = seed;
  }

  open(): Promise<void> {
    return this.#honest.attach();
  }

  async run(input: number): Promise<void> {
    const bed = this.#bed;
    const chance = new Chance(this.#seed, this.name, input);
    const talkers = Array.from({ length: chance.oneOf(3) ? 2 : 1 }, () => new NbdTalker(bed, chance, this.tally));
    for (const talker of talkers) await talker.haggle();
    const acts = chance.between(1, ACTS_MOST);
    const asksAt = chance.below(acts);
    for (let i = 0; i < acts; i++) {
      if (i === asksAt) this.#honest.ask(chance);
      await chance.pick(talkers).act();
    }
    // Some die in the middle of what they do.
    if (!chance.oneOf(4)) await this.#finish(talkers);
    for (const talker of talkers) {
      await talker.leave();
      this.tally.refusals += talker.reader.refusals;
    }
    await bed.settle();
    this.#honest.checkAnswered();
    bed.checkLeft();
  }

  async #finish(talkers: readonly NbdTalker[]): Promise<void> {
    for (const { wire } of talkers) wire.isStalled = false;
    await this.#bed.settle();
    // One may have left a write unfinished whose memory the others, or the honest client, wait for.
    await this.#bed.watch();
    this.#honest.checkAnswered();
    for (const { isRight, hasLeft, isOver, unanswered, isAttached, reader } of talkers) {
      if (!isRight || hasLeft || !isAttached) continue;
      if (isOver) throw new FuzzFailure('a connection in which nothing was wrong was ended');
      if (unanswered > 0)
        throw new FuzzFailure(`${unanswered} requests of a client that did nothing wrong have no answer`);
      if (reader.isWithin) throw new FuzzFailure('the server stops in the middle of an answer');
    }
  }

  async close(): Promise<void> {
    this.#honest.leave();
    await this.#bed.settle();
    await this.#bed.close();
  }
}

export const open: OpenTarget = async (seed) => {
  const target = new NbdTarget(seed);
  await target.open();
  return target;
};

/** Links between arrays: one peer that is not to be trusted, before and after it has proved itself, beside an honest one. */
import { Chance } from '../chance.js';
import { Counts, FuzzFailure, type FuzzTarget, type OpenTarget } from '../target.js';
import { ANY, HONEST, LinkBed } from './bed.js';
import { frameOf, TYPES } from './frames.js';
import { Peer } from './peer.js';
import { checkHeard, LinkTalk } from './talk.js';

const FRAMES_MOST = 10;

class LinkTarget implements FuzzTarget {
  readonly name = 'link';
  readonly tally = new Counts();
  readonly #seed: number;
  readonly #bed = new LinkBed();
  #honest!: Peer;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async open(): Promise<void> {
    this.#honest = new Peer(this.#bed, new Chance(this.#seed, 'honest', 0), HONEST);
    await this.#prove(this.#honest);
    this.#honest.send(this.#honest.batch([this.#honest.hello(10)], new Chance(this.#seed, 'honest', 1)));
    await this.#bed.settle();
    if (!this.#bed.isUp(HONEST)) throw new FuzzFailure('the honest array is not let in');
  }

  async run(input: number): Promise<void> {
    const bed = this.#bed;
    const chance = new Chance(this.#seed, this.name, input);
    bed.told.length = 0;
    const talk = new LinkTalk(bed, chance, this.tally);
    await talk.handshake();
    for (let n = chance.below(FRAMES_MOST); n > 0; n--) await talk.act();
    bed.sleeps = false;
    await bed.settle();
    talk.check();
    await this.#serveHonest(chance);
    talk.leave();
    await bed.settle();
    if (bed.isUp(ANY)) throw new FuzzFailure('a link is up whose connection is gone');
    bed.checkLeft();
    if (talk.wasEnded) this.tally.refusals += 1;
  }

  async #prove(peer: Peer): Promise<void> {
    peer.send(peer.greeting());
    await this.#bed.settle();
    const proof = peer.proof();
    if (proof === undefined) throw new FuzzFailure('a right greeting has no answer');
    peer.send(proof);
    peer.send(frameOf(TYPES.HEARTBEAT));
    await this.#bed.settle();
  }

  /** A question and a write of the honest array: each is heard as it was said, and answered. */
  async #serveHonest(chance: Chance): Promise<void> {
    const peer = this.#honest;
    const messages = [peer.call(chance), peer.write(chance)];
    const before = this.#bed.told.length;
    peer.reader.came.length = 0;
    peer.send(peer.batch(messages, chance));
    await this.#bed.settle();
    checkHeard(this.#bed.told.slice(before), messages, HONEST, true);
    const answers = peer.reader.came.filter(({ type }) => type === TYPES.MESSAGES);
    if (answers.length === 0) throw new FuzzFailure('the honest array has no answer');
  }

  close(): Promise<void> {
    return this.#bed.close();
  }
}

export const open: OpenTarget = async (seed) => {
  const target = new LinkTarget(seed);
  await target.open();
  return target;
};

/** Logins and text: who may come in, who has to prove itself, and what is said of keys; beside an honest session. */
import { Chance } from '../chance.js';
import { Counts, type FuzzTarget, type OpenTarget } from '../target.js';
import { IscsiBed } from './bed.js';
import { HonestHost } from './honest.js';
import { LoginTalk } from './login-talk.js';

class TextTarget implements FuzzTarget {
  readonly name = 'text';
  readonly tally = new Counts();
  readonly #seed: number;
  readonly #bed = new IscsiBed();
  readonly #honest = new HonestHost(this.#bed);

  constructor(seed: number) {
    this.#seed = seed;
  }

  open(): Promise<void> {
    return this.#honest.login();
  }

  async run(input: number): Promise<void> {
    const bed = this.#bed;
    const chance = new Chance(this.#seed, this.name, input);
    bed.port.wasReset = false;
    const talks: LoginTalk[] = [];
    for (let n = chance.oneOf(4) ? 2 : 1; n > 0; n--) {
      const talk = new LoginTalk(bed, chance, this.tally);
      talks.push(talk);
      await talk.login();
      this.#honest.ask(chance);
      if (talk.isIn) await talk.talk();
    }
    await bed.settle();
    bed.checkRest();
    for (const { talker } of talks) {
      await talker.leave();
      this.tally.refusals += talker.reader.refusals;
    }
    await bed.settle();
    if (bed.port.wasReset) await this.#honest.startAnew();
    else this.#honest.checkAnswered();
    bed.checkLeft(1);
  }

  close(): Promise<void> {
    return this.#bed.close();
  }
}

export const open: OpenTarget = async (seed) => {
  const target = new TextTarget(seed);
  await target.open();
  return target;
};

/** Logins and text: who may come in, who has to prove itself, and what is said of keys; beside an honest session. */
import { Chance } from '../chance.js';
import type { OpenTarget } from '../target.js';
import { BesideHonest } from './beside-honest.js';
import { LoginTalk } from './login-talk.js';

class TextTarget extends BesideHonest {
  readonly name = 'text';

  async run(input: number): Promise<void> {
    const { bed } = this;
    const chance = new Chance(this.seed, this.name, input);
    bed.port.wasReset = false;
    const talks: LoginTalk[] = [];
    for (let n = chance.oneOf(4) ? 2 : 1; n > 0; n--) {
      const talk = new LoginTalk(bed, chance, this.tally);
      talks.push(talk);
      await talk.login();
      this.honest.ask(chance);
      if (talk.isIn) await talk.talk();
    }
    await bed.settle();
    bed.checkRest();
    await this.leave(talks.map(({ talker }) => talker));
  }
}

export const open: OpenTarget = async (seed) => {
  const target = new TextTarget(seed);
  await target.open();
  return target;
};

/** Sessions in full feature phase: one or two that are not to be trusted, beside an honest one. */
import { Chance } from '../chance.js';
import { FuzzFailure, type OpenTarget } from '../target.js';
import { BesideHonest } from './beside-honest.js';
import { Conversation } from './conversation.js';

const ACTS_MOST = 14;

class PduTarget extends BesideHonest {
  readonly name = 'iscsi-pdu';

  async run(input: number): Promise<void> {
    const { bed, honest } = this;
    const chance = new Chance(this.seed, this.name, input);
    const talks = Array.from(
      { length: chance.oneOf(3) ? 2 : 1 },
      (_, i) => new Conversation(bed, chance, this.tally, i + 1),
    );
    bed.port.wasReset = false;
    for (const talk of talks) await talk.login();
    const acts = chance.between(1, ACTS_MOST);
    const asksAt = chance.below(acts);
    let time = 0;
    for (let i = 0; i < acts; i++) {
      if (i === asksAt) honest.ask(chance);
      await chance.pick(talks).act();
      if (!chance.oneOf(200)) continue;
      time += 1;
      await bed.passes(chance.pick([1, 12, 16, 31, 46]));
    }
    await this.#end(talks, chance, time > 0);
  }

  async #end(talks: readonly Conversation[], chance: Chance, timePassed: boolean): Promise<void> {
    const { bed } = this;
    // Some die in the middle of what they do.
    if (!chance.oneOf(4)) {
      // In turns: one may wait for memory that the other holds.
      for (let i = 0; i < 3; i++) for (const talk of talks) await talk.finish();
      bed.checkRest();
      const isQuiet = !timePassed && !bed.port.wasReset && talks.every(({ talker }) => talker.isRight);
      if (isQuiet) for (const talk of talks) checkRight(talk);
    }
    await this.leave(talks.map(({ talker }) => talker));
  }
}

/** One that did nothing wrong has got all its answers, and has its session. */
function checkRight({ talker, unanswered, hasLeft }: Conversation): void {
  if (hasLeft) return;
  if (talker.isOver) throw new FuzzFailure('a session in which nothing was wrong was ended');
  if (unanswered > 0)
    throw new FuzzFailure(`${unanswered} commands of a session in which nothing was wrong have no answer`);
  if (talker.reader.isWithin) throw new FuzzFailure('the target stops in the middle of a PDU');
}

export const open: OpenTarget = async (seed) => {
  const target = new PduTarget(seed);
  await target.open();
  return target;
};

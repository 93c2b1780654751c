/** What targets of iSCSI have in common: the bed, and an honest host that must be served whatever is said beside it. */
import { Counts, type FuzzTarget } from '../target.js';
import { IscsiBed } from './bed.js';
import { HonestHost } from './honest.js';
import type { Talker } from './talker.js';

export abstract class BesideHonest implements FuzzTarget {
  abstract readonly name: string;
  readonly tally = new Counts();
  protected readonly bed = new IscsiBed();
  protected readonly honest = new HonestHost(this.bed);
  protected readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  open(): Promise<void> {
    return this.honest.login();
  }

  abstract run(input: number): Promise<void>;

  /** Those who are not to be trusted go. Errors: FuzzFailure, when they leave anything, or the honest host lacks an answer. */
  protected async leave(talkers: readonly Talker[]): Promise<void> {
    const { bed, honest } = this;
    for (const talker of talkers) await talker.leave();
    await bed.settle();
    if (bed.port.wasReset) await honest.startAnew();
    else honest.checkAnswered();
    bed.checkLeft(1);
    for (const talker of talkers) this.tally.refusals += talker.reader.refusals;
  }

  close(): Promise<void> {
    return this.bed.close();
  }
}

/** Who has something to send and who lacks something, and the run of the array that serves them all. */
import type { Client, Waiter } from './hub.js';

export class Turns {
  private readonly pump: () => void;
  private replying: Client[] = [];
  private spare: Client[] = [];
  /** In the order in which they came. */
  private readonly waiting: Waiter[] = [];
  private turning = false;
  /** Messages to the array, counted. */
  private postings = 0;
  /** Pending `turn` of `turnSoon`. */
  private soon: NodeJS.Immediate | undefined;

  /** @param pump runs the array until nothing is left to do now */
  constructor(pump: () => void) {
    this.pump = pump;
  }

  posted(): void {
    this.postings += 1;
  }

  /** Sends what has ended and takes what could not be taken before; call it after the host port was pumped. */
  flush(): void {
    if (this.turning) return;
    this.turning = true;
    try {
      this.reply();
      while (this.wake()) {
        this.pump();
        this.reply();
      }
    } finally {
      this.turning = false;
    }
  }

  turn(): void {
    if (this.turning) return;
    this.pump();
    this.flush();
  }

  turnSoon(): void {
    this.soon ??= setImmediate(this.turnNow);
  }

  private readonly turnNow = (): void => {
    this.soon = undefined;
    this.turn();
  };

  /** Does any wait for memory? */
  get wantMemory(): boolean {
    return this.waiting.some((waiter) => waiter.wantsMemory);
  }

  mayTake(waiter: Waiter): boolean {
    if (this.waiting.length === 0) return true;
    // Itself, even if it does not say so: while it tries again, it wants nothing yet.
    const first = this.waiting.find((one) => one === waiter || one.wantsMemory);
    return first === undefined || first === waiter;
  }

  wait(waiter: Waiter): void {
    if (waiter.waits) return;
    waiter.waits = true;
    this.waiting.push(waiter);
  }

  hasReplies(client: Client): void {
    if (client.listed) return;
    client.listed = true;
    this.replying.push(client);
  }

  private reply(): void {
    const list = this.replying;
    this.replying = this.spare;
    this.spare = list;
    for (const client of list) {
      client.listed = false;
      client.flush();
    }
    list.length = 0;
  }

  /** Lets those that wait go on, first come first served; true when there is something to do. */
  private wake(): boolean {
    const before = this.postings;
    for (let i = 0; i < this.waiting.length; ) {
      const waiter = this.waiting[i];
      if (!waiter.goOn()) {
        i += 1;
        continue;
      }
      waiter.waits = false;
      this.waiting.splice(i, 1);
    }
    return this.postings !== before || this.replying.length > 0;
  }
}

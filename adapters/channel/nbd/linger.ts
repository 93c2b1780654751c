/**
 * Keeps Node's event loop from sleeping for a moment after something happened. The next request of a client that sends
 * one at a time comes within some microseconds; going to sleep and being woken costs more than that (measured, depth 1:
 * twice the requests). Costs at most that moment of processor time for each arrival, and nothing while nothing comes.
 *
 * On a processor that others want, staying awake is wrong: the scheduler takes it away in the middle of a request from
 * who has used it up, and gives it at once to who has slept. A pause between two looks tells; then it rests for a while.
 */

/** So long between two looks: the processor was taken away. A batch of requests takes far less. */
const TAKEN_MS = 1.5;
const REST_MS = 20;

export class Linger {
  private readonly span_ms: number;
  private until_ms = 0;
  private looked_ms = 0;
  private rest_ms = 0;
  private armed = false;
  private readonly look = (): void => {
    const now_ms = performance.now();
    if (now_ms - this.looked_ms > TAKEN_MS) this.rest_ms = now_ms + REST_MS;
    this.looked_ms = now_ms;
    this.armed = now_ms < this.until_ms && now_ms >= this.rest_ms;
    // A pending immediate makes the loop look at its sockets without blocking.
    if (this.armed) setImmediate(this.look);
  };

  constructor(span_us: number) {
    this.span_ms = span_us / 1000;
  }

  /** Something happened. */
  stir(): void {
    if (this.span_ms === 0) return;
    const now_ms = performance.now();
    this.until_ms = now_ms + this.span_ms;
    if (this.armed || now_ms < this.rest_ms) return;
    this.armed = true;
    this.looked_ms = now_ms;
    setImmediate(this.look);
  }
}

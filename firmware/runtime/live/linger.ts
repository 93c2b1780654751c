/**
 * Keeps Node's event loop from sleeping for a moment after something happened. The next request of a client that sends
 * one at a time comes within some microseconds; going to sleep and being woken costs more than that (measured, depth 1:
 * twice the requests). Costs at most that moment of processor time for each arrival, and nothing while nothing comes.
 *
 * On a processor that others want, staying awake is wrong: the scheduler takes it away in the middle of a request from
 * who has used it up, and gives it at once to who has slept. A pause between two looks tells; then it rests for a while,
 * each time twice as long if it happens again soon.
 */

/** So long between two looks: the processor was taken away. A batch of requests takes far less. */
const TAKEN_MS = 1.5;
const REST_MIN_MS = 20;
const REST_MAX_MS = 1000;

export class Linger {
  private readonly span_ms: number;
  private until_ms = 0;
  private looked_ms = 0;
  private rest_ms = REST_MIN_MS;
  private restsUntil_ms = 0;
  private armed = false;
  private readonly look = (): void => {
    const now_ms = performance.now();
    if (now_ms - this.looked_ms > TAKEN_MS) this.rest(now_ms);
    this.looked_ms = now_ms;
    this.armed = now_ms < this.until_ms && now_ms >= this.restsUntil_ms;
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
    if (this.armed || now_ms < this.restsUntil_ms) return;
    this.armed = true;
    this.looked_ms = now_ms;
    setImmediate(this.look);
  }

  private rest(now_ms: number): void {
    const soon = now_ms - this.restsUntil_ms < 2 * this.rest_ms;
    this.rest_ms = soon ? Math.min(2 * this.rest_ms, REST_MAX_MS) : REST_MIN_MS;
    this.restsUntil_ms = now_ms + this.rest_ms;
  }
}

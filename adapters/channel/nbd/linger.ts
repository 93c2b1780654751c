/**
 * Keeps Node's event loop from sleeping for a moment after something happened. The next request of a client that sends
 * one at a time comes within some microseconds; going to sleep and being woken costs more than that (measured, depth 1:
 * twice the requests). Costs at most that moment of processor time for each arrival, and nothing while nothing comes.
 */
export class Linger {
  private readonly span_ms: number;
  private until_ms = 0;
  private armed = false;
  private readonly look = (): void => {
    // A pending immediate makes the loop look at its sockets without blocking.
    if (performance.now() < this.until_ms) setImmediate(this.look);
    else this.armed = false;
  };

  constructor(span_us: number) {
    this.span_ms = span_us / 1000;
  }

  /** Something happened. */
  stir(): void {
    if (this.span_ms === 0) return;
    this.until_ms = performance.now() + this.span_ms;
    if (this.armed) return;
    this.armed = true;
    setImmediate(this.look);
  }
}

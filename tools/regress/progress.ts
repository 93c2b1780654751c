/** How far a regression is, for whoever waits: a bar that is renewed in place on a terminal, elsewhere a line now and then. */

const BAR = 30;
const RENEW_MS = 100;
const LINE_MS = 10_000;
const CLEAR_REST_OF_LINE = '\x1b[K';

export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Moment {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Made here, not taken from a journal. */
  readonly made: number;
  readonly took_ms: number;
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** `█████▌    120 of 400 runs, 2 failed, 35.1 runs/s, 8 s left`. */
export function progressLine({ done, failed, total, made, took_ms }: Moment, bar: number): string {
  const rate = took_ms > 0 ? (1000 * made) / took_ms : 0;
  const eighths = total > 0 ? Math.floor((done * bar * 8) / total) : 0;
  const full = '█'.repeat(eighths >> 3) + (eighths % 8 === 0 ? '' : ' ▏▎▍▌▋▊▉'[eighths % 8]);
  const left = rate > 0 && done < total ? `, ${duration((total - done) / rate)} left` : '';
  return `${bar > 0 ? `${full.padEnd(bar)}  ` : ''}${done} of ${total} runs, ${failed} failed, ${rate.toFixed(1)} runs/s${left}`;
}

export class Progress {
  readonly #stream: Stream;
  readonly #now_ms: () => number;
  readonly #from_ms: number;
  #shown_ms: number;
  #moment: Moment;

  /** @param done from a journal. */
  constructor(stream: Stream, now_ms: () => number, total: number, done: number, failed: number) {
    this.#stream = stream;
    this.#now_ms = now_ms;
    this.#from_ms = now_ms();
    this.#shown_ms = this.#from_ms;
    this.#moment = { done, failed, total, made: 0, took_ms: 0 };
  }

  ran(failed: boolean): void {
    const { done, failed: before, made, total } = this.#moment;
    const now = this.#now_ms();
    this.#moment = {
      done: done + 1,
      failed: before + (failed ? 1 : 0),
      total,
      made: made + 1,
      took_ms: now - this.#from_ms,
    };
    if (now - this.#shown_ms < (this.#stream.isTTY ? RENEW_MS : LINE_MS)) return;
    this.#shown_ms = now;
    this.#show(this.#stream.isTTY ? '' : '\n');
  }

  /** The last word, which stays. */
  end(): void {
    this.#show('\n');
  }

  #show(end: string): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${progressLine(this.#moment, 0)}${end}`);
      return;
    }
    const columns = (this.#stream.columns ?? 80) - 1;
    const line = progressLine(this.#moment, BAR);
    const fits = line.length <= columns ? line : progressLine(this.#moment, 0).slice(0, columns);
    this.#stream.write(`\r${fits}${CLEAR_REST_OF_LINE}${end}`);
  }
}

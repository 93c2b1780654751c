/**
 * Between a socket and the connection that reads it, for links that are planned to fail: what comes is held back, kept for
 * longer, or damaged. A link without faults costs one look a chunk. The order of bytes stays, as TCP has it.
 */
import type { ByteSink } from '../../socket/receive.js';

/** What is wrong with what arrives over a link, each chunk that is read at once by itself. */
export interface WireFault {
  readonly kind: 'delay' | 'lose' | 'damage' | 'one-way';
  /** How much later it comes: of `delay` and `lose`. */
  readonly later_ms: number;
  /** Of so many chunks; 1 of 1: of each. */
  readonly of: number;
  readonly outOf: number;
  /** The next one only. */
  readonly once: boolean;
}

export interface GatedSink extends ByteSink {
  readonly ended: boolean;
  /** It takes nothing now, until it has gone on by itself. */
  readonly stalled: boolean;
}

/** Of a link: what all its connections share. */
export class WireFaults {
  #faults: readonly WireFault[] = [];
  readonly #spent = new Set<WireFault>();
  /** Told when they are others. */
  onChange: () => void = () => undefined;

  set(faults: readonly WireFault[]): void {
    this.#faults = faults;
    this.#spent.clear();
    this.onChange();
  }

  get areNone(): boolean {
    return this.#faults.length === 0;
  }

  /** Nothing arrives. */
  get isSilent(): boolean {
    return this.#faults.some(({ kind }) => kind === 'one-way');
  }

  /** How much later a chunk comes, and whether it is damaged. */
  draw(): { later_ms: number; isDamaged: boolean } {
    let later_ms = 0;
    let isDamaged = false;
    for (const fault of this.#faults) {
      if (fault.kind === 'one-way' || this.#spent.has(fault) || Math.random() * fault.outOf >= fault.of) continue;
      if (fault.once) this.#spent.add(fault);
      if (fault.kind === 'damage') isDamaged = true;
      else later_ms += fault.later_ms;
    }
    return { later_ms, isDamaged };
  }
}

/** More than a link has under way within a few milliseconds; then the socket is not read. */
const QUEUED_MOST_BYTES = 16 * 1024 * 1024;
const AGAIN_MS = 1;

interface Held {
  readonly bytes: Uint8Array;
  readonly due_ms: number;
}

export class ReceiveGate implements ByteSink {
  readonly #sink: GatedSink;
  readonly #faults: WireFaults;
  readonly #resume: () => void;
  #queue: Held[] = [];
  #queued_bytes = 0;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param resume lets the socket be read again. */
  constructor(sink: GatedSink, faults: WireFaults, resume: () => void) {
    this.#sink = sink;
    this.#faults = faults;
    this.#resume = resume;
  }

  nextPlace(): Uint8Array {
    return this.#sink.nextPlace();
  }

  received(bytes: number, place: Uint8Array): boolean {
    const sink = this.#sink;
    if (this.#faults.areNone && this.#queue.length === 0 && !sink.stalled) return sink.received(bytes, place);
    if (sink.ended) return true;
    const { later_ms, isDamaged } = this.#faults.draw();
    const held = Uint8Array.prototype.slice.call(place, 0, bytes);
    if (isDamaged) held[bytes >> 1] ^= 1;
    this.#queue.push({ bytes: held, due_ms: performance.now() + later_ms });
    this.#queued_bytes += bytes;
    this.#paused = this.#queued_bytes >= QUEUED_MOST_BYTES;
    this.#wait(later_ms);
    return !this.#paused;
  }

  /** Faults are others now. */
  look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length > 0) this.#wait(0);
  }

  #wait(ms: number): void {
    this.#timer ??= setTimeout(() => this.#pass(), Math.ceil(ms)).unref();
  }

  /** What is due goes on, in its order. */
  #pass(): void {
    this.#timer = undefined;
    const sink = this.#sink;
    while (!sink.ended && !this.#faults.isSilent) {
      const [first] = this.#queue;
      if (first === undefined) break;
      const left_ms = first.due_ms - performance.now();
      if (left_ms > 0 || sink.stalled) {
        this.#wait(sink.stalled ? AGAIN_MS : left_ms);
        return;
      }
      const place = sink.nextPlace();
      const n = Math.min(place.length, first.bytes.length);
      place.set(first.bytes.subarray(0, n));
      if (n === first.bytes.length) this.#queue.shift();
      else this.#queue[0] = { ...first, bytes: first.bytes.subarray(n) };
      this.#queued_bytes -= n;
      sink.received(n, place);
    }
    if (sink.ended) this.#queue = [];
    if (!this.#paused || this.#faults.isSilent) return;
    this.#paused = false;
    this.#resume();
  }
}

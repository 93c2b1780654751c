/** What is planned to go wrong with what arrives over a link: the bytes keep their order, and none is made up. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type GatedSink, ReceiveGate, type WireFault, WireFaults } from '../../../adapters/link/tcp/receive-gate.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes bytes as a connection does, into places of its own. */
class Sink implements GatedSink {
  ended = false;
  stalled = false;
  readonly taken: number[] = [];
  readonly #place: Uint8Array;

  constructor(place = 4) {
    this.#place = new Uint8Array(place);
  }

  nextPlace(): Uint8Array {
    return this.#place;
  }

  received(bytes: number, place: Uint8Array): boolean {
    expect(this.stalled || this.ended).toBe(false);
    this.taken.push(...place.subarray(0, bytes));
    return true;
  }
}

const each = { of: 1, outOf: 1, once: false };
const delay = (later_ms: number): WireFault => ({ kind: 'delay', later_ms, ...each });

function gate(faults: readonly WireFault[] = [], place = 4) {
  const sink = new Sink(place);
  const wire = new WireFaults();
  const resume = vi.fn();
  const made = new ReceiveGate(sink, wire, resume);
  wire.onChange = () => made.look();
  wire.set(faults);
  /** As the socket does: into the place, then says how many. */
  const come = (...bytes: number[]): boolean => {
    const at = made.nextPlace();
    at.set(bytes);
    return made.received(bytes.length, at);
  };
  return { sink, wire, come, resume };
}

test('without faults bytes pass at once', () => {
  const { sink, come } = gate();
  expect(come(1, 2)).toBe(true);
  expect(sink.taken).toEqual([1, 2]);
});

test('what is delayed comes so much later, and what came after it waits for it', () => {
  const { sink, wire, come } = gate([delay(10)]);
  come(1, 2);
  vi.advanceTimersByTime(4);
  wire.set([]);
  come(3);
  vi.advanceTimersByTime(5);
  expect(sink.taken).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sink.taken).toEqual([1, 2, 3]);
  come(4);
  expect(sink.taken).toEqual([1, 2, 3, 4]);
});

test('one way nothing comes until it is over; then all of it', () => {
  const { sink, wire, come } = gate([{ kind: 'one-way', later_ms: 0, ...each }]);
  for (let i = 0; i < 20; i++) come(i);
  vi.advanceTimersByTime(60_000);
  expect(sink.taken).toEqual([]);
  wire.set([]);
  vi.advanceTimersByTime(1);
  expect(sink.taken).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('of what is damaged one bit is another, and only once if that was said', () => {
  const { sink, come } = gate([{ kind: 'damage', later_ms: 0, of: 1, outOf: 1, once: true }]);
  come(0, 0, 0);
  come(0, 0, 0);
  vi.advanceTimersByTime(1);
  expect(sink.taken).toEqual([0, 1, 0, 0, 0, 0]);
});

test('a sink that stalls is not given more before it has gone on', () => {
  const { sink, come } = gate([delay(1)]);
  sink.stalled = true;
  come(1);
  vi.advanceTimersByTime(50);
  expect(sink.taken).toEqual([]);
  sink.stalled = false;
  vi.advanceTimersByTime(2);
  expect(sink.taken).toEqual([1]);
});

test('the socket is not read while too much is held back, and is again when that has gone on', () => {
  const part = 1024 * 1024;
  const { sink, wire, come, resume } = gate([{ kind: 'one-way', later_ms: 0, ...each }], part);
  const bytes = new Array<number>(part).fill(7);
  const answers = Array.from({ length: 16 }, () => come(...bytes.slice(0, 1)) && true);
  expect(answers).not.toContain(false);
  const place = new Uint8Array(16 * part);
  const big = new ReceiveGate(sink, wire, resume);
  wire.onChange = () => big.look();
  expect(big.received(place.length, place)).toBe(false);
  expect(resume).not.toHaveBeenCalled();
  sink.received = () => true;
  wire.set([]);
  vi.advanceTimersByTime(5);
  expect(resume).toHaveBeenCalledTimes(1);
});

test('whatever delays strike, all bytes come, in their order', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(chunk, fc.nat({ max: 5 })), { maxLength: 30 }),
      fc.nat({ max: 9 }),
      (chunks, later) => {
        const { sink, come } = gate([{ kind: 'delay', later_ms: later, of: 1, outOf: 3, once: false }]);
        for (const [bytes, pause] of chunks) {
          come(...bytes);
          vi.advanceTimersByTime(pause);
        }
        vi.advanceTimersByTime(100);
        expect(sink.taken).toEqual(chunks.flatMap(([bytes]) => [...bytes]));
      },
    ),
  );
});

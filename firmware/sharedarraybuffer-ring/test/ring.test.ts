import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOORBELL_WORDS, RING_HEADER_WORDS, Ring, ringWords } from '../dist/index.js';
import type { CarryJob } from './carry.worker.js';
import { runWorker } from './run-worker.js';

const GUARD = 0x5ca1ab1e;

/** A ring between two guard areas, its counters as if `start` items had passed already. */
function memoryWithRing(capacity: number, itemWords: number, start: number): { words: Int32Array; base: number } {
  const base = 16;
  const size = ringWords(capacity, itemWords);
  const words = new Int32Array(new SharedArrayBuffer((base + size + 16) * 4)).fill(GUARD);
  words.fill(0, base, base + size);
  for (const counter of [0, 16, 32]) words[base + counter] = start;
  return { words, base };
}

type Step = { do: 'claim' | 'publish' | 'release' | 'releaseLocal' | 'reset'; part: number; attachAnew: boolean };

const steps = fc.array(
  fc.record<Step>({
    do: fc.oneof(
      { weight: 8, arbitrary: fc.constant('claim' as const) },
      { weight: 3, arbitrary: fc.constantFrom('publish' as const, 'release' as const, 'releaseLocal' as const) },
      { weight: 1, arbitrary: fc.constant('reset' as const) },
    ),
    part: fc.integer({ min: 0, max: 100 }),
    attachAnew: fc.boolean(),
  }),
  { maxLength: 200 },
);
const shape = fc.record({
  capacity: fc.constantFrom(1, 2, 4, 8, 16),
  itemWords: fc.integer({ min: 1, max: 5 }),
  start: fc.oneof(
    fc.constant(0),
    fc.integer({ min: -40, max: 0 }), // the wrap of u32
    fc.integer({ min: 0x7fffffff - 40, max: 0x7fffffff }), // the change of sign
  ),
});

describe('Ring', () => {
  it('behaves as an array with a bounded length, whatever the order of calls, re-attachments and counter wraps', () => {
    fc.assert(
      fc.property(shape, steps, ({ capacity, itemWords, start }, run) => {
        const { words, base } = memoryWithRing(capacity, itemWords, start);
        let ring = new Ring(words, base, capacity, itemWords);
        let model: number[] = []; // the first word of every item that waits, oldest first
        let published = 0; // how many of them another thread sees; negative when local releases ran ahead
        let serial = 1;
        for (const step of run) {
          if (step.attachAnew) ring = new Ring(words, base, capacity, itemWords);
          if (step.do === 'claim') {
            const index = ring.claim();
            expect(index === -1).toBe(model.length === capacity);
            if (index !== -1) {
              for (let w = 0; w < itemWords; w++) words[index + w] = serial + w;
              model.push(serial);
              serial += itemWords;
            }
          } else if (step.do === 'publish') {
            expect(ring.publish()).toBe(published !== model.length);
            published = model.length;
          } else if (step.do === 'reset') {
            ring.reset();
            model = [];
            published = 0;
          } else {
            const most = step.do === 'release' ? Math.max(0, published) : model.length;
            const n = Math.floor((most * step.part) / 100);
            ring[step.do](n);
            model = model.slice(n);
            published -= n;
          }
          expect(ring.availableLocal()).toBe(model.length);
          expect(ring.available()).toBe(Math.max(0, published));
          model.forEach((first, i) => {
            for (let w = 0; w < itemWords; w++) expect(words[ring.at(i) + w]).toBe(first + w);
          });
        }
        const guards = [...words.subarray(0, base), ...words.subarray(base + ringWords(capacity, itemWords))];
        expect(guards.every((word) => word === GUARD)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same answers and the same memory when it is attached anew before every call', () => {
    fc.assert(
      fc.property(shape, steps, ({ capacity, itemWords, start }, run) => {
        const trace = (forgetful: boolean) => {
          const { words, base } = memoryWithRing(capacity, itemWords, start);
          let ring = new Ring(words, base, capacity, itemWords);
          const answers = run.map((step) => {
            if (forgetful) ring = new Ring(words, base, capacity, itemWords);
            if (step.do === 'release') return ring.release(ring.available());
            if (step.do === 'releaseLocal') return ring.releaseLocal(ring.availableLocal());
            return ring[step.do]();
          });
          return { answers, words: [...words] };
        };
        expect(trace(true)).toEqual(trace(false));
      }),
    );
  });

  it('is empty over memory of zeroes, and attaching changes nothing there', () => {
    const words = new Int32Array(new SharedArrayBuffer(ringWords(4, 2) * 4));
    const ring = new Ring(words, 0, 4, 2);
    expect([ring.available(), ring.availableLocal(), ring.publish()]).toEqual([0, 0, false]);
    expect(words.every((word) => word === 0)).toBe(true);
  });

  it('has the header of a fresh ring after a reset, published and claimed items gone', () => {
    const { words, base } = memoryWithRing(4, 1, -3);
    const ring = new Ring(words, base, 4, 1);
    for (let i = 0; i < 5; i++) ring.claim();
    ring.publish();
    ring.release(2);
    ring.claim();
    ring.reset();
    expect([ring.available(), ring.availableLocal(), ring.at(0)]).toEqual([0, 0, base + RING_HEADER_WORDS]);
    expect(words.subarray(base, base + RING_HEADER_WORDS).every((word) => word === 0)).toBe(true);
  });

  it('is memory of zeroes again after it was cleared, however much of it was used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), (claims, releases) => {
        const words = new Int32Array(new SharedArrayBuffer(ringWords(4, 3) * 4));
        const ring = new Ring(words, 0, 4, 3);
        for (let i = 0; i < claims; i++) {
          const index = ring.claim();
          if (index !== -1) words.fill(i + 1, index, index + 3);
          if (i < releases) ring.releaseLocal(ring.availableLocal());
        }
        ring.publish();
        ring.clear();
        expect(words.every((word) => word === 0)).toBe(true);
      }),
    );
  });

  it('hides claimed items from another thread until they are published', () => {
    const { words, base } = memoryWithRing(4, 1, 0);
    const ring = new Ring(words, base, 4, 1);
    ring.claim();
    ring.claim();
    expect([ring.available(), ring.availableLocal()]).toEqual([0, 2]);
    expect([ring.publish(), ring.publish()]).toEqual([true, false]);
    expect(ring.available()).toBe(2);
  });

  it('says how much memory it takes, and the items begin after the header', () => {
    expect(ringWords(8, 16)).toBe(RING_HEADER_WORDS + 128);
    expect(new Ring(new Int32Array(200), 8, 8, 16).claim()).toBe(8 + RING_HEADER_WORDS);
  });

  it.each([0, 3, -4, 1.5, Number.NaN, 2 ** 32])(
    'refuses capacity %s, naming it and what would be right',
    (capacity) => {
      expect(() => ringWords(capacity, 4)).toThrow(
        new RangeError(`ring capacity is ${capacity}: must be a power of two from 1 to 536870912 (1, 2, 4, ...)`),
      );
    },
  );

  it('refuses item sizes, bases and totals that cannot be, naming the value and what would be right', () => {
    expect(() => ringWords(4, 0)).toThrow(/^ring itemWords is 0: must be a whole number of 32-bit words, 1 or more$/);
    expect(() => ringWords(2 ** 29, 1)).toThrow(/takes 536870960 words: must be at most 536870912 \(2 GiB\)$/);
    const words = new Int32Array(60);
    for (const base of [-1, 9, 0.5]) {
      expect(() => new Ring(words, base, 4, 1)).toThrow(
        `ring base is ${base}: a ring of 52 words must lie within 0..60`,
      );
    }
  });

  it('refuses to give back more than waits, and changes nothing then', () => {
    const { words, base } = memoryWithRing(4, 1, 0);
    const ring = new Ring(words, base, 4, 1);
    ring.claim();
    expect(() => ring.release(1)).toThrow('ring release(1): must be a whole number from 0 to the 0 items that wait');
    for (const n of [2, -1, 0.5]) expect(() => ring.releaseLocal(n)).toThrow(RangeError);
    expect(ring.availableLocal()).toBe(1);
  });

  it.each([
    { name: 'in large batches', batch: 64, capacity: 256 },
    { name: 'one by one through a ring of two', batch: 1, capacity: 2, count: 20_000 },
  ])(
    'carries messages between two threads whole and in order, across the counter wrap, $name',
    { timeout: 120_000 },
    async ({ batch, capacity, count = 1_000_000 }) => {
      const itemWords = 4;
      const { words, base } = memoryWithRing(capacity, itemWords, -(count >> 1));
      const bells = new Int32Array(new SharedArrayBuffer(2 * DOORBELL_WORDS * 4));
      const job = { words, base, capacity, itemWords, bells, count, batch };
      const run = (side: CarryJob['side']) => {
        const data: CarryJob = { ...job, side };
        return runWorker<{ sum: number; misplaced: number }>('./carry.worker.js', data);
      };
      const [sent, received] = await Promise.all([run('producer'), run('consumer')]);
      expect(received).toEqual({ sum: sent.sum, misplaced: 0 });
      expect(new Ring(words, base, capacity, itemWords).available()).toBe(0);
    },
  );
});

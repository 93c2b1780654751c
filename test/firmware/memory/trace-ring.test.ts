/** The ring of a trace: who reads gets whole records, the newest, in their order, also while it is written. */
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  makeTraceRing,
  R_NUMBER,
  R_TIME,
  RECORD_WORDS,
  readTraceRing,
  TraceRing,
} from '../../../firmware/memory/trace-ring.js';

/** Every word of a record but its number is this, of the nth record from 1 on. */
const stamp = (n: number): number => Math.imul(n, 0x9e3779b1);

function write(ring: TraceRing, n: number): void {
  const at = ring.begin();
  ring.words.fill(stamp(n), at + R_TIME, at + RECORD_WORDS);
  ring.end();
}

/** Which records they are; 0 for one that is not whole. */
function records(words: Int32Array): number[] {
  return Array.from({ length: words.length / RECORD_WORDS }, (_, i) => {
    const record = words.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
    const n = record[R_NUMBER] as number;
    return record.subarray(R_TIME).every((word) => word === stamp(n)) ? n : 0;
  });
}

const upTo = (last: number, count: number): number[] => Array.from({ length: count }, (_, i) => last - count + 1 + i);

test('it holds the newest records, as many as fit, and knows how many there were', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(200), (power, writes) => {
      const capacity = 1 << power;
      const ring = new TraceRing(makeTraceRing(capacity));
      for (let n = 1; n <= writes; n++) write(ring, n);
      const read = readTraceRing(ring.words);
      expect(read.written).toBe(writes);
      expect(records(read.words)).toEqual(upTo(writes, Math.min(writes, capacity)));
    }),
  );
});

test('of a record that is half written over an old one nothing is read, whichever of its words are there', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.nat(100),
      fc.integer({ min: 0, max: 2 ** (RECORD_WORDS - 1) - 1 }),
      (power, writes, there) => {
        const capacity = 1 << power;
        const ring = new TraceRing(makeTraceRing(capacity));
        for (let n = 1; n <= writes; n++) write(ring, n);
        const at = ring.begin();
        for (let w = 1; w < RECORD_WORDS; w++) if ((there >> (w - 1)) & 1) ring.words[at + w] = stamp(writes + 1);
        const read = records(readTraceRing(ring.words).words);
        expect(read).toEqual(upTo(writes, Math.min(writes, capacity - 1)));
      },
    ),
  );
});

test('records that were overwritten while others were read are left out, and those after them are not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(100), fc.integer({ min: 1, max: 60 }), (power, writes, more) => {
      const capacity = 1 << power;
      const ring = new TraceRing(makeTraceRing(capacity));
      for (let n = 1; n <= writes; n++) write(ring, n);
      // The reader has seen the count; before it comes to the records, the writer goes on.
      for (let n = writes + 1; n <= writes + more; n++) write(ring, n);
      const read = readTraceRing(ring.words, writes);
      expect(read.written).toBe(writes);
      expect(records(read.words)).toEqual(upTo(writes, Math.max(0, Math.min(writes, capacity - more))));
    }),
  );
});

test('a thread writes as fast as it can: every record that another one reads meanwhile is whole, and they follow each other', async () => {
  const buffer = makeTraceRing(64);
  const module = new URL('../../../firmware/memory/trace-ring.js', import.meta.url).href;
  const code = `
    import(${JSON.stringify(module)}).then(({ TraceRing, R_TIME, RECORD_WORDS }) => {
      const { workerData } = require('node:worker_threads');
      const ring = new TraceRing(workerData);
      for (let n = 1; n <= 300000; n++) {
        const at = ring.begin();
        ring.words.fill(Math.imul(n, 0x9e3779b1), at + R_TIME, at + RECORD_WORDS);
        ring.end();
      }
    });`;
  const worker = new Worker(code, { eval: true, workerData: buffer });
  let isOver = false;
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => {
      isOver = true;
      resolve();
    });
  });
  const words = new Int32Array(buffer);
  let looks = 0;
  for (; !isOver; looks++) {
    const read = readTraceRing(words);
    const found = records(read.words);
    expect(found).toEqual(upTo(found.at(-1) ?? 0, found.length));
    if (found.length > 0) expect(found.at(-1)).toBe(read.written);
    if (looks % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  expect(records(readTraceRing(words).words)).toEqual(upTo(300_000, 64));
});

test('rings that share an order number their records together', () => {
  const order = { next: 1 };
  const [a, b] = [new TraceRing(makeTraceRing(8), order), new TraceRing(makeTraceRing(8), order)];
  write(a, 1);
  write(b, 2);
  write(a, 3);
  expect([records(readTraceRing(a.words).words), records(readTraceRing(b.words).words)]).toEqual([[1, 3], [2]]);
});

test('numbers go on behind 2^32, without 0', () => {
  const order = { next: -2 };
  const ring = new TraceRing(makeTraceRing(8), order);
  for (const n of [-2, -1, 1, 2]) write(ring, n);
  expect(records(readTraceRing(ring.words).words)).toEqual([-2, -1, 1, 2]);
});

test.each([0, 1, 3, 100, 1 << 25])('a ring of %i records is refused', (count) => {
  expect(() => makeTraceRing(count)).toThrow(/a power of two from 2 to/);
});

/** The oracle against one that keeps every write for ever, of every block. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Oracle } from '../../firmware/runtime/simulated/oracle.js';

const BLOCKS = 4;

interface Write {
  readonly id: number;
  readonly value: number;
  readonly block: number;
  readonly count: number;
  readonly issued: number;
  /** 0: under way. */
  ended: number;
  good: boolean;
}

/** Every write of a block, in a list; what a read may give is worked out from its definition each time. */
class Plain {
  readonly writes: Write[] = [];
  /** By block: writes before this moment count no more, and what it held then. */
  readonly #settled = new Map<number, { readonly moment: number; readonly value: number }>();

  settle(block: number, value: number, moment: number): void {
    this.#settled.set(block, { moment, value });
  }

  /** When a write ceased to be possible: when another was acknowledged that was issued after it ended. */
  #gone(block: number, ended: number): number {
    if (ended === 0) return Number.POSITIVE_INFINITY;
    const over = this.#of(block).filter((w) => w.good && w.issued > ended);
    return Math.min(Number.POSITIVE_INFINITY, ...over.map((w) => w.ended));
  }

  #of(block: number): Write[] {
    const since = this.#settled.get(block)?.moment ?? 0;
    return this.writes.filter((w) => w.issued > since && block >= w.block && block < w.block + w.count);
  }

  allows(block: number, value: number, since: number): boolean {
    const first = this.#settled.get(block) ?? { moment: 1, value: 0 };
    const all = [
      { value: first.value, gone: this.#gone(block, first.moment) },
      ...this.#of(block).map((w) => ({ value: w.value, gone: this.#gone(block, w.ended) })),
    ];
    return all.some((w) => w.value === value && w.gone > since);
  }
}

const place = fc.record({ block: fc.nat(BLOCKS - 1), count: fc.integer({ min: 1, max: 3 }) });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('issue' as const), place, zeroes: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(100), good: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('readEnds' as const), which: fc.nat(100) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), block: fc.nat(BLOCKS - 1), which: fc.nat(100) }),
  },
);

test('what a read may give, now or since it began, is what it may by the definition, whatever was forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const at = 3;
      const oracle = new Oracle({ m: new Int32Array(at + Oracle.words(BLOCKS)), at }, BLOCKS);
      const plain = new Plain();
      const reads: number[] = [];
      const pick = <T>(all: readonly T[], which: number): T | undefined => all[which % all.length];
      for (const s of steps) {
        const underWay = plain.writes.filter((w) => w.ended === 0);
        if (s.kind === 'issue' && underWay.length < 6) {
          const id = oracle.newWrite();
          const count = Math.min(s.place.count, BLOCKS - s.place.block);
          const value = s.zeroes && id % 4 === 0 ? 0 : id;
          const issued = oracle.moment();
          oracle.issued(id, value, s.place.block, count, issued);
          plain.writes.push({ id, value, block: s.place.block, count, issued, ended: 0, good: false });
        } else if (s.kind === 'end') {
          const w = pick(underWay, s.which);
          if (!w) continue;
          w.ended = oracle.moment();
          w.good = s.good > 0;
          oracle.ended(w.id, w.block, w.count, w.ended, w.good);
        } else if (s.kind === 'read' && reads.length < 3) {
          reads.push(oracle.moment());
          oracle.reads();
        } else if (s.kind === 'readEnds' && reads.length > 0) {
          reads.splice(s.which % reads.length, 1);
          oracle.readEnded();
        } else if (s.kind === 'settle' && underWay.length === 0) {
          const value = pick([0, ...plain.writes.map((w) => w.value)], s.which) ?? 0;
          oracle.settle(s.block, value);
          plain.settle(s.block, value, oracle.moment());
        }
        const values = new Set([0, 1, 9999, ...plain.writes.map((w) => w.value)]);
        for (let block = 0; block < BLOCKS; block++) {
          for (const since of [...reads, Number.MAX_SAFE_INTEGER]) {
            // Now: what is not gone at all.
            const from = since === Number.MAX_SAFE_INTEGER ? oracle.moment() : since;
            for (const value of values)
              expect(oracle.allows(block, value, from), `block ${block}, value ${value}`).toBe(
                plain.allows(block, value, from),
              );
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a block that nobody wrote holds zeroes, and so does memory that nobody touched', () => {
  const oracle = new Oracle({ m: new Int32Array(Oracle.words(BLOCKS)), at: 0 }, BLOCKS);
  expect(oracle.untouched(0, BLOCKS)).toBe(true);
  expect([oracle.allows(0, 0, 1), oracle.allows(0, 1, 1), oracle.acknowledged(0, 0)]).toEqual([true, false, true]);
  expect(oracle.possible(0)).toBe('zeroes');
  oracle.issued(oracle.newWrite(), 1, 2, 1, oracle.moment());
  expect([oracle.untouched(0, 2), oracle.untouched(2, 1)]).toEqual([true, false]);
  expect(oracle.possible(2)).toBe('zeroes or write 1');
});

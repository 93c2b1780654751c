import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { program } from '../../harness/program.js';

const word = fc.oneof(
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  fc.constantFrom(0, 1, -1, 0x7fff_ffff, -0x8000_0000, 0xffff, 0x10000),
);
const U64 = 1n << 64n;
const wide = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** rd = f(x, y) */
const BINARY: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => (x + y) | 0,
  sub: (x, y) => (x - y) | 0,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  shl: (x, y) => x << y,
  shr: (x, y) => (x >>> y) | 0,
  mul: (x, y) => Number(BigInt.asIntN(32, BigInt(x) * BigInt(y))),
  min: (x, y) => Math.min(x >>> 0, y >>> 0) | 0,
};

describe('arithmetic of two registers', () => {
  for (const [name, f] of Object.entries(BINARY)) {
    test(`${name} gives what 32-bit words give, also when the result is one of the operands`, () => {
      const p = program(
        `    ${name} r2, r0, r1\n    mov r3, r0\n    mov r4, r1\n    ${name} r0, r0, r1\n    ${name} r4, r3, r4`,
      );
      fc.assert(
        fc.property(word, word, (x, y) => {
          const r = p.go([x, y]);
          expect([r[2], r[0], r[4]]).toEqual([f(x, y), f(x, y), f(x, y)]);
        }),
      );
    });
  }
});

describe('arithmetic with a constant', () => {
  const numbers = [0, 1, 5, 31, 0x7fff_ffff, -1, -0x8000_0000];
  for (const name of ['add', 'sub', 'and', 'or', 'shl', 'shr']) {
    test(`${name} takes the constant as a 32-bit word`, () => {
      for (const n of name.startsWith('sh') ? [0, 1, 5, 31] : numbers) {
        const p = program(`    ${name} r1, r0, #${n}`);
        for (const x of [...numbers, 12345, 0x55555555]) expect(p.go([x])[1]).toBe(BINARY[name]?.(x, n));
      }
    });
  }

  test('fits says whether a track has the sectors of a span', () => {
    const code =
      '    ldi r1, #0x40000\n    fits r2, r1\n    ldi r1, #0x40001\n    fits r3, r1\n    ldi r1, #0xffffffff\n    fits r4, r1';
    const r = program(code, 'data', { sectorsPerTrack: 4 }).go();
    expect(r.slice(2, 5)).toEqual([1, 0, 0]);
  });

  test('ldi and mov set a register, geom tells the sectors of a track', () => {
    const r = program('    ldi r1, #-7\n    mov r2, r1\n    geom r3', 'data', { sectorsPerTrack: 16 }).go();
    expect(r.slice(0, 4)).toEqual([0, -7, -7, 16]);
  });
});

describe('64-bit pairs', () => {
  test('add64 carries into the high word and wraps at 2^64', () => {
    for (const n of [0, 1, 1000, 0x7fff_ffff]) {
      const p = program(`    add64 r2, r0, #${n}\n    add64 r0, r0, #${n}`);
      fc.assert(
        fc.property(word, word, (low, high) => {
          const r = p.go([low, high]);
          const sum = (wide(low, high) + BigInt(n)) % U64;
          expect(wide(r[2] as number, r[3] as number)).toBe(sum);
          expect(wide(r[0] as number, r[1] as number)).toBe(sum);
        }),
      );
    }
  });

  test('add64 and sub64 of a register take it without a sign, and wrap at 2^64', () => {
    const p = program('    add64 r2, r0, r8\n    sub64 r4, r0, r8\n    add64 r0, r0, r8\n    sub64 r0, r0, r8');
    fc.assert(
      fc.property(word, word, word, (low, high, n) => {
        const r = p.go([low, high, 0, 0, 0, 0, 0, 0, n]);
        const at = (i: number): bigint => wide(r[i] as number, r[i + 1] as number);
        const x = wide(low, high);
        const y = BigInt(n >>> 0);
        expect([at(2), at(4), at(0)]).toEqual([(x + y) % U64, (x + U64 - y) % U64, x]);
      }),
    );
  });

  test('diff64 is the difference from 0 to 2^31 - 1, and the nearer of them for what is beyond', () => {
    const p = program('    diff64 r4, r0, r2');
    const near = fc.integer({ min: -5, max: 5 });
    const far = fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33);
    fc.assert(
      fc.property(word, word, word, word, fc.boolean(), near, far, (low, high, otherLow, otherHigh, isNear, n, f) => {
        const x = wide(low, high);
        const y = isNear ? (x + U64 + BigInt(n - f)) % U64 : wide(otherLow, otherHigh);
        const r = p.go([low, high, Number(BigInt.asIntN(32, y)), Number(BigInt.asIntN(32, y >> 32n))]);
        const d = x - y;
        expect(r[4]).toBe(Number(d < 0n ? 0n : d > 0x7fff_ffffn ? 0x7fff_ffffn : d));
      }),
      { numRuns: 400 },
    );
  });

  test('add64 of a negative constant subtracts', () => {
    const p = program('    add64 r2, r0, #-1');
    fc.assert(
      fc.property(word, word, (low, high) => {
        const r = p.go([low, high]);
        expect(wide(r[2] as number, r[3] as number)).toBe((wide(low, high) + U64 - 1n) % U64);
      }),
    );
  });

  test('cmp64 says 0, 1 or 2 for less, equal or greater, unsigned', () => {
    const p = program('    cmp64 r4, r0, r2');
    fc.assert(
      fc.property(word, word, word, word, fc.boolean(), (a, b, c, d, sameHigh) => {
        const high = sameHigh ? b : d;
        const [x, y] = [wide(a, b), wide(c, high)];
        expect(p.go([a, b, c, high])[4]).toBe(x < y ? 0 : x === y ? 1 : 2);
      }),
    );
    expect(p.go([5, -1, 5, -1])[4]).toBe(1);
    expect(p.go([0, 1, -1, 0])[4]).toBe(2);
  });

  test('now64 is the time in nanoseconds, past 2^32 too', () => {
    const p = program('    now64 r2');
    p.time_ns = 3 * 0x1_0000_0000 + 0xfedcba98;
    const r = p.go();
    expect([(r[2] as number) >>> 0, r[3]]).toEqual([0xfedcba98, 3]);
  });
});

describe('tables', () => {
  test('ld and st reach record r of a table, with and without an index', () => {
    const p = program(
      '    ld r1, track.time[r0]\n    add r1, r1, #1\n    st track.time[r0], r1\n    st system.ready, r1',
    );
    for (const t of [0, 1, 3]) {
      p.set('track.time', t, 10 * t);
      p.go([t]);
      expect(p.get('track.time', t)).toBe(10 * t + 1);
      expect(p.get('system.ready')).toBe(10 * t + 1);
    }
  });

  test('ld64 and st64 move two words', () => {
    const p = program('    ld64 r2, track.gen[r0]\n    add64 r2, r2, #1\n    st64 track.gen[r1], r2');
    p.set('track.gen', 1, [-1, 6]);
    p.go([1, 2]);
    expect(p.words('track.gen', 2)).toEqual([0, 7]);
    expect(p.words('track.gen', 1)).toEqual([-1, 6]);
  });

  test('inc and dec count, and a count that would go below 0 is a fault', () => {
    const up = program('    inc lock.unacked[r0]\n    inc lock.unacked[r0]\n    dec lock.unacked[r0]');
    up.go([2]);
    expect(up.get('lock.unacked', 2)).toBe(1);
    expect(() => program('    dec lock.unacked[r0]').go([2])).toThrow(
      /^microcode fault at test\.uc:3 \(OFFER\): a count goes below 0 \(data, task \d+\)$/,
    );
  });
});

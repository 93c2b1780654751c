/** Arithmetic of expressions against another evaluator: the same tree, computed with BigInt. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { desk } from './desk.js';

const { inspector } = desk();
/** What is more is refused. */
const MOST = 2n ** 53n - 1n;

const BINARY: Readonly<Record<string, { of: (x: bigint, y: bigint) => bigint | undefined; precedence: number }>> = {
  '||': { of: (x, y) => (x !== 0n || y !== 0n ? 1n : 0n), precedence: 1 },
  '&&': { of: (x, y) => (x !== 0n && y !== 0n ? 1n : 0n), precedence: 2 },
  '|': { of: (x, y) => x | y, precedence: 3 },
  '^': { of: (x, y) => x ^ y, precedence: 4 },
  '&': { of: (x, y) => x & y, precedence: 5 },
  '==': { of: (x, y) => (x === y ? 1n : 0n), precedence: 6 },
  '!=': { of: (x, y) => (x === y ? 0n : 1n), precedence: 6 },
  '<': { of: (x, y) => (x < y ? 1n : 0n), precedence: 7 },
  '<=': { of: (x, y) => (x <= y ? 1n : 0n), precedence: 7 },
  '>': { of: (x, y) => (x > y ? 1n : 0n), precedence: 7 },
  '>=': { of: (x, y) => (x >= y ? 1n : 0n), precedence: 7 },
  '<<': { of: (x, y) => (y >= 0n && y <= 53n ? x << y : undefined), precedence: 8 },
  '>>': { of: (x, y) => (y >= 0n && y <= 53n ? x >> y : undefined), precedence: 8 },
  '+': { of: (x, y) => x + y, precedence: 9 },
  '-': { of: (x, y) => x - y, precedence: 9 },
  '*': { of: (x, y) => x * y, precedence: 10 },
  '/': { of: (x, y) => (y === 0n ? undefined : x / y), precedence: 10 },
  '%': { of: (x, y) => (y === 0n ? undefined : x % y), precedence: 10 },
};
const UNARY: Readonly<Record<string, (x: bigint) => bigint>> = {
  '-': (x) => -x,
  '!': (x) => (x === 0n ? 1n : 0n),
  '~': (x) => ~x,
};

type Tree =
  | { readonly value: bigint }
  | { readonly op: string; readonly of: Tree }
  | { readonly op: string; readonly left: Tree; readonly right: Tree };

/** undefined: it divides by 0, or some number in it is too large. What && and || leave out is not looked at. */
function compute(tree: Tree): bigint | undefined {
  const within = (n: bigint | undefined): bigint | undefined =>
    n !== undefined && n <= MOST && n >= -MOST ? n : undefined;
  if ('value' in tree) return tree.value;
  if ('of' in tree) {
    const of = compute(tree.of);
    return of === undefined ? undefined : within(UNARY[tree.op](of));
  }
  const left = compute(tree.left);
  if (left === undefined) return undefined;
  if (tree.op === '&&' && left === 0n) return 0n;
  if (tree.op === '||' && left !== 0n) return 1n;
  const right = compute(tree.right);
  return right === undefined ? undefined : within(BINARY[tree.op].of(left, right));
}

/** With brackets only where precedence needs them: operators of one precedence are taken from the left. */
function write(tree: Tree, least = 0): string {
  if ('value' in tree) return tree.value % 2n === 0n ? String(tree.value) : `0x${tree.value.toString(16)}`;
  if ('of' in tree) return `${tree.op}${write(tree.of, 11)}`;
  const { precedence } = BINARY[tree.op];
  const text = `${write(tree.left, precedence)} ${tree.op} ${write(tree.right, precedence + 1)}`;
  return precedence < least ? `(${text})` : text;
}

const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 70n }),
  fc.bigInt({ min: 0n, max: 2n ** 33n }),
  fc.bigInt({ min: 0n, max: MOST }),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number.map((value): Tree => ({ value })),
    fc.record({ op: fc.constantFrom(...Object.keys(UNARY)), of: tie('tree') }),
    fc.record({ op: fc.constantFrom(...Object.keys(BINARY)), left: tie('tree'), right: tie('tree') }),
    fc.record({ op: fc.constantFrom(...Object.keys(BINARY)), left: tie('tree'), right: tie('tree') }),
  ),
}));

test('an expression is what C makes of it with numbers of 53 bits, or refused', () => {
  const seen = { computed: 0, refused: 0 };
  fc.assert(
    fc.property(tree, (of) => {
      const text = write(of);
      fc.pre(text.length <= 1000);
      const right = compute(of);
      if (right === undefined) {
        seen.refused++;
        expect(() => inspector.answer('evaluate', { text })).toThrow(RangeError);
        // A condition that cannot be computed does not hold.
        expect(inspector.compile(text)(undefined)).toBe(0);
        return;
      }
      seen.computed++;
      expect(BigInt(inspector.answer('evaluate', { text }).number ?? Number.NaN)).toBe(right);
      expect(inspector.compile(text)(undefined)).toBe(Number(right));
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect(seen.computed).toBeGreaterThan(1000);
  expect(seen.refused).toBeGreaterThan(100);
});

/**
 * What is known of a register's number at a place of the code: one of a few, none of a few, or bits. Values are interned:
 * two that say the same are the same object, so states compare fast.
 */

export interface Value {
  readonly id: number;
  /** One of these, in order; undefined: any, but for `not` and the bits. */
  readonly set?: readonly number[];
  readonly not: readonly number[];
  /** Bits that are 1, and that are 0. */
  readonly ones: number;
  readonly zeros: number;
  /** The register whose number from the beginning of the handler or hook this is; -1: not known to be one's. */
  readonly of: number;
}

/** More than so many numbers are any number: loops come to an end. */
const MOST = 8;
const known = new Map<string, Value>();

function intern(set: readonly number[] | undefined, not: readonly number[], bits: Bits, of: number): Value {
  const { ones, zeros } = bits;
  const key = `${set ?? '*'}|${not}|${ones}|${zeros}|${of}`;
  let value = known.get(key);
  if (!value) {
    value = { id: known.size, ...(set && { set }), not, ones, zeros, of };
    known.set(key, value);
  }
  return value;
}

interface Bits {
  readonly ones: number;
  readonly zeros: number;
}
const NO_BITS: Bits = { ones: 0, zeros: 0 };

function ofSet(numbers: readonly number[], of: number): Value {
  const set = [...new Set(numbers)].sort((x, y) => x - y);
  const ones = set.reduce((all, n) => all & n, -1);
  const zeros = set.reduce((all, n) => all & ~n, -1);
  return set.length <= MOST ? intern(set, [], { ones, zeros }, of) : intern(undefined, [], { ones, zeros }, of);
}

/** The same of the same value and number is asked again and again. */
function remembered(make: (x: Value, n: number) => Refined): (x: Value, n: number) => Refined {
  const made = new Map<number, Refined>();
  return (x, n) => {
    const key = x.id * 0x1_0000_0000 + (n >>> 0);
    const old = made.get(key);
    if (old || made.has(key)) return old;
    const value = make(x, n);
    made.set(key, value);
    return value;
  };
}

/** Any number; with `of`, the one that this register had at the beginning. */
export const any = (of = -1): Value => (of < 0 ? ANY : intern(undefined, [], NO_BITS, of));
/** Any number, of no register. */
export const ANY = intern(undefined, [], NO_BITS, -1);
export const exactly = (n: number, of = -1): Value => ofSet([n | 0], of);

const joined = new Map<number, Value>();

export function join(x: Value, y: Value): Value {
  if (x === y) return x;
  const key = x.id * 0x1_0000_0000 + y.id;
  const value = joined.get(key) ?? joinOf(x, y);
  joined.set(key, value);
  return value;
}

function joinOf(x: Value, y: Value): Value {
  const of = x.of === y.of ? x.of : -1;
  if (x.set && y.set) return ofSet([...x.set, ...y.set], of);
  const not = (x.set ? y : x).not.filter(
    (n) => (x.set ?? y.set)?.includes(n) !== true && (x.set || y.set || y.not.includes(n)),
  );
  return intern(undefined, not, { ones: x.ones & y.ones, zeros: x.zeros & y.zeros }, of);
}

/** What is left of a value when a branch says so; undefined: the branch cannot go this way. */
export type Refined = Value | undefined;

function filter(x: Value, keep: (n: number) => boolean): Refined {
  const set = (x.set ?? []).filter(keep);
  return set.length > 0 ? ofSet(set, x.of) : undefined;
}

function equalOf(x: Value, n: number): Refined {
  const m = n | 0;
  if (x.set) return filter(x, (k) => k === m);
  if (x.not.includes(m) || (x.ones & ~m) !== 0 || (x.zeros & m) !== 0) return undefined;
  return exactly(m, x.of);
}

function unequalOf(x: Value, n: number): Refined {
  const m = n | 0;
  if (x.set) return filter(x, (k) => k !== m);
  if (x.not.includes(m) || x.not.length >= MOST) return x;
  return intern(
    undefined,
    [...x.not, m].sort((a, b) => a - b),
    x,
    x.of,
  );
}

function withAnyOf(x: Value, mask: number): Refined {
  if (x.set) return filter(x, (k) => (k & mask) !== 0);
  const open = mask & ~x.zeros;
  if (open === 0) return undefined;
  const isOne = (open & (open - 1)) === 0;
  return isOne ? intern(undefined, x.not, { ones: x.ones | open, zeros: x.zeros }, x.of) : x;
}

function withoutOf(x: Value, mask: number): Refined {
  if (x.set) return filter(x, (k) => (k & mask) === 0);
  if ((x.ones & mask) !== 0) return undefined;
  return intern(undefined, x.not, { ones: x.ones, zeros: x.zeros | mask }, x.of);
}

function belowOf(x: Value, n: number): Refined {
  if (x.set) return filter(x, (k) => k >>> 0 < n >>> 0);
  if (n === 0) return undefined;
  return n === 1 ? equalOf(x, 0) : x;
}

function atLeastOf(x: Value, n: number): Refined {
  if (x.set) return filter(x, (k) => k >>> 0 >= n >>> 0);
  return n === 1 ? unequalOf(x, 0) : x;
}

export const equal = remembered(equalOf);
export const unequal = remembered(unequalOf);
/** With any of the mask's bits. */
export const withAny = remembered(withAnyOf);
export const without = remembered(withoutOf);
export const below = remembered(belowOf);
export const atLeast = remembered(atLeastOf);

const SIGN = 0x8000_0000 | 0;
export const negative = (x: Value): Refined => withAny(x, SIGN);
export const notNegative = (x: Value): Refined => without(x, SIGN);

/** Of two registers that a branch says to be the same; undefined: they cannot be. */
export function same(x: Value, y: Value): readonly [Value, Value] | undefined {
  if (x.set && y.set) {
    const both = x.set.filter((n) => y.set?.includes(n));
    return both.length > 0 ? [ofSet(both, x.of), ofSet(both, y.of)] : undefined;
  }
  const of = (v: Value, set: readonly number[]): Refined => {
    const left = set.filter((n) => equal(v, n) !== undefined);
    return left.length > 0 ? ofSet(left, v.of) : undefined;
  };
  const [a, b] = [y.set ? of(x, y.set) : x, x.set ? of(y, x.set) : y];
  return a && b && [a, b];
}

/** And of two that are not. */
export function different(x: Value, y: Value): readonly [Value, Value] | undefined {
  const a = y.set?.length === 1 ? unequal(x, y.set[0]) : x;
  const b = x.set?.length === 1 ? unequal(y, x.set[0]) : y;
  return a && b && [a, b];
}

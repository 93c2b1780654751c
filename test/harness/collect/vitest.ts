/**
 * Stands in for vitest where the unit tests of the microcode are run in-process, hundreds of times over, on one mutant after
 * the other: it collects tests, and knows the expectations that they use.
 */
import { isDeepStrictEqual } from 'node:util';

export interface Collected {
  readonly name: string;
  readonly run: () => unknown;
}

export const collected: Collected[] = [];
const path: string[] = [];

type Body<T extends unknown[]> = (...args: T) => unknown;

/** `%s` and `%i` as vitest fills them in, more or less. */
const fill = (name: string, args: readonly unknown[]): string => {
  let i = 0;
  return name.replace(/%[sijd]/g, () => String(args[i++]));
};
const rowOf = (row: unknown): unknown[] => (Array.isArray(row) ? row : [row]);

export function test(name: string, run: Body<[]>): void {
  collected.push({ name: [...path, name].join(' > '), run });
}
test.each =
  (rows: readonly unknown[]) =>
  (name: string, run: Body<unknown[]>): void => {
    for (const row of rows) test(fill(name, rowOf(row)), () => run(...rowOf(row)));
  };
test.skip = (): void => {};

export function describe(name: string, body: Body<[]>): void {
  path.push(name);
  body();
  path.pop();
}
describe.each =
  (rows: readonly unknown[]) =>
  (name: string, body: Body<unknown[]>): void => {
    for (const row of rows) describe(fill(name, rowOf(row)), () => body(...rowOf(row)));
  };

/** What is expected is not so. */
export class Unmet extends Error {}

const show = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};

/** vitest's toEqual: what is undefined is as if it were not there. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, plain(v)]),
  );
}

function holds(actual: unknown, part: unknown): boolean {
  if (part === null || typeof part !== 'object') return Object.is(actual, part);
  if (actual === null || typeof actual !== 'object') return false;
  if (Array.isArray(part) && (!Array.isArray(actual) || actual.length !== part.length)) return false;
  return Object.entries(part).every(([k, v]) => holds((actual as Record<string, unknown>)[k], v));
}

function throws(actual: unknown, wanted: unknown): boolean {
  try {
    (actual as () => unknown)();
    return false;
  } catch (error) {
    if (wanted === undefined) return true;
    if (typeof wanted === 'function') return error instanceof wanted;
    const text = error instanceof Error ? error.message : String(error);
    return wanted instanceof RegExp ? wanted.test(text) : text.includes(String(wanted));
  }
}

const MATCHERS: Readonly<Record<string, (actual: never, wanted: never) => boolean>> = {
  toBe: (a, b) => Object.is(a, b),
  toEqual: (a, b) => isDeepStrictEqual(plain(a), plain(b)),
  toStrictEqual: (a, b) => isDeepStrictEqual(a, b),
  toMatchObject: (a, b) => holds(a, b),
  toThrow: (a, b) => throws(a, b),
  toContain: (a: { includes(x: unknown): boolean }, b) => a.includes(b),
  toMatch: (a: string, b: string | RegExp) => (typeof b === 'string' ? a.includes(b) : b.test(a)),
  toHaveLength: (a: { length: number }, b) => a.length === b,
  toBeDefined: (a) => a !== undefined,
  toBeUndefined: (a) => a === undefined,
  toBeNaN: (a) => Number.isNaN(a),
  toBeLessThan: (a: number, b: number) => a < b,
  toBeLessThanOrEqual: (a: number, b: number) => a <= b,
  toBeGreaterThan: (a: number, b: number) => a > b,
  toBeGreaterThanOrEqual: (a: number, b: number) => a >= b,
};

type Expectations = Readonly<Record<string, (wanted?: unknown) => void>> & { readonly not: Expectations };

function expectations(actual: unknown, isNot: boolean): Expectations {
  const of = {} as Record<string, unknown>;
  for (const [name, matcher] of Object.entries(MATCHERS)) {
    of[name] = (wanted?: unknown): void => {
      if (matcher(actual as never, wanted as never) === isNot)
        throw new Unmet(`${show(actual)} ${isNot ? 'not ' : ''}${name} ${show(wanted)}`);
    };
  }
  return new Proxy(of, {
    get: (target, name) => {
      if (name === 'not') return expectations(actual, !isNot);
      if (name in target) return target[name as string];
      throw new TypeError(`test/harness/collect/vitest.ts does not know the expectation ${String(name)}`);
    },
  }) as Expectations;
}

export function expect(actual: unknown): Expectations {
  return expectations(actual, false);
}
expect.fail = (text: string): never => {
  throw new Unmet(text);
};

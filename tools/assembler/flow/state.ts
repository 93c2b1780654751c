/** What holds at a place of the code on one way there: what is held, which registers nothing has written, what others hold. */
import { join, type Value } from './values.js';

export interface State {
  /** `grant=1,lock=1`: names in order; what is not named is not held. Answers that are awaited stand as `?GOT`. */
  readonly held: string;
  /** A bit for each register that nothing has written. */
  readonly unset: number;
  /** The last wait ended without its answer. */
  readonly gaveUp: boolean;
  readonly registers: readonly Value[];
}

/** So many and more are the same. */
export const MANY = 3;

const parsed = new Map<string, ReadonlyMap<string, number>>();
export function heldOf(held: string): ReadonlyMap<string, number> {
  let map = parsed.get(held);
  if (!map) {
    map = new Map(held === '' ? [] : held.split(',').map((one) => [one.split('=')[0], Number(one.split('=')[1])]));
    parsed.set(held, map);
  }
  return map;
}

export const countOf = (held: string, name: string): number => heldOf(held).get(name) ?? 0;

export function withCount(held: string, name: string, count: number): string {
  const map = new Map(heldOf(held)).set(name, Math.min(count, MANY));
  return [...map]
    .filter(([, n]) => n > 0)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([x, n]) => `${x}=${n}`)
    .join(',');
}

export const onlyHeld = (held: string, keep: (name: string) => boolean): string =>
  [...heldOf(held)]
    .filter(([name]) => keep(name))
    .map(([x, n]) => `${x}=${n}`)
    .join(',');

/** What is left when one is given back: of many, many or one less. */
export function less(held: string, name: string): readonly string[] {
  const n = countOf(held, name);
  return n < MANY ? [withCount(held, name, n - 1)] : [held, withCount(held, name, n - 1)];
}

export const more = (held: string, name: string): string => withCount(held, name, countOf(held, name) + 1);

/** States with the same key are one. */
export const keyOf = ({ held, unset, gaveUp }: State): string => `${held}|${unset}|${gaveUp ? 1 : 0}`;

/** Where there are more states than anybody writes on purpose, those that hold the same are one, whatever they have written. */
export const coarseKeyOf = ({ held, gaveUp }: State): string => `${held}|*|${gaveUp ? 1 : 0}`;

/** All that the state says, for whoever keeps results by it. */
export const wholeKeyOf = (s: State): string => `${keyOf(s)}|${s.registers.map((v) => v.id)}`;

/** `old` with what `add` adds; `old` itself when that is nothing. */
export function widened(old: State, add: State): State {
  const unset = old.unset | add.unset;
  if (unset === old.unset && old.registers.every((v, r) => join(v, add.registers[r]) === v)) return old;
  return { ...old, unset, registers: old.registers.map((v, r) => join(v, add.registers[r])) };
}

export function withRegister(s: State, register: number, value: Value): State {
  if (s.registers[register] === value) return s;
  const registers = [...s.registers];
  registers[register] = value;
  return { ...s, registers };
}

/** Entries that the array in the middle has restored and is to hand on. */
import { expect } from 'vitest';
import { PAIR_STATE } from '../../firmware/memory/constants.js';
import type { Path } from '../harness/path.js';
import { cascade, FURTHER, type Groups, NEAR } from './further.js';
import { holding, number, of } from './second-system.js';

export type Entries = Parameters<typeof holding>[1];

/** These entries are restored, and not handed on yet. */
export function restored(entries: Entries, groups: Groups = {}): Path {
  const p = holding(cascade(groups), entries);
  const newest = number(Math.max(...entries.map((e) => e.n)));
  for (const field of ['journal.restored', 'journaling.taken'] as const) p.set(field, NEAR, newest);
  p.set('journal.handed', NEAR, number(0));
  return p;
}

export function hand(p: Path, options: { ops?: number } = {}): void {
  p.set('journaling.handing', NEAR, 1);
  p.receive('HAND', { journal: NEAR }, options);
}

/** Up to which entry all is handed on. */
export function handed(p: Path): number {
  const [low, high] = p.words('journal.handed', NEAR) as [number, number];
  return (low >>> 0) + high * 2 ** 32 - (2 ** 33 - 3);
}

/** All entries up to n were handed on and freed, and nothing is left to be done. */
export function handedOn(p: Path, n: number): void {
  expect([handed(p), of(p, 'freed'), p.get('journaling.handing', NEAR)]).toEqual([n, n, 0]);
  p.expectDone();
}

export const suspend = (p: Path, state: keyof typeof PAIR_STATE): void => {
  p.set('pair.state', FURTHER, PAIR_STATE[state]);
  if (state !== 'COPY') p.set('session.open', FURTHER, 0);
};

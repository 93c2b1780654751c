/** Looks into the tables of a journal group at one array, for the checkers. Changes nothing. */
import { fieldOffset, shiftOf } from '../../memory/tables.js';
import { wide } from '../../units/journals.js';
import type { ArrayMachine } from '../machine/array.js';

const UPDATE_SHIFT = shiftOf('update');
const field = (name: string): number => fieldOffset('update', name);
const [NUMBER, GEN, TIME, PLACE, PEER, VOLUME, TRACK, SPAN, FLAGS, DONE] = [
  field('number'),
  field('gen'),
  field('time'),
  field('place'),
  field('peer'),
  field('volume'),
  field('track'),
  field('span'),
  field('flags'),
  field('done'),
];

/** Numbers of an array's journal: the newest entry, and up to which all are gone, restored, to become marks. */
export interface JournalNumbers {
  readonly last: number;
  readonly freed: number;
  readonly restored: number;
  readonly drop: number;
  /** Of a target: up to which the journals of further pairs have what it restored. */
  readonly handed: number;
}

export function numbersOf(a: ArrayMachine, journal: number): JournalNumbers {
  const number = (name: string): number => wide(a.memory.m, a.at('journal', name, journal));
  return {
    last: number('last'),
    freed: number('freed'),
    restored: number('restored'),
    drop: number('drop'),
    handed: number('handed'),
  };
}

/** Update information of an entry. */
export interface Entry {
  readonly number: number;
  readonly gen: number;
  /** When it was written, in nanoseconds. */
  readonly time: number;
  /** Position of its data, if it has any. */
  readonly place: number;
  /** Number of its volume at the array that wrote it, and at the other. */
  readonly volume: number;
  readonly peer: number;
  readonly track: number;
  readonly first: number;
  readonly sectors: number;
  readonly flags: number;
  /** The target has restored it. */
  readonly done: boolean;
}

/** All entries that exist behind a number, in the order of their records. */
export function entriesBehind(a: ArrayMachine, journal: number, from: number): Entry[] {
  const { m, layout } = a.memory;
  const sizes = (layout.dims.journals ?? []).map(({ records }) => records);
  const firstRecord = sizes.slice(0, journal).reduce((sum, n) => sum + n, 0);
  const { last, freed } = numbersOf(a, journal);
  const entries: Entry[] = [];
  for (let r = firstRecord; r < firstRecord + (sizes[journal] ?? 0); r++) {
    const at = layout.base.update + (r << UPDATE_SHIFT);
    const number = wide(m, at + NUMBER);
    if (number <= from || number <= freed || number > last) continue;
    const span = m[at + SPAN] as number;
    entries.push({
      number,
      gen: wide(m, at + GEN),
      time: wide(m, at + TIME),
      place: wide(m, at + PLACE),
      volume: m[at + VOLUME] as number,
      peer: m[at + PEER] as number,
      track: m[at + TRACK] as number,
      first: span & 0xffff,
      sectors: span >>> 16,
      flags: m[at + FLAGS] as number,
      done: m[at + DONE] !== 0,
    });
  }
  return entries;
}

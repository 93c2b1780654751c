/** A fault as it is planned, and how it is written: `print` and `parseFault` (parse.ts) are each other's inverse. */
import type { FLAG } from '../../../memory/constants.js';
import type { PairState } from '../../../memory/pair-states.js';
import type { Role } from '../../../ports/messages.js';
import type { FaultKind } from './kinds.js';

export type FlagName = Exclude<keyof typeof FLAG, 'WRITTEN' | 'FBA_4096'>;
export const COMPARES = ['=', '<', '>', '<=', '>='] as const;
export type Compare = (typeof COMPARES)[number];

/** Of names as `ctl` writes them: volumes ARRAY:VOLUME. */
export type Condition =
  | {
      readonly of: 'flag';
      readonly flag: FlagName;
      readonly isSet: boolean;
      readonly volume: string;
      readonly track?: number;
    }
  | { readonly of: 'pair'; readonly volume: string; readonly state: PairState }
  /** `place`: an array, or a volume of it. */
  | { readonly of: 'write-pending'; readonly place: string; readonly compare: Compare; readonly count: number }
  | {
      readonly of: 'credits';
      readonly array: string;
      readonly link?: number;
      readonly compare: Compare;
      readonly count: number;
    }
  | {
      readonly of: 'ring';
      readonly array: string;
      readonly from: Role;
      readonly to: Role;
      readonly compare: Compare;
      readonly count: number;
    };

/** `nth`: for the so-manieth time; `after_ns`: so long after that. */
interface Sequel {
  readonly nth: number;
  readonly after_ns: number;
}

export type Start =
  | { readonly at: 'once' }
  | { readonly at: 'time'; readonly time_ns: number }
  | ({ readonly at: 'state'; readonly condition: Condition } & Sequel)
  | ({ readonly at: 'label'; readonly file: string; readonly label: string; readonly array: string } & Sequel);

export type FaultValue =
  | { readonly is: 'time'; readonly time_ns: number }
  | { readonly is: 'factor'; readonly factor: number }
  | { readonly is: 'sectors'; readonly from: number; readonly to: number }
  | { readonly is: 'track'; readonly track: number }
  | { readonly is: 'file'; readonly file: string };

export interface Fault {
  readonly kind: FaultKind;
  readonly target: string;
  readonly value?: FaultValue;
  readonly start: Start;
  readonly ratio?: { readonly of: number; readonly outOf: number };
  readonly for_ns?: number;
}

/** Largest first, with whole nanoseconds of each. */
export const TIME_UNITS = [
  ['s', 1_000_000_000],
  ['ms', 1_000_000],
  ['us', 1_000],
  ['ns', 1],
] as const;

/** In the largest unit in which it is whole. */
export function printTime(ns: number): string {
  const [unit, size] = TIME_UNITS.find(([, n]) => ns % n === 0) ?? ['ns', 1];
  return `${ns / size}${unit}`;
}

function printValue(value: FaultValue): string {
  switch (value.is) {
    case 'time':
      return printTime(value.time_ns);
    case 'factor':
      return `x${value.factor}`;
    case 'sectors':
      return value.from === value.to ? `${value.from}` : `${value.from}-${value.to}`;
    case 'track':
      return `track ${value.track}`;
    default:
      return quoted(value.file);
  }
}

/** A word that holds a space stands in quotes. */
const quoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);

export function printCondition(c: Condition): string {
  switch (c.of) {
    case 'flag':
      return `${c.isSet ? '' : 'no '}${c.flag} of ${c.volume}${c.track === undefined ? '' : ` track ${c.track}`}`;
    case 'pair':
      return `pair ${c.volume} is ${c.state}`;
    case 'write-pending':
      return `write-pending ${c.place} ${c.compare} ${c.count}`;
    case 'credits':
      return `credits ${c.array}${c.link === undefined ? '' : `:${c.link}`} ${c.compare} ${c.count}`;
    default:
      return `ring ${c.array}:${c.from}->${c.to} ${c.compare} ${c.count}`;
  }
}

function printStart(start: Start): string[] {
  if (start.at === 'once') return [];
  if (start.at === 'time') return [`at ${printTime(start.time_ns)}`];
  const what =
    start.at === 'state'
      ? `when ${printCondition(start.condition)}`
      : `at label ${start.file}:${start.label} on ${start.array}`;
  return [
    what,
    ...(start.nth === 1 ? [] : [`nth ${start.nth}`]),
    ...(start.after_ns === 0 ? [] : [`after ${printTime(start.after_ns)}`]),
  ];
}

/** As people write it; parsed again it is the same fault. */
export function printFault({ kind, target, value, start, ratio, for_ns }: Fault): string {
  return [
    kind,
    kind === 'operator' ? `"${target}"` : target,
    ...(value ? [printValue(value)] : []),
    ...printStart(start),
    ...(ratio ? [`ratio ${ratio.of}/${ratio.outOf}`] : []),
    ...(for_ns === undefined ? [] : [`for ${printTime(for_ns)}`]),
  ].join(' ');
}

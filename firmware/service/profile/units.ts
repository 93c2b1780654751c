/** What was meant by a field that is none: another unit of one that is, or a name that was mistyped. */
import { nearest } from './nearest.js';

interface Unit {
  /** Units of one kind can stand for each other. */
  readonly kind: string;
  /** How many of the kind's first unit. */
  readonly of: number;
  readonly words: string;
}

export interface Meant {
  readonly field: string;
  readonly hint: string;
}

/** Of a field that is known: its value is a number. */
type IsNumber = (field: string) => boolean;

const unit = (kind: string, of: number, words: string): Unit => ({ kind, of, words });

/** Endings of names. */
const UNITS: Readonly<Record<string, Unit>> = {
  bytes: unit('size', 1, 'bytes'),
  kb: unit('size', 1024, 'KiB'),
  kib: unit('size', 1024, 'KiB'),
  mb: unit('size', 1048576, 'MiB'),
  mib: unit('size', 1048576, 'MiB'),
  gb: unit('size', 1073741824, 'GiB'),
  gib: unit('size', 1073741824, 'GiB'),
  tib: unit('size', 1099511627776, 'TiB'),
  us: unit('time', 1, 'µs'),
  ns: unit('time', 0.001, 'ns'),
  ms: unit('time', 1000, 'ms'),
  s: unit('time', 1000000, 's'),
  sec: unit('time', 1000000, 's'),
  seconds: unit('time', 1000000, 's'),
  min: unit('time', 60000000, 'min'),
  km: unit('distance', 1, 'km'),
  m: unit('distance', 0.001, 'm'),
  miles: unit('distance', 1.609344, 'miles'),
  bytes_per_us: unit('rate', 1, 'bytes a µs'),
  bytes_per_s: unit('rate', 0.000001, 'bytes a s'),
  mb_per_s: unit('rate', 1, 'MB/s'),
  mbit_per_s: unit('rate', 0.125, 'Mb/s'),
  mbps: unit('rate', 0.125, 'Mb/s'),
  gbps: unit('rate', 125, 'Gb/s'),
  gbit_per_s: unit('rate', 125, 'Gb/s'),
  mhz: unit('frequency', 1, 'MHz'),
  ghz: unit('frequency', 1000, 'GHz'),
  khz: unit('frequency', 0.001, 'kHz'),
  hz: unit('frequency', 0.000001, 'Hz'),
  percent: unit('share', 1, 'percent'),
  ratio: unit('share', 100, 'as a ratio'),
  fraction: unit('share', 100, 'as a fraction'),
};
/** Longest first: bytes_per_us ends with us. */
const ENDINGS = Object.keys(UNITS).sort((a, b) => b.length - a.length);

function split(name: string): { stem: string; ending: string } {
  const ending = ENDINGS.find((u) => name === u || name.endsWith(`_${u}`)) ?? '';
  return { stem: name.slice(0, name.length - ending.length).replace(/_$/, ''), ending };
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

const rounded = (n: number): number => Number(n.toPrecision(12));

/** Of a field that is the same in another unit: "size_bytes is, in bytes: for 8 MiB write 8388608". */
function otherUnit(name: string, value: unknown, known: readonly string[], isNumber: IsNumber): Meant | undefined {
  const { stem, ending } = split(name);
  for (const field of known) {
    const own = split(field);
    const [there, here] = [UNITS[own.ending], UNITS[ending]];
    if (own.stem !== stem || there === undefined || (here !== undefined && here.kind !== there.kind)) continue;
    // A ratio may be a pair of numbers.
    if (!isNumber(field)) return { field, hint: `${field} may be meant` };
    const example =
      here === undefined || typeof value !== 'number'
        ? ''
        : `: for ${value} ${here.words} write ${rounded((value * here.of) / there.of)}`;
    return { field, hint: `${field} is, in ${there.words}${example}` };
  }
  return undefined;
}

/** The field that was probably meant by one that is none; undefined: nothing is near. */
export function meant(name: string, value: unknown, known: readonly string[], isNumber: IsNumber): Meant | undefined {
  if (name === '') return undefined;
  const plain = snake(name);
  const unit = known.includes(plain) ? undefined : otherUnit(plain, value, known, isNumber);
  if (unit !== undefined) return unit;
  const field = nearest(plain, known, Math.max(2, Math.floor(plain.length / 4)));
  return field === undefined ? undefined : { field, hint: `${field} may be meant` };
}

/** What a quantity in words, "8 KiB", is in the unit of a field's name; undefined: no such quantity, or none of that kind. */
export function quantity(field: string, value: unknown): number | undefined {
  const [, figure, name] =
    /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-zµ]{1,8})$/.exec(typeof value === 'string' ? value : '') ?? [];
  const own = UNITS[split(field).ending];
  const said = Object.entries(UNITS).find(([ending]) => ending === name?.toLowerCase().replace('µ', 'u'))?.[1];
  if (figure === undefined || own === undefined || said?.kind !== own.kind) return undefined;
  return rounded((Number(figure) * said.of) / own.of);
}

/** Words of memory as people read them. */
import { roleNumber } from '../../../ports/messages.js';
import type { Rig } from './machines.js';
import type { Meaning } from './meanings.js';

/** From here on a number is shown in hexadecimal digits, too. */
const LARGE = 0x1_0000;

/** Two words as one number; exact as long as it is below 2^53, and of -1. */
export const wide = (low: number, high: number): number => high * 0x1_0000_0000 + (low >>> 0);

const hex = (n: number): string => (n >>> 0).toString(16);

/** `M1_WP|WRITTEN`, with the number of bits that have no name. */
export function bitNames(of: Readonly<Record<string, number>>, value: number): string {
  const found = Object.entries(of).filter(([, bit]) => bit !== 0 && (value & bit) === bit);
  const rest = found.reduce((left, [, bit]) => left & ~bit, value);
  return [...found.map(([name]) => name), ...(rest === 0 ? [] : [`0x${hex(rest)}`])].join('|') || 'none';
}

export function showNumber(n: number): string {
  if (n < 0)
    return n >= -LARGE
      ? `${n}`
      : `${n} (0x${Number.isSafeInteger(n) && n < -0x8000_0000 ? `-${(-n).toString(16)}` : hex(n)})`;
  return n < LARGE ? `${n}` : `${n} (0x${n.toString(16)})`;
}

function showWide(low: number, high: number): string {
  const n = wide(low, high);
  return Number.isSafeInteger(n) ? showNumber(n) : `0x${hex(high)}${hex(low).padStart(8, '0')}`;
}

/** `7332.28 µs`, of whole nanoseconds. */
export function microseconds(ns: number): string {
  const part = String(ns % 1000)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${Math.floor(ns / 1000)}${part === '' ? '' : `.${part}`} µs`;
}

/** The words of one field or register, from the first. @param array whose volumes are meant */
export function showWords(rig: Rig, array: number, meaning: Meaning | undefined, words: readonly number[]): string {
  const [low = 0, high = 0] = words;
  switch (meaning?.as) {
    case 'bits':
      return low === 0 ? '0 (none)' : `0x${hex(low)} (${bitNames(meaning.of, low)})`;
    case 'name':
      return Object.keys(meaning.of).find((name) => meaning.of[name] === low) ?? showNumber(low);
    case 'volume':
    case 'group': {
      const { volumes, journals = [] } = rig.tables(array).config;
      const number = low - meaning.plus;
      if (number === -1) return 'none';
      return (meaning.as === 'volume' ? volumes : journals)[number]?.name ?? showNumber(low);
    }
    case 'recipe':
      return rig.tables(array).config.recipes[low]?.name ?? showNumber(low);
    case 'task':
      return low === 0 ? 'nobody' : rig.taskName({ array, role: roleNumber(meaning.role), task: low });
    case 'peer':
      return rig.peerName(array, low);
    case 'span':
      return low >>> 16 === 0 ? showNumber(low) : `0x${hex(low)} (${low >>> 16} from ${low & 0xffff})`;
    case 'generation':
      return `${showWide(low, high)}${high === 0 ? '' : ` (epoch ${high}, ${low >>> 0})`}`.replace(
        / \(0x[0-9a-f]+\) /,
        ' ',
      );
    case 'time_ns': {
      const n = wide(low, high);
      return n > 0 && Number.isSafeInteger(n) ? `${n} (${microseconds(n)})` : showWide(low, high);
    }
    case 'wide':
      return showWide(low, high);
    case 'queue':
      return low === 0 ? 'nobody' : low === high ? `task ${low}` : `tasks ${low} to ${high}`;
    default:
      return words.length > 1 ? words.map(showNumber).join(' ') : showNumber(low);
  }
}

/** Virtual times, as people write and read them; written as in faults. */
import { TIME_UNITS } from '../../../firmware/runtime/machine/faults/fault.js';
import { CommandError } from './words.js';

/** In microseconds, to the nanosecond. */
export const timeText = (ns: number): string => `${String(ns / 1000)} µs`;

/**
 * `5ms`, `12.5us`; with + or - before it so much after or before `now_ns`. Whole nanoseconds. Errors: CommandError that says what
 * is wanted.
 */
export function timeOf(text: string, now_ns: number): number {
  const found = /^([+-]?)(\d{1,16})(?:\.(\d{1,9}))?(ns|us|ms|s)$/.exec(text);
  const size = TIME_UNITS.find(([unit]) => unit === found?.[4])?.[1] ?? 0;
  const part = found?.[3] ?? '';
  // Nanoseconds of the last digit: 0.1 has no exact number.
  const digit_ns = size / Number(`1${'0'.repeat(part.length)}`);
  const length_ns = Number(found?.[2]) * size + Number(part || '0') * digit_ns;
  const ns = found?.[1] === '-' ? now_ns - length_ns : found?.[1] === '+' ? now_ns + length_ns : length_ns;
  if (!found || !Number.isInteger(digit_ns) || !(ns >= 0 && ns <= Number.MAX_SAFE_INTEGER))
    throw new CommandError(
      `the time is "${text}"; a number with ns, us, ms or s is wanted, for example 1.5ms, or +20us from now on`,
    );
  return ns;
}

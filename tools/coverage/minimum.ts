/** Shares in percent, and the least that somebody wants: `--min LINES[,BRANCHES]`. */
import type { Share, Shares } from './measure.js';

export interface Minimum {
  readonly lines: number;
  readonly branches?: number;
}

/** Errors: RangeError that names option, value, and what is wanted. */
export function minimumOf(text: string, option: string): Minimum {
  const parts = text.split(',');
  if (parts.length > 2 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part) && Number(part) <= 100))
    throw new RangeError(
      `${option} is "${text}"; LINES or LINES,BRANCHES is wanted, percent from 0 to 100, for example 95,90`,
    );
  const [lines = 0, branches] = parts.map(Number);
  return branches === undefined ? { lines } : { lines, branches };
}

/** Rounded down, so that 100 % is all; `-`: there is nothing to cover. */
export const percent = ({ found, hit }: Share): string =>
  found === 0 ? '-' : `${(Math.floor((hit * 1000) / found) / 10).toFixed(1)} %`;

/** What is below, a sentence each. */
export function shortfalls(shares: Shares, least: Minimum, option: string): string[] {
  return (['lines', 'branches'] as const).flatMap((what) => {
    const wanted = least[what];
    const { found, hit } = shares[what];
    if (wanted === undefined || hit * 100 >= wanted * found) return [];
    return [`${what}: ${percent(shares[what])} covered, ${hit} of ${found}; ${option} wants ${wanted} %`];
  });
}

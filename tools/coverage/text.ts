/** Coverage for a terminal. */
import { linesOf, type MeasuredFile, type MeasuredLine, type Shares, sharesOf, totalOf } from './measure.js';
import { percent } from './minimum.js';

/** A table with a line for each file, and the sum; with `missing`, below each file what is not covered. */
export function tableOf(files: readonly MeasuredFile[], missing: boolean): string[] {
  const width = Math.max(...files.map(({ path }) => path.length), 5);
  const row = (name: string, { lines, branches, scopes }: Shares): string =>
    [
      name.padEnd(width),
      ...[lines, branches, scopes].map((share) => {
        const counts = `${share.hit}/${share.found}`;
        return `${percent(share).padStart(8)} ${counts.padStart(11)}`;
      }),
    ].join('');
  const head = ['FILE'.padEnd(width), ...['LINES', 'BRANCHES', 'FUNCTIONS'].map((name) => name.padStart(20))].join('');
  return [
    head,
    ...files.flatMap((file) => [row(file.path, sharesOf(file)), ...(missing ? missingOf(file) : [])]),
    row('total', totalOf(files)),
  ];
}

/** `lines 97.0 % (6000 of 6183), branches 91.2 % (2000 of 2193)`. */
export function sumText({ lines, branches }: Shares): string {
  return Object.entries({ lines, branches })
    .map(([what, share]) => `${what} ${percent(share)} (${share.hit} of ${share.found})`)
    .join(', ');
}

function missingOf(file: MeasuredFile): string[] {
  const lines = linesOf(file);
  const never = rangesOf(lines);
  return [
    ...(never.length === 0 ? [] : [`    never run: ${never.join(', ')}`]),
    ...lines.flatMap((line) => waysMissing(line).map((way) => `    ${line.line}: ${line.text}: ${notGone(way)}`)),
  ];
}

export const notGone = (way: string): string => (way === 'not taken' ? 'always taken' : `never ${way}`);

/** Of a line that ran. */
export const waysMissing = ({ runs, ways }: MeasuredLine): string[] =>
  runs === 0 ? [] : ways.filter(({ count }) => count === 0).map(({ name }) => name);

/** Lines that never ran, neighbours together: `12-14`, `20`. What has no instruction parts no neighbours. */
function rangesOf(lines: readonly MeasuredLine[]): string[] {
  const ranges: string[] = [];
  let first: number | undefined;
  let last = 0;
  const close = (): void => {
    if (first !== undefined) ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = undefined;
  };
  for (const { line, runs } of lines) {
    if (runs > 0) close();
    else {
      first ??= line;
      last = line;
    }
  }
  close();
  return ranges;
}

/** What the assembler says about sources: each problem names file, line, column, and what would be right. */

export interface At {
  readonly line: number;
  /** First column is 1. */
  readonly column: number;
}

export interface Problem extends At {
  readonly file: string;
  readonly text: string;
}

/** All problems of the sources at once, in the order of files and lines; its message is one line for each. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
  readonly list: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.text}`).join('\n'));
    this.list = problems;
  }
}

/** Letters to change, add, leave out or swap with the next one, to make one word of the other. */
function distance(x: string, y: string): number {
  let before: number[] = [];
  let row = Array.from({ length: y.length + 1 }, (_, i) => i);
  for (let i = 1; i <= x.length; i++) {
    const next = [i];
    for (let j = 1; j <= y.length; j++) {
      const change = row[j - 1] + (x[i - 1] === y[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1];
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1, swapped ? before[j - 2] + 1 : change));
    }
    before = row;
    row = next;
  }
  return row[y.length];
}

/** ` (did you mean "slot"?)`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  let best = '';
  // Half of a short word is another word.
  let least = Math.min(2, Math.floor(word.length / 2)) + 1;
  for (const c of candidates) {
    const d = distance(word.toLowerCase(), c.toLowerCase());
    if (d < least) {
      least = d;
      best = c;
    }
  }
  return best === '' ? '' : ` (did you mean "${best}"?)`;
}

/** What is not covered, by names that outlast other changes: file, scope, instruction, and what it never did. */
import type { MeasuredFile, MeasuredLine } from './measure.js';
import { notGone, waysMissing } from './text.js';

export interface Missing {
  /** `ship/pull.uc | sub fetch | br.eq x, #0, none | never taken`; ` | 2` is behind the second that is alike. */
  readonly key: string;
  readonly path: string;
  readonly line: number;
  /** Lines that never ran; 0: it is a way of one that did. */
  readonly lines: number;
}

/** Instructions in a row that never ran are named by the first of them. In the order of the sources. */
export function missingOf(files: readonly MeasuredFile[]): Missing[] {
  const seen = new Map<string, number>();
  const missing: Missing[] = [];
  const add = (path: string, title: string, { line, text }: MeasuredLine, what: string, lines: number): void => {
    const key = [path.replace(/^microcode\//, ''), title, text, what].join(' | ');
    const n = (seen.get(key) ?? 0) + 1;
    seen.set(key, n);
    missing.push({ key: n === 1 ? key : `${key} | ${n}`, path, line, lines });
  };
  for (const { path, scopes } of files)
    for (const { title, lines } of scopes)
      for (const [i, one] of lines.entries()) {
        for (const way of waysMissing(one)) add(path, title, one, notGone(way), 0);
        if (one.runs > 0 || lines[i - 1]?.runs === 0) continue;
        const end = lines.findIndex(({ runs }, n) => n > i && runs > 0);
        add(path, title, one, 'never run', (end < 0 ? lines.length : end) - i);
      }
  return missing;
}

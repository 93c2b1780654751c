/** Where directors spend their time: cycles and messages of scopes, most first. */
import type { MeasuredFile } from './measure.js';

export interface HotScope {
  readonly path: string;
  readonly line: number;
  readonly title: string;
  readonly calls: number;
  /** Of its own instructions, without those of what it calls, by the instruction table. */
  readonly cycles: number;
  readonly messages: number;
  /** The line with most cycles. */
  readonly hottest: { readonly line: number; readonly text: string; readonly runs: number };
}

/** Scopes that ran; those with as many cycles by path and line. */
export function hotScopes(files: readonly MeasuredFile[]): HotScope[] {
  const scopes = files.flatMap(({ path, scopes: own }) =>
    own.map(({ title, line, calls, lines }): HotScope => {
      const hottest = lines.reduce((most, one) => (one.cycles > most.cycles ? one : most));
      return {
        path,
        line,
        title,
        calls,
        cycles: lines.reduce((sum, { cycles }) => sum + cycles, 0),
        messages: lines.reduce((sum, { messages }) => sum + messages, 0),
        hottest: { line: hottest.line, text: hottest.text, runs: hottest.runs },
      };
    }),
  );
  return scopes
    .filter(({ cycles }) => cycles > 0)
    .sort((a, b) => b.cycles - a.cycles || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}

const share = (n: number, of: number): string => (of === 0 ? '-' : `${((100 * n) / of).toFixed(1)} %`);

/** The first `most` of them as a table; what it says is of all. */
export function hotLines(files: readonly MeasuredFile[], most: number): string[] {
  const all = hotScopes(files);
  const cycles = all.reduce((sum, one) => sum + one.cycles, 0);
  const messages = all.reduce((sum, one) => sum + one.messages, 0);
  const rows = all
    .slice(0, most)
    .map((one) => [
      String(one.cycles),
      share(one.cycles, cycles),
      String(one.messages),
      share(one.messages, messages),
      String(one.calls),
      `${one.path}:${one.line} ${one.title}`,
      `${one.hottest.line}: ${one.hottest.text}`,
    ]);
  const head = ['CYCLES', '', 'MESSAGES', '', 'CALLS', 'SCOPE', 'HOTTEST LINE'];
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const isText = (i: number): boolean => i >= 5;
  const lineOf = (row: readonly string[]): string =>
    row
      .map((text, i) => (isText(i) ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [lineOf(head), ...rows.map(lineOf), `${cycles} cycles, ${messages} messages in ${all.length} scopes`];
}

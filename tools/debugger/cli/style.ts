/** Colours of a terminal, and columns. */

export interface Style {
  /** What stopped it, what changed. */
  strong(text: string): string;
  /** Where a thing is. */
  place(text: string): string;
  /** What is about to run. */
  current(text: string): string;
}

const same = (text: string): string => text;
const PLAIN: Style = { strong: same, place: same, current: same };

const coloured = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;
const COLOURS: Style = { strong: coloured(1), place: coloured(36), current: coloured(33) };

/** Colours on a terminal only, and not where NO_COLOR is set or the terminal is a dumb one. */
export const styleFor = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style =>
  stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOURS : PLAIN;

/** Columns as wide as their widest cell; the last one is not padded. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => rows.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), title.length));
  return [head, ...rows].map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Measured figures and the table of them that people read. */

export interface Target {
  /** What it is compared with; none: the figure itself. */
  readonly peer?: string;
  readonly least: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What others did, and ours divided by it. */
  readonly peers?: Readonly<Record<string, number>>;
  readonly ratios?: Readonly<Record<string, number>>;
  readonly targets?: readonly Target[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How much of a target the figure is: 1 or more is reached; undefined when the peer was not measured. */
export function share(figure: Figure, { peer, least }: Target): number | undefined {
  const is = peer === undefined ? figure.value : figure.ratios?.[peer];
  return is === undefined ? undefined : is / least;
}

const number = (x: number): string => (x >= 100 ? Math.round(x).toLocaleString('en-US') : x.toFixed(2));

function target(figure: Figure, t: Target): string {
  const asked = t.peer === undefined ? number(t.least) : `${t.least.toFixed(1)} x ${t.peer}`;
  const part = share(figure, t);
  if (part === undefined) return `${asked}: not measured`;
  return `${asked}: ${part >= 1 ? 'reached' : `${Math.floor(part * 100)} %`}`;
}

/** Lines of a table: name, figure, ratio to each peer, targets. */
export function table(figures: readonly Figure[]): string[] {
  const rows = figures.map((f) => [
    f.name,
    `${number(f.value)} ${f.unit}`,
    Object.entries(f.ratios ?? {})
      .map(([peer, ratio]) => `${ratio.toFixed(2)} x ${peer}`)
      .join(', '),
    (f.targets ?? []).map((t) => target(f, t)).join('; '),
  ]);
  const all = [['', 'figure', 'against others', 'target'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

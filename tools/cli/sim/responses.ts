/** Response times of a run's workloads, as lines for people. */
import type { WorkResult } from '../../../firmware/runtime/simulated/workload/running.js';

const HEAD = ['', '', 'REQUESTS', 'MEAN µs', '50 %', '99 %', 'MOST'];

/** A table, a row for the reads and one for the writes of each; none without workloads. */
export function responseLines(results: readonly WorkResult[] = []): string[] {
  if (results.length === 0) return [];
  const rows = results.flatMap(({ name, reads, writes, failed }) => [
    ...(['reads', 'writes'] as const)
      .map((kind) => [kind, kind === 'reads' ? reads : writes] as const)
      .filter(([, times]) => times.count > 0)
      .map(([kind, t]) => [name, kind, t.count, t.mean_us, t.p50_us, t.p99_us, t.max_us].map(String)),
    ...(failed > 0 ? [[name, 'given up', String(failed), '', '', '', '']] : []),
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, c) => Math.max(...all.map((row) => (row[c] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, c) => (c < 2 ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join('  ')
      .trimEnd(),
  );
}

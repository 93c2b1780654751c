/** A regression's report as one JSON document, for programs. Fields stand in the same order each time. */
import { type Report, talliesOf, verdictOf, whyKnown, wordOf } from './report.js';

const VERSION = 1;

export function jsonOf(report: Report): string {
  const { cells, total } = talliesOf(report);
  const failures = report.kinds.map(({ scenario, rig, numbers, failed, shrunk }) => ({
    scenario,
    rig,
    seeds: numbers.map((n) => report.plan[n]?.seed),
    shrunk: shrunk !== undefined,
    command: report.commandOf(scenario, rig, shrunk ?? failed),
    result: shrunk ?? failed,
  }));
  const document = {
    version: VERSION,
    command: report.command,
    verdict: wordOf(report).split(' ')[0],
    ended: report.ended,
    microcode: report.microcode,
    total,
    failures,
    staleKnown: report.stale,
    ...(report.corpus && { corpus: report.corpus }),
    matrix: cells.map(({ cell, ...tally }) => ({ ...cell, ...tally })),
    runs: report.plan.map((run, n) => {
      const verdict = verdictOf(report, n);
      return { ...run, verdict, ...(verdict === 'known' && { why: whyKnown(report, n) }), result: report.results[n] };
    }),
  };
  return `${JSON.stringify(document)}\n`;
}

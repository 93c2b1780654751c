/** What another microcode changes, for a terminal and for programs. */
import { type CellChange, type Change, FIGURES, type Figure, partOf } from '../compare.js';
import type { Outcome } from '../comparison.js';
import { count, failureLines, type Paint, paintWith } from './text.js';

const CELLS_SHOWN = 15;
const VERSION = 1;

const NAMES: Readonly<Record<Figure, string>> = {
  time_us: 'virtual time (µs)',
  messages: 'messages',
  operations: 'micro-operations',
  writes: 'acknowledged writes',
};

const countOf = ({ runs }: Outcome, change: Change): number => runs.filter((run) => run.change === change).length;

export const isWorse = ({ worse }: Outcome): boolean => worse.length > 0;

function wordOf(outcome: Outcome): string {
  if (isWorse(outcome)) return `FAIL ${count(countOf(outcome, 'worse'), 'run')} failed that did not fail before`;
  if (outcome.ended === 'all') return 'PASS';
  return `PASS so far, ${outcome.plan.length - outcome.runs.length} of ${outcome.plan.length} runs not made with both`;
}

export function comparisonText(outcome: Outcome, hasColours: boolean): string {
  const paint = paintWith(hasColours);
  const lines = [outcome.command, ...microcode(outcome)];
  lines.push(...failureLines(outcome.worse, outcome.plan, outcome.commandOf, paint));
  lines.push('', ...sums(outcome), '', ...cells(outcome, paint), ...changes(outcome));
  const word = wordOf(outcome);
  lines.push(paint(isWorse(outcome) ? 'red' : 'green', word));
  return `${lines.join('\n')}\n`;
}

const microcode = (outcome: Outcome): string[] =>
  outcome.microcode.length === 0
    ? ['the two are the same microcode']
    : outcome.microcode.map((role) => `${role.role}: ${role.old} -> ${role.new}`);

const signed = (n: number): string => (n > 0 ? `+${n}` : String(n));

function percent(part: number): string {
  const text = (100 * part).toFixed(1);
  return text === '0.0' || text === '-0.0' ? '=' : `${part > 0 ? '+' : ''}${text} %`;
}

function sums({ total, failed }: Outcome): string[] {
  const rows = [
    ['', 'old', 'new', 'change', ''],
    ['failed runs', String(failed.old), String(failed.new), signed(failed.new - failed.old), ''],
    [`${count(total.runs, 'run')} that pass with both:`, '', '', '', ''],
    ...FIGURES.map((figure) => {
      const [was, is] = [total.old[figure], total.new[figure]];
      return [`  ${NAMES[figure]}`, String(was), String(is), signed(is - was), percent(partOf(total, figure))];
    }),
  ];
  return aligned(rows);
}

function cells({ cells: all }: Outcome, paint: Paint): string[] {
  if (all.length === 0) return [];
  const shown = all
    .slice(0, CELLS_SHOWN)
    .map(({ scenario, rig, ...cell }) => [
      `${scenario} on ${rig}`,
      `${cell.same}/${cell.runs}`,
      ...(['time_us', 'messages', 'operations'] as const).map((figure) =>
        percent(partOf({ scenario, rig, ...cell }, figure)),
      ),
    ]);
  const more = all.length - shown.length;
  const head = ['changed most', 'runs alike', 'time', 'messages', 'micro-operations'];
  return [...aligned([head, ...shown]), ...(more > 0 ? [paint('dim', `and ${count(more, 'cell')} more`)] : []), ''];
}

function changes(outcome: Outcome): string[] {
  const of = (change: Change): number => countOf(outcome, change);
  return [
    `${count(outcome.runs.length, 'run')} with each: ${of('same')} alike to the last message, ${of('other')} passed or failed as before by another way, ${of('worse')} worse, ${of('better')} better, ${of('fails otherwise')} fail otherwise`,
  ];
}

/** The first column to the left, others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
}

export function comparisonJson(outcome: Outcome): string {
  const { plan, runs, total, failed, ended, command } = outcome;
  const plain = ({ scenario, rig, ...cell }: CellChange) => ({ scenario, rig, ...cell });
  const { scenario: _, rig: __, ...all } = plain(total);
  return `${JSON.stringify({
    version: VERSION,
    command,
    verdict: wordOf(outcome).split(' ')[0],
    ended,
    microcode: outcome.microcode,
    failed,
    total: all,
    worse: outcome.worse.map(({ scenario, rig, numbers, failed: first, shrunk }) => ({
      scenario,
      rig,
      seeds: numbers.map((n) => plan[n]?.seed),
      shrunk: shrunk !== undefined,
      command: outcome.commandOf(scenario, rig, shrunk ?? first),
      result: shrunk ?? first,
    })),
    cells: outcome.cells.map(plain),
    runs: runs.map(({ number, ...run }) => ({ ...plan[number], ...run })),
  })}\n`;
}

/** A regression's report for a terminal: failures first, then the matrix, the sums and the verdict. */
import { styleText } from 'node:util';
import { KINDS_MOST, type Kind } from '../campaign.js';
import { telling } from '../known.js';
import type { Matrix } from '../matrix.js';
import type { PlannedRun } from '../plan.js';
import { type CellTally, type Report, type Tally, talliesOf, verdictOf, whyKnown, wordOf } from './report.js';
import { struckLines } from './struck.js';

type Colour = 'red' | 'green' | 'yellow' | 'dim';
export type Paint = (colour: Colour, text: string) => string;

const SEEDS_SHOWN = 8;
const VIOLATIONS_SHOWN = 4;
const LINES_SHOWN = 12;

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

export const paintWith =
  (hasColours: boolean): Paint =>
  (colour, text) =>
    hasColours ? styleText(colour, text, { validateStream: false }) : text;

/** @param hasColours for a terminal. */
export function textOf(report: Report, hasColours: boolean): string {
  const paint = paintWith(hasColours);
  const { cells, total } = talliesOf(report);
  const lines = [
    report.command,
    ...failureLines(report.kinds, report.plan, report.commandOf, paint),
    ...knownLines(report, paint),
  ];
  lines.push('', ...table(report.matrix, cells, paint), '', ...sums(report, total));
  for (const text of report.stale) lines.push(`known failures: ${text}`);
  const word = wordOf(report);
  lines.push(paint(word === 'FAIL' ? 'red' : 'green', word));
  return `${lines.join('\n')}\n`;
}

/** `seeds 3, 5, 8 and 4 more`. */
export function seedsOf(kind: Kind, plan: readonly PlannedRun[]): string {
  const seeds = kind.numbers.map((n) => plan[n]?.seed);
  const more = seeds.length - SEEDS_SHOWN;
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.slice(0, SEEDS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Each kind with the command of its run. */
export function failureLines(
  kinds: readonly Kind[],
  plan: readonly PlannedRun[],
  commandOf: Report['commandOf'],
  paint: Paint,
): string[] {
  const lines: string[] = [];
  for (const kind of kinds.slice(0, KINDS_MOST)) {
    const { scenario, rig, failed, shrunk } = kind;
    lines.push('', `${paint('red', 'FAIL')} ${scenario} on ${rig}: ${seedsOf(kind, plan)}`);
    lines.push(`  ${commandOf(scenario, rig, shrunk ?? failed)}${shrunk ? '' : '   (not shrunk)'}`);
    lines.push(...struckLines(shrunk ?? failed).map((line) => `    ${line}`));
    const { violations } = shrunk ?? failed;
    const shown = telling(violations).slice(0, VIOLATIONS_SHOWN);
    for (const { text, time_us } of shown) {
      const [first, ...rest] = text.split('\n').slice(0, LINES_SHOWN);
      lines.push(`    at ${time_us} µs: ${first}`, ...rest.map((line) => `    ${line}`));
    }
    if (violations.length > shown.length) lines.push(`    and ${violations.length - shown.length} more`);
  }
  const more = kinds.length - KINDS_MOST;
  if (more > 0) lines.push('', `${count(more, 'kind')} of failure more, not shrunk, not shown: --json names them`);
  return lines;
}

function knownLines(report: Report, paint: Paint): string[] {
  const whys = new Map<string, number>();
  for (const [n, { scenario, rig }] of report.plan.entries()) {
    if (verdictOf(report, n) !== 'known') continue;
    const line = `${scenario} on ${rig}: ${whyKnown(report, n)}`;
    whys.set(line, (whys.get(line) ?? 0) + 1);
  }
  const lines = [...whys].map(([line, n]) => `${paint('yellow', 'known')} ${line} (${count(n, 'run')})`);
  return lines.length > 0 ? ['', ...lines] : [];
}

/** Cells say how many runs were made; `.`: does not fit; `2/9 F`: two of nine failed. */
function table(matrix: Matrix, cells: readonly CellTally[], paint: Paint): string[] {
  const used = matrix.columns.filter(({ name }) => cells.some(({ cell }) => cell.rig === name && !cell.why));
  const texts = (row: string): [Colour, string][] =>
    used.map(({ name }) => cellText(cells.find(({ cell }) => cell.scenario === row && cell.rig === name)));
  const rows = matrix.rows.map(({ name }) => ({ name, texts: texts(name) }));
  const width = Math.max(...rows.map((row) => row.name.length));
  const widths = used.map((_, i) =>
    Math.max(String(i + 1).length, ...rows.map((row) => row.texts[i]?.[1].length ?? 0)),
  );
  return [
    ...used.map(({ name }, i) => `${' '.repeat(width)}  ${String(i + 1).padStart(2)} ${name}`),
    `${' '.repeat(width)}  ${used.map((_, i) => String(i + 1).padStart(widths[i] ?? 0)).join('  ')}`,
    ...rows.map(
      (row) =>
        `${row.name.padEnd(width)}  ${row.texts.map(([colour, text], i) => paint(colour, text.padStart(widths[i] ?? 0))).join('  ')}`,
    ),
  ];
}

function cellText(tally: CellTally | undefined): [Colour, string] {
  if (!tally || tally.cell.why !== undefined) return ['dim', '.'];
  const { passed, failed, known } = tally.runs;
  const made = passed + failed + known;
  if (failed > 0) return ['red', `${failed}/${made} F`];
  if (known > 0) return ['yellow', `${known}/${made} K`];
  return [made > 0 ? 'green' : 'dim', String(made)];
}

function sums(report: Report, { runs, writes, messages, time_us }: Tally): string[] {
  const { cells, columns } = report.matrix;
  const misfits = cells.filter((cell) => cell.why !== undefined).length;
  const kinds = report.kinds.length > 0 ? ` in ${count(report.kinds.length, 'kind')}` : '';
  const made = report.plan.length - runs['not run'];
  const lines = [
    `${count(made, 'run')} over ${cells.length - misfits} cells: ${runs.passed} passed, ${runs.failed} failed${kinds}, ${runs.known} known; in ${misfits} cells scenario and rig do not fit (--list says why)`,
    `${writes} writes acknowledged, ${messages} messages, ${(time_us / 1e6).toFixed(3)} s of virtual time`,
  ];
  if (runs['not run'] > 0)
    lines.push(
      `${runs['not run']} of ${report.plan.length} runs were not made: ${report.ended === 'budget' ? 'the budget was spent' : 'interrupted'}`,
    );
  const unused = columns.filter(({ name }) => cells.every((cell) => cell.rig !== name || cell.why !== undefined));
  if (unused.length > 0) lines.push(`nothing fits on ${unused.map((c) => c.name).join(', ')}`);
  if (report.corpus) {
    const { path, first, others, added } = report.corpus;
    const not = others > 0 ? `, ${others} of others not` : '';
    lines.push(`corpus ${path}: ${count(first, 'run')} made first${not}, ${added} added`);
  }
  return lines;
}

/** The plan, for `--list`. */
export function listOf(matrix: Matrix, plan: readonly PlannedRun[]): string {
  const seedsIn = new Map<string, number[]>();
  for (const { scenario, rig, seed } of plan) {
    const key = `${scenario} ${rig}`;
    const seeds = seedsIn.get(key);
    if (seeds) seeds.push(seed);
    else seedsIn.set(key, [seed]);
  }
  const lines = matrix.cells.map(({ scenario, rig, why }) => {
    const seeds = seedsIn.get(`${scenario} ${rig}`) ?? [];
    const more = seeds.length - SEEDS_SHOWN;
    const runs = `${count(seeds.length, 'run')}${seeds.length > 0 ? `: seeds ${seeds.slice(0, SEEDS_SHOWN).join(', ')}${more > 0 ? ', ...' : ''}` : ''}`;
    return `${scenario.padEnd(46)} ${rig.padEnd(14)} ${why === undefined ? runs : `does not fit: ${why}`}`;
  });
  const fit = matrix.cells.filter((cell) => cell.why === undefined).length;
  return `${lines.join('\n')}\n${count(plan.length, 'run')} over ${fit} cells of ${matrix.cells.length}\n`;
}

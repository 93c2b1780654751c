/** What people read of the runs: a table by family, and what must not be. */
import { countOf, type Outcomes, VERDICTS } from './outcome.js';
import { bestOf, FAULTS, type Fault, type Results, WAYS } from './results.js';
import { familyOf, type Test } from './suite.js';
import { suiteFault } from './suite-faults.js';

/** A column of the table: one target, one way. */
interface Column {
  readonly target: string;
  readonly head: string;
  readonly outcomes: Outcomes;
}

function columnsOf(results: Results): Column[] {
  const { name: target, plain, special } = results;
  const columns: Column[] = [];
  if (plain.apart !== undefined) columns.push({ target, head: 'apart', outcomes: plain.apart });
  if (special.size > 0) columns.push({ target, head: 'on their units', outcomes: bestOf(results) });
  if (plain.together !== undefined) columns.push({ target, head: 'in one process', outcomes: plain.together });
  return columns;
}

function cell(outcomes: Outcomes, tests: readonly Test[]): string {
  const count = countOf(new Map([...outcomes].filter(([test]) => tests.includes(test))));
  return VERDICTS.map((verdict) => count[verdict]).join('/');
}

/** The first column to the left, others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** Tests of each family that passed, failed, were skipped; and of all. */
export function table(tests: readonly Test[], targets: readonly Results[]): string[] {
  const columns = targets.flatMap(columnsOf);
  const families = [...new Set(tests.map(familyOf))];
  const row = (name: string, those: readonly Test[]): string[] => [
    name,
    String(those.length),
    ...columns.map(({ outcomes }) => cell(outcomes, those)),
  ];
  // A target is named once, over its first column.
  const names = columns.map(({ target }, i) => (columns[i - 1]?.target === target ? '' : target));
  return aligned([
    [`${VERDICTS.join('/')}:`, '', ...names],
    ['', 'tests', ...columns.map(({ head }) => head)],
    ...families.map((family) =>
      row(
        family,
        tests.filter((test) => familyOf(test) === family),
      ),
    ),
    row('all', tests),
  ]);
}

/** One line for a test and what it said, however many ways it went wrong in. */
export function faultLines(faults: readonly Fault[]): string[] {
  return FAULTS.flatMap((what) => {
    const those = faults.filter((fault) => fault.what === what);
    return [...new Set(those.map(({ test }) => test))].flatMap((test) => {
      const same = those.filter((fault) => fault.test === test);
      return [
        `${test}: ${what} (${same.map(({ where }) => where).join(', ')})`,
        ...new Set(same.flatMap(({ reasons }) => reasons.map((reason) => `    ${reason}`))),
      ];
    });
  });
}

/** What the baseline says of the tests that were skipped. */
export function skipLines(results: Results, skips: Readonly<Record<string, string>>): string[] {
  const skipped = [...bestOf(results)].filter(([, { verdict }]) => verdict === 'skipped').map(([test]) => test);
  return skipped.filter((test) => Object.hasOwn(skips, test)).map((test) => `${test}: skipped; ${skips[test]}`);
}

/** Failures that are the suite's own. */
export function suiteFaultLines({ plain }: Results): string[] {
  const lines = WAYS.flatMap((way) =>
    [...(plain[way] ?? [])].flatMap(([test, outcome]) => {
      const why = outcome.verdict === 'failed' ? suiteFault(test, outcome, way) : undefined;
      return why === undefined ? [] : [`${test}: failed by the suite's own fault: ${why}`];
    }),
  );
  return [...new Set(lines)];
}

/** For programs. */
export function json(tests: readonly Test[], targets: readonly Results[], faults: readonly Fault[]): string {
  const plain = (outcomes: Outcomes) => ({ ...countOf(outcomes), tests: Object.fromEntries(outcomes) });
  const told = targets.map((results) => ({
    name: results.name,
    elapsed_ms: Math.round(results.elapsed_ms),
    ...Object.fromEntries(columnsOf(results).map(({ head, outcomes }) => [head.replaceAll(' ', '_'), plain(outcomes)])),
  }));
  return `${JSON.stringify({ version: 1, tests: tests.length, targets: told, faults }, undefined, 2)}\n`;
}

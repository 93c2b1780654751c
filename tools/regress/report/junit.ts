/**
 * A regression's report as JUnit XML, as CI servers read it: a suite for each rig, a case for each run. A known failure and a
 * run that was not made are skipped. Times are virtual, so that the same runs give the same file.
 */
import { attribute, escaped } from './markup.js';
import { type Report, verdictOf, whyKnown } from './report.js';
import { struckLines } from './struck.js';

interface Case {
  readonly xml: string;
  readonly time_us: number;
  readonly is: 'failed' | 'skipped' | 'passed';
}

export function junitOf(report: Report): string {
  const rigs = new Map<string, Case[]>();
  for (const [number, { rig }] of report.plan.entries()) {
    const cases = rigs.get(rig);
    if (cases) cases.push(caseOf(report, number));
    else rigs.set(rig, [caseOf(report, number)]);
  }
  const all = [...rigs.values()].flat();
  const suites = [...rigs].map(
    ([rig, cases]) =>
      `  <testsuite name="${attribute(rig)}" ${counts(cases)}>\n${properties(report)}${cases.map((c) => c.xml).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="arraylab regress" ${counts(all, false)}>\n${suites.join('')}</testsuites>\n`;
}

const seconds = (us: number): string => (us / 1e6).toFixed(6);

function counts(cases: readonly Case[], hasSkipped = true): string {
  const of = (is: Case['is']): number => cases.filter((c) => c.is === is).length;
  const time_us = cases.reduce((sum, c) => sum + c.time_us, 0);
  const skipped = hasSkipped ? ` skipped="${of('skipped')}"` : '';
  return `tests="${cases.length}" failures="${of('failed')}" errors="0"${skipped} time="${seconds(time_us)}"`;
}

function properties({ command, microcode }: Report): string {
  const all = {
    command,
    ...Object.fromEntries(Object.entries(microcode).map(([role, crc]) => [`microcode.${role}`, crc])),
  };
  const lines = Object.entries(all).map(
    ([name, value]) => `      <property name="${name}" value="${attribute(value)}"/>\n`,
  );
  return `    <properties>\n${lines.join('')}    </properties>\n`;
}

function caseOf(report: Report, number: number): Case {
  const { scenario, rig, seed, settings, faults = [] } = report.plan[number] as Report['plan'][number];
  const result = report.results[number];
  const verdict = verdictOf(report, number);
  const set = [...Object.entries(settings).map(([name, value]) => `${name} ${value}`), ...faults];
  const time_us = result?.time_us ?? 0;
  const head = `    <testcase classname="${attribute(`${rig}.${scenario}`)}" name="${attribute([scenario, `seed ${seed}`, ...set].join(', '))}" time="${seconds(time_us)}"`;
  if (verdict === 'passed') return { xml: `${head}/>\n`, time_us, is: 'passed' };
  const body = (inner: string): string => `${head}>\n      ${inner}\n    </testcase>\n`;
  if (!result) return { xml: body('<skipped message="not made"/>'), time_us, is: 'skipped' };
  if (verdict === 'known') {
    return {
      xml: body(`<skipped message="${attribute(`known: ${whyKnown(report, number)}`)}"/>`),
      time_us,
      is: 'skipped',
    };
  }
  const texts = result.violations.map((v) => `at ${v.time_us} µs: ${v.text}`);
  const repeat = report.commandOf(scenario, rig, result);
  const inner = `<failure type="violation" message="${attribute(texts[0] ?? '')}">${escaped([repeat, ...struckLines(result), ...texts].join('\n'))}</failure>`;
  return { xml: body(inner), time_us, is: 'failed' };
}

/**
 * `node dist/test/coverage-check.js FOLDER`: coverage of the microcode by the tests that wrote to FOLDER (harness/coverage.ts),
 * and of what they do not cover the reasons. Exit status 1 when it is less than LEAST, or a reason is stale.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadImages } from '../firmware/service/microcode.js';
import { merged } from '../tools/coverage/coverage.js';
import { readCoverage } from '../tools/coverage/file.js';
import { checked, linesOf, type MeasuredFile, measure, totalOf } from '../tools/coverage/measure.js';
import { type Minimum, shortfalls } from '../tools/coverage/minimum.js';
import { missingOf } from '../tools/coverage/missing.js';
import { review } from '../tools/coverage/reviewed.js';
import { sourcesOf } from '../tools/coverage/sources.js';
import { sumText } from '../tools/coverage/text.js';
import { UNCOVERED } from './uncovered-microcode.js';

/** Percent: of all tests together, and of simulated runs alone. */
const LEAST: Readonly<Record<'all' | 'simulated', Minimum>> = {
  all: { lines: 95, branches: 90 },
  simulated: { lines: 94, branches: 80 },
};

/** Families of SCSI commands of which simulated hosts send few or none. They count in the sum of all tests. */
const SELDOM_SENT: readonly string[] = [
  'basic',
  'command',
  'copy',
  'device',
  'format',
  'logs',
  'medium',
  'modes',
  'names',
  'provision',
  'report',
  'reserve',
  'reserved',
  'special',
].map((family) => `microcode/base/channel/scsi/${family}.uc`);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Errors: Error for a folder without files of the microcode that is built. */
function measuredFrom(folder: string, prefix: string): MeasuredFile[] {
  const paths = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
    .map((name) => join(folder, name));
  if (paths.length === 0) throw new Error(`${folder}: no test wrote a ${prefix}… file; ARRAYLAB_COVERAGE must name it`);
  const images = loadImages();
  const coverages = paths.map((path) => checked(images, readCoverage(path), path));
  return measure(images, merged(coverages, paths), sourcesOf().textOf);
}

/** True when all is as it must be. */
function check(folder: string): boolean {
  const all = measuredFrom(folder, '');
  const simulated = measuredFrom(folder, 'simulated').filter(({ path }) => !SELDOM_SENT.includes(path));
  print(`simulated runs, but for SCSI commands that they seldom send: ${sumText(totalOf(simulated))}`);
  print(`unit tests of the microcode: ${sumText(totalOf(measuredFrom(folder, 'unit')))}`);
  print(`together: ${sumText(totalOf(all))}`);
  const below = [
    ...shortfalls(totalOf(simulated), LEAST.simulated, 'of simulated runs LEAST'),
    ...shortfalls(totalOf(all), LEAST.all, 'LEAST'),
  ];
  const places = new Set(
    all.flatMap(({ path, scopes }) =>
      scopes.flatMap(({ title, lines }) =>
        lines.map(({ text }) => [path.replace(/^microcode\//, ''), title, text].join(' | ')),
      ),
    ),
  );
  const { missing, stale } = review(missingOf(all), UNCOVERED, (place) => places.has(place));
  print(`not covered, of ${all.flatMap(linesOf).length} lines and their branches:`);
  for (const { missing: one, why } of missing) {
    const rows = one.lines > 1 ? ` (${one.lines} lines)` : '';
    print(`  ${one.path}:${one.line}: ${one.key.split(' | ').slice(1).join(' | ')}${rows}`);
    print(`      ${why ? `${why.is}: ${why.why}` : 'NO REASON: test/uncovered-microcode.ts says nothing of it'}`);
  }
  for (const text of stale) print(`test/uncovered-microcode.ts: ${text}`);
  for (const text of below) print(`below: ${text}`);
  return below.length + stale.length === 0;
}

try {
  const [folder = '', ...more] = process.argv.slice(2);
  if (folder === '' || more.length > 0) throw new RangeError('usage: node dist/test/coverage-check.js FOLDER');
  process.exitCode = check(folder) ? 0 : 1;
} catch (error) {
  process.stderr.write(`coverage-check: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

/** `arraylab coverage`: what was run of the microcode, by coverage files that other commands wrote. */
import { parseArgs } from 'node:util';
import { merged, microcodeCrc } from '../../coverage/coverage.js';
import { readCoverage, writeCoverage } from '../../coverage/file.js';
import { hotLines } from '../../coverage/hot.js';
import { coverageHtml } from '../../coverage/html.js';
import { coverageJson } from '../../coverage/json.js';
import { lcovOf } from '../../coverage/lcov.js';
import { checked, measure, totalOf } from '../../coverage/measure.js';
import { minimumOf, shortfalls } from '../../coverage/minimum.js';
import { sourcesFor } from '../../coverage/sources.js';
import { tableOf } from '../../coverage/text.js';
import { checkWritable, writeWhole } from '../../regress/files.js';
import { imagesFrom } from '../../regress/images.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab coverage FILE... [--missing] [--hot N] [--json] [--min LINES[,BRANCHES]]
                         [--lcov OUT] [--html OUT] [-o OUT] [--microcode DIR] [--image FILE]

Says which lines and branches of the microcode ran, by the sum of the FILEs: sim, regress, mutate and serve write one each with
--coverage FILE. A line counts that has an instruction; a branch counts once for each way that it can go: taken and not, the
numbers of a case, a hook with a module and without. A FILE is of the microcode that ran, by its CRC; it is not added to one of
other microcode.

  --missing        what never ran, below each file
  --hot N          the N scopes (on, sub, hook) with most cycles, and the messages that they sent, instead of the files
  --json           one JSON document instead of text
  --min L[,B]      exit status 1 when less than L percent of lines, or B percent of branches, are covered
  --lcov OUT       an lcov tracefile, for genhtml (package lcov; --branch-coverage) and editors
  --html OUT       a page that needs nothing else: the files, hot spots, and the sources with what ran
  -o, --output OUT the sum as a coverage file
  --microcode DIR  the microcode that ran, where it was run with the same option; default: the package's
  --image FILE     likewise; of an image without sources, instructions are shown without what they work on

Exit status: 0, 1 below --min, 2 for what cannot be done as asked.
`;

const OPTIONS = {
  missing: { type: 'boolean', default: false },
  hot: { type: 'string' },
  json: { type: 'boolean', default: false },
  min: { type: 'string' },
  lcov: { type: 'string' },
  html: { type: 'string' },
  output: { type: 'string', short: 'o' },
  microcode: { type: 'string' },
  image: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export async function run(argv: string[]): Promise<number> {
  try {
    return await report(argv);
  } catch (error) {
    process.stderr.write(`arraylab coverage: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function report(argv: string[]): Promise<number> {
  const { values, positionals: paths } = parseArgs({ args: argv, allowPositionals: true, options: OPTIONS });
  if (values.help || paths.length === 0) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : 2;
  }
  const least = values.min === undefined ? undefined : minimumOf(values.min, '--min');
  const hot = values.hot === undefined ? 0 : whole(values.hot, '--hot', 1);
  for (const option of ['lcov', 'html', 'output'] as const) checkWritable(values[option], `--${option}`);
  const images = await imagesFrom(values);
  const files = paths.map((path) => checked(images, readCoverage(path), path));
  const sum = merged(files, paths);
  const sources = sourcesFor(values);
  const measured = measure(images, sum, sources.textOf);
  const crcs = Object.fromEntries(Object.values(images).map((image) => [image.role, microcodeCrc(image)]));
  if (values.output !== undefined) writeCoverage(values.output, sum);
  if (values.lcov !== undefined) writeWhole(values.lcov, lcovOf(measured, sources.placeOf));
  if (values.html !== undefined) writeWhole(values.html, coverageHtml(measured, sources.textOf, crcs, shownOf(paths)));
  const lines = hot > 0 ? hotLines(measured, hot) : tableOf(measured, values.missing);
  process.stdout.write(values.json ? coverageJson(measured, crcs, hot) : `${lines.join('\n')}\n`);
  const below = least === undefined ? [] : shortfalls(totalOf(measured), least, '--min');
  for (const text of below) process.stderr.write(`arraylab coverage: ${text}\n`);
  return below.length > 0 ? 1 : 0;
}

const PATHS_SHOWN = 3;

function shownOf(paths: readonly string[]): string {
  const more = paths.length - PATHS_SHOWN;
  return `${paths.slice(0, PATHS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `arraylab sim`: runs a scenario in virtual time. First line: the command that repeats it; last: PASS or FAIL and the hash. */
import { parseArgs } from 'node:util';
import { faultHelp } from '../../../firmware/runtime/machine/faults/kinds.js';
import type { RunHead } from '../../../firmware/service/dump/trace-file.js';
import { linkRecipes } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { counting, coverageOfImages } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { type Dumped, dumpRun } from '../../dump/dumping.js';
import { checkWritable } from '../../regress/files.js';
import { imagesFrom } from '../../regress/images.js';
import { repeatCommand } from '../../regress/repeat.js';
import { struckLines } from '../../regress/report/struck.js';
import { type RunResult, runScenario, shrink } from '../../regress/run.js';
import { loadPlant, loadScenario, scenarioNames } from '../../regress/scenarios.js';
import { whole } from '../numbers.js';
import { run as hashes } from '../sim/hashes.js';
import { RUN_HELP, RUN_OPTIONS, settingsOf } from '../sim/options.js';
import { recordingOf, TRACE_HELP, TRACE_OPTIONS } from '../sim/recording.js';
import { responseLines } from '../sim/responses.js';
import { run as trace } from '../sim/trace.js';
import { run as worlds } from '../sim/worlds.js';

const USAGE = `usage: arraylab sim NAME|FILE [--rig RIG] [--seed N] [--seeds N] [--set KEY=VALUE]... [--fault FAULT]...
                    [--plant BUG] [--microcode DIR] [--image FILE] [--coverage FILE] [--json]
                    [--trace FILE [--trace-records N|all]] [--dump FILE]
       arraylab sim worlds --help       every small world of a pair, instead of a scenario
       arraylab sim hashes --help       many runs, a line each: the same everywhere
       arraylab sim trace --help        a recorded trace of requests, instead of a scenario
       arraylab sim --list
       arraylab sim --help-faults       how faults are written

Runs the scenario NAME, or one of your own that the module FILE exports, on simulated arrays, under the oracle. The run is a
function of scenario, rig, seed, settings, faults and microcode: the same on every machine.

${RUN_HELP}  --seeds N        this many seeds, from --seed on; the first failure is shrunk and printed
  --coverage FILE  what was run of the microcode, for arraylab coverage; a FILE that is there is replaced (files of several
                   commands are given to arraylab coverage together). Runs that --seeds makes count, shorter runs that
                   it looks for do not
  --json           a report as JSON between the first and the last line
${TRACE_HELP}
  --list           the scenarios
`;

export async function run(argv: string[]): Promise<number> {
  try {
    if (argv[0] === 'worlds') return await worlds(argv.slice(1));
    if (argv[0] === 'hashes') return await hashes(argv.slice(1));
    return argv[0] === 'trace' ? await trace(argv.slice(1)) : await simulate(argv);
  } catch (error) {
    process.stderr.write(`arraylab sim: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

const OPTIONS = {
  ...RUN_OPTIONS,
  seeds: { type: 'string', default: '1' },
  'help-faults': { type: 'boolean', default: false },
  coverage: { type: 'string' },
  json: { type: 'boolean', default: false },
  ...TRACE_OPTIONS,
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function simulate(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: OPTIONS });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values['help-faults']) {
    process.stdout.write(`Faults of simulated runs (--fault, repeatable):\n\n${faultHelp('simulated')}`);
    return 0;
  }
  if (values.list) {
    for (const name of scenarioNames()) print(`${name.padEnd(44)} ${(await loadScenario(name)).help}`);
    return 0;
  }
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) {
    process.stderr.write(USAGE);
    return 2;
  }
  const scenario = await loadScenario(name);
  const first = whole(values.seed, '--seed', 0);
  const count = whole(values.seeds, '--seeds', 1);
  const settings = settingsOf(values.set ?? [], name, scenario);
  const plant = values.plant === undefined ? undefined : await loadPlant(values.plant);
  const rig = loadSimRig(values.rig ?? plant?.rig ?? scenario.rig);
  checkWritable(values.coverage, '--coverage');
  const images = await imagesFrom(values);
  // A planted bug may be just that: what another module needs is not done.
  if (plant === undefined) linkRecipes(images, rig.arrays);
  const { plant: bug, image, microcode, fault: faults = [] } = values;
  const defaults = scenario.settings ?? {};
  const told = { scenario: name, rig: values.rig, defaults, microcode, image, plant: bug, faults };
  const command = repeatCommand({ ...told, seed: first, ...(count > 1 && { seeds: count }), settings });
  const recording = recordingOf(values, rig, { scenario: name, seed: first, command }, count);
  print(command);
  const counted = values.coverage === undefined ? images : counting(images);
  let result = runScenario(scenario, recording?.rig ?? rig, counted, first, settings, recording?.begin, { faults });
  recording?.end(result);
  let runs = 1;
  let { writes } = result;
  for (let seed = first + 1; seed < first + count && result.violations.length === 0; seed++, runs++) {
    result = runScenario(scenario, rig, counted, seed, settings, undefined, { faults });
    writes += result.writes;
  }
  if (values.coverage !== undefined) writeCoverage(values.coverage, coverageOfImages(counted));
  const failed = result.violations.length > 0;
  let shorter = command;
  if (failed && count > 1) {
    result = shrink(scenario, rig, images, result, undefined, undefined, { faults });
    shorter = repeatCommand({ ...told, seed: result.seed, settings: result.settings });
    print(`seed ${first + runs - 1} fails; a shorter run that fails: ${shorter}`);
  }
  if (failed)
    leaveDump(
      values.dump,
      { scenario, rig, images, failed: result },
      { scenario: name, seed: result.seed, command: shorter },
    );
  const many = count > 1 ? `${runs} runs, ${writes} acknowledged writes` : undefined;
  tell(result, many, values.json ? { scenario: name, rig: rig.name } : undefined);
  return failed ? 1 : 0;
}

/** Of a run that failed; where nobody wants one, how to get it. Errors: as `dumpRun`. */
function leaveDump(
  path: string | undefined,
  failed: Pick<Dumped, 'scenario' | 'rig' | 'images' | 'failed'>,
  run: RunHead,
): void {
  if (path !== undefined) dumpRun({ ...failed, run, path });
  const said =
    path === undefined
      ? `everything at its first violation: ${run.command} --dump FILE`
      : `${path}: everything at its first violation`;
  process.stderr.write(`${said}\n`);
}

/** @param many what to say of many runs, of which this is the last; `json`: what goes before its fields. */
function tell(result: RunResult, many: string | undefined, json: object | undefined): void {
  const failed = result.violations.length > 0;
  const isTold = many === undefined || failed;
  if (isTold) for (const line of struckLines(result)) print(`  ${line}`);
  for (const v of result.violations) print(`  at ${v.time_us} µs: ${v.text}`);
  if (json) print(JSON.stringify({ ...json, ...result }));
  else
    print(
      many ??
        `${result.writes} writes and ${result.reads} reads acknowledged, ${result.refused} refused, ${result.messages} messages in ${result.time_us} µs of virtual time`,
    );
  if (!json && isTold) for (const line of responseLines(result.responses)) print(line);
  print(`${failed ? 'FAIL' : 'PASS'} ${result.hash}`);
}

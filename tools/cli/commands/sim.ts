/** `arraylab sim`: runs a scenario in virtual time. First line: the command that repeats it; last: PASS or FAIL and the hash. */
import { parseArgs } from 'node:util';
import { faultHelp } from '../../../firmware/runtime/machine/faults/kinds.js';
import { type Scenario, SETTING_MOST, type Settings } from '../../../firmware/runtime/simulated/scenario.js';
import { linkRecipes } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { counting, coverageOfImages } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { checkWritable } from '../../regress/files.js';
import { imagesFrom } from '../../regress/images.js';
import { repeatCommand } from '../../regress/repeat.js';
import { struckLines } from '../../regress/report/struck.js';
import { type RunResult, runScenario, shrink } from '../../regress/run.js';
import { loadPlant, loadScenario, scenarioNames } from '../../regress/scenarios.js';
import { whole } from '../numbers.js';
import { run as hashes } from '../sim/hashes.js';
import { responseLines } from '../sim/responses.js';
import { run as trace } from '../sim/trace.js';
import { run as worlds } from '../sim/worlds.js';

const USAGE = `usage: arraylab sim NAME|FILE [--rig RIG] [--seed N] [--seeds N] [--set KEY=VALUE]... [--fault FAULT]...
                    [--plant BUG] [--microcode DIR] [--image FILE] [--coverage FILE] [--json]
       arraylab sim worlds --help       every small world of a pair, instead of a scenario
       arraylab sim hashes --help       many runs, a line each: the same everywhere
       arraylab sim trace --help        a recorded trace of requests, instead of a scenario
       arraylab sim --list
       arraylab sim --help-faults       how faults are written

Runs the scenario NAME, or one of your own that the module FILE exports, on simulated arrays, under the oracle. The run is a
function of scenario, rig, seed, settings, faults and microcode: the same on every machine.

  --rig RIG        a rig by name (hw-profiles/rigs) or path; default: the scenario's own. A pair of it names its recipe, one of
                   the package or a file beside the rig's
  --seed N         default 1
  --seeds N        this many seeds, from --seed on; the first failure is shrunk and printed
  --set KEY=VALUE  a setting of the scenario
  --fault FAULT    something that goes wrong, for example 'cut A-B at 5ms for 20ms'; each that struck is printed with its
                   virtual time
  --plant BUG      with a bug planted in the microcode (test/plants.ts)
  --microcode DIR  with the microcode of DIR, laid out as microcode/ is: a whole tree, or modules of your own, beside those of
                   the package or in their place
  --image FILE     with the microcode of a folder of ROLE.img, or with one image in the place of its role's
  --coverage FILE  what was run of the microcode, for arraylab coverage; a FILE that is there is replaced (files of several
                   commands are given to arraylab coverage together). Runs that --seeds makes count, shorter runs that
                   it looks for do not
  --json           a report as JSON between the first and the last line
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
  rig: { type: 'string' },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  set: { type: 'string', multiple: true },
  fault: { type: 'string', multiple: true },
  'help-faults': { type: 'boolean', default: false },
  plant: { type: 'string' },
  microcode: { type: 'string' },
  image: { type: 'string' },
  coverage: { type: 'string' },
  json: { type: 'boolean', default: false },
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
  print(repeatCommand({ ...told, seed: first, ...(count > 1 && { seeds: count }), settings }));
  const counted = values.coverage === undefined ? images : counting(images);
  let result = runScenario(scenario, rig, counted, first, settings, undefined, { faults });
  let runs = 1;
  let { writes } = result;
  for (let seed = first + 1; seed < first + count && result.violations.length === 0; seed++, runs++) {
    result = runScenario(scenario, rig, counted, seed, settings, undefined, { faults });
    writes += result.writes;
  }
  if (values.coverage !== undefined) writeCoverage(values.coverage, coverageOfImages(counted));
  const failed = result.violations.length > 0;
  if (failed && count > 1) {
    result = shrink(scenario, rig, images, result, undefined, undefined, { faults });
    const shorter = repeatCommand({ ...told, seed: result.seed, settings: result.settings });
    print(`seed ${first + runs - 1} fails; a shorter run that fails: ${shorter}`);
  }
  const many = count > 1 ? `${runs} runs, ${writes} acknowledged writes` : undefined;
  tell(result, many, values.json ? { scenario: name, rig: rig.name } : undefined);
  return failed ? 1 : 0;
}

/** Errors: RangeError for what the scenario has not, and for no whole number. */
function settingsOf(given: readonly string[], name: string, { settings: usual = {} }: Scenario): Settings {
  const settings: Record<string, number> = {};
  for (const pair of given) {
    const [, key = pair, value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? [];
    if (!Object.hasOwn(usual, key))
      throw new RangeError(
        `--set ${pair}: scenario ${name} has the settings ${Object.keys(usual).join(', ') || 'none'}`,
      );
    settings[key] = whole(value, `--set ${key}`, 0, SETTING_MOST);
  }
  return settings;
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

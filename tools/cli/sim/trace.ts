/** `arraylab sim trace`: replays a recorded trace. First line: the command that repeats it; last: PASS or FAIL and the hash. */
import { parseArgs } from 'node:util';
import { imagesOf } from '../../../firmware/runtime/simulated/images.js';
import { begin, finish, type Scenario } from '../../../firmware/runtime/simulated/scenario.js';
import type { Trace } from '../../../firmware/runtime/simulated/workload/trace.js';
import type { SimRig } from '../../../firmware/runtime/simulated/world-plan.js';
import { linkRecipes, loadImages } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { readTrace } from '../../../firmware/service/traces/read.js';
import { counting, coverageOfImages } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { checkWritable } from '../../regress/files.js';
import { faultWords, shellWord } from '../../regress/repeat.js';
import { struckLines } from '../../regress/report/struck.js';
import { runScenario } from '../../regress/run.js';
import { whole } from '../numbers.js';
import { responseLines } from './responses.js';

const RIG = 'pair';
const USAGE = `usage: arraylab sim trace --trace FILE [--rig RIG] [--volume A:VOLUME]... [--closed] [--seed N] [--fault FAULT]...
                          [--digest HEX] [--coverage FILE] [--json]

Replays the requests of a trace on simulated arrays, under the oracle, and prints their response times. Formats: DiskSim's
ASCII ("time_ms device block blocks flags", a request a line), fio's iolog of versions 2 and 3 (fio --write_iolog).

  --trace FILE       the trace
  --rig RIG          a rig by name (hw-profiles/rigs) or path; default: ${RIG}
  --volume A:VOLUME  stands for the trace's first device, the next for its second...; default: what the first array serves
  --closed           each request when the one before has its status; else at the times of the trace
  --seed N           default 1
  --fault FAULT      something that goes wrong meanwhile, as sim --fault has it (sim --help-faults); may be given again
  --digest HEX       the trace must be the one with this digest: a run is repeated with the same one only
  --coverage FILE    what was run of the microcode, for arraylab coverage; a FILE that is there is replaced
  --json             a report as JSON between the first and the last line
`;

/**
 * The volumes that stand for the devices of a trace: those given, or what the first array of the rig serves. Errors: RangeError
 * for none of that name; of the first request that they cannot take.
 */
function volumesFor(trace: Trace, rig: SimRig, given: readonly string[]): string[] {
  const images = imagesOf(rig.arrays);
  const names = given.length > 0 ? [...given] : images.filter(({ source }) => source === 0).map(({ name }) => name);
  const volumes = given.length > 0 ? names : names.slice(0, Math.max(1, trace.devices.length));
  const sizes = volumes.map((name) => {
    const image = images.find((i) => i.name === name);
    if (!image)
      throw new RangeError(`--volume ${name}: rig ${rig.name} has ${images.map((i) => i.name).join(', ')} for hosts`);
    return image.blocks;
  });
  trace.check(volumes, sizes);
  return volumes;
}

/** The replay as a scenario, undisturbed. */
function scenarioOf(trace: Trace, volumes: readonly string[], closed: boolean): Scenario {
  return {
    help: `replays ${trace.name}`,
    rig: RIG,
    run(sim) {
      begin(sim);
      sim.replay(trace, volumes, closed);
      sim.worked();
      finish(sim);
    },
  };
}

/** Errors: those of the trace, the rig, the options. */
export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      trace: { type: 'string' },
      rig: { type: 'string' },
      volume: { type: 'string', multiple: true, default: [] },
      closed: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      fault: { type: 'string', multiple: true, default: [] },
      digest: { type: 'string' },
      coverage: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || values.trace === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const seed = whole(values.seed, '--seed', 0);
  const faults = values.fault;
  const { trace, digest } = readTrace(values.trace);
  if (values.digest !== undefined && values.digest !== digest)
    throw new RangeError(
      `--digest is ${values.digest}, and ${values.trace} has ${digest}: it is another trace, or it changed`,
    );
  const rig = loadSimRig(values.rig ?? RIG);
  checkWritable(values.coverage, '--coverage');
  const images = values.coverage === undefined ? loadImages() : counting(loadImages());
  linkRecipes(images, rig.arrays);
  const volumes = volumesFor(trace, rig, values.volume);
  print(
    [
      `npx arraylab sim trace --trace ${shellWord(values.trace)} --digest ${digest}`,
      ...(values.rig === undefined ? [] : [`--rig ${shellWord(values.rig)}`]),
      ...values.volume.map((v) => `--volume ${v}`),
      ...(values.closed ? ['--closed'] : []),
      `--seed ${seed}`,
      ...faultWords(faults),
    ].join(' '),
  );
  const result = runScenario(scenarioOf(trace, volumes, values.closed), rig, images, seed, {}, undefined, {
    faults,
  });
  if (values.coverage !== undefined) writeCoverage(values.coverage, coverageOfImages(images));
  const failed = result.violations.length > 0;
  for (const line of struckLines(result)) print(`  ${line}`);
  for (const v of result.violations) print(`  at ${v.time_us} µs: ${v.text}`);
  if (values.json) print(JSON.stringify({ trace: values.trace, digest, rig: rig.name, ...result }));
  else {
    print(`${trace.length} requests, ${result.messages} messages in ${result.time_us} µs of virtual time`);
    for (const line of responseLines(result.responses)) print(line);
  }
  print(`${failed ? 'FAIL' : 'PASS'} ${result.hash}`);
  return failed ? 1 : 0;
}

/** `arraylab sim worlds`: every small world of a rig's pairs, or a share of them. Last line: PASS or FAIL. */
import { parseArgs } from 'node:util';
import { PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';
import { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { linkRecipes } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { type Coverage, merged } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { checkWritable } from '../../regress/files.js';
import { runJobs, usualJobs } from '../../regress/pool.js';
import { imagesWith, loadPlant } from '../../regress/scenarios.js';
import { parseSpec } from '../../regress/worlds/spec.js';
import { pairsOf } from '../../regress/worlds/states.js';
import { emptyTally, type Tally } from '../../regress/worlds/walk.js';
import { Start } from '../../regress/worlds/world.js';
import type { Walked, WorldsJob } from '../../regress/worlds/worlds.worker.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab sim worlds [--rig RIG] [--state STATE] [--pair A:VOLUME] [--events N] [--share 1/N] [--jobs N]
                           [--coverage FILE]
       arraylab sim worlds --world WORLD [--rig RIG] [--seed N]

Brings a pair into a state, and from there runs every small world: one write, or one command that an operator can give in
that state; up to N events of operators and of the link, each at a message that the role which hears of it takes; and one
power loss of either array at each micro-operation until all is at rest. Power comes back at once, or when the other side is
at rest; all is mended, a host writes once more, and what the oracle and the checks want must hold.

A power loss leaves battery memory and drives. Micro-operations between which neither changes, and nothing but the array
itself moves, leave the same: one of them is run for all. What was left out so is counted.

  --rig RIG         a rig by name (hw-profiles/rigs) or path; default: tiny-pair
  --state STATE     one of ${Object.keys(PAIR_STATES).join(', ')}; default: each
  --pair A:VOLUME   default: one pair of each way of mirroring that the rig has
  --events N        events in a world at most, 0 to 2; default: 1
  --share 1/N       every Nth power loss and every Nth event: of the worlds with events N² and N³ times fewer
  --seed N          decides in what order things happen that may happen in any; default: 1
  --jobs N          worlds on so many threads; default: one for each processor
  --plant BUG       with a bug planted in the microcode (test/plants.ts)
  --coverage FILE   what they run of the microcode, for arraylab coverage; a FILE that is there is replaced
  --world WORLD     only this one, as a failure names it; no coverage is written
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rig: { type: 'string', default: 'tiny-pair' },
      state: { type: 'string' },
      pair: { type: 'string' },
      events: { type: 'string', default: '1' },
      share: { type: 'string', default: '1/1' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string' },
      plant: { type: 'string' },
      coverage: { type: 'string' },
      world: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rig = loadSimRig(values.rig);
  const seed = whole(values.seed, '--seed', 0);
  const images = imagesWith(values.plant === undefined ? undefined : await loadPlant(values.plant));
  if (values.plant === undefined) linkRecipes(images, rig.arrays);
  const options = `${values.rig === 'tiny-pair' ? '' : ` --rig ${values.rig}`}${seed === 1 ? '' : ` --seed ${seed}`}${values.plant === undefined ? '' : ` --plant ${values.plant}`}`;
  if (values.world !== undefined) {
    const spec = parseSpec(values.world);
    const outcome = new Start(rig, images, seed, spec.pair, spec.state).run(spec);
    if (outcome.impossible) throw new RangeError(`world ${values.world}: an event is not possible where it is placed`);
    print(`npx arraylab sim worlds${options} --world ${values.world}`);
    if (outcome.violation !== undefined) print(`  at ${outcome.time_us} µs: ${outcome.violation}`);
    print(`${outcome.violation === undefined ? 'PASS' : 'FAIL'} ${outcome.hash}`);
    return outcome.violation === undefined ? 0 : 1;
  }
  checkWritable(values.coverage, '--coverage');
  const plan = planOf(values, rig.name, pairsOf(new Sim(rig, images, seed)), seed);
  const total = emptyTally();
  const coverages: Coverage[] = [];
  await runJobs<WorldsJob, Walked>(
    new URL('../../regress/worlds/worlds.worker.js', import.meta.url),
    plan,
    values.jobs === undefined ? usualJobs() : whole(values.jobs, '--jobs', 1),
    ({ tally, coverage }, number) => {
      if (coverage !== undefined) coverages.push(coverage);
      for (const [i, runs] of tally.runs.entries()) total.runs[i] = (total.runs[i] as number) + runs;
      total.same += tally.same;
      total.failures.push(...tally.failures);
      const { pair, state } = plan[number] as WorldsJob;
      print(`${pair.padEnd(12)} ${state}: ${said(tally)}`);
      for (const f of tally.failures.slice(0, 3)) {
        print(`  npx arraylab sim worlds${options} --world ${f.world}`);
        print(`    at ${f.time_us} µs: ${f.violation}`);
      }
    },
  );
  if (values.coverage !== undefined) writeCoverage(values.coverage, merged(coverages, []));
  print(`all: ${said(total)}`);
  print(total.failures.length === 0 ? 'PASS' : `FAIL ${total.failures.length} worlds`);
  return total.failures.length === 0 ? 0 : 1;
}

function said({ runs, same, failures }: Tally): string {
  const sum = runs.reduce((a, b) => a + b);
  return `${sum} worlds run (${runs.map((n, i) => `${n} with ${i === 0 ? 'no event' : i === 1 ? 'one' : 'two'}`).join(', ')}), ${same} power losses like another one left out, ${failures.length} failed`;
}

interface Values {
  readonly state?: string | undefined;
  readonly pair?: string | undefined;
  readonly plant?: string | undefined;
  readonly coverage?: string | undefined;
  readonly rig: string;
  readonly events: string;
  readonly share: string;
}

function planOf(values: Values, rig: string, pairs: readonly string[], seed: number): WorldsJob[] {
  const states = Object.keys(PAIR_STATES) as PairState[];
  if (values.state !== undefined && !states.includes(values.state as PairState))
    throw new RangeError(`--state is "${values.state}"; one of ${states.join(', ')} is wanted`);
  if (values.pair === undefined && pairs.length === 0) throw new RangeError(`rig ${rig} has no pairs`);
  const [, share] = /^1\/([1-9]\d{0,6})$/.exec(values.share) ?? [];
  if (share === undefined) throw new RangeError(`--share is "${values.share}"; 1/N is wanted, such as 1/20`);
  const events = whole(values.events, '--events', 0);
  if (events > 2) throw new RangeError(`--events is ${events}; 2 at most`);
  return (values.state === undefined ? states : [values.state as PairState]).flatMap((state) =>
    (values.pair === undefined ? pairs : [values.pair]).map((pair) => ({
      rig: values.rig,
      seed,
      pair,
      state,
      events,
      share: Number(share),
      plant: values.plant,
      isCounted: values.coverage !== undefined,
    })),
  );
}

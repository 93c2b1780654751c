/** `npm run fuzz`: whatever outsiders say to the array, it stands. Exit status: 0, or 1 when something was found. */
import { type Options, parseOptions, USAGE, UsageError } from './options.js';
import { commandFor, type Outcome, type Plan } from './runner.js';
import { watchedRun } from './watched-run.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Of the kinds, those that stand for all: not what was wrong with them. */
function lineOf({ target }: Plan, { inputs, kinds, refusals }: Outcome, elapsed_ms: number): string {
  const names = [...kinds.keys()];
  const wrong = names.filter((kind) => kind.startsWith('wrong: '));
  const rate = Math.round((inputs * 1000) / Math.max(elapsed_ms, 1));
  const figures = [
    `${inputs} inputs`,
    `${names.length - wrong.length} kinds said`,
    `${wrong.length} ways wrong`,
    `${refusals} refusals`,
    `${rate}/s`,
  ];
  return `${target.padEnd(10)} ${figures.join(', ')}`;
}

async function run({ targets, seed, first, inputs }: Options): Promise<number> {
  let found = 0;
  for (const target of targets) {
    const plan = { target, seed, first, inputs };
    const began = performance.now();
    const outcome = await watchedRun(plan);
    say(lineOf(plan, outcome, performance.now() - began));
    if (outcome.failure === undefined) continue;
    const { input, from, message } = outcome.failure;
    found += 1;
    say(`${target}: input ${input}: ${message}`);
    say(`again: ${commandFor(plan, from, input)}`);
  }
  return found === 0 ? 0 : 1;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) say(USAGE.trimEnd());
  else process.exitCode = await run(options);
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** What `npm run fuzz` is asked for. */
import { parseArgs } from 'node:util';
import { TARGETS } from './targets.js';

const INPUTS = 10_000;
const NAMES = Object.keys(TARGETS);

export const USAGE = `usage: npm run fuzz -- [--only TARGET] [--seed N] [--inputs N] [--from N | --input N]

Talks to what outsiders can reach, right and wrong, by numbered inputs: each is made from its number and the seed alone, so
that the same command does the same each time. Whatever comes: nothing may crash, hang or leak, every answer must be well
formed, and a host that does nothing wrong must be served beside it. The array behind is a real one, in this process.

  --only TARGET  one target: ${NAMES.join(', ')}
  --seed N       default 1
  --inputs N     of each target; default ${INPUTS}
  --from N       number of the first; default 1
  --input N      this one only
  --help         print this

Exit status: 0 nothing was found, 1 something was (with the command that shows it again), 2 called wrongly.
`;

export interface Options {
  readonly targets: readonly string[];
  readonly seed: number;
  readonly first: number;
  readonly inputs: number;
}

export class UsageError extends Error {}

const MOST = 0xffff_ffff;

function whole(option: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const n = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (n < least || n > MOST) throw new UsageError(`--${option} is "${text}"; it must be ${least} to ${MOST}, whole`);
  return n;
}

/** Undefined: help. Errors: UsageError. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const string = { type: 'string' } as const;
  let values: Partial<Record<'only' | 'seed' | 'inputs' | 'from' | 'input', string>> & { help?: boolean };
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    const options = { only: string, seed: string, inputs: string, from: string, input: string, help };
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return undefined;
  const { only, input } = values;
  if (only !== undefined && !NAMES.includes(only)) {
    throw new UsageError(`--only is "${only}"; targets are ${NAMES.join(', ')}`);
  }
  if (input !== undefined && (values.from !== undefined || values.inputs !== undefined)) {
    throw new UsageError('--input is one input: neither --from nor --inputs goes with it');
  }
  const first = whole('from', values.from, 1, 0);
  return {
    targets: only === undefined ? NAMES : [only],
    seed: whole('seed', values.seed, 1, 0),
    first: whole('input', input, first, 0),
    inputs: input === undefined ? whole('inputs', values.inputs, INPUTS, 1) : 1,
  };
}

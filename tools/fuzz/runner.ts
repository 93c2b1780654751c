/** Inputs of one target, one after the other; and of one that fails, what to call to see it again. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FuzzFailure, type FuzzTarget, type OpenTarget, type Tally } from './target.js';

export interface Plan {
  readonly target: string;
  readonly seed: number;
  /** Numbers of the inputs: from the first on, so many. */
  readonly first: number;
  readonly inputs: number;
}

export interface Failure {
  readonly input: number;
  readonly message: string;
  /** From which input on it is seen again. */
  readonly from: number;
}

export interface Outcome {
  readonly inputs: number;
  readonly kinds: ReadonlyMap<string, number>;
  readonly refusals: number;
  readonly failure?: Failure;
}

/** After so many inputs the target begins anew: what fails by what went before is found again within them. */
export const ROUND_INPUTS = 20_000;
/** A round's memory is looked at after this part of it, and at its end. */
const WARM_SHARE = 4;
/** Growth from there to the end that is no leak: caches of the engine, pools up to their limits. */
const GROWTH_MOST_BYTES = 24 * 1024 * 1024;

/** The command that repeats exactly these inputs. */
export function commandFor({ target, seed }: Plan, from: number, input: number): string {
  const which = from === input ? `--input ${input}` : `--from ${from} --inputs ${input - from + 1}`;
  return `npm run fuzz -- --only ${target} --seed ${seed} ${which}`;
}

/** @param began told of each input before it is made */
export async function fuzz(
  open: OpenTarget,
  plan: Plan,
  began: (input: number) => void = () => undefined,
): Promise<Outcome> {
  const kinds = new Map<string, number>();
  let refusals = 0;
  let inputs = 0;
  const add = (tally: Tally | undefined): void => {
    for (const [kind, n] of tally?.kinds ?? []) kinds.set(kind, (kinds.get(kind) ?? 0) + n);
    refusals += tally?.refusals ?? 0;
  };
  for (let first = plan.first; first < plan.first + plan.inputs; first += ROUND_INPUTS) {
    const last = Math.min(first + ROUND_INPUTS, plan.first + plan.inputs) - 1;
    const target = await open(plan.seed);
    const round = await runRound(target, first, last, began);
    add(target.tally);
    inputs += round.inputs;
    if (round.failed === undefined) {
      await target.close();
      continue;
    }
    const { input, error } = round.failed;
    const from = (await failsAlone(open, plan.seed, input)) ? input : first;
    return { inputs, kinds, refusals, failure: { input, from, message: textOf(error) } };
  }
  return { inputs, kinds, refusals };
}

interface Round {
  readonly inputs: number;
  readonly failed?: { readonly input: number; readonly error: unknown };
}

async function runRound(
  target: FuzzTarget,
  first: number,
  last: number,
  began: (input: number) => void,
): Promise<Round> {
  const looksAt = first + Math.floor(ROUND_INPUTS / WARM_SHARE);
  let before = 0;
  for (let input = first; input <= last; input++) {
    began(input);
    try {
      await target.run(input);
      if (input === looksAt) before = usedBytes();
      if (input === first + ROUND_INPUTS - 1) checkGrowth(usedBytes() - before);
    } catch (error) {
      return { inputs: input - first + 1, failed: { input, error } };
    }
  }
  return { inputs: last - first + 1 };
}

/** Of a target that has failed nothing is asked any more: it is not closed either. */
async function failsAlone(open: OpenTarget, seed: number, input: number): Promise<boolean> {
  const target = await open(seed);
  try {
    await target.run(input);
  } catch {
    return true;
  }
  await target.close();
  return false;
}

function checkGrowth(bytes: number): void {
  if (bytes <= GROWTH_MOST_BYTES) return;
  const inputs = ROUND_INPUTS - Math.floor(ROUND_INPUTS / WARM_SHARE);
  throw new FuzzFailure(`memory has grown by ${bytes} bytes over ${inputs} inputs, of which nothing should be left`);
}

let collect: (() => void) | undefined;

/** What lives, in bytes. */
function usedBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What a person reads of it: of our own failures the sentence, of others where they come from as well. */
function textOf(error: unknown): string {
  if (error instanceof FuzzFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

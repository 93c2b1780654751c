/** Makes the runs of a plan on worker threads, and shrinks what fails. What comes out does not depend on the number of threads. */
import type { Words } from '../coverage/coverage.js';
import type { ImagesFrom } from './images.js';
import { type KnownFailure, knownAs, telling } from './known.js';
import { keyOf, type PlannedRun } from './plan.js';
import { runJobs } from './pool.js';
import type { CountedResult, RegressJob } from './regress.worker.js';
import { type RunResult, withFaults } from './run.js';
import type { Samples } from './sampler.js';

const WORKER = new URL('./regress.worker.js', import.meta.url);
/** A run that takes longer hangs. */
const LIMIT_MS = 600_000;
/** Kinds of failure that are shrunk and shown at most. */
export const KINDS_MOST = 20;

export interface Crew {
  readonly jobs: number;
  /** No run is begun any more when it says so. */
  readonly enough: () => boolean;
  /** Hears what each run of a plan ran of its microcode; absent: nobody counts. */
  readonly counted?: ((words: Words) => void) | undefined;
}

/** A run that hangs has no figures. */
const HUNG = {
  seed: 0,
  settings: {},
  violations: [{ text: `the run did not end in ${LIMIT_MS / 1000} s of real time`, time_us: 0 }],
  hash: '0000000000000000',
  writes: 0,
  reads: 0,
  refused: 0,
  steps: 0,
  messages: 0,
  operations: 0,
  time_us: 0,
} as RunResult;

/** `done` hears each result as it comes, with the number of its run in `plan`; `numbers` are to be made. */
export function makeRuns(
  plan: readonly PlannedRun[],
  numbers: readonly number[],
  imagesOf: (number: number) => ImagesFrom,
  { jobs, enough, counted }: Crew,
  done: (result: RunResult, number: number) => void,
): Promise<void> {
  const isCounted = counted !== undefined;
  const todo = numbers.map((number): RegressJob => {
    return { what: 'run', run: plan[number] as PlannedRun, images: imagesOf(number), isCounted };
  });
  return runJobs<RegressJob, CountedResult>(
    WORKER,
    todo,
    jobs,
    (answer, i) => {
      const { counts, ...result } = answer;
      if (counts !== undefined) counted?.(counts);
      const number = numbers[i] as number;
      const { seed, settings, faults } = plan[number] as PlannedRun;
      done(answer === HUNG ? { ...HUNG, seed, settings, ...withFaults(faults) } : result, number);
    },
    { limit_ms: LIMIT_MS, hung: HUNG, enough },
  );
}

/** Failures of one scenario on one rig that say the same, but for numbers. */
export interface Kind {
  readonly scenario: string;
  readonly rig: string;
  /** Numbers in the plan of the runs that failed so, in order. */
  readonly numbers: readonly number[];
  readonly failed: RunResult;
  /** A shorter run that fails too; absent: nobody looked for one. */
  readonly shrunk?: RunResult;
}

export function kindsOf(
  plan: readonly PlannedRun[],
  results: readonly (RunResult | undefined)[],
  known: readonly KnownFailure[],
): Kind[] {
  const kinds = new Map<string, { scenario: string; rig: string; numbers: number[]; failed: RunResult }>();
  for (const [number, run] of plan.entries()) {
    const failed = results[number];
    // A known one before it tells nothing of what is not.
    const first = telling(failed?.violations ?? []).find((violation) => !knownAs(run, violation, known));
    if (!failed || !first) continue;
    const { scenario, rig } = run;
    const key = JSON.stringify([scenario, rig, first.text.split('\n')[0]?.replace(/\d+/g, '#')]);
    const kind = kinds.get(key);
    if (kind) kind.numbers.push(number);
    else kinds.set(key, { scenario, rig, numbers: [number], failed });
  }
  return [...kinds.values()];
}

/** With a shorter run for each of the first kinds. */
export async function shrinkKinds(
  plan: readonly PlannedRun[],
  kinds: readonly Kind[],
  images: ImagesFrom,
  known: readonly KnownFailure[],
  { jobs, enough }: Crew,
): Promise<Kind[]> {
  const shrunk: (RunResult | undefined)[] = [];
  const todo = kinds.slice(0, KINDS_MOST).map(({ failed, numbers }): RegressJob => {
    const run = plan[numbers[0] as number] as PlannedRun;
    return { what: 'shrink', run, failed, images, known };
  });
  await runJobs<RegressJob, RunResult | undefined>(
    WORKER,
    todo,
    jobs,
    (result, i) => {
      shrunk[i] = result;
    },
    { limit_ms: LIMIT_MS, enough },
  );
  return oneOfEach(kinds.map((kind, i) => (shrunk[i] ? { ...kind, shrunk: shrunk[i] } : kind)));
}

/** Kinds that shrank to the same run are one. */
function oneOfEach(kinds: readonly Kind[]): Kind[] {
  const merged = new Map<string, Kind>();
  for (const [i, kind] of kinds.entries()) {
    const { scenario, rig, shrunk } = kind;
    const key = JSON.stringify(shrunk ? [scenario, rig, shrunk.seed, shrunk.settings, shrunk.faults] : i);
    const before = merged.get(key);
    const numbers = [...(before?.numbers ?? []), ...kind.numbers].sort((a, b) => a - b);
    merged.set(key, before ? { ...before, numbers } : kind);
  }
  return [...merged.values()];
}

/** Each of the first kinds, run once more and looked at meanwhile. */
export async function takePictures(
  kinds: readonly Kind[],
  images: ImagesFrom,
  { jobs, enough }: Crew,
): Promise<(Samples[] | undefined)[]> {
  const pictures: (Samples[] | undefined)[] = [];
  const todo = kinds.slice(0, KINDS_MOST).map(({ scenario, rig, failed, shrunk = failed }): RegressJob => {
    const { seed, settings, faults, violations, time_us } = shrunk;
    const run = { scenario, rig, seed, settings, faults };
    return { what: 'picture', run, images, failed_us: violations[0]?.time_us ?? 0, end_us: time_us };
  });
  await runJobs<RegressJob, Samples[] | undefined>(
    WORKER,
    todo,
    jobs,
    (samples, i) => {
      pictures[i] = samples;
    },
    { limit_ms: LIMIT_MS, enough },
  );
  return pictures;
}

/** What a corpus learns: the shrunk run of each kind, and the one that it was found with. */
export function lessonsOf(
  kinds: readonly Kind[],
  defaultsOf: (scenario: string) => Readonly<Record<string, number>>,
): PlannedRun[] {
  const lessons = new Map<string, PlannedRun>();
  for (const { scenario, rig, failed, shrunk = failed } of kinds)
    for (const { seed, settings, faults } of [shrunk, failed]) {
      const usual = defaultsOf(scenario);
      const unusual = Object.fromEntries(Object.entries(settings).filter(([name, value]) => usual[name] !== value));
      const run = { scenario, rig, seed, settings: unusual, ...withFaults(faults) };
      lessons.set(keyOf(run), run);
    }
  return [...lessons.values()];
}

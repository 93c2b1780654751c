/** fio's NBD engine as the host of volumes: cases that servers are measured with, in turn, and checks of what they hold. */
import { isInstalled, outputOf } from './children.js';
import { type Figure, median, type Target } from './figures.js';

export interface Case {
  readonly name: string;
  readonly rw: 'randread' | 'randwrite';
  readonly block_KiB: number;
  readonly depth: number;
}

/** A volume that is measured, under the name of who serves it. */
export interface Subject {
  readonly name: string;
  readonly uri: string;
}

export interface Load {
  /** Rounds over all subjects, for each case. */
  readonly rounds: number;
  /** Seconds that fio runs in each round. */
  readonly seconds: number;
  /** The volume's size. */
  readonly bytes: number;
  /** Told of each round. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Requests per second, round by round, of each subject. */
export type Samples = Readonly<Record<string, number[]>>;

/** Errors: fio is not installed. */
export function requireFio(): void {
  if (!isInstalled('fio')) throw new Error('fio is not installed: nothing can be measured');
}

function runFio(uri: string, args: readonly string[]): Promise<string> {
  const always = ['--name=bench', '--ioengine=nbd', `--uri=${uri}`, '--output-format=json', '--randrepeat=1'];
  return outputOf('fio', 'fio', [...always, ...args]);
}

/** Requests per second of one fio run. */
async function requestsPerSecond(uri: string, args: readonly string[]): Promise<number> {
  const stdout = await runFio(uri, args);
  // fio prints its notes before the report.
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    jobs: { read: { iops: number }; write: { iops: number } }[];
  };
  const job = report.jobs[0];
  return job.read.iops + job.write.iops;
}

/** Writes every block once, so that nobody is measured on a volume that has no bytes yet. */
export async function fill(uri: string, bytes: number): Promise<void> {
  await runFio(uri, ['--rw=write', '--bs=256k', '--iodepth=4', `--size=${bytes}`]);
}

/** The first MiB, all of it one word of 32 bits. */
function checked(word: number): string[] {
  const pattern = `0x${word.toString(16).padStart(8, '0')}`;
  const state = '--verify_state_save=0'; // else fio leaves a file behind
  return ['--bs=4k', '--iodepth=8', '--size=1m', '--verify=pattern', `--verify_pattern=${pattern}`, state];
}

/** Writes the first MiB, all of it this word of 32 bits. */
export async function writeWord(uri: string, word: number): Promise<void> {
  await runFio(uri, ['--rw=write', '--do_verify=0', ...checked(word)]);
}

/** Reads what `writeWord` wrote. Errors: when anything else is there. */
export async function expectWord(uri: string, word: number): Promise<void> {
  await runFio(uri, ['--rw=read', ...checked(word)]);
}

/** Requests per second of one run of a case. */
export function rate(c: Case, uri: string, { seconds, bytes }: Load): Promise<number> {
  const how = [`--rw=${c.rw}`, `--bs=${c.block_KiB}k`, `--iodepth=${c.depth}`, `--size=${bytes}`];
  return requestsPerSecond(uri, [...how, '--time_based', `--runtime=${seconds}`]);
}

/** What each subject does in each round of a case; the order is the same in all rounds. */
export async function measure(c: Case, subjects: readonly Subject[], load: Load): Promise<Samples> {
  const { rounds, log } = load;
  const samples: Samples = Object.fromEntries(subjects.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, uri } of subjects) samples[name].push(await rate(c, uri, load));
    const seen = Object.entries(samples).map(([name, values]) => `${name} ${Math.round(values[round - 1])}`);
    log?.(`${c.name}, round ${round}: ${seen.join(', ')}`);
  }
  return samples;
}

/** Medians; a ratio is the median of the rounds' ratios, since what else the machine does is alike within a round. */
export function figureOf(name: string, ours: readonly number[], others: Samples, targets: readonly Target[]): Figure {
  const each = Object.entries(others);
  return {
    name,
    unit: 'requests/s',
    value: Math.round(median(ours)),
    peers: Object.fromEntries(each.map(([peer, values]) => [peer, Math.round(median(values))])),
    ratios: Object.fromEntries(each.map(([peer, values]) => [peer, median(values.map((v, i) => ours[i] / v))])),
    targets,
  };
}

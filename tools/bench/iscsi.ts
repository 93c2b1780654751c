/**
 * The iSCSI front of one array beside tgtd on files in memory, driven by our generator on libiscsi. Targets are measured
 * in turn, round by round, so that whatever else the machine does falls on all of them.
 */
import { isInstalled } from './children.js';
import type { Figure, Target } from './figures.js';
import { type Case, figureOf, type Samples } from './fio.js';
import { type LoadReport, loadProgram, NotInstalledError, runLoad } from './iscsi-load.js';
import { type IscsiPeer, startIscsiArray, startTgtd } from './iscsi-peers.js';
import type { BenchOptions } from './nbd.js';

const VOLUME_BYTES = 256 * 1024 * 1024;
const BACKINGS = ['rdwr', 'aio'] as const;
const OURS = 'arraylab';
/** At this share of its thread the generator, and not the target, decides. */
const BUSY_CLIENT = 0.9;

const BOTH: readonly Target[] = [
  { peer: 'tgtd rdwr', least: 1 },
  { peer: 'tgtd aio', least: 1 },
];
const ALONE: readonly Target[] = [{ peer: 'tgtd rdwr', least: 0.8 }];
const LARGE: readonly Target[] = BOTH.map(({ peer }) => ({ peer, least: 0.8 }));

const CASES: readonly (Case & { readonly targets: readonly Target[] })[] = (
  [
    [4, 32, BOTH],
    [4, 1, ALONE],
    [64, 8, LARGE],
  ] as const
).flatMap(([block_KiB, depth, targets]) =>
  (['randread', 'randwrite'] as const).map((rw) => ({
    name: `iscsi: ${rw} ${block_KiB} KiB, depth ${depth}`,
    rw,
    block_KiB,
    depth,
    targets,
  })),
);

async function startAll(log: BenchOptions['log']): Promise<IscsiPeer[]> {
  const started: IscsiPeer[] = [];
  try {
    started.push(await startIscsiArray('hw-profiles/rigs/single.json', ['--placement', 'fused']));
    if (!isInstalled('tgtd')) log?.('tgtd is not installed: left out');
    else {
      for (const backing of BACKINGS) {
        started.push(await startTgtd({ name: `tgtd ${backing}`, backing, bytes: VOLUME_BYTES }));
      }
    }
    return started;
  } catch (error) {
    await Promise.all(started.map(({ stop }) => stop()));
    throw error;
  }
}

/** One round on one target. Errors: Error when a command ended with anything but GOOD. */
async function load({ name, uri, lun }: IscsiPeer, args: readonly string[]): Promise<LoadReport> {
  const report = await runLoad(uri(String(lun)), [...args, '--range', String(VOLUME_BYTES)]);
  if (report.errors > 0)
    throw new Error(`${name}: ${report.errors} of ${report.ios + report.errors} commands ended with errors`);
  return report;
}

/** Requests per second of each target in each round of a case. */
async function measure(
  c: Case,
  targets: readonly IscsiPeer[],
  { rounds = 5, seconds = 3, log }: BenchOptions,
): Promise<Samples> {
  const samples: Samples = Object.fromEntries(targets.map(({ name }) => [name, []]));
  const how = [
    '--rw',
    c.rw,
    '--block',
    String(c.block_KiB * 1024),
    '--depth',
    String(c.depth),
    '--seconds',
    String(seconds),
  ];
  for (let round = 1; round <= rounds; round++) {
    const seen: string[] = [];
    for (const target of targets) {
      const report = await load(target, [...how, '--seed', String(round)]);
      const rate = report.ios / report.seconds;
      samples[target.name].push(rate);
      const isLimit = report.client_cpu_seconds > BUSY_CLIENT * report.seconds;
      const times = `${Math.round(report.p50_us)} us, 99 % within ${Math.round(report.p99_us)} us`;
      seen.push(`${target.name} ${Math.round(rate)} (${times}${isLimit ? '; the client is the limit' : ''})`);
    }
    log?.(`${c.name}, round ${round}: ${seen.join(', ')}`);
  }
  return samples;
}

/** Is there a generator? Errors: when it should compile here, and does not. */
async function hasGenerator(log: BenchOptions['log']): Promise<boolean> {
  try {
    await loadProgram();
    return true;
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    log?.(`iscsi: left out: ${error.message}`);
    return false;
  }
}

/**
 * All roles on one thread. No figures, and a line of the log that says why, where the generator cannot be compiled.
 * Errors: when a target does not start, or a command fails.
 */
export async function benchIscsi(options: BenchOptions = {}): Promise<Figure[]> {
  if (!(await hasGenerator(options.log))) return [];
  const targets = await startAll(options.log);
  try {
    // Nobody is measured on a volume that has no bytes yet.
    for (const target of targets) {
      const count = String(VOLUME_BYTES >> 18);
      await load(target, ['--rw', 'write', '--block', String(1 << 18), '--depth', '4', '--count', count]);
    }
    const figures: Figure[] = [];
    for (const c of CASES) {
      const { [OURS]: ours, ...others } = await measure(c, targets, options);
      figures.push(figureOf(c.name, ours, others, c.targets));
    }
    return figures;
  } finally {
    await Promise.all(targets.map(({ stop }) => stop()));
  }
}

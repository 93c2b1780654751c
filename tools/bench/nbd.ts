/**
 * The NBD front against others: our array, nbdkit's memory plugin and qemu-nbd on a file in memory, driven by fio's NBD
 * engine. Servers are measured in turn, round by round, so that whatever else the machine does falls on all of them.
 */
import { isInstalled } from './children.js';
import type { Figure, Target } from './figures.js';
import { type Case, figureOf, fill, type Load, measure, requireFio } from './fio.js';
import { type Peer, startArray, startNbdkit, startQemuNbd } from './nbd-peers.js';

export interface BenchOptions {
  /** Rounds over all servers, for each case. */
  readonly rounds?: number;
  /** Seconds that fio runs in each round. */
  readonly seconds?: number;
  /** Told of each round, and of servers that are not installed. */
  readonly log?: (line: string) => void;
}

interface Front {
  /** Where roles run. */
  readonly placement: 'fused' | 'dedicated';
  /** Before the names of its cases. */
  readonly prefix: string;
  /** Who it is measured against. */
  readonly peers: readonly string[];
  readonly cases: readonly (Case & { readonly targets: readonly Target[] })[];
}

type Measured = readonly [block_KiB: number, depth: number, targets: readonly Target[]];

function readsAndWrites(cases: readonly Measured[]): Front['cases'] {
  return cases.flatMap(([block_KiB, depth, targets]) =>
    (['randread', 'randwrite'] as const).map((rw) => ({
      name: `${rw} ${block_KiB} KiB, depth ${depth}`,
      rw,
      block_KiB,
      depth,
      targets,
    })),
  );
}

const FUSED: Front = {
  placement: 'fused',
  prefix: '',
  peers: ['nbdkit', 'qemu-nbd'],
  cases: readsAndWrites([
    [
      4,
      32,
      [
        { peer: 'nbdkit', least: 1 },
        { peer: 'qemu-nbd', least: 1.5 },
      ],
    ],
    [4, 1, [{ peer: 'nbdkit', least: 0.8 }]],
    [64, 8, [{ peer: 'nbdkit', least: 0.6 }]],
  ]),
};

const DEDICATED: Front = {
  placement: 'dedicated',
  prefix: 'dedicated: ',
  peers: ['nbdkit'],
  cases: readsAndWrites([[4, 32, [{ peer: 'nbdkit', least: 0.6 }]]]),
};

const VOLUME = 'data0';
const VOLUME_BYTES = 256 * 1024 * 1024;

const START: Readonly<Record<string, () => Promise<Peer>>> = {
  nbdkit: () => startNbdkit(VOLUME_BYTES),
  'qemu-nbd': () => startQemuNbd(VOLUME_BYTES, VOLUME),
};

async function startAll({ placement, peers }: Front, log: BenchOptions['log']): Promise<Peer[]> {
  const started: Peer[] = [];
  try {
    started.push(await startArray(undefined, ['--placement', placement]));
    for (const name of peers) {
      if (isInstalled(name)) started.push(await START[name]());
      else log?.(`${name} is not installed: left out`);
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((p) => p.stop()));
    throw error;
  }
}

async function benchFront(front: Front, { rounds = 5, seconds = 3, log }: BenchOptions): Promise<Figure[]> {
  requireFio();
  const load: Load = { rounds, seconds, bytes: VOLUME_BYTES, log };
  const started = await startAll(front, log);
  try {
    const subjects = started.map((peer) => ({ name: peer.name, uri: peer.uri(VOLUME) }));
    for (const { uri } of subjects) await fill(uri, VOLUME_BYTES);
    const figures: Figure[] = [];
    for (const c of front.cases) {
      const name = `${front.prefix}${c.name}`;
      const { arraylab, ...others } = await measure({ ...c, name }, subjects, load);
      figures.push(figureOf(name, arraylab, others, c.targets));
    }
    return figures;
  } finally {
    await Promise.all(started.map((peer) => peer.stop()));
  }
}

/** All roles on one thread. Errors: when fio is not installed, or a server does not start. */
export const benchNbd = (options: BenchOptions = {}): Promise<Figure[]> => benchFront(FUSED, options);

/** Each role on a thread of its own. Errors: as for `benchNbd`. */
export const benchDedicated = (options: BenchOptions = {}): Promise<Figure[]> => benchFront(DEDICATED, options);

/** A mirrored pair beside QEMU's active mirror: small writes of hosts that end when both copies have them. */
import type { Figure, Target } from './figures.js';
import { type Case, figureOf, fill, type Load, measure, requireFio, type Samples } from './fio.js';
import { expectMirrored, expectSame, type Mirror } from './mirror.js';
import { startPair } from './pair-mirror.js';
import { missingForQemuMirror, qemuMirrorName, SECONDS, startQemuMirror } from './qemu-mirror.js';

export interface PairBenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Told of each round, and of what is not installed. */
  readonly log: (line: string) => void;
  /** Told of what should have been measured and could not be; the rest is. */
  readonly missed: (what: string) => void;
}

const PLACEMENTS = ['fused', 'dedicated'];
/** The targets hold where each array has a processor. */
const TARGETED = 'fused';

const CASES: readonly (Case & { readonly targets: readonly Target[] })[] = (
  [
    [32, 3],
    [1, 0.9],
  ] as const
).map(([depth, least]) => ({
  name: `randwrite 4 KiB, depth ${depth}`,
  rw: 'randwrite',
  block_KiB: 4,
  depth,
  targets: SECONDS.map((second) => ({ peer: qemuMirrorName(second), least })),
}));

const VOLUME = 'data0';
const VOLUME_BYTES = 256 * 1024 * 1024;

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const nameOf = (placement: string): string => `pair, ${placement}`;

/** Every mirror that starts, is full, and has shown that it mirrors. */
async function startAll(mirrors: Mirror[], { log, missed }: PairBenchOptions): Promise<void> {
  const add = async (name: string, start: () => Promise<Mirror>): Promise<void> => {
    let mirror: Mirror | undefined;
    try {
      mirror = await start();
      await fill(mirror.uri, VOLUME_BYTES);
      await expectMirrored(mirror);
      mirrors.push(mirror);
    } catch (error) {
      await mirror?.stop();
      missed(`${name} is not measured: ${said(error)}`);
    }
  };
  for (const placement of PLACEMENTS) {
    await add(nameOf(placement), () => startPair(nameOf(placement), placement, VOLUME));
  }
  for (const second of SECONDS) {
    const name = qemuMirrorName(second);
    const missing = missingForQemuMirror(second);
    if (missing === undefined) await add(name, () => startQemuMirror(VOLUME_BYTES, VOLUME, second));
    else log(`${name} is left out, not installed: ${missing}`);
  }
}

/** Ours, each beside QEMU's; QEMU's own figures last, so that they are seen without ours, too. */
function figuresOf(c: (typeof CASES)[number], samples: Samples): Figure[] {
  const isOurs = ([name]: [string, unknown]): boolean => PLACEMENTS.map(nameOf).includes(name);
  const all = Object.entries(samples);
  const ours = all.filter(isOurs);
  const others = all.filter((sample) => !isOurs(sample));
  return [
    ...ours.map(([name, values]) =>
      figureOf(`${name}: ${c.name}`, values, Object.fromEntries(others), name === nameOf(TARGETED) ? c.targets : []),
    ),
    ...others.map(([name, values]) => figureOf(`${name}: ${c.name}`, values, {}, [])),
  ];
}

/** Errors: when fio is not installed; when a mirror stopped mirroring while it was measured. */
export async function benchPair(options: PairBenchOptions): Promise<Figure[]> {
  requireFio();
  const load: Load = { ...options, bytes: VOLUME_BYTES };
  const mirrors: Mirror[] = [];
  try {
    await startAll(mirrors, options);
    const figures: Figure[] = [];
    if (mirrors.length === 0) return figures;
    for (const c of CASES) {
      const samples = await measure(c, mirrors, load);
      for (const mirror of mirrors) await mirror.inForce();
      figures.push(...figuresOf(c, samples));
    }
    for (const mirror of mirrors) await expectSame(mirror);
    options.log(`${mirrors.map(({ name }) => name).join('; ')}: both copies hold the same`);
    return figures;
  } finally {
    await Promise.all(mirrors.map((mirror) => mirror.stop()));
  }
}

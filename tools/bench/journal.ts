/**
 * What a host waits for a write of one block: alone, mirrored in real time, and through the journal of a group, at several
 * distances as the simulator has them; then the same live on this machine, where the distance is none.
 */
import { LinkKind } from '../../adapters/link/model/wires.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { type Figure, median } from './figures.js';
import { fill, measure, requireFio, type Subject } from './fio.js';
import { type Peer, startRig } from './nbd-peers.js';
import type { PairBenchOptions } from './pair.js';

const SEED = 1;
const DISTANCES_KM = [0, 100, 1000];
/** Its directors take the time that a class of arrays is known for, and so does its link. */
const CALIBRATED = 'hundred-km';
const WAYS = [
  ['alone', CALIBRATED, 'A:local0'],
  ['mirrored in real time', CALIBRATED, 'A:data0'],
  ['journal pull', 'tiny-journal', 'A:data0'],
] as const;
/** For first copies, and for what follows a write. */
const SETTLED_US = 300_000;
const APART_US = 100_000;
const WRITES = 9;

const LIVE_BYTES = 64 * 1024 * 1024;
const LIVE = [
  ['alone', 'pair', 'local0'],
  ['mirrored in real time', 'pair', 'data0'],
  ['journal pull', 'journal', 'data0'],
] as const;

export async function benchJournal(options: PairBenchOptions): Promise<Figure[]> {
  const simulated = simulatedTimes();
  try {
    return [...simulated, ...(await liveTimes(options))];
  } catch (error) {
    options.missed(`nothing is measured live: ${error instanceof Error ? error.message : String(error)}`);
    return simulated;
  }
}

/** Errors: a violation that the oracle or the checks found; then the figure would be worth nothing. */
export function simulatedTimes(): Figure[] {
  const { directors, links } = loadSimRig(CALIBRATED);
  const kind = links[0]?.model;
  if (!(kind instanceof LinkKind) || !directors)
    throw new Error(`rig ${CALIBRATED} has no times of directors or no kind of link`);
  return DISTANCES_KM.flatMap((km) => {
    const link = { between: [0, 1] as const, model: new LinkKind(kind.profile, km) };
    return WAYS.map(([way, rig, volume]) => ({
      name: `write of one block, ${km.toLocaleString('en-US')} km, simulated: ${way}`,
      unit: 'ms',
      value: writeTime_ms({ ...loadSimRig(rig), directors, links: [link], slack_us: 0 }, volume),
    }));
  });
}

function writeTime_ms(rig: SimRig, volume: string): number {
  const sim = new Sim(rig, loadImages(), SEED);
  begin(sim);
  sim.wait_us(SETTLED_US);
  const times = Array.from({ length: WRITES }, (_, i) => {
    const from_ns = sim.world.events.now_ns();
    sim.write(volume, i % 3);
    const took_ns = sim.world.events.now_ns() - from_ns;
    sim.wait_us(APART_US);
    return took_ns / 1e6;
  });
  const violation = sim.violations[0];
  if (violation) throw new Error(`the simulator found a violation at ${violation.time_us} us: ${violation.text}`);
  return median(times);
}

/** Errors: when fio is not installed, or a rig does not start. */
async function liveTimes({ rounds, seconds, log }: PairBenchOptions): Promise<Figure[]> {
  requireFio();
  const peers = new Map<string, Peer>();
  try {
    const subjects: Subject[] = [];
    for (const [name, rig, volume] of LIVE) {
      const peer = peers.get(rig) ?? (await startRig(`hw-profiles/rigs/${rig}.json`, ['--placement', 'fused'])).peer;
      peers.set(rig, peer);
      await fill(peer.uri(volume), LIVE_BYTES);
      subjects.push({ name, uri: peer.uri(volume) });
    }
    const one = { name: 'write of 4 KiB at a time', rw: 'randwrite', block_KiB: 4, depth: 1 } as const;
    const samples = await measure(one, subjects, { rounds, seconds, bytes: LIVE_BYTES, log });
    return Object.entries(samples).map(([way, each]) => ({
      name: `write of 4 KiB at a time, this machine: ${way}`,
      unit: 'ms',
      value: 1000 / median(each),
    }));
  } finally {
    await Promise.all([...peers.values()].map((peer) => peer.stop()));
  }
}

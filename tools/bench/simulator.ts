/**
 * The simulator: host writes of one sector, mirrored, with the oracle looking on, for each second of real time; on drives that take
 * next to no time, and on modelled ones.
 */
import { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import { begin } from '../../firmware/runtime/simulated/scenario.js';
import { Sim } from '../../firmware/runtime/simulated/sim.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { readDriveProfile } from '../../firmware/service/profile/drive.js';
import { openReference } from '../../firmware/service/profiles.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { type Figure, median } from './figures.js';

const SEED = 1;
/** Virtual time of one batch; on modelled drives a write takes a hundred times as much of it. */
const LOAD_US = 200_000;
const LOAD_ON_DRIVES_US = 10_000_000;
/** Fast media, so that what is measured is the simulator's work and not queues in virtual time. */
const MEDIA = {
  slack_us: 1,
  drives: { least_us: 10, spread_us: 10 },
  links: [{ between: [0, 1] as const, model: { latency_us: 20, spread_us: 5, bytesPer_us: 1000 } }],
};

const DRIVE = 'cheetah-9lp';

export function benchSimulator(rounds: number, seconds: number): Figure[] {
  const rig = { ...loadSimRig('bench-pair'), ...MEDIA };
  const drive = new DriveGeometry(readDriveProfile(openReference('drive', DRIVE)));
  const targets = [{ least: 60_000 }];
  return [
    { name: 'mirrored writes, simulated', unit: 'writes/s', value: writes(rig, LOAD_US, rounds, seconds), targets },
    {
      name: `the same on drives of the kind ${DRIVE}`,
      unit: 'writes/s',
      value: writes({ ...rig, driveModels: [drive, drive] }, LOAD_ON_DRIVES_US, rounds, seconds),
      targets,
    },
  ];
}

/** Errors: a violation that the oracle or the checks found; then the figure would be worth nothing. */
function writes(rig: SimRig, load_us: number, rounds: number, seconds: number): number {
  const sim = new Sim(rig, loadImages(), SEED);
  begin(sim);
  const round = (most_s: number): number => {
    const start_ms = performance.now();
    const before = sim.writes;
    let took_ms = 0;
    while (took_ms < most_s * 1000) {
      sim.load_us(load_us, { readsOf16: 0, only: 0, sectorsMost: 1 });
      sim.wait_us(load_us);
      const violation = sim.violations[0];
      if (violation) throw new Error(`the simulator found a violation at ${violation.time_us} us: ${violation.text}`);
      took_ms = performance.now() - start_ms;
    }
    return ((sim.writes - before) / took_ms) * 1000;
  };
  round(1);
  return median(Array.from({ length: rounds }, () => round(seconds)));
}

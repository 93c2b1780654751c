/**
 * A scenario: a short script over a simulated world, run from a seed. What it expects it says with `sim.expect`; what must
 * hold always, the oracle and the checks at rest say by themselves.
 */
import { PAIR_MODE } from '../../memory/constants.js';
import type { Images } from '../machine/array.js';
import type { Sim } from './sim.js';
import { mend } from './storm.js';
import type { Workload } from './workload/description.js';
import type { SimRig } from './world-plan.js';

/** Settings that a run may be given: `--set faults=3`. */
export type Settings = Readonly<Record<string, number>>;
/** Each is a whole number from 0 to this: a script may keep it in a word. */
export const SETTING_MOST = 0x7fff_ffff;

export interface Scenario {
  /** One sentence: what the user of an array gets. */
  readonly help: string;
  /** Rig that it is written for; another may be given. */
  readonly rig: string;
  /** Settings and what they are when none is given. */
  readonly settings?: Settings;
  /** Seeds that its test runs, where one takes long. */
  readonly seeds?: number;
  /** What its script changes microcode for (`Sim.changeMicrocode`). */
  others?(images: Images): Images;
  /** Why a regression does not run it on another rig than its own; undefined: it does. Absent: that rig must have the volumes of its own. */
  misfit?(rig: SimRig): string | undefined;
  /** Its script counts on how long things take on rigs that name no kinds of links, drives and directors. */
  readonly usualTimes?: boolean;
  /** Its script counts on how few slots the caches of its own rig have. */
  readonly usualCaches?: boolean;
  run(sim: Sim, settings: Settings): void;
}

export const scenario = (s: Scenario): Scenario => s;

/** Both arrays are up and every pair is in PAIR. */
export function begin(sim: Sim): void {
  sim.until('all arrays boot', () => sim.rig.arrays.every((_, a) => sim.isBooted(a)));
  sim.paired();
}

/** Everything mended, at rest, and what must hold then does. */
export function finish(sim: Sim): void {
  if (sim.faults.plans.length > 0) {
    mend(sim);
    if (sim.violations.length === 0) sim.checkAtRest();
    return;
  }
  sim.world.mendLink();
  for (const array of sim.rig.arrays) if (sim.violations.length === 0) sim.powerOn(array.name);
  sim.rest();
  if (sim.violations.length === 0) sim.checkAtRest();
}

/** Volumes that an array serves to hosts at first, as `A:data0`; `ordered`: only those that have a copy which keeps their order. */
export function servedBy(sim: Sim, array: number, ordered = false): string[] {
  const keeps = (v: number): boolean => {
    const pair = sim.rig.arrays[array]?.volumes[v]?.pair;
    return pair !== undefined && (pair.mode & PAIR_MODE.POINT_IN_TIME) === 0;
  };
  return sim.images
    .filter(({ source, volumes }) => source === array && (!ordered || keeps(volumes[array] as number)))
    .map(({ name }) => name);
}

/** A workload with its arrivals as the settings of a run say: `rate`, requests a second, or `hosts` and `think_us`. */
export function withSettings(workload: Workload, settings: Settings): Workload {
  const { arrivals } = workload;
  const { rate, hosts, think_us } = settings;
  if (arrivals.kind === 'open')
    return { ...workload, arrivals: { ...arrivals, rate_per_s: rate ?? arrivals.rate_per_s } };
  return {
    ...workload,
    arrivals: { ...arrivals, hosts: hosts ?? arrivals.hosts, think_us: think_us ?? arrivals.think_us },
  };
}

/** The settings that `withSettings` knows of a workload, and how long it works, in virtual time. */
export function settingsOf({ arrivals }: Workload, us: number): Settings {
  if (arrivals.kind === 'open') return { rate: arrivals.rate_per_s, us };
  return { hosts: arrivals.hosts, think_us: arrivals.think_us, us };
}

/** A scenario that lets a workload work on what the first array serves, undisturbed: every request gets its good status. */
export const undisturbed = (workload: Workload, rig: string, us: number, seeds?: number): Scenario => ({
  help: workload.help,
  rig,
  settings: settingsOf(workload, us),
  ...(seeds !== undefined && { seeds }),
  run(sim, settings) {
    begin(sim);
    sim.workload(withSettings(workload, settings), { volumes: servedBy(sim, 0), us: settings.us ?? us });
    sim.worked();
    sim.expect(
      sim.responses.every(({ failed }) => failed === 0),
      'every request gets its good status',
    );
    finish(sim);
  },
});

/** Why a rig does not do for a script whose hosts speak SCSI to these volumes; undefined: it does. */
export function misfitOfScsi({ name, arrays }: SimRig, volumes: readonly string[] = []): string | undefined {
  if (!arrays.every(({ scsi }) => scsi)) return `not all hosts of rig ${name} are SCSI hosts`;
  const all = arrays.flatMap((array) => array.volumes.map((volume) => `${array.name}:${volume.name}`));
  const missing = volumes.find((volume) => !all.includes(volume));
  return missing && `rig ${name} has no volume ${missing}`;
}

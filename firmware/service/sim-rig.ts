/** A rig for the simulator: its arrays, and models of its links and drives. */
import type { SimRig } from '../runtime/simulated/world-plan.js';
import type { SourceFile } from './profiles.js';
import { loadRig } from './rig.js';

/**
 * Until profiles describe links and drives, all have these; uncalibrated. 100 µs one way is about 20 km of fibre (5 µs a
 * km), 100 bytes a µs about a 1 Gb/s link.
 */
const LINK = { latency_us: 100, spread_us: 50, bytesPer_us: 100 };
/** Further links are longer each, and their latency spreads more, so that frames of one overtake those of another. */
const LONGER_US = 60;
const LESS_EVEN_US = 100;
/** Directors as slow as that: most of what can race does. */
const SLACK_US = 30;
const DRIVES = { least_us: 100, spread_us: 900 };

/** Errors: as `loadRig`; a rig of more than two arrays is refused. */
export function loadSimRig(from: string | SourceFile): SimRig {
  const rig = loadRig(from);
  if (rig.arrays.length > 2)
    throw new RangeError(`rig ${rig.name} has ${rig.arrays.length} arrays; the simulator joins two at most`);
  const links = rig.links.map((_, i) => ({
    ...LINK,
    latency_us: LINK.latency_us + i * LONGER_US,
    spread_us: LINK.spread_us + i * LESS_EVEN_US,
  }));
  return { name: rig.name, arrays: rig.arrays, links, drives: DRIVES, slack_us: SLACK_US };
}

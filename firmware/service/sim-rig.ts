/** A rig for the simulator: its arrays, and models of its links and drives. */
import type { DriveProfile } from '../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import type { LinkModel } from '../../adapters/link/model/links.js';
import { LinkKind } from '../../adapters/link/model/wires.js';
import { driveEnds } from '../runtime/machine/config.js';
import type { SimRig } from '../runtime/simulated/world-plan.js';
import type { SourceFile } from './profiles.js';
import { type LinkConfig, loadRig, type Rig, type RigArray } from './rig.js';

/**
 * Of links and drives of which a rig says no kind; uncalibrated. 100 µs one way is about 20 km of fibre (5 µs a
 * km), 100 bytes a µs about a 1 Gb/s link.
 */
const LINK = { latency_us: 100, spread_us: 50, bytesPer_us: 100 };
/** Further links are longer each, and their latency spreads more, so that frames of one overtake those of another. */
const LONGER_US = 60;
const LESS_EVEN_US = 100;
/** Directors as slow as that: most of what can race does. */
const SLACK_US = 30;
const DRIVES = { least_us: 100, spread_us: 900 };

/** Errors: as `loadRig`; RangeError for a rig that has more than two arrays, or a link or volumes that are too long. */
export function loadSimRig(from: string | SourceFile): SimRig {
  const rig = loadRig(from);
  if (rig.arrays.length > 2)
    throw new RangeError(`rig ${rig.name} has ${rig.arrays.length} arrays; the simulator joins two at most`);
  const geometries = new Map<DriveProfile, DriveGeometry>();
  const driveModels = rig.arrays.map((array) => array.drive && geometryOf(rig, array, array.drive, geometries));
  const directors = rig.arrays.map((array) => array.directors);
  const areTimed = directors.some((times) => times !== undefined);
  return {
    name: rig.name,
    arrays: rig.arrays,
    links: rig.links.map((link, i) => linkModel(rig, link, i)),
    drives: DRIVES,
    driveModels,
    ...(areTimed && { directors }),
    // Directors that take their own time do not lag besides.
    slack_us: areTimed ? 0 : SLACK_US,
  };
}

function linkModel(rig: Rig, { profile, distance_km = 0 }: LinkConfig, i: number): LinkModel {
  if (profile) return named(`rig ${rig.name}: links[${i}]`, () => new LinkKind(profile, distance_km));
  return {
    ...LINK,
    latency_us: LINK.latency_us + i * LONGER_US,
    spread_us: LINK.spread_us + i * LESS_EVEN_US,
  };
}

/** One for all drives of a kind. */
function geometryOf(
  rig: Rig,
  array: RigArray,
  profile: DriveProfile,
  known: Map<DriveProfile, DriveGeometry>,
): DriveGeometry {
  const where = `rig ${rig.name}: drives of array ${array.name}`;
  const geometry = known.get(profile) ?? named(where, () => new DriveGeometry(profile));
  known.set(profile, geometry);
  for (const [d, sectors] of driveEnds(array).entries()) {
    const { name } = array.volumes.find(({ drive }) => drive === d) ?? { name: '' };
    if (sectors > geometry.sectors)
      throw new RangeError(`${where}: volume ${name} takes ${sectors} sectors; such a drive has ${geometry.sectors}`);
  }
  return geometry;
}

/** Errors: RangeError, which says where. */
function named<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${where}: ${error.message}`) : error;
  }
}

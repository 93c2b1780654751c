/** A rig for the simulator: its arrays, and models of its links and drives. */
import type { DriveProfile } from '../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../adapters/disk/model/geometry.js';
import { numbersInTrunks } from '../../adapters/link/model/link-places.js';
import type { LinkModel, ModelLink } from '../../adapters/link/model/links.js';
import { LinkKind } from '../../adapters/link/model/wires.js';
import { ARRAYS_MAX, type SimRig } from '../runtime/simulated/world-plan.js';
import type { SourceFile } from './profiles.js';
import { type LinkConfig, loadRig } from './rig.js';
import { withScsi } from './rig-scsi.js';

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

/** Errors: as `loadRig`; RangeError for a rig that has more than ARRAYS_MAX arrays, or a volume larger than a drive of its kind. */
export function loadSimRig(from: string | SourceFile): SimRig {
  const rig = loadRig(from);
  if (rig.arrays.length > ARRAYS_MAX) {
    const names = rig.arrays.map(({ name }) => name).join(', ');
    throw new RangeError(
      `rig ${rig.name} has ${rig.arrays.length} arrays, ${names}; the simulator joins ${ARRAYS_MAX} at most`,
    );
  }
  // One for all drives of a kind.
  const geometries = new Map<DriveProfile, DriveGeometry>();
  const geometryOf = (profile: DriveProfile): DriveGeometry => {
    const geometry = geometries.get(profile) ?? new DriveGeometry(profile);
    geometries.set(profile, geometry);
    return geometry;
  };
  const driveModels = rig.arrays.map(({ drive }) => drive && geometryOf(drive));
  const directors = rig.arrays.map((array) => array.directors);
  const areTimed = directors.some((times) => times !== undefined);
  return {
    name: rig.name,
    // Hosts that a rig names speak SCSI.
    arrays: rig.arrays.map((array) => (array.hosts ? withScsi(array) : array)),
    links: modelLinks(rig.links),
    drives: DRIVES,
    driveModels,
    ...(areTimed && { directors }),
    // Directors that take their own time do not lag besides.
    slack_us: areTimed ? 0 : SLACK_US,
  };
}

function modelLinks(links: readonly LinkConfig[]): ModelLink[] {
  const numbers = numbersInTrunks(links);
  return links.map((link, i) => {
    const [a, b] = link.between;
    return { between: a < b ? [a, b] : [b, a], model: linkModel(link, numbers[i] as number) };
  });
}

/** @param number which of the links between its two arrays it is. */
function linkModel({ profile, distance_km = 0 }: LinkConfig, number: number): LinkModel {
  if (profile) return new LinkKind(profile, distance_km);
  return {
    ...LINK,
    latency_us: LINK.latency_us + number * LONGER_US,
    spread_us: LINK.spread_us + number * LESS_EVEN_US,
  };
}

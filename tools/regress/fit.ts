/** Which scenarios run on which rigs. */
import { LinkKind } from '../../adapters/link/model/wires.js';
import type { ArrayConfig, VolumeConfig } from '../../firmware/runtime/machine/config.js';
import type { Scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { SimRig } from '../../firmware/runtime/simulated/world-plan.js';

/** Checks look at each sector again and again: a run on larger volumes takes hours, and finds nothing that these do not. */
export const SECTORS_MOST = 65_536;

/** Of all volumes. */
export const sectorsOf = ({ arrays }: SimRig): number =>
  arrays.reduce((n, { dims, volumes }) => n + volumes.reduce((sum, v) => sum + v.tracks * dims.sectorsPerTrack, 0), 0);

/**
 * Why a scenario does not run on a rig that is not its own; undefined: it does. What a scenario says itself goes first. Else
 * its script names volumes, tracks and sectors of its own rig, so the other must have these: the same arrays with the same
 * volumes at their places, each as large or larger, in the same pairs; tracks of as many sectors; as many links or more.
 */
export function misfitOf(scenario: Scenario, own: SimRig, rig: SimRig): string | undefined {
  const sectors = sectorsOf(rig);
  if (sectors > SECTORS_MOST) return `its volumes have ${sectors} sectors, and checks look at ${SECTORS_MOST} at most`;
  if (scenario.misfit) return scenario.misfit(rig);
  const names = (r: SimRig): string => r.arrays.map((a) => a.name).join(' and ');
  if (names(own) !== names(rig)) return `its arrays are ${names(rig)}, not ${names(own)}`;
  for (const [a, array] of own.arrays.entries()) {
    const why = misfitOfArray(array, rig.arrays[a] as ArrayConfig);
    if (why !== undefined) return why;
  }
  const large = rig.arrays.find(({ dims }, a) => dims.hostSlots > (own.arrays[a]?.dims.hostSlots ?? 0));
  if (scenario.usualCaches && large)
    return `the cache of ${large.name} has ${large.dims.hostSlots} slots for hosts, and the script counts on as few as ${own.name} has`;
  if (scenario.usualTimes && hasOwnTimes(rig))
    return `its links, drives or directors take times of their own, and the script counts on those of ${own.name}`;
  if (rig.links.length < own.links.length) return `it has ${rig.links.length} links, not ${own.links.length}`;
  return undefined;
}

const hasOwnTimes = ({ directors, driveModels = [], links }: SimRig): boolean =>
  directors !== undefined ||
  driveModels.some((model) => model !== undefined) ||
  links.some((link) => link instanceof LinkKind);

function misfitOfArray(own: ArrayConfig, array: ArrayConfig): string | undefined {
  const { name } = own;
  if (own.dims.sectorsPerTrack !== array.dims.sectorsPerTrack)
    return `tracks of ${name} have ${array.dims.sectorsPerTrack} sectors, not ${own.dims.sectorsPerTrack}`;
  for (const [v, volume] of own.volumes.entries()) {
    const there = array.volumes[v];
    if (there?.name !== volume.name)
      return `volume ${v + 1} of ${name} is ${there?.name ?? 'none'}, not ${volume.name}`;
    if (there.tracks < volume.tracks)
      return `${name}:${volume.name} has ${there.tracks} tracks, not ${volume.tracks} or more`;
    const [is, wanted] = [pairText(array, there), pairText(own, volume)];
    if (is !== wanted) return `${name}:${volume.name} is ${is}, not ${wanted}`;
    if (there.format !== volume.format)
      return `${name}:${volume.name} has blocks of ${there.format ?? 512} bytes, not of ${volume.format ?? 512}`;
  }
  const more = array.volumes.slice(own.volumes.length).find((v) => v.pair);
  return more && `${name}:${more.name} is in a pair that the scenario says nothing to`;
}

/** What a pair is, for people and to compare. The name of a recipe says what was chosen of it. */
function pairText(array: ArrayConfig, { pair }: VolumeConfig): string {
  if (!pair) return 'local';
  const recipe = array.recipes[pair.recipe]?.name;
  return `${pair.role} of a pair with volume ${pair.peer + 1} (${recipe}${pair.simplex ? ', not made yet' : ''})`;
}

/**
 * What must hold in a simulated rig, beside what hosts read: the flags against the content, the drives after a power
 * loss, and everything given back at rest. Each finding is a violation of the sim.
 */
import { FLAG, PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import type { ArrayMachine } from '../machine/array.js';
import type { SimImage } from './images.js';
import {
  blockValue,
  flagNames,
  notAtRest,
  OF_COPIES,
  onDrive,
  type PairSide,
  pairOf,
  roleName,
  slotMap,
  stateName,
  trackFlags,
  UNREADABLE,
  valueName,
  wrongCounts,
} from './inspect.js';
import type { Oracle } from './oracle.js';
import type { World } from './world.js';
import type { SimRig } from './world-plan.js';

/** What a check looks at, and where it says what it found. */
export interface Watched {
  readonly rig: SimRig;
  readonly world: World;
  readonly oracle: Oracle;
  readonly images: readonly SimImage[];
  /** Array that serves the hosts of an image. */
  authority(image: number): number;
  violate(text: string): void;
}

const machine = (sim: Watched, array: number): ArrayMachine => sim.world.arrays[array] as ArrayMachine;

/** If the target's track differs from the source's, the source's list says so, at every moment. */
export function checkFlags(sim: Watched): void {
  const maps = sim.world.arrays.map(slotMap);
  for (const image of sim.images) {
    if (!image.paired || sim.world.arrays.length < 2) continue;
    const sides = image.volumes.map((v, a) => pairOf(machine(sim, a), v));
    const source = sides.findIndex((s) => s.role === PAIR_ROLE.SOURCE);
    if (source < 0 || sides[1 - source]?.role !== PAIR_ROLE.TARGET || sides[source]?.union !== 0) continue;
    // Of a memory that neither knows, a list says nothing.
    if (!sides.some((s, a) => s.known === sides[1 - a]?.identity)) continue;
    const perTrack = sim.rig.arrays[source]?.dims.sectorsPerTrack ?? 1;
    const sameFormat = checkFormats(sim, image, source, sides);
    for (let track = 0; track * perTrack < image.blocks; track++) {
      const flags = trackFlags(machine(sim, source), image.volumes[source] as number, track);
      if (sameFormat && !checkFormat(sim, image, source, track, flags)) return;
      if (flags & (FLAG.M2_WP | FLAG.M2_INV)) continue;
      for (let s = 0; s < perTrack; s++) {
        const lba = track * perTrack + s;
        const values = image.volumes.map((v, a) => blockValue(sim.world, a, v, lba, image.firstBlock + lba, maps[a]));
        // What one side cannot give, it has from the other: then it takes nothing for true.
        if (values[0] === values[1] || values.includes(UNREADABLE)) continue;
        sim.violate(
          `${image.name} track ${track} sector ${s}: ${sim.rig.arrays.map((a, i) => `${a.name} holds ${valueName(values[i] as number)}`).join(', ')}, and ${sim.rig.arrays[source]?.name}'s list says ${flagNames(flags)}`,
        );
        return;
      }
    }
  }
}

/** In PAIR both sides want the same format. True: they do, so what the other side did not do yet must stand in the list. */
function checkFormats(sim: Watched, image: SimImage, source: number, sides: readonly PairSide[]): boolean {
  const [near, far] = [sides[source], sides[1 - source]] as [PairSide, PairSide];
  if (near.change === far.change && near.align === far.align) return true;
  if (near.state === PAIR_STATE.PAIR)
    sim.violate(
      `${image.name} is in PAIR: ${sim.rig.arrays[source]?.name} wants blocks of ${near.align + 1} sectors (change ${near.change}), the other side of ${far.align + 1} (${far.change})`,
    );
  return false;
}

/** Without M2 format pending the other side's track has the format that is wanted. */
function checkFormat(sim: Watched, image: SimImage, source: number, track: number, flags: number): boolean {
  if (flags & FLAG.M2_FP) return true;
  const other = trackFlags(machine(sim, 1 - source), image.volumes[1 - source] as number, track);
  const wanted = pairOf(machine(sim, source), image.volumes[source] as number).align === 0 ? 0 : FLAG.FBA_4096;
  if ((other & FLAG.M1_FP) === 0 && (other & FLAG.FBA_4096) === wanted) return true;
  sim.violate(
    `${image.name} track ${track}: ${sim.rig.arrays[1 - source]?.name} has not changed its format (${flagNames(other)}), and ${sim.rig.arrays[source]?.name}'s list says ${flagNames(flags)}`,
  );
  return false;
}

/** Nothing is format pending: each track is in the format that its volume wants. */
function wrongFormats(a: ArrayMachine): string[] {
  return a.config.volumes.flatMap(({ name, tracks }, v) => {
    const want = a.get('format', 'align', v) === 0 ? 0 : tracks;
    const are = a.get('volume', 'fba_4096', v);
    return want === are
      ? []
      : [`array ${a.config.name}: ${are} tracks of ${name} are in blocks of 4096 bytes, not ${want}`];
  });
}

/** Power just went: a track whose M1 is clear must be on its drive. */
export function checkDrives(sim: Watched, array: number): void {
  const map = slotMap(machine(sim, array));
  for (const image of sim.images) {
    const volume = image.volumes[array] as number;
    if (volume < 0) continue;
    const perTrack = sim.rig.arrays[array]?.dims.sectorsPerTrack ?? 1;
    for (let track = 0; track * perTrack < image.blocks; track++) {
      if (trackFlags(machine(sim, array), volume, track) & FLAG.M1_WP) continue;
      for (let lba = track * perTrack; lba < (track + 1) * perTrack; lba++) {
        const cached = blockValue(sim.world, array, volume, lba, image.firstBlock + lba, map);
        const drive = onDrive(sim.world, array, volume, lba, image.firstBlock + lba);
        if (cached === drive || drive === UNREADABLE || cached === UNREADABLE) continue;
        sim.violate(
          `${image.name} at ${sim.rig.arrays[array]?.name}, track ${track}: M1 is clear, the slot holds ${valueName(cached)}, and after the power loss its drive holds ${valueName(drive)}`,
        );
        return;
      }
    }
  }
}

/** What hosts are told to be a hole reads as zeroes: so does every track that is not marked as written. */
function checkWritten(sim: Watched): void {
  for (const image of sim.images) {
    for (const [a, volume] of image.volumes.entries()) {
      if (volume < 0) continue;
      const map = slotMap(machine(sim, a));
      const perTrack = sim.rig.arrays[a]?.dims.sectorsPerTrack ?? 1;
      for (let lba = 0; lba < image.blocks; lba++) {
        const track = Math.floor(lba / perTrack);
        if (trackFlags(machine(sim, a), volume, track) & FLAG.WRITTEN) continue;
        const value = blockValue(sim.world, a, volume, lba, image.firstBlock + lba, map);
        if (value === 0 || value === UNREADABLE) continue;
        sim.violate(
          `${image.name} track ${track} at ${sim.rig.arrays[a]?.name} was never written, its list says, and holds ${valueName(value)}`,
        );
        return;
      }
    }
  }
}

/** At rest with everything mended: nothing is owed, held, or different. */
export function checkAtRest(sim: Watched): void {
  checkFlags(sim);
  checkWritten(sim);
  for (const [a, array] of sim.world.arrays.entries()) {
    for (const text of [...notAtRest(array), ...wrongCounts(array), ...wrongFormats(array)]) sim.violate(text);
    const used = sim.world.link?.receiveBuffersInUse(a) ?? 0;
    if (used > 0) sim.violate(`array ${array.config.name}: ${used} receive buffers are in use`);
    const unanswered = sim.world.link?.unanswered(a) ?? 0;
    if (unanswered > 0)
      sim.violate(`array ${array.config.name}: ${unanswered} requests of the other array have no answer`);
    const credits = sim.world.link ? machine(sim, 1 - a).config.dims.credits : 0;
    if (sim.world.link?.up && array.get('link', 'credits') !== credits) {
      sim.violate(`array ${array.config.name}: ${array.get('link', 'credits')} credits are left of ${credits}`);
    }
  }
  const maps = sim.world.arrays.map(slotMap);
  for (const [i, image] of sim.images.entries()) {
    const serves = sim.authority(i);
    for (const [a, volume] of image.volumes.entries()) {
      if (volume < 0) continue;
      // A pair that nobody made yet: the other volume is a stranger.
      if (a !== serves && pairOf(machine(sim, a), volume).state === PAIR_STATE.SMPL) continue;
      for (let lba = 0; lba < image.blocks; lba++) {
        const value = blockValue(sim.world, a, volume, lba, image.firstBlock + lba, maps[a]);
        if (value === UNREADABLE || sim.oracle.allows(image.firstBlock + lba, value, Number.MAX_SAFE_INTEGER)) continue;
        sim.violate(
          `${image.name} block ${lba} at ${sim.rig.arrays[a]?.name} holds ${valueName(value)}; it may hold ${sim.oracle.possible(image.firstBlock + lba)}`,
        );
        break;
      }
      for (let track = 0; image.paired && track < (sim.rig.arrays[a]?.volumes[volume]?.tracks ?? 0); track++) {
        const flags = trackFlags(machine(sim, a), volume, track);
        if ((flags & OF_COPIES) !== 0)
          sim.violate(`${image.name} track ${track} at ${sim.rig.arrays[a]?.name}: ${flagNames(flags)} at rest`);
      }
    }
    if (!image.paired) continue;
    const side = pairOf(machine(sim, serves), image.volumes[serves] as number);
    if (side.state !== PAIR_STATE.SMPL && (side.role !== PAIR_ROLE.SOURCE || side.state !== PAIR_STATE.PAIR)) {
      sim.violate(
        `${image.name}: ${sim.rig.arrays[serves]?.name} should serve it in PAIR; it is ${roleName(side.role)} in ${stateName(side.state)}`,
      );
    }
    const other = pairOf(machine(sim, 1 - serves), image.volumes[1 - serves] as number);
    if (side.state === PAIR_STATE.PAIR && other.state !== PAIR_STATE.PAIR)
      sim.violate(`${image.name}: the target is in ${stateName(other.state)} at rest`);
  }
}

export function whatIsStuck(sim: Watched): string {
  const lines: string[] = [];
  for (const a of sim.world.arrays) lines.push(...notAtRest(a));
  for (const image of sim.images) {
    if (!image.paired) continue;
    lines.push(
      `${image.name}: ${image.volumes.map((v, a) => `${sim.rig.arrays[a]?.name} ${roleName(pairOf(machine(sim, a), v).role)} ${stateName(pairOf(machine(sim, a), v).state)}`).join(', ')}`,
    );
  }
  return lines.length > 0 ? `\n  ${lines.slice(0, 20).join('\n  ')}` : '';
}

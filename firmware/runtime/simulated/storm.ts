/**
 * A storm: hosts work on both arrays while links are cut, arrays lose power at any micro-operation, frames are overtaken
 * and operators take over, suspend or change formats; then everything is mended, and what must hold at rest is checked. All of it from one seed.
 */
import { PAIR_MODE, PAIR_ROLE, PAIR_STATE, RESULT } from '../../memory/constants.js';
import { EVENT } from '../../ports/schedule.js';
import type { ArrayConfig, ArrayMachine } from '../machine/array.js';
import { otherSide, pairsNow, type SimImage } from './images.js';
import { blockValue, pairOf, slotMap, UNREADABLE } from './inspect.js';
import type { Sim } from './sim.js';
import { plotAgainstJournals, strikeJournals } from './storm-journals.js';
import { volumesOf } from './world-plan.js';

const FAULT = {
  CUT: 0,
  MEND: 1,
  CRASH: 2,
  CRASH_NOW: 3,
  HOLD: 4,
  TAKEOVER: 5,
  REPLACE: 6,
  SUSPEND: 7,
  RESUME: 8,
  LATENT: 9,
  LOSE_DRIVE: 10,
  NEW_DRIVE: 11,
  BATTERY: 12,
  FORMAT: 13,
  PARITY: 14,
} as const;

/** Sectors of a block of 4096 bytes. */
const LARGE_BLOCK = 8;

export interface StormPlan {
  /** How long hosts work, in virtual time. */
  readonly load_us: number;
  /** Faults at most; the number is drawn. */
  readonly faults: number;
  readonly takeovers: boolean;
  /** Errors of drives in one of so many storms; 0: none. */
  readonly errorsIn: number;
}

export const USUAL_STORM: StormPlan = { load_us: 120_000, faults: 8, takeovers: true, errorsIn: 4 };

/** Runs a storm on a fresh sim to its end; what went wrong stands in `sim.violations`. */
export function storm(sim: Sim, plan: StormPlan = USUAL_STORM): void {
  const { world } = sim;
  const chance = world.chance;
  const us = (n: number): number => world.events.now_ns() + n * 1000;
  sim.onFault = (kind, argument) => strike(sim, kind, argument);
  const trimsOf16 = world.trims.below(3) === 0 ? 1 + world.trims.below(8) : 0;
  sim.load_us(plan.load_us, { readsOf16: 3 + chance.below(6), trimsOf16 });
  const faults = chance.below(plan.faults + 1);
  for (let i = 0; i < faults; i++) {
    const draw = chance.below(plan.takeovers ? 10 : 8);
    const kind = draw < 3 ? FAULT.CUT : draw < 6 ? FAULT.CRASH : draw < 8 ? FAULT.HOLD : FAULT.TAKEOVER;
    world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, kind, chance.below(0x10000), 0);
  }
  // At most one array is replaced: of two, nobody would have the data.
  if (faults > 0 && chance.below(8) === 0)
    world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.REPLACE, chance.below(0x10000), 0);
  // Or one loses its battery, where that is not the same.
  else if (faults > 0 && listed(sim) && chance.below(2) === 0)
    world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.BATTERY, chance.below(0x10000), 0);
  // An operator suspends a pair, and may forget to resume it before all is mended.
  if (faults > 0 && chance.below(4) === 0)
    world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.SUSPEND, chance.below(0x10000), 0);
  // Sectors of a drive, on either side, that cannot be read until they are written again.
  if (plan.errorsIn > 0 && chance.below(plan.errorsIn) === 0) {
    // A list on a drive that is lost is lost with it, and only an operator's word helps.
    if (chance.below(4) === 0 && !listed(sim))
      world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.LOSE_DRIVE, chance.below(0x10000), 0);
    for (let i = 1 + chance.below(4); i > 0; i--)
      world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.LATENT, chance.below(0x10000), 0);
    for (let i = chance.below(4); i > 0; i--)
      world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.PARITY, chance.below(0x10000), 0);
  }
  // Where a track is made of whole blocks of either size, an operator changes formats, now and then in the middle of a change.
  const changes = hasBlocks(sim) ? chance.below(4) : 0;
  for (let i = 0; i < changes; i++)
    world.events.at(us(chance.below(plan.load_us)), EVENT.FAULT, FAULT.FORMAT, chance.below(0x10000), 0);
  if (faults > 0) plotAgainstJournals(sim, plan.load_us, plan.takeovers, plan.errorsIn);
  sim.wait_us(plan.load_us + 60_000);
  mend(sim);
  if (sim.violations.length === 0) sim.checkAtRest();
}

/** Link and power are back, operators say what must be said, and all comes to rest. */
export function mend(sim: Sim): void {
  sim.faults.endAll();
  sim.world.mendLink();
  for (const array of sim.rig.arrays) if (sim.violations.length === 0) sim.powerOn(array.name);
  for (const a of sim.rig.arrays.keys()) if (sim.violations.length === 0) newDrives(sim, a);
  sim.rest();
  if (sim.violations.length === 0) sim.scsi.unreserve();
  nobodyServes(sim);
  dataIsHere(sim);
  furtherDataAreHere(sim);
  resume(sim);
  rewrite(sim);
}

function strike(sim: Sim, kind: number, argument: number): void {
  const { world } = sim;
  const chance = world.chance;
  const later = (us: number, what: number, a: number): void =>
    world.events.at(world.events.now_ns() + us * 1000, EVENT.FAULT, what, a, 0);
  const array = argument % world.arrays.length;
  if (strikeJournals(sim, kind, argument, FAULT.MEND)) return;
  switch (kind) {
    case FAULT.CUT: {
      // Of several links one or, now and then, all.
      const links = world.link?.count ?? 0;
      const link = links > 1 && argument % 4 !== 0 ? argument % links : undefined;
      world.cutLink(link);
      later(chance.below(20_000), FAULT.MEND, link === undefined ? 0 : link + 1);
      break;
    }
    case FAULT.MEND:
      world.mendLink(argument === 0 ? undefined : argument - 1);
      break;
    case FAULT.CRASH: {
      world.losePower(array, 1 + chance.below(400));
      const off_us = 3_000 + chance.below(20_000);
      later(2_000, FAULT.CRASH_NOW, array);
      world.events.at(world.events.now_ns() + off_us * 1000, EVENT.POWER_ON, array, 0, 0);
      break;
    }
    case FAULT.CRASH_NOW: // an idle array does no micro-operations: its power goes all the same
      world.losePower(array);
      break;
    case FAULT.HOLD:
      world.link?.holdNext(array, chance.below(8_000));
      break;
    case FAULT.REPLACE:
      sim.replace(sim.rig.arrays[array]?.name as string);
      world.events.at(world.events.now_ns() + chance.below(20_000) * 1000, EVENT.POWER_ON, array, 0, 0);
      break;
    case FAULT.BATTERY:
      sim.loseBattery(sim.rig.arrays[array]?.name as string);
      world.events.at(world.events.now_ns() + chance.below(20_000) * 1000, EVENT.POWER_ON, array, 0, 0);
      break;
    case FAULT.SUSPEND:
      suspend(sim, argument);
      if (chance.below(2) === 0) later(chance.below(30_000), FAULT.RESUME, 0);
      break;
    case FAULT.RESUME:
      resumeAll(sim);
      break;
    case FAULT.LOSE_DRIVE: {
      const drives = world.drives[array]?.faults ?? [];
      const faults = drives[(argument >> 1) % drives.length];
      if (faults) faults.lost = true;
      later(chance.below(30_000), FAULT.NEW_DRIVE, array);
      break;
    }
    case FAULT.NEW_DRIVE:
      if (sim.isBooted(array)) newDrives(sim, array);
      else later(2_000, FAULT.NEW_DRIVE, array);
      break;
    case FAULT.LATENT:
      spoil(sim, argument);
      break;
    case FAULT.PARITY:
      spoilSlot(sim, argument);
      break;
    case FAULT.FORMAT:
      changeFormat(sim, argument);
      break;
    default:
      takeOver(sim, argument);
  }
}

/** A takeover was granted, and its answer lost with the link: neither side serves. The operator says again who shall. */
function nobodyServes(sim: Sim): void {
  for (const [i, image] of sim.images.entries()) {
    if (!image.paired || sim.violations.length > 0) continue;
    if (sim.orphaned(i) || image.sides.some((a) => roleAt(sim, image, a) !== PAIR_ROLE.TARGET)) continue;
    sim.takeover(sim.authority(i), i, false);
    sim.rest();
  }
}

const roleAt = (sim: Sim, { volumes }: SimImage, array: number): number =>
  pairOf(sim.world.arrays[array] as ArrayMachine, volumes[array] as number).role;

/**
 * An array was replaced by an empty one. If it served, the operator says that the other one has the data; if it was the
 * other one, and the one that serves was away as well, that one needs the operator's word too.
 */
function dataIsHere(sim: Sim): void {
  for (const [i, image] of sim.images.entries()) {
    if (!image.paired || sim.violations.length > 0) continue;
    const serves = sim.authority(i);
    const waits = sim.world.arrays[serves]?.get('session', 'agreed', image.volumes[serves]) === 0;
    if (!sim.orphaned(i) && !waits) continue;
    sim.takeover(sim.orphaned(i) ? otherSide(image, serves) : serves, i, true);
    sim.rest();
  }
}

/** And so it is with a further pair: what its source has shall replace what the other side holds. */
function furtherDataAreHere(sim: Sim): void {
  for (const { sides, records, image } of pairsNow(sim.world.arrays, sim.images)) {
    for (const array of sides) {
      const record = records[array] as number;
      const machine = sim.world.arrays[array] as ArrayMachine;
      const isVolume = sim.images[image]?.volumes[array] === record;
      if (isVolume || machine.get('session', 'foreign', record) === 0 || sim.violations.length > 0) continue;
      sim.tell(array, 'FAILOVER', record, true);
      sim.rest();
    }
  }
}

/** What is lost is replaced. */
function newDrives(sim: Sim, array: number): void {
  for (const [drive, faults] of (sim.world.drives[array]?.faults ?? []).entries())
    if (faults.lost) sim.newDrive(array, drive);
}

/** Does a pair of the rig keep its list on drives? */
const listed = (sim: Sim): boolean =>
  sim.rig.arrays.some(({ volumes }) => volumes.some(({ pair }) => ((pair?.mode ?? 0) & PAIR_MODE.LISTED) !== 0));

/** A few sectors of a volume of an array. */
function spoil(sim: Sim, argument: number): void {
  const a = argument % sim.rig.arrays.length;
  const array = sim.rig.arrays[a];
  const volume = array?.volumes[(argument >> 1) % volumesOf(array)];
  if (!array || !volume) return;
  const sectors = 1 + sim.world.chance.below(3);
  const lba = sim.world.chance.below(volume.tracks * array.dims.sectorsPerTrack - sectors + 1);
  sim.spoil(`${array.name}:${volume.name}`, lba, sectors);
}

/** A slot of a volume of an array, the next in cache from some track on that nobody uses just now. */
function spoilSlot(sim: Sim, argument: number): void {
  const a = argument % sim.rig.arrays.length;
  const array = sim.rig.arrays[a] as ArrayConfig;
  const volume = (argument >> 1) % volumesOf(array);
  const tracks = array.volumes[volume]?.tracks ?? 0;
  const first = sim.world.chance.below(tracks);
  if (!sim.isBooted(a)) return;
  for (let i = 0; i < tracks; i++) if (sim.spoilSlotOf(a, volume, (first + i) % tracks)) return;
}

/**
 * What the side that serves cannot give, a host reads, so that it comes from the other side; what neither has, it writes. A
 * domino pair takes no write while it owes something: an operator deletes it for that, and makes it again.
 */
function rewrite(sim: Sim): void {
  for (const write of [false, true]) {
    for (const [i, image] of sim.images.entries()) {
      const a = sim.authority(i);
      const array = sim.rig.arrays[a];
      const volume = image.volumes[a] as number;
      const perTrack = array?.dims.sectorsPerTrack ?? 1;
      const name = `${array?.name}:${array?.volumes[volume]?.name}`;
      let isDeleted = false;
      let map: Int32Array | undefined;
      for (let lba = 0; lba < image.blocks && sim.violations.length === 0; lba += perTrack) {
        const now = map ?? slotMap(sim.world.arrays[a] as ArrayMachine);
        map = now;
        const bad = Array.from({ length: perTrack }, (_, s) =>
          blockValue(sim.world, a, volume, lba + s, image.firstBlock + lba + s, now),
        ).includes(UNREADABLE);
        if (!bad) continue;
        map = undefined;
        if (!write) sim.read(name, lba, perTrack);
        else if (sim.write(name, lba, perTrack).status === RESULT.DOMINO_HELD) {
          isDeleted = sim.operator(name, 'DELETE').result === RESULT.OK;
          if (isDeleted) sim.write(name, lba, perTrack);
        }
      }
      if (isDeleted) sim.operator(name, 'CREATE', true);
    }
    if (sim.violations.length === 0) sim.rest();
  }
}

/** At the side that is source, if there is one that can be told. */
function suspend(sim: Sim, argument: number): void {
  const sources = sourcesOf(sim);
  const source = sources[argument % sources.length];
  if (source) sim.tell(source.array, 'SUSPEND', source.volume);
}

const hasBlocks = (sim: Sim): boolean => sim.rig.arrays.every((a) => a.dims.sectorsPerTrack % LARGE_BLOCK === 0);

/** Of any volume; the side that does not serve it refuses. */
function changeFormat(sim: Sim, argument: number): void {
  const array = argument % sim.rig.arrays.length;
  const volumes = volumesOf(sim.rig.arrays[array] as ArrayConfig);
  if (!sim.isBooted(array)) return;
  sim.tellFormat(array, sim.world.chance.below(volumes), sim.world.chance.below(2) === 0 ? 1 : LARGE_BLOCK);
}

/** Every pair that is suspended. */
function resumeAll(sim: Sim): void {
  for (const { array, volume, state } of sourcesOf(sim)) {
    if (state === PAIR_STATE.PSUS) sim.tell(array, 'RESUME', volume);
  }
}

function sourcesOf(sim: Sim): { array: number; volume: number; state: number }[] {
  return pairsNow(sim.world.arrays, sim.images).flatMap(({ sides, records }) =>
    sides.flatMap((array) => {
      if (!sim.isBooted(array)) return [];
      const volume = records[array] as number;
      const { role, state } = pairOf(sim.world.arrays[array] as ArrayMachine, volume);
      return role === PAIR_ROLE.SOURCE ? [{ array, volume, state }] : [];
    }),
  );
}

function resume(sim: Sim): void {
  if (sim.violations.length > 0) return;
  resumeAll(sim);
  sim.rest();
}

/** An operator who may be hasty, but does not take over from both sides at once. */
function takeOver(sim: Sim, argument: number): void {
  const paired = sim.images.map((image, i) => ({ image, i })).filter(({ image }) => image.paired);
  const { image, i } = paired[argument % paired.length] ?? { image: undefined, i: 0 };
  if (!image || sim.frozen(i)) return;
  const force = sim.world.chance.below(2) === 0;
  const from = sim.authority(i);
  const to = otherSide(image, from);
  const machine = sim.world.arrays[to];
  if (!machine || !sim.isBooted(to)) return;
  const { role, known } = pairOf(machine, image.volumes[to] as number);
  if (role !== PAIR_ROLE.TARGET) return;
  // Groups are taken over twice: of two sides that did, epochs decide, and those of one that is as formatted begin anew.
  if (sim.groups.length > 0 && known === 0) return;
  if (sim.world.chance.below(2) === 0) {
    sim.world.losePower(from);
    sim.world.events.at(sim.world.events.now_ns() + sim.world.chance.below(20_000) * 1000, EVENT.POWER_ON, from, 0, 0);
  }
  sim.takeover(to, i, force);
}

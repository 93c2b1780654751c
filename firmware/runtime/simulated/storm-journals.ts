/** What a storm does to journal groups besides: journals that fill, groups that change sides, journal volumes that cannot be read. */
import { PAIR_ROLE } from '../../memory/constants.js';
import { EVENT } from '../../ports/schedule.js';
import type { ArrayMachine } from '../machine/array.js';
import { otherSide, type SimImage } from './images.js';
import { pairOf } from './inspect.js';
import type { Sim } from './sim.js';

/** Numbers of faults, behind those of every storm. */
export const JOURNAL_FAULT = { LONG_CUT: 32, LATENT: 33, TAKEOVER: 34 } as const;

/** Draws nothing where there are no groups. */
export function plotAgainstJournals(sim: Sim, load_us: number, takeovers: boolean, errorsIn: number): void {
  const { chance, events } = sim.world;
  if (sim.groups.length === 0) return;
  const at = (kind: number): void =>
    events.at(events.now_ns() + chance.below(load_us) * 1000, EVENT.FAULT, kind, chance.below(0x10000), 0);
  if (chance.below(3) === 0) at(JOURNAL_FAULT.LONG_CUT);
  if (takeovers && chance.below(2) === 0) at(JOURNAL_FAULT.TAKEOVER);
  if (errorsIn > 0 && chance.below(errorsIn) === 0) at(JOURNAL_FAULT.LATENT);
}

/** False: it is none of these. */
export function strikeJournals(sim: Sim, kind: number, argument: number, mend: number): boolean {
  const { world } = sim;
  if (kind === JOURNAL_FAULT.LONG_CUT) {
    // Longer than hosts wait for room.
    world.cutLink();
    const back_us = 20_000 + world.chance.below(120_000);
    world.events.at(world.events.now_ns() + back_us * 1000, EVENT.FAULT, mend, 0, 0);
  } else if (kind === JOURNAL_FAULT.LATENT) spoilJournal(sim, argument);
  else if (kind === JOURNAL_FAULT.TAKEOVER) changeSides(sim, argument);
  else return false;
  return true;
}

/** A few sectors of a journal volume of an array. */
function spoilJournal(sim: Sim, argument: number): void {
  const a = argument % sim.rig.arrays.length;
  const volumes = (sim.rig.arrays[a]?.journals ?? []).flatMap((journal) => journal.volumes);
  const volume = volumes[(argument >> 1) % volumes.length];
  if (!volume) return;
  const sectors = 1 + sim.world.chance.below(3);
  const lba = sim.world.chance.below(volume.informationSectors + volume.dataSectors - sectors + 1);
  sim.world.drives[a]?.faults[volume.drive]?.spoil(lba, sectors);
}

/** Both arrays have power: the target takes the group over, by agreement or with force, while hosts write. */
function changeSides(sim: Sim, argument: number): void {
  const group = sim.groups[argument % sim.groups.length];
  const [i] = group?.images ?? [];
  if (i === undefined || sim.frozen(i)) return;
  const image = sim.images[i] as SimImage;
  const to = otherSide(image, sim.authority(i));
  const volume = image.volumes[to] as number;
  const { role, known } = pairOf(sim.world.arrays[to] as ArrayMachine, volume);
  // As in `takeOver`.
  if (!sim.isBooted(to) || role !== PAIR_ROLE.TARGET || known === 0) return;
  const draw = sim.world.chance.below(3);
  sim.takeover(to, i, draw === 0, draw === 1 ? 'SWAP' : 'FAILOVER');
}

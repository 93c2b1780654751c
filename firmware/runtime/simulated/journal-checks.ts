/** What must hold of journal groups (systems.md, S2), beside what hosts read and what a takeover finds. */
import { PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import type { ArrayMachine } from '../machine/array.js';
import type { SimGroup } from './groups.js';
import { acrossOf, pairsNow, type SimPair } from './images.js';
import { pairOf } from './inspect.js';
import { type Entry, entriesBehind, type JournalNumbers, numbersOf } from './journal-tables.js';
import type { Watched } from './watched.js';

const machine = (sim: Watched, array: number): ArrayMachine => sim.world.arrays[array] as ArrayMachine;

/** Both ends of a group, if one array is the source of all its volumes and the other their target, in one session's epoch. */
interface Ends {
  readonly source: number;
  readonly target: number;
  readonly near: JournalNumbers;
  readonly far: JournalNumbers;
}

/** Is the group one of pairs as they are now? */
const isNow = (sim: Watched, { pairs }: SimGroup): boolean => {
  const now = pairsNow(sim.world.arrays, sim.images);
  return pairs.every((pair) => now.includes(pair));
};

function endsOf(sim: Watched, group: SimGroup): Ends | undefined {
  if (!isNow(sim, group)) return undefined;
  const isAll = (array: number, role: number): boolean =>
    group.pairs.every(({ records }) => pairOf(machine(sim, array), records[array] as number).role === role);
  const source = group.sides.find((a) => isAll(a, PAIR_ROLE.SOURCE));
  const target = group.sides.find((a) => a !== source);
  if (source === undefined || target === undefined || !isAll(target, PAIR_ROLE.TARGET)) return undefined;
  const [near, far] = [source, target].map((a) => numbersOf(machine(sim, a), group.journals[a] as number));
  return near && far && { source, target, near, far };
}

/**
 * Says of a sector whether an entry that the target has not restored yet brings it. What the target says it has restored
 * is in its volume: such an entry brings nothing, although the source may keep it for a while.
 */
export function onTheWay(sim: Watched, pair: SimPair, source: number): (track: number, sector: number) => boolean {
  const group = sim.groups.find(({ pairs }) => pairs.includes(pair));
  if (!group) return () => false;
  const { last } = numbersOf(machine(sim, source), group.journals[source] as number);
  const target = acrossOf(pair, source);
  const far = numbersOf(machine(sim, target), group.journals[target] as number);
  // In the middle of a takeover its numbers are already those that it will give itself.
  const restored = far.restored > last ? 0 : far.restored;
  const volume = pair.records[source];
  const entries = entriesBehind(machine(sim, source), group.journals[source] as number, restored).filter(
    (entry) => entry.volume === volume,
  );
  entries.push(...handedOn(sim, pair, source));
  return (track, sector) => entries.some((e) => e.track === track && sector >= e.first && sector < e.first + e.sectors);
}

/** Of a further pair: what its source gets, or got, from another array, and has not handed on to the journal of the pair yet. */
function handedOn(sim: Watched, { image, records }: SimPair, source: number): Entry[] {
  const volume = sim.images[image]?.volumes[source];
  const group = sim.groups.find(({ pairs }) =>
    pairs.some((one) => one.image === image && one.records[source] === volume),
  );
  if (!group || records[source] === volume) return [];
  const array = machine(sim, source);
  const journal = group.journals[source] as number;
  return entriesBehind(array, journal, numbersOf(array, journal).handed).filter((entry) => entry.peer === volume);
}

/** At every moment. */
export function checkJournals(sim: Watched): void {
  for (const group of sim.groups) {
    for (const a of group.sides) checkNumbers(sim, group, a, machine(sim, a));
    const ends = endsOf(sim, group);
    if (ends) checkCopy(sim, group, ends);
  }
}

function checkNumbers(sim: Watched, { name, journals }: SimGroup, a: number, array: ArrayMachine): void {
  // Power may have gone between two of them: power on takes back what a takeover had not finished.
  if (!sim.world.powered(a) || array.get('system', 'ready') === 0) return;
  const { last, freed, restored, drop } = numbersOf(array, journals[a] as number);
  for (const [what, number] of Object.entries({ freed, restored, drop }))
    if (number > last)
      sim.violate(`${name} at ${array.config.name}: journal.${what} is ${number}, and ${last} is the newest entry`);
}

/** An entry that both have is the same; of those that the target says it has, none is missing before it is restored. */
function checkCopy(sim: Watched, group: SimGroup, { source, target, near, far }: Ends): void {
  const there = new Map(
    entriesBehind(machine(sim, target), group.journals[target] as number, far.restored).map((e) => [e.number, e]),
  );
  const from = Math.max(far.restored, near.drop);
  for (const entry of entriesBehind(machine(sim, source), group.journals[source] as number, from)) {
    if (entry.number > far.last) continue;
    const copy = there.get(entry.number);
    if (copy && isSame(entry, copy)) continue;
    sim.violate(
      `${group.name}: ${sim.rig.arrays[target]?.name} says it has all entries up to ${far.last} and has restored ${far.restored}; of entry ${entry.number} it has ${copy ? `another: ${textOf(copy)}, not ${textOf(entry)}` : 'nothing'}`,
    );
    return;
  }
}

const isSame = (x: Entry, y: Entry): boolean => textOf(x) === textOf(y);

const textOf = ({ gen, peer, track, first, sectors, flags }: Entry): string =>
  `generation ${gen} of volume ${peer} track ${track}, ${sectors} sectors from ${first}, flags ${flags}`;

/** At rest with everything mended: all is restored and freed, and nothing runs but the pull that waits for more. */
export function checkJournalsAtRest(sim: Watched): void {
  for (const group of sim.groups) {
    if (!isNow(sim, group)) continue;
    const { records } = group.pairs[0] as SimPair;
    for (const a of group.sides) {
      const array = machine(sim, a);
      const side = pairOf(array, records[a] as number);
      const j = group.journals[a] as number;
      const say = (text: string): void => sim.violate(`${group.name} at ${array.config.name}: ${text} at rest`);
      const { last, freed, restored } = numbersOf(array, j);
      if (freed !== last) say(`entries up to ${last} are kept, and are freed up to ${freed}`);
      if (side.role === PAIR_ROLE.TARGET && restored !== last)
        say(`entry ${last} has come, and ${restored} is restored`);
      for (const [field, value] of Object.entries(IDLE)) {
        const is = array.get('journaling', field, j);
        if (is !== value) say(`journaling.${field} is ${is}, not ${value}`);
      }
      // A source that was the target may still have one that finds so when it wakes.
      const pulls = array.get('journaling', 'pulling', j);
      const isTarget = side.role === PAIR_ROLE.TARGET && side.state === PAIR_STATE.PAIR;
      if (isTarget && pulls !== 1) say(`${pulls} pulls run, not 1`);
    }
  }
}

const IDLE = {
  landed_any: 0,
  broken: 0,
  buffers_taken: 0,
  restoring: 0,
  dozing: 0,
  holding: 0,
  making: 0,
  timing: 0,
  spilling: 0,
  dropping: 0,
  yielding: 0,
  closing: 0,
  handing: 0,
} as const;

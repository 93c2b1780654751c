/**
 * What must hold in a simulated rig, beside what hosts read: the flags against the content, the drives after a power
 * loss, and everything given back at rest. Each finding is a violation of the sim.
 */
import { BATTERY, FLAG, LINKS_MAX, PAIR_MODE, PAIR_ROLE, PAIR_STATE } from '../../memory/constants.js';
import type { ArrayConfig, ArrayMachine } from '../machine/array.js';
import { acrossOf, otherSide, pairsNow, type SimImage, type SimPair } from './images.js';
import {
  blockValue,
  flagNames,
  isBlank,
  isDistrusted,
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
import { checkJournals, checkJournalsAtRest, onTheWay } from './journal-checks.js';
import type { Watched } from './watched.js';

export type { Watched } from './watched.js';

const machine = (sim: Watched, array: number): ArrayMachine => sim.world.arrays[array] as ArrayMachine;

/** If the target's track differs from the source's, the source's list says so, at every moment; of a journal group, or an entry. */
export function checkFlags(sim: Watched): void {
  const maps = sim.world.arrays.map(slotMap);
  checkJournals(sim);
  for (const pair of pairsNow(sim.world.arrays, sim.images)) {
    const image = sim.images[pair.image] as SimImage;
    const sides = sidesOf(sim, pair);
    const near = sides.find(({ role }) => role === PAIR_ROLE.SOURCE);
    const far = sides.find((side) => side !== near);
    if (!near || far?.role !== PAIR_ROLE.TARGET || near.union !== 0) continue;
    // Of a memory that neither knows, a list says nothing.
    if (near.known !== far.identity && far.known !== near.identity) continue;
    const { array: source } = near;
    const perTrack = sim.rig.arrays[source]?.dims.sectorsPerTrack ?? 1;
    const sameFormat = checkFormats(sim, pair, near, far);
    const isEntry = onTheWay(sim, pair, source);
    for (let track = 0; track * perTrack < image.blocks; track++) {
      const listed = (a: number): number => trackFlags(machine(sim, a), pair.records[a] as number, track);
      // What one side lost with its cache stands in its own list until the other one has taken that over.
      const flags = near.stale || far.stale ? listed(source) | listed(far.array) : listed(source);
      if (sameFormat && !checkFormat(sim, pair, source, track, listed(source))) return;
      if (flags & (FLAG.M2_WP | FLAG.M2_INV)) continue;
      const blank = sides.every(({ array: a, volume: v }) => isBlank(sim.world, a, v, track, maps[a] as Int32Array));
      if (blank) continue;
      for (let s = 0; s < perTrack; s++) {
        const lba = track * perTrack + s;
        const values = sides.map(({ array: a, volume: v }) =>
          blockValue(sim.world, a, v, lba, image.firstBlock + lba, maps[a]),
        );
        // What one side cannot give, it has from the other: then it takes nothing for true.
        if (values[0] === values[1] || values.includes(UNREADABLE) || isEntry(track, s)) continue;
        sim.violate(
          `${pair.name} track ${track} sector ${s}: ${sides.map(({ name }, i) => `${name} holds ${valueName(values[i] as number)}`).join(', ')}, and ${near.name}'s list says ${flagNames(flags)}`,
        );
        return;
      }
    }
  }
}

interface Side extends PairSide {
  readonly array: number;
  readonly name: string;
  /** Number of the pair's record, and of the volume whose tracks it is for. */
  readonly record: number;
  readonly volume: number;
}

/** What each side of a pair says of it. */
const sidesOf = (sim: Watched, { sides, records }: SimPair): Side[] =>
  sides.map((array) => {
    const record = records[array] as number;
    const { name = '', volumes = [] } = sim.rig.arrays[array] ?? {};
    return { array, name, record, volume: volumes[record]?.of ?? record, ...pairOf(machine(sim, array), record) };
  });

/** In PAIR both sides want the same format. True: they do, so what the other side did not do yet must stand in the list. */
function checkFormats(sim: Watched, pair: SimPair, near: Side, far: Side): boolean {
  if (near.change === far.change && near.align === far.align) return true;
  if (near.state === PAIR_STATE.PAIR)
    sim.violate(
      `${pair.name} is in PAIR: ${near.name} wants blocks of ${near.align + 1} sectors (change ${near.change}), the other side of ${far.align + 1} (${far.change})`,
    );
  return false;
}

/** Without M2 format pending the other side's track has the format that is wanted. */
function checkFormat(sim: Watched, pair: SimPair, source: number, track: number, flags: number): boolean {
  if (flags & FLAG.M2_FP) return true;
  const target = acrossOf(pair, source);
  const other = trackFlags(machine(sim, target), pair.records[target] as number, track);
  const wanted = pairOf(machine(sim, source), pair.records[source] as number).align === 0 ? 0 : FLAG.FBA_4096;
  if ((other & FLAG.M1_FP) === 0 && (other & FLAG.FBA_4096) === wanted) return true;
  sim.violate(
    `${pair.name} track ${track}: ${sim.rig.arrays[target]?.name} has not changed its format (${flagNames(other)}), and ${sim.rig.arrays[source]?.name}'s list says ${flagNames(flags)}`,
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
      if (isBlank(sim.world, array, volume, track, map)) continue;
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

/** Does the other side hold other bytes of a track than this one, as far as it can be read there? */
function differs(sim: Watched, image: SimImage, array: number, track: number): boolean {
  const perTrack = sim.rig.arrays[array]?.dims.sectorsPerTrack ?? 1;
  const maps = sim.world.arrays.map(slotMap);
  for (let lba = track * perTrack; lba < (track + 1) * perTrack; lba++) {
    const [here, there] = [array, otherSide(image, array)].map((a) =>
      blockValue(sim.world, a, image.volumes[a] as number, lba, image.firstBlock + lba, maps[a]),
    );
    if (there === UNREADABLE) return false;
    if (here !== there) return true;
  }
  return false;
}

/**
 * Power just went. "Owed bits never behind the data": what differs from the other side, or is in cache only, the list on
 * the drive names too, should the battery go next.
 */
export function checkLists(sim: Watched, array: number): void {
  // As formatted, with all tracks marked, until its boot has believed what the list says.
  if (machine(sim, array).get('battery', 'lost') !== BATTERY.KEPT) return;
  for (const image of sim.images) {
    const volume = image.volumes[array] as number;
    if (volume < 0 || !image.paired) continue;
    const { mode, state } = pairOf(machine(sim, array), volume);
    if ((mode & PAIR_MODE.LISTED) === 0 || state === PAIR_STATE.SMPL) continue;
    for (let track = 0; track < (sim.rig.arrays[array]?.volumes[volume]?.tracks ?? 0); track++) {
      const flags = trackFlags(machine(sim, array), volume, track) & (FLAG.M1_WP | FLAG.M2_WP | FLAG.M2_INV);
      if (flags === 0 || isDistrusted(sim.world, array, volume, track)) continue;
      // Owed, and not behind: the other side has it, or asked for it because it cannot read its own.
      if (!(flags & FLAG.M1_WP) && !differs(sim, image, array, track)) continue;
      sim.violate(
        `${image.name} at ${sim.rig.arrays[array]?.name}, track ${track}: ${flagNames(flags)} in battery memory, and the list on the drive does not name its cylinder`,
      );
      return;
    }
  }
}

/** What hosts are told to be a hole reads as zeroes, and takes no room on its drive. */
function checkWritten(sim: Watched): void {
  for (const image of sim.images) {
    for (const [a, volume] of image.volumes.entries()) {
      if (volume < 0) continue;
      const map = slotMap(machine(sim, a));
      const perTrack = sim.rig.arrays[a]?.dims.sectorsPerTrack ?? 1;
      for (let lba = 0; lba < image.blocks; lba++) {
        const track = Math.floor(lba / perTrack);
        const isHole = (trackFlags(machine(sim, a), volume, track) & FLAG.WRITTEN) === 0;
        if (!isHole || (lba % perTrack === 0 && isBlank(sim.world, a, volume, track, map))) {
          lba = (track + 1) * perTrack - 1;
          continue;
        }
        const where = `${image.name} track ${track} at ${sim.rig.arrays[a]?.name} is a hole, its list says`;
        const value = blockValue(sim.world, a, volume, lba, image.firstBlock + lba, map);
        const drive = onDrive(sim.world, a, volume, lba, image.firstBlock + lba);
        if (value !== 0 && value !== UNREADABLE) sim.violate(`${where}, and holds ${valueName(value)}`);
        else if (drive !== 0 && drive !== UNREADABLE) sim.violate(`${where}, and its drive holds ${valueName(drive)}`);
        else continue;
        return;
      }
    }
  }
}

/** Writes that another array will still take, over all links of a trunk. */
function creditsOf(array: ArrayMachine, trunk: number): number {
  let n = 0;
  for (let link = 0; link < LINKS_MAX; link++) n += array.get('link', 'credits', trunk * LINKS_MAX + link);
  return n;
}

/** At rest an array has all the credits that each other array gives it, which divides its own among its trunks. */
function checkCredits(sim: Watched, a: number, { trunks = [1 - a] }: ArrayConfig): void {
  for (const [trunk, other] of trunks.entries()) {
    if (!sim.world.link?.isUpBetween(a, other)) continue;
    const { dims, trunks: theirs = [a], name } = machine(sim, other).config;
    const credits = Math.floor(dims.credits / theirs.length);
    const left = creditsOf(machine(sim, a), trunk);
    if (left !== credits)
      sim.violate(`array ${sim.rig.arrays[a]?.name}: ${left} credits of ${name} are left of ${credits}`);
  }
}

/** At rest, what the two sides of each pair say of their session fits together, and nobody waits for anybody. */
function checkSessions(sim: Watched): void {
  for (const pair of pairsNow(sim.world.arrays, sim.images)) {
    const sides = sidesOf(sim, pair).map((side) => ({
      ...side,
      session: (field: string): number => machine(sim, side.array).get('session', field, side.record),
    }));
    for (const side of sides) {
      const say = (text: string): void => sim.violate(`${pair.name} at ${side.name}: ${text} at rest`);
      for (const field of [
        'busy',
        'offering',
        'again',
        'storing',
        ...(side.role === PAIR_ROLE.SOURCE ? ['foreign'] : []),
      ])
        if (side.session(field) !== 0) say(`session.${field} is ${side.session(field)}`);
      if (side.role !== PAIR_ROLE.TARGET && side.union !== 0)
        say('the list of the other side is still to be taken over');
      const isSimplex = side.state === PAIR_STATE.SMPL;
      if (isSimplex && side.role !== PAIR_ROLE.NO_ROLE) say(`a simplex volume is ${roleName(side.role)}`);
      const serves = isSimplex || side.role === PAIR_ROLE.SOURCE ? 1 : 0;
      // Of a further pair nobody asks.
      if (side.record === side.volume && side.session('agreed') !== serves)
        say(`session.agreed is ${side.session('agreed')}, not ${serves}`);
      const open = !isSimplex && serves === 1 ? 1 : 0;
      if (side.session('open') !== open) say(`session.open is ${side.session('open')}, not ${open}`);
    }
    const source = sides.find(({ role }) => role === PAIR_ROLE.SOURCE);
    const target = sides.find((side) => side !== source);
    if (!source || !target || source.state !== PAIR_STATE.PAIR) continue;
    const say = (text: string): void => sim.violate(`${pair.name}: ${text} at rest`);
    if (target.epoch !== source.epoch)
      say(`${target.name} is in epoch ${target.epoch}, ${source.name} in ${source.epoch}`);
    if (target.session('taking') !== source.epoch) say(`${target.name} takes nothing of epoch ${source.epoch}`);
    if (source.known !== target.identity) say(`${source.name} does not know the memory of ${target.name}`);
    if (target.known !== source.identity) say(`${target.name} does not know the memory of ${source.name}`);
  }
}

/** At rest with everything mended: nothing is owed, held, or different. */
export function checkAtRest(sim: Watched): void {
  checkFlags(sim);
  checkWritten(sim);
  checkSessions(sim);
  checkJournalsAtRest(sim);
  for (const [a, array] of sim.world.arrays.entries()) {
    for (const text of [...notAtRest(array), ...wrongCounts(array), ...wrongFormats(array)]) sim.violate(text);
    const used = sim.world.link?.receiveBuffersInUse(a) ?? 0;
    if (used > 0) sim.violate(`array ${array.config.name}: ${used} receive buffers are in use`);
    const unanswered = sim.world.link?.unanswered(a) ?? 0;
    if (unanswered > 0)
      sim.violate(`array ${array.config.name}: ${unanswered} requests of other arrays have no answer`);
    checkCredits(sim, a, array.config);
  }
  const maps = sim.world.arrays.map(slotMap);
  for (const [i, image] of sim.images.entries()) {
    const copies = copiesOf(sim, image, sim.authority(i));
    for (const a of image.sides) {
      const volume = image.volumes[a] as number;
      // A pair that nobody made yet, or that was deleted while the other side was away: the other volume is a stranger.
      if (!copies.has(a)) continue;
      const perTrack = sim.rig.arrays[a]?.dims.sectorsPerTrack ?? 1;
      for (let lba = 0; lba < image.blocks; lba++) {
        const isUntouched = lba % perTrack === 0 && sim.oracle.untouched(image.firstBlock + lba, perTrack);
        if (isUntouched && isBlank(sim.world, a, volume, lba / perTrack, maps[a] as Int32Array)) {
          lba += perTrack - 1;
          continue;
        }
        const value = blockValue(sim.world, a, volume, lba, image.firstBlock + lba, maps[a]);
        if (value === UNREADABLE || sim.oracle.allows(image.firstBlock + lba, value, Number.MAX_SAFE_INTEGER)) continue;
        sim.violate(
          `${image.name} block ${lba} at ${sim.rig.arrays[a]?.name} holds ${valueName(value)}; it may hold ${sim.oracle.possible(image.firstBlock + lba)}`,
        );
        break;
      }
    }
    for (const pair of pairsNow(sim.world.arrays, [image])) checkPairAtRest(sim, pair, copies);
  }
}

/** The arrays that have a copy of what this one serves, each before those that have it from there. */
function copiesOf(sim: Watched, image: SimImage, serves: number): Set<number> {
  const pairs = pairsNow(sim.world.arrays, [image]);
  const copies = new Set([serves]);
  const isMade = ({ sides, records }: SimPair): boolean =>
    sides.every((a) => pairOf(machine(sim, a), records[a] as number).state !== PAIR_STATE.SMPL);
  for (const a of copies)
    for (const pair of pairs) if (pair.sides.includes(a) && isMade(pair)) copies.add(acrossOf(pair, a));
  return copies;
}

/** Nothing is owed; the side that is nearer to who serves the image is the source, and both are in PAIR. */
function checkPairAtRest(sim: Watched, pair: SimPair, copies: ReadonlySet<number>): void {
  const sides = sidesOf(sim, pair);
  for (const { array, name, record } of sides) {
    if (!copies.has(array)) continue;
    for (let track = 0; track < (sim.rig.arrays[array]?.volumes[record]?.tracks ?? 0); track++) {
      const flags = trackFlags(machine(sim, array), record, track);
      if ((flags & OF_COPIES) !== 0) sim.violate(`${pair.name} track ${track} at ${name}: ${flagNames(flags)} at rest`);
    }
  }
  const near = [...copies].flatMap((a) => sides.filter(({ array }) => array === a))[0];
  const far = sides.find((side) => side !== near);
  if (!near || !far) return;
  if (near.state !== PAIR_STATE.SMPL && (near.role !== PAIR_ROLE.SOURCE || near.state !== PAIR_STATE.PAIR)) {
    sim.violate(
      `${pair.name}: ${near.name} should serve it in PAIR; it is ${roleName(near.role)} in ${stateName(near.state)}`,
    );
  }
  if (near.state === PAIR_STATE.PAIR && far.state !== PAIR_STATE.PAIR)
    sim.violate(`${pair.name}: the target is in ${stateName(far.state)} at rest`);
}

export function whatIsStuck(sim: Watched): string {
  const lines: string[] = [];
  for (const a of sim.world.arrays) lines.push(...notAtRest(a));
  for (const pair of pairsNow(sim.world.arrays, sim.images)) {
    const sides = sidesOf(sim, pair).map(({ name, role, state }) => `${name} ${roleName(role)} ${stateName(state)}`);
    lines.push(`${pair.name}: ${sides.join(', ')}`);
  }
  return lines.length > 0 ? `\n  ${lines.slice(0, 20).join('\n  ')}` : '';
}

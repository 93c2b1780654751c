/** What a fault does to a simulated world when it strikes, and when it ends: one table by kind. */
import { PAIR_ROLE } from '../../../memory/constants.js';
import type { Role } from '../../../ports/messages.js';
import { EVENT } from '../../../ports/schedule.js';
import type { ArrayMachine } from '../../machine/array.js';
import type { ArrayConfig } from '../../machine/config.js';
import { DIRECTORS, type DirectorName } from '../../machine/director-names.js';
import type { FaultKind } from '../../machine/faults/kinds.js';
import type { PlannedFault } from '../../machine/faults/plan.js';
import { type DirectorNodes, nodesOf as directorNodes } from '../director-nodes.js';
import type { SimImage } from '../images.js';
import { pairOf } from '../inspect.js';
import type { World } from '../world.js';
import type { SimRig } from '../world-plan.js';
import type { FaultRecord } from './records.js';

/** The simulated rig, as faults need it. */
export interface FaultHost {
  readonly rig: SimRig;
  readonly world: World;
  readonly images: readonly SimImage[];
  isBooted(array: number): boolean;
  newDrive(array: number, drive: number): void;
  spoilSlotOf(array: number, volume: number, track: number): boolean;
  /** Its front is gone with its director: hosts lose their connections. */
  frontLost(array: number): void;
  frozen(image: number): boolean;
  takeover(array: number, image: number, force: boolean, kind?: 'FAILOVER' | 'SWAP'): void;
  tell(array: number, kind: 'CREATE' | 'SUSPEND' | 'RESUME' | 'DELETE', volume: number, force?: boolean): void;
  tellFormat(array: number, volume: number, block: 1 | 8): void;
}

interface Action {
  /** False: it cannot strike now, and is to be tried again. */
  strike(host: FaultHost, plan: PlannedFault, record: FaultRecord): boolean;
  end?(host: FaultHost, plan: PlannedFault): void;
}

/** As live: microcode is changed in so many rounds of so long, or not. */
const LOAD_ROUNDS = 10;
/** So long does an end hear nothing before it gives a connection up (`TIMING.dead_ms` of the TCP link). */
export const WAY_DEAD_NS = 2_500_000_000;

const machine = (host: FaultHost, array: number): ArrayMachine => host.world.arrays[array] as ArrayMachine;

const nodesOf = ({ rig }: FaultHost, { array, director }: PlannedFault): DirectorNodes =>
  directorNodes(rig.arrays[array] as ArrayConfig, DIRECTORS[director] as DirectorName);

function driveOf(host: FaultHost, { array, volume }: PlannedFault) {
  const config = host.rig.arrays[array]?.volumes[volume];
  const drive = config?.drive ?? 0;
  return { drive, base: config?.driveBase ?? 0, faults: host.world.drives[array]?.faults[drive] };
}

function powerLost(host: FaultHost, { array }: PlannedFault): boolean {
  host.world.losePower(array);
  return true;
}

function slow(host: FaultHost, plan: PlannedFault): boolean {
  const { value } = plan.fault;
  driveOf(host, plan).faults?.slow(
    value?.is === 'factor' ? value.factor : 1,
    value?.is === 'time' ? Math.ceil(value.time_ns / 1000) : 0,
  );
  return true;
}

function load({ world }: FaultHost, { array, role }: PlannedFault, record: FaultRecord): boolean {
  if (role === undefined || world.runsOther(array, role)) return true;
  const round = record.try();
  return (
    world.changeMicrocode(array, role, round === 0 ? 'role' : round < LOAD_ROUNDS ? 'front' : 'nothing') ||
    round >= LOAD_ROUNDS
  );
}

/** Tells the side that must act, as `ctl` finds it; a takeover waits until none is under way. */
function command(host: FaultHost, plan: PlannedFault): boolean {
  const [group, what = '', ...rest] = plan.command;
  const force = rest.includes('--force');
  if (group === 'volume') {
    if (!host.isBooted(plan.array)) return true;
    host.tellFormat(plan.array, plan.volume, rest.includes('4096') ? 8 : 1);
    return true;
  }
  const image = host.images.findIndex(({ volumes }) => volumes[plan.array] === plan.volume);
  const { volumes, sides: arrays } = host.images[image] as SimImage;
  const sides = arrays.map((array) => {
    const volume = volumes[array] as number;
    return { array, volume, role: pairOf(machine(host, array), volume).role };
  });
  const isThere = ({ array }: { array: number }): boolean => host.isBooted(array);
  const primary = sides.find(({ array, volume }) => host.rig.arrays[array]?.volumes[volume]?.pair?.role === 'source');
  const source = sides.find(({ role }) => role === PAIR_ROLE.SOURCE);
  const target = sides.find(({ role, array }) => role === PAIR_ROLE.TARGET && host.isBooted(array));
  const side =
    what === 'create' || what === 'failback'
      ? primary
      : what === 'failover' || what === 'swap'
        ? target
        : what === 'delete'
          ? (source ?? sides.find(isThere))
          : source;
  // Nobody who could be told: refused.
  if (!side || !isThere(side)) return true;
  if (what === 'failover' || what === 'swap' || what === 'failback') {
    if (host.frozen(image)) return false;
    if (side.role === PAIR_ROLE.TARGET)
      host.takeover(side.array, image, force, what === 'failover' ? 'FAILOVER' : 'SWAP');
    return true;
  }
  host.tell(side.array, what.toUpperCase() as 'CREATE' | 'SUSPEND' | 'RESUME' | 'DELETE', side.volume, force);
  return true;
}

/** What strikes frames one at a time does so by itself while it lasts (`SimFaults.arrival`). */
const onFrames: Action = { strike: () => true };

export const ACTIONS: Readonly<Record<FaultKind, Action>> = {
  cut: {
    strike: ({ world }, { links }) => {
      for (const { index } of links) world.cutLink(index);
      return true;
    },
    end: ({ world }, { links }) => {
      for (const { index } of links) world.mendLink(index);
    },
  },
  'one-way': {
    strike: ({ world }, { links }) => {
      for (const { index } of links) world.unwantLink(index);
      return true;
    },
    end: ({ world }, { links }) => {
      for (const { index } of links) world.mendLink(index);
    },
  },
  delay: onFrames,
  lose: onFrames,
  damage: onFrames,
  'power-loss': { strike: powerLost, end: ({ world }, { array }) => world.powerOn(array) },
  'power-on': {
    strike: ({ world }, { array }) => {
      world.powerOn(array);
      return true;
    },
  },
  hang: {
    strike: (host, plan) => {
      const { roles, ports } = nodesOf(host, plan);
      if (host.world.powered(plan.array)) host.world.hang(plan.array, [...roles, ...ports], true);
      return true;
    },
    end: (host, plan) => {
      const { roles, ports } = nodesOf(host, plan);
      const alive = (role: Role): boolean => !host.world.isDead(plan.array, role);
      if (roles.every(alive)) host.world.hang(plan.array, [...roles, ...ports], false);
    },
  },
  crash: {
    strike: (host, plan) => {
      const { roles, ports } = nodesOf(host, plan);
      host.world.die(plan.array, roles, ports);
      if (roles.includes('channel')) host.frontLost(plan.array);
      return true;
    },
  },
  restart: {
    strike: (host, plan) => {
      const { world } = host;
      if (!world.powered(plan.array)) return true;
      powerLost(host, plan);
      world.events.at(world.events.now_ns(), EVENT.POWER_ON, plan.array, 0, 0);
      return true;
    },
  },
  'drive-lose': {
    strike: (host, plan) => {
      const { faults } = driveOf(host, plan);
      if (faults) faults.lost = true;
      return true;
    },
  },
  'drive-replace': {
    strike: (host, plan) => {
      if (!host.isBooted(plan.array)) return false;
      host.newDrive(plan.array, driveOf(host, plan).drive);
      return true;
    },
  },
  'drive-latent': {
    strike: (host, plan) => {
      const { faults, base } = driveOf(host, plan);
      const { value } = plan.fault;
      if (value?.is === 'sectors') faults?.spoil(base + value.from, value.to - value.from + 1);
      return true;
    },
  },
  'drive-slow': { strike: slow, end: (host, plan) => driveOf(host, plan).faults?.slow(1, 0) },
  'drive-torn': {
    strike: (host, plan, { chance }) => {
      driveOf(host, plan).faults?.tear(chance.below(0x1_0000));
      return true;
    },
  },
  'slot-parity': {
    strike: (host, { array, volume, fault: { value } }) =>
      host.isBooted(array) && value?.is === 'track' && host.spoilSlotOf(array, volume, value.track),
  },
  'withhold-credits': {
    strike: ({ world }, { array }) => {
      world.link?.withhold(array, true);
      return true;
    },
    end: ({ world }, { array }) => world.link?.withhold(array, false),
  },
  'microcode-load': { strike: load },
  operator: { strike: command },
};

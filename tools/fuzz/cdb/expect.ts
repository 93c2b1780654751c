/** How a command ends that runs alone: what is in the way of it, in the order of SAM-6 and SPC-6, and then what it does. */
import { OPERATIONS } from '../../../firmware/runtime/machine/scsi-operations.js';
import { CHECK, CONFLICT, type Command, GOOD } from './command.js';
import {
  copyDestinations,
  expectCopy,
  expectFormat,
  expectModeSelect,
  expectSanitize,
  expectUnmap,
  isProtected,
} from './expect-lists.js';
import { expectMedium } from './expect-medium.js';
import { expectPersist, expectPersistIn } from './expect-persist.js';
import { get } from './layouts.js';
import { hindrance } from './reservations.js';
import type { Effect, Expected, Outcome, UnitModel, World } from './world.js';

const ACA = 4;
/** INQUIRY, REPORT LUNS, REQUEST SENSE: of no task set, and answered where no unit is. */
const EVERYWHERE = new Set([0x12, 0xa0, 0x03]);
const CONFLICTS: Outcome = { status: CONFLICT };
const check = (...senses: string[]): Outcome[] => senses.map((sense) => ({ status: CHECK, sense }));

export function expect(world: World, command: Command): Expected {
  const { layout, attribute } = command;
  const unit = world.units[command.unit];
  if (layout && EVERYWHERE.has(layout.code)) return withBits(command, {});
  if (unit === undefined) return { outcomes: check('5/25/00') };
  const refusals = attribute === ACA ? check('5/49/00') : [];
  if (layout === undefined) return { outcomes: [...refusals, CONFLICTS, ...check('5/20/00', '5/24/00')] };
  if (attribute === ACA) return { outcomes: refusals };
  const rule = hindrance(unit, command);
  if (rule === 'never') return { outcomes: [CONFLICTS] };
  if (layout.medium && unit.stopped !== 'no')
    return { outcomes: check(unit.stopped === 'ejected' ? '2/3a/00' : '2/04/02') };
  if (layout.writes && isProtected(unit)) return { outcomes: check(unit.readOnly ? '7/27/01' : '7/27/02') };
  const expected = withBits(command, carriedOut(world, unit, command));
  if (rule !== 'either' || expected.outcomes === undefined) return expected;
  return { ...expected, outcomes: [CONFLICTS, ...expected.outcomes] };
}

/** Bits of the CDB that the command has no use for, as the array itself reports it. */
function withBits(command: Command, expected: Expected): Expected {
  const { cdb, layout } = command;
  const operation = OPERATIONS.find(({ code, action }) => code === layout?.code && action === layout?.action);
  for (const [byte, asked] of cdb.entries()) {
    const odd = asked & ~(operation?.usage[byte] ?? 255);
    if (odd === 0) continue;
    return {
      outcomes: [{ status: CHECK, sense: '5/24/00', pointer: { byte, bit: 31 - Math.clz32(odd), inCdb: true } }],
    };
  }
  return expected;
}

function carriedOut(world: World, unit: UnitModel, command: Command): Expected {
  const medium = expectMedium(world, command);
  if (medium) return medium;
  switch (command.layout?.code) {
    case 0x00:
      return { outcomes: [{ status: GOOD }] };
    case 0x42:
      return expectUnmap(unit, command);
    case 0x04:
      return expectFormat(unit);
    case 0x48:
      return expectSanitize(unit, command);
    case 0x83:
      return expectCopy(world, command);
    case 0x15:
    case 0x55:
      return expectModeSelect(unit, command);
    case 0x5e:
      return expectPersistIn(unit, command);
    case 0x5f:
      return expectPersist(world, unit, command);
    case 0x16:
    case 0x56:
      return expectReserve(unit, command.host);
    case 0x17:
    case 0x57:
      return expectRelease(unit, command.host);
    case 0x1b:
      return expectStartStop(unit, command);
    case 0x1e:
      return expectPrevent(unit, command);
    default:
      return {};
  }
}

/** Whom the persistent reservation does not keep away is answered GOOD, and nothing is done (SPC-6, 5.14.3). */
function spared(unit: UnitModel, host: number): Expected {
  const isSpared = unit.registrants.has(host) && (unit.holds(host) || unit.type >= 5);
  return { outcomes: [isSpared ? { status: GOOD } : CONFLICTS] };
}

function expectReserve(unit: UnitModel, host: number): Expected {
  if (unit.registrants.size > 0) return spared(unit, host);
  if (unit.reserver >= 0 && unit.reserver !== host) return { outcomes: [CONFLICTS] };
  return {
    outcomes: [{ status: GOOD }],
    apply: () => {
      unit.reserver = host;
    },
  };
}

function expectRelease(unit: UnitModel, host: number): Expected {
  if (unit.registrants.size > 0) return spared(unit, host);
  return {
    outcomes: [{ status: GOOD }],
    apply: () => {
      if (unit.reserver === host) unit.reserver = -1;
    },
  };
}

function expectStartStop(unit: UnitModel, { cdb }: Command): Expected {
  const [, , , , flags = 0] = cdb;
  const good: Outcome[] = [{ status: GOOD }];
  if (flags >> 4 !== 0) return {};
  const [starts, ejects] = [(flags & 1) !== 0, (flags & 2) !== 0];
  if (!unit.removable) {
    if (ejects) return { outcomes: check('5/24/00') };
    return { outcomes: good, apply: () => unit.stop(starts ? 'no' : 'stopped') };
  }
  if (!ejects) return { outcomes: good };
  if (unit.prevents.size > 0) return { outcomes: check('5/53/02') };
  return { outcomes: good, apply: () => unit.stop(starts ? 'no' : 'ejected') };
}

function expectPrevent(unit: UnitModel, { cdb, host }: Command): Expected {
  return {
    outcomes: [{ status: GOOD }],
    apply: () => {
      if (((cdb[4] ?? 0) & 1) !== 0) unit.prevents.add(host);
      else unit.prevents.delete(host);
    },
  };
}

/** Blocks that it changes if it is carried out, whatever stands in its way or on the unit now. */
export function touched(world: World, command: Command): readonly Effect[] {
  const { layout, cdb, out = Buffer.alloc(0) } = command;
  const unit = world.units[command.unit];
  if (layout === undefined || unit === undefined) return [];
  if (layout.code === 0x83) return copyDestinations(world, command);
  if (layout.code !== 0x89 && layout.code !== 0x8b) return carriedOut(world, unit, command).effects ?? [];
  if (!layout.lba || !layout.blocks) return [];
  const [first, asked] = [get(cdb, layout.lba), Number(get(cdb, layout.blocks))];
  const count = layout.code === 0x89 ? asked : Math.min(asked, Math.floor(out.length / unit.block));
  if (count === 0 || first + BigInt(count) > BigInt(unit.blocks)) return [];
  const data = layout.code === 0x89 ? out.subarray(count * unit.block) : undefined;
  return [{ unit: unit.number, lba: Number(first), count, data }];
}

/** Commands: each operation that the standards have, valid by construction, then something about it at a boundary or beyond. */
import type { Random } from '../../../firmware/memory/random.js';
import { OPERATIONS } from '../../../firmware/runtime/machine/scsi-operations.js';
import type { Command } from './command.js';
import { type CdbLayout, cdbBytes, LAYOUTS, layoutOf, put } from './layouts.js';
import { formatList, parameterList, pick, someCount, someData, someLba, spoiled } from './lists.js';
import type { World } from './world.js';

const MOST_OUT = 700 * 512;

/** How often, beside others, an operation comes: what moves and reserves more than what tells. */
const WEIGHT: Readonly<Record<number, number>> = {
  40: 4,
  136: 3,
  42: 6,
  138: 4,
  137: 6,
  139: 3,
  156: 4,
  65: 3,
  147: 4,
  66: 6,
  131: 8,
  95: 5,
  21: 3,
  85: 3,
  143: 2,
  47: 2,
  22: 2,
  23: 3,
  27: 2,
};
const CHOICE: readonly CdbLayout[] = LAYOUTS.flatMap((layout) =>
  new Array<CdbLayout>(WEIGHT[layout.code] ?? 1).fill(layout),
);
/** What most of a program's commands are of: so that states which take several commands to come to are come to. */
const THEMES: readonly (readonly CdbLayout[])[] = [
  CHOICE,
  CHOICE,
  of(0x28, 0x2a, 0x89, 0x8b, 0x9c, 0x93, 0x41, 0x42, 0x9e, 0x8f, 0x83),
  of(0x5f, 0x5f, 0x5f, 0x5e, 0x5e, 0x2a, 0x28, 0x1a, 0x37, 0x16, 0x17),
  of(0x5f, 0x5f, 0x5f, 0x5f, 0x5e),
  of(0x83, 0x83, 0x2a, 0x84, 0x42, 0x1b),
  of(0x15, 0x55, 0x1a, 0x5a, 0x2a, 0x1b, 0x1e, 0x03),
  of(0x16, 0x17, 0x56, 0x57, 0x2a, 0x28, 0xa3, 0x00, 0x5f),
];

export type Theme = readonly CdbLayout[];
export const someTheme = (random: Random): Theme => pick(random, THEMES);

function of(...codes: readonly number[]): CdbLayout[] {
  return codes.flatMap((wanted) => LAYOUTS.filter(({ code }) => code === wanted));
}

/** What takes the unit away from the others: in one of so many programs it comes as often as the rest. */
const RARE = new Set([0x04, 0x48]);

const ALLOCATIONS = [0, 1, 3, 4, 5, 7, 8, 12, 16, 18, 24, 31, 36, 252, 255, 4096, 0xffff, 0xffff_ffff];

/** Peripheral or flat addressing of a unit, or what names none. */
function someLun(random: Random, units: number): { high: number; low: number; unit: number } {
  if (random.chance(1, 40)) {
    const odd: readonly (readonly [number, number])[] = [
      [units << 16, 0],
      [63 << 16, 0],
      [64 << 16, 0],
      [255 << 16, 0],
      [0xc101_0000 | 0, 0],
      [0, 1],
      [1, 0],
      [0x0100_0000, 0],
      [0x7fff_0000, 0],
      [-1, -1],
    ];
    const [high, low] = pick(random, odd);
    return { high, low, unit: -1 };
  }
  const unit = random.chance(1, 2) ? 0 : random.below(units);
  return { high: (random.chance(1, 10) ? 0x4000_0000 : 0) | (unit << 16), low: 0, unit };
}

/** Byte 1 and others that are flags, as an initiator would set them. */
function setFlags(random: Random, cdb: Buffer): void {
  const flags: Readonly<Record<number, readonly number[]>> = {
    27: [0, 1],
    4: [0, 0, 0x10, 0x30, 0x18],
    65: [0, 8],
    147: [0, 8, 1, 9],
    47: [0, 2, 4, 6],
    175: [0, 2, 4, 6],
    143: [0, 2, 4, 6],
    46: [0, 2, 0x10],
    174: [0, 2],
    142: [0, 2, 6],
    18: [0, 1, 1],
    3: [0, 1],
    21: [0x10, 0x10, 0x10, 0],
    85: [0x10, 0x10, 0x10, 0],
    26: [0, 8],
    90: [0, 8, 0x10],
    40: [0, 8, 0x10],
    42: [0, 8],
    138: [0, 8],
    29: [0, 4],
    28: [0, 1],
    72: [0, 0x80, 0x20],
    163: [0, 0x20],
  };
  const choice = flags[cdb[0] ?? 0];
  if (choice) cdb[1] = (cdb[1] ?? 0) | pick(random, choice);
}

const PAGES = [
  0, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2, 0x01, 0x08, 0x0a, 0x1c, 0x3f, 0x48, 0x4a, 0x88, 0xca, 0xc8, 0x0d, 0x2f, 0xff,
];

function setRest(random: Random, cdb: Buffer): void {
  switch (cdb[0]) {
    case 0x12:
      if ((cdb[1] ?? 0) !== 0) cdb[2] = pick(random, PAGES);
      return;
    case 0x1a:
    case 0x5a:
      cdb[2] = pick(random, PAGES);
      if (random.chance(1, 4)) cdb[3] = pick(random, [1, 0xff, 2]);
      return;
    case 0x4d:
      cdb[2] = pick(random, PAGES);
      return;
    case 0x37:
      cdb[2] = random.below(32);
      return;
    case 0x1b:
      cdb[4] = pick(random, [0, 1, 1, 2, 3, 3, 0x10, 4, 5]);
      return;
    case 0x1e:
      cdb[4] = random.below(2);
      return;
    case 0xa0:
      cdb[2] = random.below(4);
      return;
    case 0xa3:
      if ((cdb[1] ?? 0) === 0x0c) {
        cdb[2] = pick(random, [0, 1, 2, 3, 4, 0x80, 0x83]);
        const { code = 0, action = 0 } = pick(random, LAYOUTS);
        cdb[3] = random.chance(1, 8) ? random.below(256) : code;
        cdb[5] = action;
      } else if ((cdb[1] ?? 0) === 0x0d) cdb[2] = random.chance(1, 2) ? 0x80 : 0;
      return;
    case 0x5f:
      cdb[2] = random.chance(1, 16) ? random.below(256) : pick(random, [1, 3, 5, 6, 7, 8]);
      return;
    case 0x84:
      if (((cdb[1] ?? 0) & 31) === 0) cdb[2] = random.below(4);
      return;
    default:
  }
}

/** Data-out of a command on blocks; undefined: it has none. */
function blockData(
  random: Random,
  world: World,
  cdb: Buffer,
  unit: number,
  lba: bigint,
  count: number,
): Buffer | undefined {
  const { block, bytes, blocks } = world.unitOr(unit);
  const few = Math.min(count * block, MOST_OUT);
  const flags = cdb[1] ?? 0;
  switch (cdb[0]) {
    case 0x0a:
      return someData(random, count === 0 ? 256 * block : few);
    case 0x2a:
    case 0xaa:
    case 0x8a:
    case 0x2e:
    case 0xae:
    case 0x8e:
    case 0x8b:
    case 0x9c:
      return someData(random, few);
    case 0x41:
      return someData(random, block);
    case 0x93:
      return (flags & 1) !== 0 && random.chance(7, 8) ? undefined : someData(random, block);
    case 0x89: {
      const from = lba < BigInt(blocks) ? Number(lba) * block : 0;
      const there = Buffer.alloc(few);
      bytes.copy(there, 0, from, from + few);
      if (few > 0 && random.chance(1, 4)) there[random.below(few)] = random.below(256);
      return Buffer.concat([there, someData(random, few)]);
    }
    case 0x2f:
    case 0xaf:
    case 0x8f: {
      const from = lba < BigInt(blocks) ? Number(lba) * block : 0;
      if ((flags & 6) === 0) return undefined;
      const there = Buffer.alloc((flags & 6) === 6 ? block : few);
      bytes.copy(there, 0, from, from + there.length);
      if (there.length > 0 && random.chance(1, 6)) there[random.below(there.length)] = random.below(256);
      return there;
    }
    default:
      return undefined;
  }
}

/** Of the CDB a byte, or a reserved bit, is another one. */
function spoilCdb(random: Random, cdb: Buffer, world: World): void {
  const bytes = cdbBytes(cdb[0] ?? 0);
  switch (random.below(6)) {
    case 0:
      cdb[bytes - 1] = pick(random, [4, 1, 0x80, 0xff]);
      return;
    case 1: {
      const operation = OPERATIONS.find(({ code }) => code === cdb[0]);
      const at = 1 + random.below(bytes - 1);
      cdb[at] = (cdb[at] ?? 0) | (~(operation?.usage[at] ?? 0) & (1 << random.below(8)));
      return;
    }
    case 2:
      cdb[0] = random.below(256);
      return;
    case 3:
      cdb[1] = random.below(256);
      return;
    case 4: {
      const layout = layoutOf(cdb);
      if (layout?.blocks)
        put(
          cdb,
          layout.blocks,
          pick(random, [0n, 0xffn, 0xffffn, 0x1000_0000n, 0xffff_ffffn, BigInt(world.unitOr(0).limits.writeSame)]),
        );
      return;
    }
    default:
      cdb[1 + random.below(bytes - 1)] = random.below(256);
  }
}

/** @param mayErase FORMAT UNIT and SANITIZE may come */
export function someCommand(
  random: Random,
  world: World,
  hosts: readonly number[],
  theme: Theme,
  mayErase: boolean,
): Command {
  let layout = pick(random, random.chance(2, 3) ? theme : CHOICE);
  while (RARE.has(layout.code) && !mayErase) layout = pick(random, CHOICE);
  const host = pick(random, hosts);
  const { high, low, unit } = someLun(random, world.units.length);
  const cdb = Buffer.alloc(16);
  cdb[0] = layout.code;
  cdb[1] = layout.action ?? 0;
  setFlags(random, cdb);
  setRest(random, cdb);
  const blocks = world.units[unit]?.blocks ?? 1;
  // Nothing, right behind the end, is no error.
  const isNothing = random.chance(1, 40);
  const lba = isNothing ? BigInt(blocks) : someLba(random, blocks);
  const count = isNothing ? 0 : someLength(random, layout, world.unitOr(unit).limits.compared);
  const first = layout.code === 0x9c && random.chance(5, 6) ? lba & ~7n : lba;
  if (layout.lba && layout.code !== 0x25) put(cdb, layout.lba, first);
  if (layout.blocks) put(cdb, layout.blocks, BigInt(count));
  if (layout.allocation)
    put(cdb, layout.allocation, BigInt(pick(random, ALLOCATIONS)) & ((1n << BigInt(layout.allocation.bytes * 8)) - 1n));
  let out = parameterList(random, world, layout, host, unit) ?? blockData(random, world, cdb, unit, first, count);
  if (layout.code === 0x04 && ((cdb[1] ?? 0) & 0x10) !== 0) out = formatList(random, cdb[1] ?? 0);
  if (out && random.chance(1, 8)) out = spoiled(random, out);
  if (layout.list && out) put(cdb, layout.list, BigInt(random.chance(1, 20) ? pick(random, ALLOCATIONS) : out.length));
  if (random.chance(1, 12)) spoilCdb(random, cdb, world);
  if (out === undefined && random.chance(1, 50)) out = someData(random, random.below(600));
  const attribute = random.chance(4, 5) ? 1 : pick(random, [0, 1, 2, 3, 3, 2, 4]);
  const inBytes = out ? 0 : someRoom(random, layout, count, world.unitOr(unit).block);
  return { host, lunHigh: high, lunLow: low, unit, attribute, cdb, out, inBytes, layout: layoutOf(cdb) };
}

function someLength(random: Random, { code }: CdbLayout, compared: number): number {
  if (code === 0x89) return random.below(compared + 1);
  return code === 0x9c ? 8 * random.below(3) : someCount(random);
}

function someRoom(random: Random, { blocks, code }: CdbLayout, count: number, block: number): number {
  if (random.chance(1, 10)) return pick(random, [0, 1, 100, 511, 513, 4096]);
  if (!blocks) return 0x1_0000;
  return (code === 0x08 && count === 0 ? 256 : count) * block;
}

/** Parameter lists, valid by construction. */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { Random } from '../../../firmware/memory/random.js';
import { transportId } from './hosts.js';
import type { CdbLayout } from './layouts.js';
import type { UnitModel, World } from './world.js';

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)] as T;

/** Hosts that are never there, but have names. */
const STRANGERS = [10, 11, 12, 13] as const;

export function someLba(random: Random, blocks: number): bigint {
  const track = BigInt(random.below(Math.max(1, blocks >> 7)) * 128);
  const odd = [
    0n,
    1n,
    BigInt(blocks - 1),
    BigInt(blocks),
    0xffff_ffffn,
    0xffff_ffff_ffff_ffffn,
    0x1_0000_0000n,
    0x2000_0000_0000_0000n,
  ];
  if (random.chance(1, 12)) return pick(random, odd);
  if (random.chance(1, 3)) return track + BigInt(random.below(3)) + 126n - BigInt(random.below(127));
  return BigInt(random.below(blocks));
}

export function someCount(random: Random): number {
  const kind = random.below(16);
  if (kind < 8) return 1 + random.below(4);
  if (kind < 12) return random.below(40);
  if (kind < 14) return 100 + random.below(60);
  return kind === 14 ? 0 : random.below(500);
}

/** Bytes that tell which command they are of, or zeroes, or a few bits. */
export function someData(random: Random, bytes: number): Buffer {
  const kind = random.below(8);
  if (kind === 0) return Buffer.alloc(bytes);
  const data = Buffer.alloc(bytes, random.below(256));
  if (kind < 3) return data;
  const tag = random.next();
  for (let at = 0; at + 8 <= bytes; at += SECTOR_BYTES) {
    data.writeInt32BE(tag, at);
    data.writeInt32BE(at, at + 4);
  }
  return data;
}

function unmapList(random: Random, world: World, unit: number): Buffer {
  const { blocks = 1 } = world.units[unit] ?? {};
  const n = random.chance(1, 20) ? world.unitOr(unit).limits.unmapDescriptors + random.below(2) : random.below(4);
  const list = Buffer.alloc(8 + n * 16);
  list.writeUInt16BE(list.length - 2, 0);
  list.writeUInt16BE(n * 16, 2);
  for (let i = 0; i < n; i++) {
    const at = 8 + i * 16;
    // Overlapping ones, too.
    if (i > 0 && random.chance(1, 3)) list.copyWithin(at, at - 16, at);
    else list.writeBigUInt64BE(someLba(random, blocks), at);
    list.writeUInt32BE(
      random.chance(1, 30)
        ? world.unitOr(unit).limits.unmapBlocks + random.below(2)
        : someCount(random) * (1 + random.below(2)),
      at + 8,
    );
  }
  return list;
}

const MODE_PAGES: readonly (readonly number[])[] = [
  [0x08, 0x12, 0x04, ...new Array<number>(17).fill(0)],
  [0x0a, 0x0a, 0x02, 0x10, 0, 0, 0, 0, 0xff, 0xff, 0, 0],
  [0x01, 0x0a, 0xc0, ...new Array<number>(9).fill(0)],
  [0x4a, 0x01, 0x00, 0x1c, ...new Array<number>(28).fill(0)],
  [0x1c, 0x0a, 0x08, ...new Array<number>(9).fill(0)],
];

function modePage(random: Random): Buffer {
  const page = Buffer.from(pick(random, MODE_PAGES.slice(0, random.chance(1, 2) ? 2 : 5)));
  if (page[0] === 0x08) page[2] = random.chance(1, 2) ? 0x04 : 0;
  if (page[0] !== 0x0a) return page;
  page[2] = 0x02 | (random.chance(1, 4) ? 0x04 : 0);
  page[4] = random.chance(1, 4) ? 0x08 : 0;
  page[5] = random.chance(1, 2) ? 0x40 : 0;
  return page;
}

function modeList(random: Random, world: World, unit: number, isLong: boolean): Buffer {
  const pages = Array.from({ length: random.below(3) }, () => modePage(random));
  const descriptor = pick(random, [0, 0, 8, 8, isLong ? 16 : 8]);
  const header = Buffer.alloc(isLong ? 8 : 4);
  if (isLong) {
    header[4] = descriptor === 16 ? 1 : 0;
    header.writeUInt16BE(descriptor, 6);
  } else header[3] = descriptor;
  const block = Buffer.alloc(descriptor);
  const blocks = pick(random, [0, world.units[unit]?.blocks ?? 0, 0xffff_ffff, random.chance(1, 8) ? 5 : 0]);
  if (descriptor === 8) block.writeUInt32BE(blocks, 0);
  if (descriptor === 16) block.writeUInt32BE(blocks, 4);
  if (descriptor > 0) block.writeUInt16BE(random.chance(1, 12) ? 520 : world.unitOr(unit).block, descriptor - 2);
  return Buffer.concat([header, block, ...pages]);
}

const someKey = (random: Random, world: World, unit: number): bigint => {
  const keys = [...(world.units[unit]?.registrants.values() ?? []), 0n, 1n, 2n, 0xffff_ffff_ffff_ffffn];
  return pick(random, keys);
};

/** Names of hosts, and of such as were never here. */
function names(random: Random, world: World): Buffer[] {
  return Array.from({ length: random.below(4) }, () => {
    const who = random.chance(1, 4) ? pick(random, STRANGERS) : random.below(world.hosts);
    return transportId(who, random.chance(1, 6));
  });
}

function persistList(random: Random, world: World, { action }: CdbLayout, host: number, unit: number): Buffer {
  const own = world.units[unit]?.registrants.get(host) ?? 0n;
  const list = Buffer.alloc(24);
  list.writeBigUInt64BE(random.chance(6, 7) ? own : someKey(random, world, unit), 0);
  const isRegister = action === 0 || action === 6;
  const to = isRegister && random.chance(2, 3) ? BigInt(1 + random.below(5)) : someKey(random, world, unit);
  list.writeBigUInt64BE(to, 8);
  const aptpl = random.chance(1, 4) ? 1 : 0;
  if (action === 7) {
    const id = transportId(
      random.chance(1, 5) ? pick(random, STRANGERS) : random.below(world.hosts),
      random.chance(1, 12),
    );
    list[17] = aptpl | (random.chance(1, 3) ? 2 : 0);
    list.writeUInt16BE(random.chance(1, 12) ? 2 : 1, 18);
    list.writeUInt32BE(id.length, 20);
    return Buffer.concat([list, id]);
  }
  list[20] = aptpl | (random.chance(1, 6) ? 4 : 0);
  if (action !== 0 ? random.chance(39, 40) : random.chance(3, 4)) return list;
  list[20] = (list[20] ?? 0) | 8;
  const all = Buffer.concat(names(random, world));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(all.length);
  return Buffer.concat([list, length, all]);
}

function copyList(random: Random, world: World): Buffer {
  const targets = 1 + random.below(3);
  const segments = random.below(4);
  const list = Buffer.alloc(16 + targets * 32 + segments * 28);
  list[0] = random.below(4);
  list.writeUInt16BE(targets * 32, 2);
  list.writeUInt32BE(segments * 28, 8);
  const units = Array.from({ length: targets }, () => random.below(world.units.length));
  for (const [i, unit] of units.entries()) {
    const at = 16 + i * 32;
    list[at] = 0xe4;
    (world.designators[unit] as Buffer).copy(list, at + 4);
    list.writeUInt16BE(world.unitOr(unit).block, at + 30);
  }
  for (let i = 0; i < segments; i++) {
    const at = 16 + targets * 32 + i * 28;
    const [from, to] = [random.below(targets), random.below(targets)];
    list[at] = 2;
    list.writeUInt16BE(24, at + 2);
    list.writeUInt16BE(from, at + 4);
    list.writeUInt16BE(to, at + 6);
    list.writeUInt16BE(someCount(random), at + 10);
    const blocks = (of: number): number => world.units[units[of] ?? 0]?.blocks ?? 1;
    const source = someLba(random, blocks(from));
    list.writeBigUInt64BE(source, at + 12);
    list.writeBigUInt64BE(
      random.chance(1, 3) ? (source + BigInt(random.below(9))) & 0xffff_ffff_ffff_ffffn : someLba(random, blocks(to)),
      at + 20,
    );
  }
  return list;
}

function overwriteList(random: Random, { block }: UnitModel): Buffer {
  const pattern = pick(random, [1, 2, 3, 4, 6, 7, 16, 511, block]);
  const list = Buffer.alloc(4 + pattern);
  list[0] = (1 + random.below(3)) | (random.chance(1, 2) ? 0x80 : 0);
  list.writeUInt16BE(pattern, 2);
  for (let i = 0; i < pattern; i++) list[4 + i] = random.below(256);
  return list;
}

/** Of FORMAT UNIT with FMTDATA: its header. @param flags byte 1 of the CDB */
export const formatList = (random: Random, flags: number): Buffer => {
  const list = Buffer.alloc((flags & 0x20) !== 0 ? 8 : 4);
  list[1] = random.chance(1, 2) ? 2 : 0;
  return list;
};

/** Undefined: this operation has none. */
export function parameterList(
  random: Random,
  world: World,
  layout: CdbLayout,
  host: number,
  unit: number,
): Buffer | undefined {
  switch (layout.code) {
    case 0x42:
      return unmapList(random, world, unit);
    case 0x15:
    case 0x55:
      return modeList(random, world, unit, layout.code === 0x55);
    case 0x5f:
      return persistList(random, world, layout, host, unit);
    case 0x83:
      return copyList(random, world);
    case 0x48:
      return layout.action === 1 ? overwriteList(random, world.unitOr(unit)) : undefined;
    default:
      return undefined;
  }
}

const LENGTHS = [0, 1, 7, 8, 15, 16, 23, 24, 255];

/** The same with something wrong: cut off, a byte or a number that is another one, a part twice. */
export function spoiled(random: Random, list: Buffer): Buffer {
  const copy = Buffer.from(list);
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  switch (random.below(6)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    case 2:
      copy[at] = pick(random, LENGTHS);
      return copy;
    case 3:
      if (at + 2 <= copy.length) copy.writeUInt16BE(pick(random, [0, 1, 20, 0x7fff, 0xffff, copy.length & 0xffff]), at);
      return copy;
    case 4:
      return Buffer.concat([copy, copy.subarray(at)]);
    default:
      copy[at] = random.below(256);
      return copy;
  }
}

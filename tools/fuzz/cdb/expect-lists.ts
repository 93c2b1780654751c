/** Commands on many blocks by a list, and on all of a unit: what becomes of the blocks. What is refused is held to no more than that nothing changes. */
import { CHECK, type Command, GOOD } from './command.js';
import { get } from './layouts.js';
import { isOpen } from './reservations.js';
import type { Effect, Expected, Outcome, UnitModel, World } from './world.js';

const GOOD_END: Outcome = { status: GOOD };
const check = (...senses: string[]): Outcome[] => senses.map((sense) => ({ status: CHECK, sense }));

/** SBC-4, 5.43: nothing is unmapped unless all of it may be. */
export function expectUnmap(unit: UnitModel, { cdb, out = Buffer.alloc(0) }: Command): Expected {
  const length = Number(get(cdb, { at: 7, bytes: 2 }));
  if (length === 0) return { outcomes: [GOOD_END] };
  if (out.length < length) return { outcomes: check('5/24/00') };
  if (length < 8) return { outcomes: check('5/1a/00') };
  const told = out.readUInt16BE(2);
  if (told + 8 > length) return { outcomes: check('5/1a/00', '5/26/00') };
  const n = told >> 4; // one that is not whole is ignored
  const effects: Effect[] = [];
  let sum = 0;
  let worst: 'no' | 'list' | 'range' | 'both' = n > unit.limits.unmapDescriptors ? 'list' : 'no';
  for (let i = 0; i < n && worst !== 'list'; i++) {
    const lba = out.readBigUInt64BE(8 + i * 16);
    const count = out.readUInt32BE(16 + i * 16);
    const isFar = lba + BigInt(count) > BigInt(unit.blocks);
    sum += count;
    const isMuch = sum > unit.limits.unmapBlocks;
    if (isFar || isMuch) worst = worst !== 'no' || (isFar && isMuch) ? 'both' : isFar ? 'range' : 'list';
    else if (count > 0)
      effects.push({ unit: unit.number, lba: Number(lba), count, data: Buffer.alloc(count * unit.block) });
  }
  if (worst === 'no') return { outcomes: [GOOD_END], effects };
  return {
    outcomes: check(...(worst === 'range' ? ['5/21/00'] : worst === 'list' ? ['5/26/00'] : ['5/21/00', '5/26/00'])),
  };
}

const all = (unit: UnitModel, block: Buffer): Effect => ({
  unit: unit.number,
  lba: 0,
  count: unit.blocks,
  data: Buffer.concat(new Array<Buffer>(unit.blocks).fill(block)),
});

export function expectFormat(unit: UnitModel): Expected {
  return { effects: [all(unit, Buffer.alloc(unit.block))] };
}

/** SBC-4, 4.11: of OVERWRITE the pattern from each block's beginning, as its last pass leaves it. */
export function expectSanitize(unit: UnitModel, { cdb, out = Buffer.alloc(0) }: Command): Expected {
  const action = (cdb[1] ?? 0) & 31;
  if (action !== 1) return action === 0x1f ? {} : expectFormat(unit);
  const length = Number(get(cdb, { at: 7, bytes: 2 }));
  if (length < 5 || length > unit.block + 4) return { outcomes: check('5/24/00', '5/1a/00') };
  if (out.length < length) return { outcomes: check('5/24/00', '5/1a/00') };
  const passes = (out[0] ?? 0) & 31;
  const bytes = out.readUInt16BE(2);
  if (passes === 0 || bytes === 0 || bytes > unit.block || bytes !== length - 4)
    return { outcomes: check('5/26/00', '5/1a/00', '5/24/00') };
  const isInverted = ((out[0] ?? 0) & 0x80) !== 0 && passes % 2 === 0;
  const pattern = out.subarray(4, 4 + bytes);
  const block = Buffer.alloc(unit.block).map((_, i) => (pattern[i % bytes] ?? 0) ^ (isInverted ? 255 : 0)) as Buffer;
  return { outcomes: [GOOD_END], effects: [all(unit, block)] };
}

interface Copied {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly source: bigint;
  readonly destination: bigint;
}

/** The segments of a list that ended well; undefined: it names what is not known here. */
function segments(world: World, list: Buffer): Copied[] | undefined {
  const targets = list.readUInt16BE(2) >> 5;
  const first = 16 + targets * 32;
  const n = Math.floor(list.readUInt32BE(8) / 28);
  // Its own numbers lie: it cannot end well, and if it does nobody knows how.
  if (first + n * 28 > list.length) return undefined;
  const unitOf = (target: number): number => {
    const at = 16 + target * 32 + 4;
    if (target >= targets) return -1;
    return world.designators.findIndex((name) => name.equals(list.subarray(at, at + name.length)));
  };
  const found: Copied[] = [];
  for (let i = 0; i < n; i++) {
    const at = first + i * 28;
    const [from, to] = [unitOf(list.readUInt16BE(at + 4)), unitOf(list.readUInt16BE(at + 6))];
    if (from < 0 || to < 0) return undefined;
    found.push({
      from,
      to,
      count: list.readUInt16BE(at + 10),
      source: list.readBigUInt64BE(at + 12),
      destination: list.readBigUInt64BE(at + 20),
    });
  }
  return found;
}

/**
 * If it ends well, the blocks that its segments say, in their order. Where source and destination of one overlap, which byte is read
 * before it is written over is nobody's word. A unit that is closed is neither read nor written.
 */
export function expectCopy(world: World, { cdb, host, out = Buffer.alloc(0) }: Command): Expected {
  const length = Number(get(cdb, { at: 10, bytes: 4 }));
  if (length === 0) return { outcomes: [GOOD_END] };
  if (length < 16 || out.length < length) return { outcomes: check('5/1a/00', '5/24/00') };
  const parts = segments(world, Buffer.from(out));
  const everywhere = world.units.map(
    (unit): Effect => ({ unit: unit.number, lba: 0, count: unit.blocks, data: undefined }),
  );
  if (parts === undefined) return { effects: everywhere };
  const after = world.units.map((unit) => Buffer.from(unit.bytes));
  const unknown: Effect[] = [];
  const effects: Effect[] = [];
  for (const { from, to, count, source, destination } of parts) {
    const [a, b] = [world.units[from], world.units[to]];
    if (!a || !b || a.stopped !== 'no' || b.stopped !== 'no' || isProtected(b)) return { outcomes: refusedCopy };
    if (!isOpen(a, host, 'read') || !isOpen(b, host, 'write')) return { outcomes: refusedCopy };
    if (source + BigInt(count) > BigInt(a.blocks) || destination + BigInt(count) > BigInt(b.blocks))
      return { outcomes: refusedCopy };
    if (a.block !== b.block) return { outcomes: refusedCopy };
    if (count === 0) continue;
    const [s, d] = [Number(source), Number(destination)];
    const isBlurred =
      (from === to && s < d + count && d < s + count) ||
      unknown.some((u) => u.unit === from && s < u.lba + u.count && u.lba < s + count);
    if (isBlurred) {
      const blurred: Effect = { unit: to, lba: d, count, data: undefined };
      unknown.push(blurred);
      effects.push(blurred);
      continue;
    }
    const data = Buffer.from((after[from] as Buffer).subarray(s * a.block, (s + count) * a.block));
    data.copy(after[to] as Buffer, d * b.block);
    effects.push({ unit: to, lba: d, count, data });
  }
  return { effects };
}

/** Where a list writes to; what it reads may be another's by then. */
export function copyDestinations(world: World, { cdb, out = Buffer.alloc(0) }: Command): Effect[] {
  const length = Number(get(cdb, { at: 10, bytes: 4 }));
  if (length < 16 || out.length < length) return [];
  const parts = segments(world, Buffer.from(out));
  if (parts === undefined)
    return world.units.map((unit) => ({ unit: unit.number, lba: 0, count: unit.blocks, data: undefined }));
  return parts
    .filter(({ to, count, destination }) => destination + BigInt(count) <= BigInt(world.units[to]?.blocks ?? 0))
    .map(({ to, count, destination }) => ({ unit: to, lba: Number(destination), count, data: undefined }));
}

const refusedCopy = check(
  'a/08/04',
  'a/00/00',
  'a/21/00',
  '5/26/00',
  '5/26/07',
  '5/26/08',
  '5/26/09',
  '5/26/06',
  '5/26/0b',
  '5/1a/00',
  '5/24/00',
);

export const isProtected = ({ readOnly, isProtected: swp }: UnitModel): boolean => readOnly || swp;

/** What of a MODE SELECT list that was taken matters here: SWP. */
export function expectModeSelect(unit: UnitModel, { cdb, out = Buffer.alloc(0) }: Command): Expected {
  const isLong = cdb[0] === 0x55;
  const length = isLong ? Number(get(cdb, { at: 7, bytes: 2 })) : (cdb[4] ?? 0);
  if (length === 0) return { outcomes: [GOOD_END] };
  if (((cdb[1] ?? 0) & 0x10) === 0) return { outcomes: check('5/24/00') };
  if (out.length < length || length < (isLong ? 8 : 4)) return { outcomes: check('5/1a/00') };
  const list = out.subarray(0, length);
  return {
    apply: () => {
      let at = isLong ? 8 + list.readUInt16BE(6) : 4 + (list[3] ?? 0);
      while (at + 2 < list.length) {
        const first = list[at] ?? 0;
        if ((first & 0x7f) === 0x0a) unit.isProtected = ((list[at + 4] ?? 0) & 8) !== 0;
        at += (first & 0x40) !== 0 ? 4 + list.readUInt16BE(at + 2) : 2 + (list[at + 1] ?? 0);
      }
    },
  };
}

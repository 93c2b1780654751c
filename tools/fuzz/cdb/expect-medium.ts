/** Commands on blocks (SBC-4): how each ends, what it brings, which blocks it changes. */
import { CHECK, CONDITION_MET, type Command, GOOD } from './command.js';
import { get, type Place } from './layouts.js';
import type { Effect, Expected, Outcome, UnitModel, World } from './world.js';

export const GOOD_END: Outcome = { status: GOOD };
export const refused = (sense: string): Expected => ({ outcomes: [{ status: CHECK, sense }] });
/** A field of the CDB, by its first byte and most significant bit. */
export const oddField = (byte: number, bit = 7): Expected => ({
  outcomes: [{ status: CHECK, sense: '5/24/00', pointer: { byte, bit, inCdb: true } }],
});

/** Of the array that is fuzzed. */
const TRACK_BYTES = 0x1_0000;

interface Run {
  readonly unit: UnitModel;
  readonly command: Command;
  readonly lba: number;
  readonly count: number;
  /** Data-out, which may be shorter or longer than it should. */
  readonly out: Buffer;
  readonly lengthAt: Place;
}

type Rule = (run: Run) => Expected;

const writes = ({ unit, lba }: Run, data: Buffer): Effect[] =>
  data.length === 0 ? [] : [{ unit: unit.number, lba, count: data.length / unit.block, data }];

/** Of what came, whole blocks, and no more than the CDB says. */
const came = ({ out, count, unit: { block } }: Run): Buffer =>
  out.subarray(0, Math.min(Math.floor(out.length / block), count) * block);

const read: Rule = ({ unit, lba, count, command }) => ({
  outcomes: [{ status: GOOD, data: Buffer.from(unit.read(lba, count).subarray(0, command.inBytes)) }],
});

const write: Rule = (run) => ({ outcomes: [GOOD_END], effects: writes(run, came(run)) });

function firstOther(a: Buffer, b: Buffer): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

function compared(run: Run, expected: Buffer): Expected {
  const { unit, lba } = run;
  const at = firstOther(expected, unit.read(lba, expected.length / unit.block));
  return { outcomes: [at < 0 ? GOOD_END : { status: CHECK, sense: 'e/1d/00', information: at }] };
}

const verify: Rule = (run) => {
  const { command, out, count, unit } = run;
  const check = (command.cdb[1] ?? 0) & 6;
  if (check === 0 || count === 0) return { outcomes: [GOOD_END] };
  if (check === 2)
    return out.length < count * unit.block ? refused('5/24/00') : compared(run, out.subarray(0, count * unit.block));
  if (out.length !== unit.block) return refused('5/24/00');
  return compared(run, Buffer.concat(new Array<Buffer>(count).fill(out)));
};

/** What is on more than one track is not one step. */
function isTorn({ unit, lba, count }: Run): boolean {
  const blocks = TRACK_BYTES / unit.block;
  return count > 0 && Math.floor(lba / blocks) !== Math.floor((lba + count - 1) / blocks);
}

const compareWrite: Rule = (run) => {
  const { out, count, unit, lba } = run;
  if (out.length !== 2 * count * unit.block) return refused('5/24/00');
  const at = firstOther(out.subarray(0, count * unit.block), unit.read(lba, count));
  if (at >= 0) return { outcomes: [{ status: CHECK, sense: 'e/1d/00', information: at }] };
  return { outcomes: [GOOD_END], effects: writes(run, out.subarray(count * unit.block)) };
};

const orWrite: Rule = (run) => {
  const bits = came(run);
  const there = run.unit.read(run.lba, bits.length / run.unit.block);
  return { outcomes: [GOOD_END], effects: writes(run, bits.map((byte, i) => byte | (there[i] ?? 0)) as Buffer) };
};

/** All or nothing: what did not come whole is refused. */
const atomic: Rule = (run) => {
  const { command, unit, count, lba, out } = run;
  const { atomic: most, atomicAlignment, atomicGranularity } = unit.limits;
  const boundary = get(command.cdb, { at: 10, bytes: 2 });
  const isOdd =
    count > most ||
    out.length < count * unit.block ||
    (atomicAlignment > 0 && lba % atomicAlignment !== 0) ||
    (atomicGranularity > 0 && count % atomicGranularity !== 0);
  return boundary !== 0n || isOdd || isTorn(run) ? refused('5/24/00') : write(run);
};

const writeSame: Rule = (run) => {
  const { command, unit, count, out, lengthAt } = run;
  if (count === 0 || count > unit.limits.writeSame) return oddField(lengthAt.at);
  const isBlank = command.cdb[0] === 0x93 && ((command.cdb[1] ?? 0) & 1) !== 0;
  if (!isBlank && out.length !== unit.block) return refused('5/24/00');
  const block = isBlank ? Buffer.alloc(unit.block) : out;
  return { outcomes: [GOOD_END], effects: writes(run, Buffer.concat(new Array<Buffer>(count).fill(block))) };
};

const prefetch: Rule = () => ({ outcomes: [GOOD_END, { status: CONDITION_MET }] });

const lbaStatus: Rule = ({ unit, lba }) => ({
  outcomes: [GOOD_END],
  check: (data) => lbaStatusFault(unit, lba, data),
});

/** Runs that follow one another, from the LBA that was asked for; what is deallocated reads as zeroes. */
function lbaStatusFault(unit: UnitModel, lba: number, data: Buffer): string | undefined {
  if (data.length < 24) return undefined;
  let at = lba;
  for (let i = 8; i + 16 <= data.length; i += 16) {
    const first = Number(data.readBigUInt64BE(i));
    const count = data.readUInt32BE(i + 8);
    if (first !== at || count === 0 || first + count > unit.blocks)
      return `a descriptor of ${count} blocks from ${first}, where ${at} comes`;
    const status = (data[i + 12] ?? 0) & 15;
    if (status > 1) return `provisioning status ${status}`;
    if (status === 1 && unit.read(first, count).some((byte) => byte !== 0))
      return `blocks from ${first} have bytes and no room`;
    at += count;
  }
  return undefined;
}

const RULES: Readonly<Record<number, Rule>> = {
  8: read,
  40: read,
  168: read,
  136: read,
  10: write,
  42: write,
  170: write,
  138: write,
  53: () => ({ outcomes: [GOOD_END] }),
  145: () => ({ outcomes: [GOOD_END] }),
  47: verify,
  175: verify,
  143: verify,
  46: write,
  174: write,
  142: write,
  137: compareWrite,
  139: orWrite,
  156: atomic,
  65: writeSame,
  147: writeSame,
  52: prefetch,
  144: prefetch,
  158: lbaStatus,
};

/** Undefined: this is no such command. Nothing is in the way of it any more. */
export function expectMedium(world: World, command: Command): Expected | undefined {
  const { cdb, layout, out = Buffer.alloc(0) } = command;
  const rule = RULES[cdb[0] ?? 0];
  const unit = world.units[command.unit];
  if (rule === undefined || unit === undefined || !layout?.lba || layout.action === 0x10) return undefined;
  const lengthAt = layout.blocks ?? { at: 10, bytes: 4 };
  const asked = layout.blocks ? Number(get(cdb, layout.blocks)) : 1;
  const count = layout.code <= 0x0a && asked === 0 ? 256 : asked;
  const mode = (cdb[1] ?? 0) & 6;
  if (rule === verify && mode === 4) return oddField(1, 2);
  if ([0x2e, 0xae, 0x8e].includes(layout.code) && (mode & 4) !== 0) return oddField(1, 2);
  // COMPARE AND WRITE looks at its number first; a field that points at it is as good as a range.
  if (rule === compareWrite && count > unit.limits.compared) return oddField(13);
  const first = get(cdb, layout.lba);
  if (first + BigInt(count) > BigInt(unit.blocks)) return outOfRange(unit, rule, count);
  return rule({ unit, command, lba: Number(first), count, out, lengthAt });
}

/** Other things may be wrong, too. */
function outOfRange(unit: UnitModel, rule: Rule, count: number): Expected {
  const range: Outcome = { status: CHECK, sense: '5/21/00' };
  const other: Outcome = { status: CHECK, sense: '5/24/00' };
  return rule === atomic || (rule === writeSame && count > unit.limits.writeSame)
    ? { outcomes: [range, other] }
    : { outcomes: [range] };
}

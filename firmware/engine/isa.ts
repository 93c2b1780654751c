/**
 * The instruction set, one table: assembler, disassembler, engine, linter and manual read it.
 *
 * An instruction is two words: `op | a<<8 | b<<16 | c<<24`, then an immediate. Each operand says where it is encoded.
 * A register is a number 0–15; a pair is its even register (low word) and the next (high word).
 * A mnemonic may have two rows that differ in an operand's form (`add r, r, r` and `add r, r, #n`).
 *
 * Operand forms:
 *   reg, pair             in a, b or c
 *   num                   a constant: `imm` all 32 bits (signed or unsigned), `imm.hi` upper 16 (0–65535), `c` 8 bits
 *   label                 instruction number in `imm` (whole, `call`) or `imm.lo` (lower 16 bits)
 *   field                 `table.field[reg]`: index register in b (255: record 0), table's shift in c, and
 *                         `table id << 16 | word offset` in imm; the loader makes imm the absolute word address
 *   message               `KIND (reg, reg, …)`: kind in a, number of registers in b, their nibbles in imm
 *   hook                  hook number in a
 */
import type { Role } from '../ports/messages.js';

export type Place = 'a' | 'b' | 'c' | 'imm' | 'imm.lo' | 'imm.hi';
export type Form = 'reg' | 'pair' | 'num' | 'label' | 'sub' | 'field' | 'message' | 'names' | 'hook';
export interface Operand {
  readonly form: Form;
  readonly place: Place;
  readonly name: string;
  /** An operand that may be left out (then its place holds 0 and a given register is stored as number + 1). */
  readonly optional?: boolean;
}
export interface Instruction {
  readonly op: number;
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly cycles: number;
  /** Role whose images may hold it; undefined: all. */
  readonly role?: Role;
  /** True when the task may give up the engine here. */
  readonly waits?: boolean;
  readonly help: string;
}

/** `a:reg:rd` → operand; a trailing `?` marks an optional one. */
function operands(text: string): Operand[] {
  if (text === '') return [];
  return text.split(' ').map((t) => {
    const [place, form, name = ''] = t.split(':');
    const optional = name.endsWith('?');
    return {
      place: place as Place,
      form: form as Form,
      name: optional ? name.slice(0, -1) : name,
      ...(optional ? { optional } : {}),
    };
  });
}

type Row = readonly [op: number, name: string, operands: string, cycles: number, help: string, role?: Role];

const rows: readonly Row[] = [
  // ── flow
  [0x01, 'end', '', 1, 'the task is done; it must hold no lock and owe no answer'],
  [0x02, 'yield', '', 1, 'let others run; goes on in a later turn'],
  [0x03, 'br', 'imm:label:to', 1, 'go to a label'],
  [0x04, 'br.eq', 'a:reg:x b:reg:y imm.lo:label:to', 1, 'go if x = y'],
  [0x05, 'br.ne', 'a:reg:x b:reg:y imm.lo:label:to', 1, 'go if x ≠ y'],
  [0x06, 'br.lt', 'a:reg:x b:reg:y imm.lo:label:to', 1, 'go if x < y, unsigned'],
  [0x07, 'br.ge', 'a:reg:x b:reg:y imm.lo:label:to', 1, 'go if x ≥ y, unsigned'],
  [0x08, 'br.eq', 'a:reg:x imm.hi:num:n imm.lo:label:to', 1, 'go if x = n'],
  [0x09, 'br.ne', 'a:reg:x imm.hi:num:n imm.lo:label:to', 1, 'go if x ≠ n'],
  [0x0a, 'br.lt', 'a:reg:x imm.hi:num:n imm.lo:label:to', 1, 'go if x < n, unsigned'],
  [0x0b, 'br.ge', 'a:reg:x imm.hi:num:n imm.lo:label:to', 1, 'go if x ≥ n, unsigned'],
  [0x0c, 'br.any', 'a:reg:x imm.hi:num:mask imm.lo:label:to', 1, 'go if any bit of the mask is set in x'],
  [0x0d, 'br.none', 'a:reg:x imm.hi:num:mask imm.lo:label:to', 1, 'go if no bit of the mask is set in x'],
  [0x0e, 'br.neg', 'a:reg:x imm.lo:label:to', 1, 'go if x is negative (-1 says none)'],
  [0x0f, 'brt', 'imm.lo:label:to', 1, 'go if the last wait ended by its deadline or by a cancel'],
  [
    0x10,
    'case',
    'a:reg:x imm:num:n',
    1,
    'skip x instructions if x < n, else n: the branches of a table follow, then the rest',
  ],
  [0x11, 'call', 'imm:sub:to', 1, 'call a sub of this image; four deep'],
  [0x12, 'ret', '', 1, 'back to the caller'],
  [
    0x13,
    'call.hook',
    'a:hook:hook b:reg:pair',
    2,
    "call what the pair's recipe has at this hook; nothing when it has none",
  ],
  [0x14, 'assert', 'a:reg:x imm:num:code', 1, 'microcode fault with this code if x = 0'],
  // ── arithmetic
  [0x18, 'ldi', 'a:reg:rd imm:num:n', 1, 'rd = n'],
  [0x19, 'mov', 'a:reg:rd b:reg:x', 1, 'rd = x'],
  [0x1a, 'add', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x + y'],
  [0x1b, 'add', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x + n'],
  [0x1c, 'sub', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x − y'],
  [0x1d, 'sub', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x − n'],
  [0x1e, 'and', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x & y'],
  [0x1f, 'and', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x & n'],
  [0x20, 'or', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x | y'],
  [0x21, 'or', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x | n'],
  [0x22, 'shl', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x << n'],
  [0x23, 'shr', 'a:reg:rd b:reg:x imm:num:n', 1, 'rd = x >> n, unsigned'],
  [0x24, 'shl', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x << y'],
  [0x25, 'shr', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = x >> y, unsigned'],
  [0x26, 'mul', 'a:reg:rd b:reg:x c:reg:y', 2, 'rd = x · y, low 32 bits'],
  [0x27, 'min', 'a:reg:rd b:reg:x c:reg:y', 1, 'rd = the smaller, unsigned'],
  [0x28, 'geom', 'a:reg:rd', 1, 'rd = sectors per track of this array'],
  [0x29, 'add64', 'a:pair:rd b:pair:x imm:num:n', 2, 'rd = x + n, 64 bits'],
  [0x2a, 'cmp64', 'a:reg:rd b:pair:x c:pair:y', 2, 'rd = 0 if x < y, 1 if equal, 2 if greater; unsigned 64 bits'],
  [0x2b, 'add64', 'a:pair:rd b:pair:x c:reg:y', 2, 'rd = x + y, 64 bits; y is unsigned'],
  [0x2c, 'sub64', 'a:pair:rd b:pair:x c:reg:y', 2, 'rd = x − y, 64 bits; y is unsigned'],
  [0x2d, 'diff64', 'a:reg:rd b:pair:x c:pair:y', 2, 'rd = x − y; 0 if x < y, 2³¹ − 1 if it is more'],
  [0x2e, 'fits', 'a:reg:rd b:reg:span', 1, 'rd = 1 if a track of this array has the sectors of the span, else 0'],
  // ── tables
  [0x30, 'ld', 'a:reg:rd imm:field:f', 1, 'rd = field'],
  [0x31, 'st', 'imm:field:f a:reg:x', 1, 'field = x'],
  [0x32, 'ld64', 'a:pair:rd imm:field:f', 1, 'rd = 64-bit field'],
  [0x33, 'st64', 'imm:field:f a:pair:x', 1, '64-bit field = x'],
  [0x34, 'inc', 'imm:field:f', 1, 'field = field + 1'],
  [0x35, 'dec', 'imm:field:f', 1, 'field = field − 1; a fault below 0'],
  // ── messages and time
  [
    0x40,
    'send',
    'a:message:request',
    2,
    "ask; the answer is taken by a wait for the reply's kind; eight unanswered at most",
  ],
  [0x41, 'post', 'a:message:message', 2, 'tell, without an answer'],
  [0x42, 'reply', 'imm:names:values', 2, 'answer the request that started this task; once'],
  [
    0x43,
    'wait',
    'a:message:reply c:reg:deadline_us?',
    1,
    'until an answer of this kind: its payload lands in the registers named',
  ],
  [
    0x44,
    'waitn',
    'a:message:reply',
    1,
    'KIND (count, worst): until `count` answers of this kind; worst = the greatest first word',
  ],
  [0x45, 'sleep', 'a:reg:us', 1, 'for so many microseconds'],
  [
    0x46,
    'cancel',
    'a:message:reply c:reg:same?',
    2,
    'end every wait of this role for answers of this kind, as if these registers were the answer; each sees it at brt. With `same`: only those of tasks that have the same in that register',
  ],
  [0x47, 'now64', 'a:pair:rd', 1, 'rd = nanoseconds'],
  [0x48, 'park', 'imm:field:queue', 2, 'stand last in a queue of tasks until woken'],
  [0x49, 'wake', 'imm:field:queue', 2, 'the first task of a queue goes on'],
  [0x4a, 'wake.all', 'imm:field:queue', 2, 'all tasks of a queue go on, first first'],
  // ── data
  [
    0x4c,
    'cyl',
    'a:reg:rd b:reg:volume c:reg:track',
    1,
    "rd = record of the track's cylinder in the table `cylinder`; the track is counted in its volume",
    'data',
  ],
  [0x50, 'lock', 'a:reg:track', 2, "take the track's lock; waits in order", 'data'],
  [0x51, 'unlock', 'a:reg:track', 2, "give the track's lock to the next in order", 'data'],
  [
    0x52,
    'flag.set',
    'a:reg:track b:reg:volume imm:num:flags',
    2,
    'set flags of a track, counted by cylinder, volume and array; the time of the last operation, of track and volume, is now',
    'data',
  ],
  [0x53, 'flag.clr', 'a:reg:track b:reg:volume imm:num:flags', 2, 'clear flags of a track', 'data'],
  [
    0x54,
    'flag.next',
    'a:reg:rd b:reg:volume c:reg:from imm:num:flags',
    4,
    'rd = first track of the volume, counted from 0, at or after `from` that bears one of the flags; -1: none',
    'data',
  ],
  [
    0x55,
    'flag.recount',
    'b:reg:volume',
    8,
    'after power on: the counts from the flags, the time of the volume from its tracks',
    'data',
  ],
  [
    0x56,
    'gen.bump',
    'a:pair:rd b:reg:track c:reg:epoch',
    2,
    "raise the track's generation: low word + 1, high word = epoch",
    'data',
  ],
  [
    0x57,
    'slot.merge',
    'a:reg:slot b:reg:span c:reg:at imm:pair:gen',
    8,
    'bytes at `at` into the slot, with masks and generation, in one step',
    'data',
  ],
  [
    0x58,
    'slot.zero',
    'a:reg:slot b:reg:span imm:pair:gen',
    8,
    'zeroes into the slot, with masks and generation, in one step',
    'data',
  ],
  [0x59, 'flag.all', 'b:reg:volume imm:num:flags', 8, 'set flags of every track of the volume', 'data'],
  [
    0x5e,
    'flag.gap',
    'a:reg:rd b:reg:volume c:reg:from imm:num:flags',
    4,
    'rd = first track of the volume, counted from 0, at or after `from` that bears none of the flags; -1: none',
    'data',
  ],
  [
    0x5f,
    'flag.drop',
    'a:reg:from b:reg:volume c:reg:to imm:num:flags',
    8,
    'clear flags of the tracks of the volume, counted from 0, at or after `from` and before `to`',
    'data',
  ],
  // ── journals: seed 000, Fig. 8
  [
    0x78,
    'jnl.find',
    'a:reg:rd b:reg:journal c:pair:number',
    2,
    'rd = the record of `update` where the entry of this number stands, if it exists',
    'data',
  ],
  [
    0x79,
    'jnl.room',
    'a:reg:rd b:reg:journal c:reg:span',
    2,
    'rd = 0 if one more entry with the sectors of this span fits; 1: not in memory until more data are on the journal volumes; 2: not in the journal until entries are freed',
    'data',
  ],
  [
    0x7a,
    'jnl.reserve',
    'a:pair:rd b:reg:journal c:reg:span',
    2,
    'rd = position in the data region for the sectors of this span; the tail is behind it',
    'data',
  ],
  [
    0x7b,
    'jnl.data',
    'a:pair:place b:reg:journal c:reg:at imm:reg:span',
    8,
    'as many sectors as the span has, from `at` in memory, into the data region at this position',
    'data',
  ],
  [
    0x7c,
    'jnl.at',
    'a:reg:rd b:reg:journal c:pair:place',
    1,
    'rd = address (in sectors of memory) of this position of the data region; -1: only the journal volume has it',
    'data',
  ],
  [
    0x7d,
    'jnl.drive',
    'a:pair:rd b:reg:journal c:pair:place',
    1,
    'rd = drive and sector on it of this position of the data region',
    'data',
  ],
  [
    0x7e,
    'jnl.info',
    'a:reg:rd b:reg:journal c:pair:number',
    1,
    'rd = address (in sectors of memory) of the sector with the update information of this number',
    'data',
  ],
  [
    0x7f,
    'jnl.home',
    'a:pair:rd b:reg:journal c:pair:number',
    1,
    'rd = drive and sector on it of the update information of this number',
    'data',
  ],
  [
    0x80,
    'jnl.peek',
    'a:pair:rd b:reg:at c:reg:n',
    1,
    'rd = number in the n-th piece of update information behind `at`, an address in sectors of memory',
    'data',
  ],
  [
    0x81,
    'jnl.learn',
    'a:reg:record b:reg:at c:reg:n',
    2,
    'the n-th piece of update information behind `at` into a record of `update`, but for its number',
    'data',
  ],
  [
    0x83,
    'jnl.tell',
    'a:reg:record b:reg:at c:reg:n',
    2,
    'the update information of a record of `update` becomes the n-th piece behind `at`, an address in sectors of memory',
    'data',
  ],
  [
    0x84,
    'copy',
    'a:reg:to b:reg:from c:reg:span',
    8,
    'as many sectors as the span has, from one address in memory to another',
    'data',
  ],
  [
    0x82,
    'jnl.run',
    'a:reg:rd b:reg:journal c:pair:place',
    1,
    'rd = sectors from this position to the next edge, behind which no data go on',
    'data',
  ],
  // ── bytes, big-endian, by their address in bytes: what SCSI says, and what it compares
  [
    0x88,
    'get',
    'a:reg:rd b:reg:at c:num:offset imm:num:bytes',
    1,
    'rd = so many bytes (1 to 4) at `at` + offset, an address in bytes of buffers or pages',
  ],
  [0x89, 'put', 'a:reg:at c:num:offset b:reg:x imm:num:bytes', 1, 'the lowest bytes (1 to 4) of x to `at` + offset'],
  [0x8a, 'get64', 'a:pair:rd b:reg:at c:num:offset', 1, 'rd = eight bytes at `at` + offset'],
  [0x8b, 'put64', 'a:reg:at c:num:offset b:pair:x', 1, 'x to the eight bytes at `at` + offset'],
  [0x8c, 'move', 'a:reg:to b:reg:from c:reg:bytes', 4, 'bytes from one address to another; they may overlap'],
  [0x8d, 'blank', 'a:reg:at c:reg:bytes', 4, 'zeroes'],
  [
    0x8e,
    'repeat',
    'a:reg:at b:reg:period c:reg:bytes',
    8,
    'so many bytes from `at` on: the first `period` of them, again and again',
  ],
  [
    0x8f,
    'differ',
    'a:reg:rd b:reg:x c:reg:y imm:reg:bytes',
    8,
    'rd = how many bytes are alike at x and y before the first that differs; -1: all of them',
  ],
  [
    0x90,
    'mix',
    'a:reg:to b:reg:from c:reg:bytes',
    8,
    'each byte at `to` becomes that or the one at `from`, bit by bit',
  ],
  [0x91, 'sum', 'a:reg:rd b:reg:at c:reg:bytes', 8, 'rd = a hash (FNV-1a) of the bytes at `at`'],
  // ── SCSI
  [
    0x98,
    'cdb',
    'a:reg:rd b:reg:command c:num:offset imm:num:bytes',
    1,
    'rd = so many bytes (1 to 4) of the CDB, from this one on',
    'channel',
  ],
  [
    0x99,
    'cdb64',
    'a:pair:rd b:reg:command c:num:offset',
    1,
    'rd = eight bytes of the CDB, from this one on',
    'channel',
  ],
  [
    0x9a,
    'unasked',
    'a:reg:rd b:reg:command c:reg:operation',
    2,
    'rd = the first bit that the CDB has and `operation` has not in its usage, as byte << 3 | bit; -1: none',
    'channel',
  ],
  [
    0x9b,
    'place',
    'a:pair:rd b:reg:volume c:pair:lba',
    2,
    'rd = the track that has this sector of the volume, and the sector in it; -1: behind its last track',
    'channel',
  ],
  [
    0x9c,
    'beyond',
    'a:reg:rd b:reg:unit c:pair:lba imm:reg:count',
    2,
    'rd = 1 if the sectors (of an LBA in sectors) end behind the unit, else 0',
    'channel',
  ],
  [0x9f, 'share', 'a:reg:rd b:reg:part c:reg:whole', 2, 'rd = part / whole, in 65536ths, rounded down'],
  [0x9d, 'shl64', 'a:pair:rd b:pair:x c:reg:n', 2, 'rd = x << n, 64 bits; n < 32; what leaves it is lost'],
  [0x9e, 'shr64', 'a:pair:rd b:pair:x c:reg:n', 2, 'rd = x >> n, 64 bits, unsigned; n < 32'],
  // ── slots: any role that was handed one
  [
    0x5a,
    'slot.at',
    'a:reg:rd b:reg:slot c:reg:span',
    1,
    "rd = address (in sectors of memory) of the span's first sector in the slot",
  ],
  [
    0x5b,
    'slot.run',
    'a:reg:rd b:reg:slot c:reg:from',
    2,
    'rd = span of the next dirty sectors at or after `from`; 0: none',
  ],
  [
    0x5c,
    'slot.gap',
    'a:reg:rd b:reg:slot c:reg:from',
    2,
    'rd = span of the next sectors not held at or after `from`; 0: none',
    'disk',
  ],
  [0x5d, 'slot.filled', 'a:reg:slot b:reg:span', 2, 'these sectors are held now', 'disk'],
  [0x74, 'slot.blank', 'a:reg:slot', 8, 'zeroes where the slot holds nothing: all of it is held now', 'disk'],
  // ── cache
  [0x60, 'slot.find', 'a:reg:rd b:reg:volume c:reg:track', 3, 'rd = slot of the track, -1: not in cache', 'cache'],
  [
    0x61,
    'slot.alloc',
    'a:reg:rd b:reg:pool',
    2,
    'rd = an empty slot: a free one, else the least recently used clean one, which leaves the directory; -1: none',
    'cache',
  ],
  [
    0x62,
    'slot.enter',
    'a:reg:slot b:reg:volume c:reg:track',
    3,
    'the slot holds this track from now on, no sector yet',
    'cache',
  ],
  [
    0x63,
    'slot.move',
    'a:reg:new b:reg:old',
    8,
    'the new slot takes over the track with bytes, masks and place in the dirty list; the old one is an orphan, free when unpinned',
    'cache',
  ],
  [0x64, 'slot.pin', 'a:reg:slot', 1, 'one more reader', 'cache'],
  [0x65, 'slot.unpin', 'a:reg:slot', 1, 'one reader less', 'cache'],
  [
    0x66,
    'slot.settle',
    'a:reg:slot',
    2,
    'to where it belongs: the LRU if clean and unused, the free list if an unpinned orphan',
    'cache',
  ],
  [0x67, 'slot.holds', 'a:reg:rd b:reg:slot c:reg:span', 2, 'rd = 1 if the slot holds all of the span', 'cache'],
  [0x68, 'slot.soil', 'a:reg:slot', 2, 'last into the dirty list, unless it is there', 'cache'],
  [0x69, 'slot.clean', 'a:reg:slot', 2, 'out of the dirty list, no sector dirty', 'cache'],
  [0x6a, 'slot.isdirty', 'a:reg:rd b:reg:slot', 1, 'rd = 1 if any sector is dirty', 'cache'],
  [
    0x6b,
    'slot.oldest',
    'a:reg:rd',
    1,
    'rd = first slot of the dirty list that no asker has to itself; -1: none',
    'cache',
  ],
  [
    0x6c,
    'slot.adopt',
    'a:reg:rd b:reg:slot',
    4,
    'after power on: a slot with dirty sectors enters the directory, any other is free; rd = 1 if it was dirty',
    'cache',
  ],
  [0x6d, 'slot.grant', 'a:reg:slot', 1, 'one asker alone touches the slot', 'cache'],
  [0x6e, 'slot.give', 'a:reg:slot', 1, 'the grant ends', 'cache'],
  [
    0x6f,
    'slot.take',
    'a:reg:rd b:reg:slot',
    2,
    'rd = 1 and the slot leaves the dirty list to be destaged, if it was there and is not granted; 2: so it does, but its bytes are lost',
    'cache',
  ],
  [0x70, 'slot.empty', 'a:reg:slot', 2, 'no sector is held any more, and nobody has the slot', 'cache'],
];

const WAITS = new Set(['wait', 'waitn', 'park', 'sleep', 'lock', 'yield']);

export const INSTRUCTIONS: readonly Instruction[] = rows.map(([op, name, text, cycles, help, role]) => ({
  op,
  name,
  operands: operands(text),
  cycles,
  help,
  ...(role ? { role } : {}),
  ...(WAITS.has(name) ? { waits: true } : {}),
}));

/** Instructions by opcode; holes are undefined. */
export const BY_OPCODE: readonly (Instruction | undefined)[] = (() => {
  const table: (Instruction | undefined)[] = new Array(256).fill(undefined);
  for (const i of INSTRUCTIONS) table[i.op] = i;
  return table;
})();

/**
 * What a hook may rely on and must keep. Registers are written `name=r5`, `r5` or `r9-r15`; a number behind them (`result=r7:OK`)
 * is what the register holds. The assembler checks both sides: whoever calls, and every module that serves (tools/assembler/flow).
 */
export interface HookContract {
  readonly name: string;
  readonly mayWait: boolean;
  /** What its caller holds, before and after: names of tools/assembler/flow/holdings.ts. */
  readonly held: readonly string[];
  /** What its caller may hold besides: not the hook's affair. */
  readonly maybe?: readonly string[];
  /** Registers that its caller has written. */
  readonly arrives: string;
  /** Registers that it may change; the others have at its end what they had at its beginning. */
  readonly changes: string;
  readonly help: string;
}

const WRITE_ARRIVES = 'volume=r0 track=r1 span=r2 at=r3 flags=r4 pair=r5 result=r7:OK t=r8';
const ALL = 'r0-r15';

/** Recipe hooks in the order of a write, with what each may do. Who calls them: microcode/README.md. */
export const HOOKS = [
  {
    name: 'admit',
    mayWait: true,
    held: [],
    arrives: WRITE_ARRIVES,
    changes: 'r6 result=r7 r9-r15',
    help: 'before lock and slot: may the write begin?',
  },
  {
    name: 'commit',
    mayWait: false,
    held: ['lock'],
    maybe: ['grant'],
    arrives: WRITE_ARRIVES,
    changes: 'result=r7 epoch=r9 r10 r11 shipped=r12 r13-r15',
    help: 'order and capture, in the run that also merges the bytes; of a hole that stays one there is no slot',
  },
  {
    name: 'ack',
    mayWait: true,
    held: [],
    arrives: `${WRITE_ARRIVES} epoch=r9 gen=r10 gen_high=r11 shipped=r12`,
    changes: ALL,
    help: 'after unlock: what must hold before status',
  },
  {
    name: 'offer',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r5',
    changes: ALL,
    help: 'this side ships: opens the session, brings what is owed',
  },
  {
    name: 'fetch',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 track=r1 pair=r5 result=r7:MEDIUM_ERROR t=r8',
    changes: 'r6 result=r7 r9-r11 r13-r15',
    help: 'the other side ships: this side asks for it',
  },
  {
    name: 'answer',
    mayWait: false,
    held: [],
    arrives: 'what=r0 volume=r1 a=r2 b=r3 c=r4 d=r5 result=r8:REFUSED pair=r9',
    changes: 'r0 a=r2 b=r3 c=r4 d=r5 e=r6 f=r7 result=r8 r10-r15',
    help: 'a question from the data role of the other array',
  },
  {
    name: 'sever',
    mayWait: false,
    held: [],
    arrives: 'volume=r0 volumes=r1 pair=r2',
    changes: 'r3-r15',
    help: 'the link is gone',
  },
  {
    name: 'receive',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 track=r1 span=r2 at=r3 low=r4 epoch=r5 flags=r6 session=r7 pair=r8 t=r9 result=r13:REFUSED',
    changes: ALL,
    help: 'at the other side: durable, before its acknowledgement',
  },
  {
    name: 'apply',
    mayWait: true,
    held: [],
    arrives: '',
    changes: ALL,
    help: 'when it reaches the volume',
  },
  {
    name: 'destage',
    mayWait: true,
    held: [],
    arrives: '',
    changes: ALL,
    help: 'when and where a slot may go to its drive',
  },
  {
    name: 'overflow',
    mayWait: true,
    held: [],
    arrives: 'journal=r0 pair=r11',
    changes: 'r1-r15',
    help: 'the capture is full',
  },
  {
    name: 'recall',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r3 volumes=r8',
    changes: 'r1 r2 r4-r7 r9-r15',
    help: 'power is back: the list on the drive, before all that is of a pair',
  },
  {
    name: 'recover',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r3 x=r7 volumes=r8',
    changes: 'r1 r2 r4-r6 x=r7 r9-r15',
    help: 'power is back',
  },
  {
    name: 'begin',
    mayWait: false,
    held: [],
    arrives: 'volume=r1 a=r2 b=r3 c=r4 d=r5 pair=r9',
    changes: 'r6 r7 r10 r12 r13 r15',
    help: 'this side became target of a session',
  },
  {
    name: 'settle',
    mayWait: false,
    held: [],
    arrives: 'volume=r0 pair=r5 result=r7:OK',
    changes: 'result=r7 r9-r15',
    help: 'nothing is owed by marks: may the pair be called PAIR?',
  },
  {
    name: 'assent',
    mayWait: false,
    held: [],
    arrives: 'what=r0 volume=r1 a=r2 b=r3 c=r4 d=r5 result=r8:OK pair=r9',
    changes: 'result=r8 r10-r15',
    help: 'may this side give the pair away, or name what it owes, now?',
  },
  {
    name: 'takeover',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r2 result=r8:OK',
    changes: 'r1 r3-r7 result=r8 r9-r15',
    help: 'before this side becomes the source',
  },
  {
    name: 'members',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r2',
    changes: 'r1 r3-r15',
    help: 'an operator suspended or resumed the pair: the others of its group',
  },
  {
    name: 'adopt',
    mayWait: false,
    held: [],
    arrives: 'what=r0 volume=r1 a=r2 b=r3 c=r4 d=r5 trunk=r6 result=r8:REFUSED pair=r9',
    changes: 'a=r2 b=r3 result=r8 r10-r15',
    help: 'a question of another array than the one that the pair is with',
  },
  {
    name: 'created',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r2 z=r5',
    changes: 'r1 r3-r7 r9-r15',
    help: 'an operator made the pair',
  },
  {
    name: 'compare',
    mayWait: true,
    held: [],
    arrives: 'volume=r0 pair=r5 result=r7:OK',
    changes: 'r1-r4 r6-r15',
    help: 'before what is owed by marks is shipped',
  },
] as const satisfies readonly HookContract[];
export type HookName = (typeof HOOKS)[number]['name'];

/** Bytes of an instruction's words: two 32-bit words. */
export const INSTRUCTION_WORDS = 2;

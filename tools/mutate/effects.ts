/**
 * Which two neighbouring instructions may change places without any difference: only what is plain from the table of
 * instructions counts. A power loss between the two is one, too.
 */

import type { Image } from '../../firmware/engine/image.js';
import { BY_OPCODE, INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';

const REGISTERS_ONLY = new Set(
  'ldi mov add sub and or shl shr mul min geom fits add64 cmp64 slot.at assert'.split(' '),
);
const LOOKS = new Set(
  'ld ld64 flag.next flag.gap slot.find slot.holds slot.isdirty slot.oldest slot.run slot.gap'.split(' '),
);
const STORES = new Set(['st', 'st64', 'inc', 'dec']);
const FLAGS = new Set(['flag.set', 'flag.clr']);
/** Tables that a change of a flag changes. */
const FLAGGED = new Set(['track', 'cylinder', 'volume', 'system']);
const WAITS = new Set(['wait', 'waitn']);
const WAKES = new Set(['wake', 'wake.all']);
const MESSAGES = new Set(['send', 'post', 'reply']);

interface Effects {
  readonly name: string;
  readonly reads: ReadonlySet<number>;
  readonly writes: ReadonlySet<number>;
  /** Table id and offset of a field. */
  readonly field: number | undefined;
  readonly table: string | undefined;
  readonly isBattery: boolean;
  /** Only this role ever looks at the field. */
  readonly isOwn: boolean;
}

function effectsOf(image: Image, at: number): Effects | undefined {
  const word = image.code[at * INSTRUCTION_WORDS] as number;
  const imm = image.code[at * INSTRUCTION_WORDS + 1] as number;
  const row = BY_OPCODE[word & 255];
  if (!row) return undefined;
  const part = {
    a: (word >>> 8) & 255,
    b: (word >>> 16) & 255,
    c: word >>> 24,
    imm,
    'imm.lo': imm & 0xffff,
    'imm.hi': imm >>> 16,
  };
  const reads = new Set<number>();
  const writes = new Set<number>();
  let field: number | undefined;
  for (const o of row.operands) {
    const value = part[o.place];
    const into = o.name === 'rd' ? writes : reads;
    if (o.form === 'reg' || o.form === 'pair') {
      const register = o.optional ? value - 1 : value;
      if (register < 0) continue;
      into.add(register);
      if (o.form === 'pair') into.add(register + 1);
    } else if (o.form === 'field') {
      field = imm;
      if (part.b !== 255) reads.add(part.b);
    } else if (o.form === 'message' || o.form === 'names') {
      for (let r = 0; r < 8; r++) {
        reads.add((imm >>> (4 * r)) & 15);
        if (WAITS.has(row.name)) writes.add((imm >>> (4 * r)) & 15);
      }
    }
  }
  const table = field === undefined ? undefined : TABLE_LIST[field >>> 16];
  return {
    name: row.name,
    reads,
    writes,
    field,
    table: table?.name,
    isBattery: table?.spec.kept === 'battery',
    isOwn: table?.spec.readers === undefined,
  };
}

const meet = (x: ReadonlySet<number>, y: ReadonlySet<number>): boolean => [...x].some((r) => y.has(r));

/** True when the instruction and the next one do the same in the other order. */
export function commute(image: Image, at: number): boolean {
  const x = effectsOf(image, at);
  const y = effectsOf(image, at + 1);
  if (!x || !y || meet(x.writes, y.writes) || meet(x.writes, y.reads) || meet(x.reads, y.writes)) return false;
  const is = (names: ReadonlySet<string>): boolean => names.has(x.name) || names.has(y.name);
  const both = (...names: readonly ReadonlySet<string>[]): boolean =>
    [x, y].every((e) => names.some((n) => n.has(e.name)));
  // Registers are the task's own, whatever the other one does, and however long it waits.
  if (is(REGISTERS_ONLY)) return true;
  if (is(FLAGS)) {
    const other = FLAGS.has(x.name) ? y : x;
    return other.table !== undefined && !FLAGGED.has(other.table) && !(STORES.has(other.name) && other.isBattery);
  }
  if (both(LOOKS)) return true;
  // Who is woken runs when this task has given up the engine, and looks at fields then.
  if (is(WAKES) && both(WAKES, STORES, new Set(['ld', 'ld64'])) && !both(WAKES)) return x.field !== y.field;
  if (both(LOOKS, MESSAGES) && !both(MESSAGES)) return true;
  // Nobody else sees a store to such a field before the task gives up the engine, and then the message is sent as well.
  if (both(STORES, MESSAGES) && !both(STORES) && !both(MESSAGES))
    return [x, y].every((e) => MESSAGES.has(e.name) || (!e.isBattery && e.isOwn));
  // Stores and looks at different fields; of two stores to battery memory the order shows when power goes in between.
  if (!both(STORES, new Set(['ld', 'ld64'])) || x.field === y.field) return false;
  return !(both(STORES) && x.isBattery && y.isBattery) && apart(x, y);
}

/** Fields of two words: neither lies in the other. */
function apart(x: Effects, y: Effects): boolean {
  const wide = (e: Effects): number => (e.name.endsWith('64') ? 2 : 1);
  const [a, b] = [x.field ?? 0, y.field ?? 0];
  return a + wide(x) <= b || b + wide(y) <= a;
}

/**
 * What a role may touch: fields of tables by their owner and readers (design: "tables have one owner"), messages by who
 * sends them and who hears them.
 */
import type { Instruction } from '../../firmware/engine/isa.js';
import { TABLE_LIST, type Table } from '../../firmware/memory/tables.js';
import { KINDS, type Kind, kindByName, PAYLOAD_WORDS, type Role } from '../../firmware/ports/messages.js';
import { NO_INDEX, type Value } from './encoding.js';
import { type At, didYouMean } from './errors.js';
import { type Names, register } from './names.js';
import type { Named, OperandNode } from './syntax.js';

type FieldNode = OperandNode & { readonly shape: 'field' };
type Registers = Named & { readonly registers: readonly Named[] };

const WIDE = new Set(['ld64', 'st64']);
const QUEUES = new Set(['park', 'wake', 'wake.all']);
const READS = new Set(['ld', 'ld64']);
/** Counts and readiness of the whole array: every role may look at them. */
const READ_BY_ALL = 'system';

/** Where a message is handled: its receiver, or across the link the role that the port hands it to. */
export const hearer = (kind: Kind): Role => kind.handler ?? kind.to;

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What is wrong with this role's touching the table; undefined when nothing is. */
function denied(role: Role, row: Instruction, { name, spec }: Table): string | undefined {
  if (spec.owner === role) return undefined;
  const readers: readonly string[] = spec.readers ?? [];
  const mayRead = name === READ_BY_ALL || readers.includes(role);
  if (!READS.has(row.name)) {
    const may = mayRead ? ' may only read it' : ' must ask by message';
    return `${row.name} changes table ${name}, which role ${spec.owner} owns; role ${role}${may}`;
  }
  if (mayRead) return undefined;
  const also = readers.length > 0 ? ` (also read by ${readers.join(', ')})` : '';
  return `table ${name} is of role ${spec.owner}${also}; role ${role} must ask by message`;
}

/** A field operand: `table << 16 | word offset`, with index register and the table's shift. */
export function field(names: Names, row: Instruction, node: FieldNode): Value | undefined {
  const say = (text: string): undefined => void names.report(node, text);
  const table = TABLE_LIST.find((t) => t.name === node.table);
  if (!table)
    return say(
      `unknown table "${node.table}"${didYouMean(
        node.table,
        TABLE_LIST.map((t) => t.name),
      )}`,
    );
  const f = table.fields.get(node.field);
  if (!f) {
    const all = [...table.fields.keys()];
    return say(
      `table ${table.name} has no field "${node.field}"; it has ${all.join(', ')}${didYouMean(node.field, all)}`,
    );
  }
  const index = node.index ? register(names, node.index) : NO_INDEX;
  const no = denied(names.role, row, table);
  if (no) return say(no);
  const called = `${table.name}.${f.name}`;
  if (node.plus >= f.words) return say(`${called} is ${plural(f.words, 'word')}; +${node.plus} is outside it`);
  const offset = f.offset + node.plus;
  const words = f.words - node.plus;
  if (WIDE.has(row.name) && (words < 2 || offset % 2 === 1)) {
    return say(
      `${row.name} is for two words at an even place; ${called} is ${plural(words, 'word')} at place ${offset}`,
    );
  }
  if (QUEUES.has(row.name) && f.words !== 2) {
    return say(`${row.name} is for a queue of tasks, two words; ${called} is ${plural(f.words, 'word')}`);
  }
  if (index === undefined) return undefined;
  return { value: (table.id << 16) | offset, index, shift: table.shift };
}

/** What is wrong with this role's using the kind in this instruction; undefined when nothing is. */
function misused(role: Role, row: Instruction, kind: Kind): string | undefined {
  const { name } = kind;
  if (row.name === 'send' || row.name === 'post') {
    if (kind.isReply) return `${name} is an answer, which only reply gives`;
    if (row.name === 'send' && !kind.reply) return `${name} has no answer: use post`;
    if (row.name === 'post' && kind.reply) return `${name} is answered by ${kind.reply}: use send`;
    if (!kind.from.includes(role)) return `${name} is sent by ${kind.from.join(', ')}; this file is role ${role}`;
    return undefined;
  }
  if (!kind.isReply) return `${name} is no answer; ${row.name} is for the answer to a request${answerOf(kind)}`;
  if (hearer(kind) !== role) return `${name} goes to role ${hearer(kind)}; this file is role ${role}`;
  return undefined;
}

const answerOf = (kind: Kind): string => (kind.reply ? ` (that of ${kind.name} is ${kind.reply})` : '');

/** What is wrong with the number of registers that the instruction names for the kind. */
function miscounted(row: Instruction, kind: Kind, count: number): string | undefined {
  switch (row.name) {
    case 'waitn':
      return count === 2 ? undefined : `waitn names two registers, (count, worst); here are ${count}`;
    default: {
      if (count <= kind.fields.length) return undefined;
      const fields = kind.fields.length > 0 ? ` (${kind.fields.join(', ')})` : '';
      return `${kind.name} has ${plural(kind.fields.length, 'field')}${fields}; here are ${plural(count, 'register')}`;
    }
  }
}

function find(names: Names, at: At, text: string): Kind | undefined {
  const kind = kindByName(text);
  if (kind) return kind;
  const all = KINDS.slice(1).map((k) => k.name);
  names.report(at, `unknown message "${text}"${didYouMean(text, all)}`);
  return undefined;
}

/** A message with its registers, or (with an empty name) the registers of a reply. */
export function message(names: Names, row: Instruction, node: Registers): Value | undefined {
  const registers = node.registers.map((r) => register(names, r)).filter((r) => r !== undefined);
  const kind = node.text === '' ? undefined : find(names, node, node.text);
  if (node.text !== '' && !kind) return undefined;
  const wrong = kind && (misused(names.role, row, kind) ?? miscounted(row, kind, node.registers.length));
  if (wrong) {
    names.report(node, wrong);
    return undefined;
  }
  if (node.registers.length > PAYLOAD_WORDS) {
    names.report(node, `a message carries ${PAYLOAD_WORDS} words; here are ${node.registers.length} registers`);
    return undefined;
  }
  return registers.length === node.registers.length ? { value: kind?.id ?? 0, registers } : undefined;
}

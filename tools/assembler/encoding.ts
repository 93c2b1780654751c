/**
 * Where an operand's numbers stand in an instruction's two words, both ways, after the table in `firmware/engine/isa.ts`.
 * Registers in a word of nibbles: the first one in the lowest.
 */
import { BY_OPCODE, INSTRUCTION_WORDS, type Instruction, type Operand } from '../../firmware/engine/isa.js';
import { numberAt } from '../../firmware/engine/operands.js';

/** An operand as numbers. */
export interface Value {
  /** Register, number, instruction number, message kind, hook, or `table << 16 | word offset`. */
  readonly value: number;
  /** Of a message or names. */
  readonly registers?: readonly number[];
  /** Of a field: index register (255: none) and the table's shift. */
  readonly index?: number;
  readonly shift?: number;
}

export type Words = [first: number, second: number];

export const NO_INDEX = 255;

/** Values that a place holds; a number outside is told to a person, never cut. */
export function range(operand: Operand): readonly [least: number, greatest: number] {
  switch (operand.place) {
    case 'imm':
      return [-0x8000_0000, 0xffff_ffff];
    case 'imm.hi':
    case 'imm.lo':
      return [0, 0xffff];
    default:
      return [0, 255];
  }
}

function put(words: Words, place: Operand['place'], value: number): void {
  switch (place) {
    case 'a':
      words[0] |= (value & 255) << 8;
      break;
    case 'b':
      words[0] |= (value & 255) << 16;
      break;
    case 'c':
      words[0] |= (value & 255) << 24;
      break;
    case 'imm':
      words[1] |= value;
      break;
    case 'imm.lo':
      words[1] |= value & 0xffff;
      break;
    case 'imm.hi':
      words[1] |= (value & 0xffff) << 16;
  }
}

const get = ([first, second]: Readonly<Words>, place: Operand['place']): number => numberAt(first, second, place);

/** Adds an operand to the words. An optional register is stored as number + 1, so that 0 says none. */
export function putOperand(words: Words, operand: Operand, value: Value): void {
  switch (operand.form) {
    case 'message':
      put(words, operand.place, value.value);
      putRegisters(words, value.registers ?? []);
      break;
    case 'names':
      putRegisters(words, value.registers ?? []);
      break;
    case 'field':
      put(words, operand.place, value.value);
      put(words, 'b', value.index ?? NO_INDEX);
      put(words, 'c', value.shift ?? 0);
      break;
    default:
      put(words, operand.place, value.value + (operand.optional ? 1 : 0));
  }
}

function putRegisters(words: Words, registers: readonly number[]): void {
  put(words, 'b', registers.length);
  for (const [i, r] of registers.entries()) words[1] |= r << (4 * i);
}

/** Reads an operand; undefined for an optional one that was left out. */
export function getOperand(words: Readonly<Words>, operand: Operand): Value | undefined {
  switch (operand.form) {
    case 'message':
    case 'names': {
      const registers = Array.from({ length: Math.min(8, get(words, 'b')) }, (_, i) => (words[1] >>> (4 * i)) & 15);
      return { value: operand.form === 'message' ? get(words, operand.place) : 0, registers };
    }
    case 'field':
      return { value: get(words, operand.place), index: get(words, 'b'), shift: get(words, 'c') };
    default: {
      const value = get(words, operand.place);
      if (operand.optional) return value === 0 ? undefined : { value: value - 1 };
      return { value };
    }
  }
}

/** Instruction number `at` of the code; `row` is undefined for an opcode that does not exist. */
export function instructionAt(code: Int32Array, at: number): { readonly words: Words; readonly row?: Instruction } {
  const words: Words = [code[at * INSTRUCTION_WORDS], code[at * INSTRUCTION_WORDS + 1]];
  return { words, row: BY_OPCODE[words[0] & 255] };
}

/** How an operand is written in source, for manuals and errors. */
function usageOfOperand(o: Operand): string {
  switch (o.form) {
    case 'num':
      return `#${o.name}`;
    case 'field':
      return 'table.field[register]';
    case 'message':
      return 'KIND (register, …)';
    case 'names':
      return '(register, …)';
    case 'label':
      return 'label';
    default:
      return o.name === 'to' ? o.form : o.name;
  }
}

/** How an instruction is written: `br.ne x, #n, label`. */
export function usage(row: Instruction): string {
  let text = row.name;
  for (const [i, o] of row.operands.entries()) {
    const part = `${i === 0 ? ' ' : ', '}${usageOfOperand(o)}`;
    text += o.optional ? `[${part}]` : part;
  }
  return text;
}

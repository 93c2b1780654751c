/**
 * What an image must be before a running array takes it. `decodeImage` has seen that the file is whole; its instructions may
 * still be ones that no assembler makes, and would take a director down.
 */
import { TABLE_LIST } from '../memory/tables.js';
import { KINDS } from '../ports/messages.js';
import type { Image } from './image.js';
import { BY_OPCODE, HOOKS, INSTRUCTION_WORDS, type Operand } from './isa.js';
import { numberAt } from './operands.js';
import { checkRecipe, type Recipe } from './recipe.js';

const REGISTERS = 16;
const NO_INDEX = 255;
const MESSAGE_REGISTERS = 8;

/** What is wrong with an operand; undefined: nothing. */
function wrong(operand: Operand, first: number, second: number, count: number): string | undefined {
  const value = numberAt(first, second, operand.place);
  switch (operand.form) {
    case 'reg':
    case 'pair': {
      const register = operand.optional ? value - 1 : value;
      if (register < 0) return undefined;
      const isPair = operand.form === 'pair';
      if (register >= REGISTERS || (isPair && (register & 1) !== 0))
        return `register ${register}; it must be ${isPair ? 'an even number of ' : ''}0 to ${REGISTERS - 1}`;
      return undefined;
    }
    case 'label':
    case 'sub':
      return value >= 0 && value < count ? undefined : `goes to instruction ${value}; the image has ${count}`;
    case 'field': {
      const [index, words] = [numberAt(first, second, 'b'), second & 0xffff];
      const table = TABLE_LIST[second >>> 16];
      if (table === undefined) return `names table ${second >>> 16}, which does not exist`;
      if (words >= 1 << table.shift) return `names word ${words} of table ${table.name}, which has ${1 << table.shift}`;
      if (index !== NO_INDEX && index >= REGISTERS) return `index register ${index}; it must be 0 to ${REGISTERS - 1}`;
      return undefined;
    }
    case 'message':
    case 'names': {
      if (operand.form === 'message' && KINDS[value] === undefined) return `message kind ${value}; there is none`;
      const registers = numberAt(first, second, 'b');
      return registers <= MESSAGE_REGISTERS ? undefined : `${registers} registers; ${MESSAGE_REGISTERS} are the most`;
    }
    case 'hook':
      return HOOKS[value] === undefined ? `hook ${value}; there are ${HOOKS.length}` : undefined;
    default:
      return undefined;
  }
}

/** Errors: RangeError that names the instruction and what is wrong with it. @param name what errors call the image. */
export function checkCode(image: Image, name: string): void {
  const { code, role } = image;
  const count = code.length / INSTRUCTION_WORDS;
  const fields = new Set(image.fields);
  for (let at = 0; at < count; at++) {
    const [first, second] = [code[at * INSTRUCTION_WORDS] as number, code[at * INSTRUCTION_WORDS + 1] as number];
    const row = BY_OPCODE[first & 255];
    if (row === undefined)
      throw new RangeError(`${name}: instruction ${at}: opcode ${first & 255}; there is no such instruction`);
    const fail = (text: string): void => {
      throw new RangeError(`${name}: instruction ${at} (${row.name}): ${text}`);
    };
    if (row.role !== undefined && row.role !== role) fail(`it is for role ${row.role}; this image is of role ${role}`);
    const hasField = row.operands.some(({ form }) => form === 'field');
    if (hasField !== fields.has(at))
      fail(hasField ? 'its field is not in the list of fields' : 'it is in the list of fields, and has none');
    for (const operand of row.operands) {
      const text = wrong(operand, first, second, count);
      if (text !== undefined) fail(text);
    }
  }
}

/**
 * An image may take the place of that of its role: it handles all that the other one does, and has the code of all hooks that
 * recipes name. Errors: RangeError.
 */
export function checkReplacement(
  image: Image,
  images: readonly Image[],
  recipes: readonly Recipe[],
  name: string,
): void {
  const old = images.find(({ role }) => role === image.role);
  for (const [kind, { name: message }] of KINDS.entries()) {
    if ((image.handlers[kind] ?? -1) < 0 && (old?.handlers[kind] ?? -1) >= 0)
      throw new RangeError(`${name}: there is no handler for ${message}, which role ${image.role} must have`);
  }
  const all = [...images.filter(({ role }) => role !== image.role), image];
  for (const recipe of recipes) {
    try {
      checkRecipe(all, recipe);
    } catch (error) {
      throw new RangeError(`${name}: ${(error as Error).message}`);
    }
  }
}

/**
 * What the code of a hook does, as far as another module may need it: which instructions on which field, message or number
 * it comes to, calls included. Whether each way through it does so, nobody says but runs.
 */
import type { Deed, Image } from './image.js';
import { BY_OPCODE, INSTRUCTION_WORDS, type Instruction } from './isa.js';
import { numberAt, targetOf } from './operands.js';

/** Whether the code that begins at an instruction comes to the deed. */
export function does({ code }: Image, at: number, deed: Deed): boolean {
  const count = code.length / INSTRUCTION_WORDS;
  const reached = new Set([at]);
  for (const i of reached) {
    const [first, second] = [code[i * INSTRUCTION_WORDS] as number, code[i * INSTRUCTION_WORDS + 1] as number];
    const row = BY_OPCODE[first & 255];
    if (row === undefined) continue;
    if (isDeed(row, first, second, deed)) return true;
    for (const next of nextOf(row, first, second, i)) if (next < count) reached.add(next);
  }
  return false;
}

function isDeed(row: Instruction, first: number, second: number, { mnemonic, form, value }: Deed): boolean {
  if (row.name !== mnemonic) return false;
  return row.operands.some((operand) => {
    if (operand.form !== form) return false;
    const own = numberAt(first, second, operand.place);
    // Of several flags, the one that is asked for is among them.
    return operand.name === 'flags' || operand.name === 'mask' ? (own & value) === value : own === value;
  });
}

const ENDS = ['ret', 'end'];

function nextOf(row: Instruction, first: number, second: number, at: number): number[] {
  if (ENDS.includes(row.name)) return [];
  const to = targetOf(row, first, second);
  if (row.name === 'br') return to === undefined ? [] : [to];
  // `case` skips to one of so many branches, or behind them.
  const on = row.name === 'case' ? Array.from({ length: second + 1 }, (_, i) => at + 1 + i) : [at + 1];
  return to === undefined ? on : [...on, to];
}

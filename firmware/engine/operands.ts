/** Where the operands of an encoded instruction stand. */
import type { Instruction, Place } from './isa.js';

/** The number at a place of an instruction's two words. */
export function numberAt(first: number, second: number, place: Place): number {
  switch (place) {
    case 'a':
      return (first >>> 8) & 255;
    case 'b':
      return (first >>> 16) & 255;
    case 'c':
      return first >>> 24;
    case 'imm':
      return second;
    case 'imm.lo':
      return second & 0xffff;
    case 'imm.hi':
      return second >>> 16;
  }
}

/** Where the instruction goes, if it names a place in the code; undefined: it does not. */
export function targetOf(row: Instruction, first: number, second: number): number | undefined {
  const to = row.operands.find(({ form }) => form === 'label' || form === 'sub');
  return to && numberAt(first, second, to.place);
}

/**
 * Runs of plain instructions: those that compute, branch, call, and load and store words, which are four of five. In a loop
 * of their own, which calls nothing and whose numbers are all of 32 bits, they take a quarter less time. What else there may
 * be to one of them (a fault, a mark of battery memory) is left to the interpreter, execute.ts. Each is one cycle.
 */
import * as TASKS from './tasks.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };
export const STACK_DEPTH = 4;

/**
 * Does plain instructions from `from` on, until one is not, or `most` micro-operations are done.
 * @param done micro-operations done before
 * @param kept a store before this word is not plain
 * @returns micro-operations done << 16 | the instruction that comes next
 */
export function plainRun(
  m: Int32Array,
  code: Int32Array,
  task: number,
  from: number,
  done: number,
  most: number,
  kept: number,
  sectorsPerTrack: number,
): number {
  let pc = from | 0;
  let ops = done | 0;
  const r = task | 0;
  const end = most | 0;
  for (; ops < end; ops = (ops + 1) | 0) {
    const word = code[pc << 1] as number;
    const imm = code[((pc << 1) + 1) | 0] as number;
    const a = (r + ((word >> 8) & 255)) | 0;
    const b = (word >> 16) & 255;
    const c = word >>> 24;
    switch (word & 255) {
      case 0x03: // br
        pc = imm;
        continue;
      case 0x04: // br.eq r, r
        pc = m[a] === m[(r + b) | 0] ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x05:
        pc = m[a] !== m[(r + b) | 0] ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x06:
        pc = (m[a] as number) >>> 0 < (m[(r + b) | 0] as number) >>> 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x07:
        pc = (m[a] as number) >>> 0 >= (m[(r + b) | 0] as number) >>> 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x08: // br.eq r, #n
        pc = m[a] === imm >>> 16 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x09:
        pc = m[a] !== imm >>> 16 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0a:
        pc = (m[a] as number) >>> 0 < imm >>> 16 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0b:
        pc = (m[a] as number) >>> 0 >= imm >>> 16 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0c:
        pc = ((m[a] as number) & (imm >>> 16)) !== 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0d:
        pc = ((m[a] as number) & (imm >>> 16)) === 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0e:
        pc = (m[a] as number) < 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x0f:
        pc = m[(r + T.T_TIMED_OUT) | 0] !== 0 ? imm & 0xffff : (pc + 1) | 0;
        continue;
      case 0x10: {
        // case
        const x = (m[a] as number) >>> 0;
        pc = (pc + (x < imm ? x : imm)) | 0;
        break;
      }
      case 0x11: {
        // call
        const sp = m[(r + T.T_SP) | 0] as number;
        if (sp >= STACK_DEPTH) return (ops << 16) | pc;
        m[(r + T.T_STACK + sp) | 0] = (pc + 1) | 0;
        m[(r + T.T_SP) | 0] = (sp + 1) | 0;
        pc = imm;
        continue;
      }
      case 0x12: {
        // ret
        const sp = ((m[(r + T.T_SP) | 0] as number) - 1) | 0;
        if (sp < 0) return (ops << 16) | pc;
        m[(r + T.T_SP) | 0] = sp;
        pc = m[(r + T.T_STACK + sp) | 0] as number;
        continue;
      }
      case 0x18:
        m[a] = imm;
        break;
      case 0x19:
        m[a] = m[(r + b) | 0] as number;
        break;
      case 0x1a:
        m[a] = ((m[(r + b) | 0] as number) + (m[(r + c) | 0] as number)) | 0;
        break;
      case 0x1b:
        m[a] = ((m[(r + b) | 0] as number) + imm) | 0;
        break;
      case 0x1c:
        m[a] = ((m[(r + b) | 0] as number) - (m[(r + c) | 0] as number)) | 0;
        break;
      case 0x1d:
        m[a] = ((m[(r + b) | 0] as number) - imm) | 0;
        break;
      case 0x1e:
        m[a] = (m[(r + b) | 0] as number) & (m[(r + c) | 0] as number);
        break;
      case 0x1f:
        m[a] = (m[(r + b) | 0] as number) & imm;
        break;
      case 0x20:
        m[a] = (m[(r + b) | 0] as number) | (m[(r + c) | 0] as number);
        break;
      case 0x21:
        m[a] = (m[(r + b) | 0] as number) | imm;
        break;
      case 0x22:
        m[a] = (m[(r + b) | 0] as number) << imm;
        break;
      case 0x23:
        m[a] = (m[(r + b) | 0] as number) >>> imm;
        break;
      case 0x24:
        m[a] = (m[(r + b) | 0] as number) << (m[(r + c) | 0] as number);
        break;
      case 0x25:
        m[a] = (m[(r + b) | 0] as number) >>> (m[(r + c) | 0] as number);
        break;
      case 0x27: {
        const x = (m[(r + b) | 0] as number) >>> 0;
        const y = (m[(r + c) | 0] as number) >>> 0;
        m[a] = x < y ? x : y;
        break;
      }
      case 0x28:
        m[a] = sectorsPerTrack;
        break;
      case 0x2e: {
        const span = m[(r + b) | 0] as number;
        m[a] = (span & 0xffff) + (span >>> 16) <= sectorsPerTrack ? 1 : 0;
        break;
      }
      case 0x30: // ld
        m[a] = m[b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0] as number;
        break;
      case 0x31: {
        // st
        const at = b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0;
        if (at < kept) return (ops << 16) | pc;
        m[at] = m[a] as number;
        break;
      }
      case 0x32: {
        const at = b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0;
        m[a] = m[at] as number;
        m[(a + 1) | 0] = m[(at + 1) | 0] as number;
        break;
      }
      case 0x33: {
        const at = b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0;
        if (at < kept) return (ops << 16) | pc;
        m[at] = m[a] as number;
        m[(at + 1) | 0] = m[(a + 1) | 0] as number;
        break;
      }
      case 0x34: {
        // inc
        const at = b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0;
        if (at < kept) return (ops << 16) | pc;
        m[at] = ((m[at] as number) + 1) | 0;
        break;
      }
      case 0x35: {
        // dec
        const at = b === 255 ? imm : (imm + ((m[(r + b) | 0] as number) << c)) | 0;
        if (at < kept || (m[at] as number) <= 0) return (ops << 16) | pc;
        m[at] = ((m[at] as number) - 1) | 0;
        break;
      }
      default:
        return (ops << 16) | pc;
    }
    pc = (pc + 1) | 0;
  }
  return (ops << 16) | pc;
}

/**
 * The interpreter: one switch over the instruction table (isa.ts), on words in memory. Nothing here decides anything
 * about storage; that is what it reads. Instructions that only compute are done in runs (plain-run.ts).
 */
import * as CONSTANTS from '../memory/constants.js';
import { fieldOffset, shiftOf } from '../memory/tables.js';
import { writeTime } from '../memory/time.js';
import * as MESSAGES from '../ports/messages.js';
import { KIND, KINDS } from '../ports/messages.js';
import { fromInbox } from './answers.js';
import { bytesStep } from './bytes-step.js';
import type { Engine } from './engine.js';
import { BY_OPCODE, HOOKS } from './isa.js';
import { journalStep } from './journal-step.js';
import { plainRun, STACK_DEPTH } from './plain-run.js';
import { giveUp } from './queues.js';
import { scsiStep } from './scsi-step.js';
import * as TASKS from './tasks.js';
import { add64, compare64, difference64 } from './wide.js';
import * as WIRING from './wiring.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };
const { D_PAYLOAD } = MESSAGES;
const { RECEIVER } = WIRING;
const { MAX_PARALLEL, TURN_BUDGET } = CONSTANTS;

const REPLY_OF = Int32Array.from(KINDS, (k) => (k.reply ? KIND[k.reply as keyof typeof KIND] : 0));
const RECIPE = fieldOffset('pair', 'recipe');
const PAIR_SHIFT = shiftOf('pair');
const LOCK_SHIFT = shiftOf('lock');
/** The lock's queue of waiting tasks stands right behind its holder. */
const HOLDER = fieldOffset('lock', 'holder');
/** Opcodes by which a turn may end. */
const MAY_END = Uint8Array.from({ length: 256 }, (_, op) =>
  BY_OPCODE[op]?.name === 'end' || BY_OPCODE[op]?.waits ? 1 : 0,
);
const CYCLES = Uint8Array.from({ length: 256 }, (_, op) => BY_OPCODE[op]?.cycles ?? 0);
/** No instruction's opcode: a node's own code has it where the node is to stop. */
export const STOP = 0xff;
/** How a run ended that is not over: at its limit or before a STOP; the second: it has touched a ring. */
const CUT = 1;
const CUT_TOUCHED = 2;

/** Runs task `number` (the first of the ready queue); returns the micro-operations done. See Node.run. */
export function execute(node: Engine, number: number, limit: number, stopAtRing: boolean): number {
  const m = node.m;
  const code = node.code;
  const task = node.tasks + (number << T.TASK_SHIFT);
  const layout = node.memory.layout;
  const kept = node.keptEnd;
  const counts = node.counts;
  const isTimed = node.isTimed;
  let pc = m[task + T.T_PC] as number;
  let ops = 0;
  let touched = node.cut === CUT_TOUCHED;
  node.cut = 0;
  const budget = TURN_BUDGET - (m[task + T.T_TURN] as number);
  const most = limit < budget ? limit : budget;

  // A task that goes on stands first in the ready queue until it gives up the engine.
  for (;;) {
    if (ops >= most) {
      if (ops >= budget) {
        node.fault(number, pc, `ran ${TURN_BUDGET} micro-operations without a wait or a yield`);
        return ops;
      }
      m[task + T.T_TURN] = (m[task + T.T_TURN] as number) + ops;
      m[task + T.T_PC] = pc;
      node.cut = touched ? CUT_TOUCHED : CUT;
      return ops;
    }
    if (counts !== undefined) count(node, counts, code, pc);
    // One at a time where each is looked at.
    const isAlone = counts !== undefined || (touched && stopAtRing);
    const ran = plainRun(m, code, task, pc, ops, isAlone ? ops + 1 : most, kept, layout.dims.sectorsPerTrack);
    if (ran !== ((ops << 16) | pc)) {
      if (isTimed) node.cycles += (ran >>> 16) - ops;
      pc = ran & 0xffff;
      ops = ran >>> 16;
      if (isAlone || ops >= most) {
        if (touched && stopAtRing && staysBefore(node, code, pc)) return pause(m, task, pc, ops);
        continue;
      }
    }
    const word = code[pc * 2] as number;
    if (isTimed) node.cycles += CYCLES[word & 255] as number;
    const imm = code[pc * 2 + 1] as number;
    const a = (word >> 8) & 255;
    const b = (word >> 16) & 255;
    const c = word >>> 24;
    const here = pc;
    pc++;
    ops++;
    switch (word & 255) {
      case 0x01: // end
        if (m[task + T.T_LOCKS] !== 0 || m[task + T.T_KIND] !== 0 || m[task + T.T_OUTSTANDING] !== 0) {
          node.fault(number, here, endFault(m, task));
          return ops;
        }
        if (node.trace !== undefined) node.trace.pc = here;
        node.queues.shift(node.at + T.N_READY);
        node.finish(number);
        return ops;
      case 0x02: // yield
        node.queues.shift(node.at + T.N_READY);
        m[task + T.T_PC] = pc;
        node.queues.ready(number);
        return ops;
      case 0x11: // call: the stack is full
        node.fault(number, here, `calls ${STACK_DEPTH + 1} deep; ${STACK_DEPTH} is the most`);
        return ops;
      case 0x13: {
        // call.hook
        const pair = m[task + b] as number;
        if (pair < 0) break;
        const recipe = m[layout.base.pair + (pair << PAIR_SHIFT) + RECIPE] as number;
        const to = node.hooks[recipe * HOOKS.length + a] as number;
        if (to < 0) break;
        const sp = m[task + T.T_SP] as number;
        if (sp >= STACK_DEPTH) {
          node.fault(number, here, `calls ${STACK_DEPTH + 1} deep; ${STACK_DEPTH} is the most`);
          return ops;
        }
        m[task + T.T_STACK + sp] = pc;
        m[task + T.T_SP] = sp + 1;
        pc = to;
        break;
      }
      case 0x12: // ret: the stack is empty
        node.fault(number, here, 'ret without a call');
        return ops;
      case 0x14: // assert
        if (m[task + a] === 0) {
          node.fault(number, here, `assertion ${imm}`);
          return ops;
        }
        break;
      case 0x26: // mul
        m[task + a] = Math.imul(m[task + b] as number, m[task + c] as number);
        break;
      case 0x29:
        add64(m, task + a, task + b, imm);
        break;
      case 0x2a:
        m[task + a] = compare64(m, task + b, task + c);
        break;
      case 0x2b:
        add64(m, task + a, task + b, (m[task + c] as number) >>> 0);
        break;
      case 0x2c:
        add64(m, task + a, task + b, -((m[task + c] as number) >>> 0));
        break;
      case 0x2d:
        m[task + a] = difference64(m, task + b, task + c);
        break;
      case 0x31: {
        // st, of a word that is kept
        const at = imm + (b === 255 ? 0 : (m[task + b] as number) << c);
        m[at] = m[task + a] as number;
        node.marks?.word(at);
        break;
      }
      case 0x33: {
        // st64
        const at = imm + (b === 255 ? 0 : (m[task + b] as number) << c);
        m[at] = m[task + a] as number;
        m[at + 1] = m[task + a + 1] as number;
        node.marks?.word(at);
        break;
      }
      case 0x34: {
        // inc
        const at = imm + (b === 255 ? 0 : (m[task + b] as number) << c);
        m[at] = (m[at] as number) + 1;
        node.marks?.word(at);
        break;
      }
      case 0x35: {
        // dec
        const at = imm + (b === 255 ? 0 : (m[task + b] as number) << c);
        if ((m[at] as number) <= 0) {
          node.fault(number, here, 'a count goes below 0');
          return ops;
        }
        m[at] = (m[at] as number) - 1;
        node.marks?.word(at);
        break;
      }
      case 0x40: // send
      case 0x41: {
        // post
        const asks = (word & 255) === 0x40;
        if (asks) {
          if ((m[task + T.T_OUTSTANDING] as number) >= MAX_PARALLEL) {
            node.fault(number, here, `asks a ${MAX_PARALLEL + 1}th time without an answer`);
            return ops;
          }
          m[task + T.T_OUTSTANDING] = (m[task + T.T_OUTSTANDING] as number) + 1;
        }
        const head = a | ((m[task + T.T_CLASS] as number) << 16);
        const at = node.wiring.push(
          node.role,
          RECEIVER[a] as number,
          head,
          asks ? (m[task + T.T_SELF] as number) : 0,
          0,
        );
        fill(m, task, at + D_PAYLOAD, b, imm);
        if (node.trace !== undefined) node.trace.sends(here, at, RECEIVER[a] as number);
        touched = true;
        break;
      }
      case 0x42: {
        // reply
        const kind = m[task + T.T_KIND] as number;
        if (kind === 0) {
          node.fault(number, here, 'replies twice, or to a message that wants no answer');
          return ops;
        }
        const at = node.wiring.push(
          node.role,
          m[task + T.T_ASKER] as number,
          REPLY_OF[kind] as number,
          0,
          m[task + T.T_TOKEN] as number,
        );
        fill(m, task, at + D_PAYLOAD, b, imm);
        if (node.trace !== undefined) node.trace.sends(here, at, m[task + T.T_ASKER] as number);
        m[task + T.T_KIND] = 0;
        touched = true;
        break;
      }
      case 0x43: // wait
      case 0x44: {
        // waitn
        const counted = (word & 255) === 0x44;
        const count = counted ? (m[task + (imm & 15)] as number) : 0;
        m[task + T.T_TIMED_OUT] = 0;
        if (counted && count === 0) {
          m[task + ((imm >>> 4) & 15)] = 0;
          break;
        }
        m[task + T.T_AWAIT] = a;
        m[task + T.T_NAMES] = imm;
        m[task + T.T_COUNT] = count;
        m[task + T.T_WORST] = counted ? 0 : b;
        if (fromInbox(m, task, a)) break;
        node.queues.shift(node.at + T.N_READY);
        m[task + T.T_STATE] = T.WAITING;
        m[task + T.T_PC] = pc;
        if (!counted && c !== 0)
          node.timers.set(task, node.clock.now_ns() + ((m[task + c - 1] as number) >>> 0) * 1000);
        return ops;
      }
      case 0x45: // sleep
        node.queues.shift(node.at + T.N_READY);
        m[task + T.T_STATE] = T.SLEEPING;
        m[task + T.T_PC] = pc;
        node.timers.set(task, node.clock.now_ns() + ((m[task + a] as number) >>> 0) * 1000);
        return ops;
      case 0x46: // cancel
        for (let n = 1; n <= layout.tasksOfRole; n++) {
          const other = node.tasks + (n << T.TASK_SHIFT);
          if (m[other + T.T_STATE] !== T.WAITING || m[other + T.T_AWAIT] !== a) continue;
          if (c !== 0 && m[other + c - 1] !== m[task + c - 1]) continue;
          node.timers.forget(other);
          giveUp(m, other);
          if (b !== 0) cancelled(m, task, other, b, imm);
          node.queues.ready(n);
        }
        break;
      case 0x47:
        writeTime(m, task + a, node.clock.now_ns());
        break;
      case 0x48: // park
        node.queues.shift(node.at + T.N_READY);
        m[task + T.T_STATE] = T.PARKED;
        m[task + T.T_PC] = pc;
        node.queues.push(imm + (b === 255 ? 0 : (m[task + b] as number) << c), number);
        return ops;
      case 0x49: // wake
      case 0x4a: {
        // wake.all
        const queue = imm + (b === 255 ? 0 : (m[task + b] as number) << c);
        for (let first = node.queues.shift(queue); first !== 0; first = node.queues.shift(queue)) {
          node.queues.ready(first);
          if ((word & 255) === 0x49) break;
        }
        break;
      }
      case 0x4c:
        m[task + a] = node.tracks.cylinder(m[task + b] as number, m[task + c] as number);
        break;
      case 0x50: {
        // lock
        const lock = layout.base.lock + ((m[task + a] as number) << LOCK_SHIFT) + HOLDER;
        m[task + T.T_LOCKS] = (m[task + T.T_LOCKS] as number) + 1;
        if (m[lock] === 0) {
          m[lock] = number;
          break;
        }
        node.queues.shift(node.at + T.N_READY);
        m[task + T.T_STATE] = T.PARKED;
        m[task + T.T_PC] = pc;
        node.queues.push(lock + 1, number);
        return ops;
      }
      case 0x51: {
        // unlock
        const lock = layout.base.lock + ((m[task + a] as number) << LOCK_SHIFT) + HOLDER;
        if (m[lock] !== number) {
          node.fault(number, here, `unlocks track ${m[task + a]}, which task ${m[lock]} holds`);
          return ops;
        }
        m[task + T.T_LOCKS] = (m[task + T.T_LOCKS] as number) - 1;
        const next = node.queues.shift(lock + 1);
        m[lock] = next;
        if (next !== 0) node.queues.ready(next);
        break;
      }
      case 0x52:
      case 0x53: {
        const track = m[task + a] as number;
        if (node.trace !== undefined) node.trace.pc = here;
        if ((word & 255) === 0x52) node.tracks.setFlags(track, m[task + b] as number, imm);
        else node.tracks.clearFlags(track, m[task + b] as number, imm);
        if (node.tap !== undefined) node.tap.flags(node.role, track, node.tracks.flags(track));
        break;
      }
      case 0x54:
        m[task + a] = node.tracks.nextFlag(m[task + b] as number, m[task + c] as number, imm);
        break;
      case 0x55:
        node.tracks.recount(m[task + b] as number);
        break;
      case 0x56: {
        const track = m[task + b] as number;
        node.tracks.bump(track, m[task + c] as number);
        const at = node.tracks.genAt(track);
        m[task + a] = m[at] as number;
        m[task + a + 1] = m[at + 1] as number;
        break;
      }
      case 0x57:
        node.tracks.merge(
          m[task + a] as number,
          m[task + b] as number,
          m[task + c] as number,
          m[task + imm] as number,
          m[task + imm + 1] as number,
        );
        break;
      case 0x58:
        node.tracks.zero(
          m[task + a] as number,
          m[task + b] as number,
          m[task + imm] as number,
          m[task + imm + 1] as number,
        );
        break;
      case 0x59:
        if (node.trace !== undefined) node.trace.pc = here;
        node.tracks.setAll(m[task + b] as number, imm);
        break;
      case 0x5a:
        m[task + a] = node.slots.at(m[task + b] as number, m[task + c] as number);
        break;
      case 0x5b:
        m[task + a] = node.slots.run(m[task + b] as number, m[task + c] as number);
        break;
      case 0x5c:
        m[task + a] = node.slots.gap(m[task + b] as number, m[task + c] as number);
        break;
      case 0x5d:
        node.slots.filled(m[task + a] as number, m[task + b] as number);
        break;
      case 0x5e:
        m[task + a] = node.tracks.nextGap(m[task + b] as number, m[task + c] as number, imm);
        break;
      case 0x5f:
        if (node.trace !== undefined) node.trace.pc = here;
        node.tracks.clearRange(m[task + b] as number, m[task + a] as number, m[task + c] as number, imm);
        break;
      case 0x60:
        m[task + a] = node.slots.find(m[task + b] as number, m[task + c] as number);
        break;
      case 0x61:
        m[task + a] = node.slots.alloc(m[task + b] as number);
        break;
      case 0x62:
        node.slots.enter(m[task + a] as number, m[task + b] as number, m[task + c] as number);
        break;
      case 0x63:
        node.slots.move(m[task + a] as number, m[task + b] as number);
        break;
      case 0x64:
        node.slots.pin(m[task + a] as number);
        break;
      case 0x65:
        if (!node.slots.unpin(m[task + a] as number)) {
          node.fault(number, here, `unpins slot ${m[task + a]}, which nobody pins`);
          return ops;
        }
        break;
      case 0x66:
        node.slots.settle(m[task + a] as number);
        break;
      case 0x67:
        m[task + a] = node.slots.holds(m[task + b] as number, m[task + c] as number) ? 1 : 0;
        break;
      case 0x68:
        node.slots.soil(m[task + a] as number);
        break;
      case 0x69:
        node.slots.clean(m[task + a] as number);
        break;
      case 0x6a:
        m[task + a] = node.slots.isDirty(m[task + b] as number) ? 1 : 0;
        break;
      case 0x6b:
        m[task + a] = node.slots.oldest();
        break;
      case 0x6c:
        m[task + a] = node.slots.adopt(m[task + b] as number) ? 1 : 0;
        break;
      case 0x6d:
        if (!node.slots.grant(m[task + a] as number)) {
          node.fault(number, here, `grants slot ${m[task + a]} twice`);
          return ops;
        }
        break;
      case 0x6e:
        if (!node.slots.give(m[task + a] as number)) {
          node.fault(number, here, `ends a grant of slot ${m[task + a]}, which is not granted`);
          return ops;
        }
        break;
      case 0x6f:
        m[task + a] = node.slots.take(m[task + b] as number);
        break;
      case 0x70:
        node.slots.empty(m[task + a] as number);
        break;
      case 0x74:
        node.slots.blank(m[task + a] as number);
        break;
      case 0x78: // jnl.find
      case 0x79:
      case 0x7a:
      case 0x7b:
      case 0x7c:
      case 0x7d:
      case 0x7e:
      case 0x7f:
      case 0x80:
      case 0x81:
      case 0x82:
      case 0x83:
      case 0x84: {
        const wrong = journalStep(node.journals, m, task, word, imm);
        if (wrong === undefined) break;
        node.fault(number, here, wrong);
        return ops;
      }
      case 0x88: // get
      case 0x89:
      case 0x8a:
      case 0x8b:
      case 0x8c:
      case 0x8d:
      case 0x8e:
      case 0x8f:
      case 0x90:
      case 0x91: {
        const wrong = bytesStep(node.memory, task, word, imm);
        if (wrong === undefined) break;
        node.fault(number, here, wrong);
        return ops;
      }
      case 0x98: // cdb
      case 0x99:
      case 0x9a:
      case 0x9b:
      case 0x9c:
      case 0x9d:
      case 0x9e:
      case 0x9f: {
        const wrong = scsiStep(node.memory, task, word, imm);
        if (wrong === undefined) break;
        node.fault(number, here, wrong);
        return ops;
      }
      case STOP: // the instruction that stands under it is not done
        if (!node.isStop(here)) {
          node.fault(number, here, `no instruction has opcode ${STOP}`);
          return ops;
        }
        m[task + T.T_TURN] = (m[task + T.T_TURN] as number) + ops - 1;
        m[task + T.T_PC] = here;
        node.stopped = here;
        node.cut = touched ? CUT_TOUCHED : CUT;
        return ops - 1;
      default:
        node.fault(number, here, `no instruction has opcode ${word & 255}`);
        return ops;
    }
    if (touched && stopAtRing && staysBefore(node, code, pc)) return pause(m, task, pc, ops);
  }
}

/**
 * What ends the turn right after a ring was touched belongs to the same step: nobody could tell the difference. If it does
 * not end it (the answer was there already), the step ends behind it.
 */
const staysBefore = (node: Engine, code: Int32Array, pc: number): boolean =>
  MAY_END[(code[pc * 2] as number) & 255] === 0 && !endsUnder(node, code, pc);

/** Where the last one went is known when the next one comes: ImageCounts. */
function count(node: Engine, counts: Float64Array, code: Int32Array, pc: number): void {
  if (((code[pc * 2] as number) & 255) === STOP) return;
  if (pc !== node.before + 1) counts[node.before * 2 + 1] = (counts[node.before * 2 + 1] as number) + 1;
  counts[pc * 2] = (counts[pc * 2] as number) + 1;
  node.before = pc;
}

/** The step ends, and the turn does not. */
function pause(m: Int32Array, task: number, pc: number, ops: number): number {
  m[task + T.T_TURN] = (m[task + T.T_TURN] as number) + ops;
  m[task + T.T_PC] = pc;
  return ops;
}

/** Does a debugger's stop hide an instruction that may end the turn? A run is the same with it. */
const endsUnder = (node: Engine, code: Int32Array, pc: number): boolean =>
  ((code[pc * 2] as number) & 255) === STOP && MAY_END[node.under(pc) & 255] !== 0;

/** Payload words from the registers that the nibbles name; the rest of the payload is zero. */
function fill(m: Int32Array, task: number, at: number, count: number, names: number): void {
  let i = 0;
  for (; i < count; i++) m[at + i] = m[task + ((names >>> (i << 2)) & 15)] as number;
  for (; i < 8; i++) m[at + i] = 0;
}

/** What the wait of a task that was cancelled hears: the registers that the names of the cancelling task name. */
function cancelled(m: Int32Array, task: number, other: number, count: number, names: number): void {
  const wants = m[other + T.T_NAMES] as number;
  if (m[other + T.T_COUNT] === 0) {
    const n = Math.min(count, m[other + T.T_WORST] as number);
    for (let i = 0; i < n; i++)
      m[other + ((wants >>> (i << 2)) & 15)] = m[task + ((names >>> (i << 2)) & 15)] as number;
    return;
  }
  m[other + (wants & 15)] = 0;
  m[other + ((wants >>> 4) & 15)] = Math.max(m[other + T.T_WORST] as number, m[task + (names & 15)] as number);
}

function endFault(m: Int32Array, task: number): string {
  if (m[task + T.T_LOCKS] !== 0) return `ends with ${m[task + T.T_LOCKS]} track lock(s) held`;
  if (m[task + T.T_KIND] !== 0) return `ends without an answer to ${KINDS[m[task + T.T_KIND] as number]?.name}`;
  return `ends with ${m[task + T.T_OUTSTANDING]} request(s) unanswered`;
}

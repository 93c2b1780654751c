/**
 * A node: one role of an array on its engine. It takes messages from its rings, gives requests to tasks and answers to
 * the tasks that wait for them, and runs ready tasks. All of its state is in the array's memory: a node attached anew to
 * the same memory goes on where the old one was.
 *
 * Who may call: one thread. `pump` is the live way (everything that can be done now); `accept` and `run` are the single
 * steps between which the simulator chooses.
 */
import { Ring } from 'sharedarraybuffer-ring';
import type { BatteryMarks } from '../memory/battery-marks.js';
import type { ArrayMemory } from '../memory/layout.js';
import * as MESSAGES from '../ports/messages.js';
import { KINDS, ROLES, TASK_CLASSES } from '../ports/messages.js';
import type { Journals } from '../units/journals.js';
import type { Slots } from '../units/slots.js';
import type { Tracks } from '../units/tracks.js';
import { takeAnswer } from './answers.js';
import { isBranch, wordsFor } from './counts.js';
import type { Clock, Engine, Tap } from './engine.js';
import { execute, STOP } from './execute.js';
import { type Program, whereIs } from './program.js';
import { Queue, Timers } from './queues.js';
import type { Recorder } from './recorder.js';
import * as TASKS from './tasks.js';
import { HANDLER, type Wiring } from './wiring.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };
const { D_ANSWERS, D_HEAD, D_PAYLOAD, D_TOKEN, DESCRIPTOR_WORDS, PAYLOAD_WORDS } = MESSAGES;

export interface NodeParts {
  readonly memory: ArrayMemory;
  readonly wiring: Wiring;
  /** Number of the role. */
  readonly role: number;
  readonly program: Program;
  readonly tracks: Tracks;
  readonly slots: Slots;
  readonly journals: Journals;
  readonly clock: Clock;
  readonly tap?: Tap | undefined;
  readonly marks?: BatteryMarks | undefined;
  readonly trace?: Recorder | undefined;
}

export const IS_REPLY = Uint8Array.from(KINDS, (k) => (k.isReply ? 1 : 0));
/** Class of the task that a kind starts; 255: that of the asker. */
export const CLASS_OF = Uint8Array.from(KINDS, (k) =>
  k.class === undefined || k.class === 'inherit' ? 255 : TASK_CLASSES.indexOf(k.class),
);
/** Word address of a task's record, and words of it. */
interface Held {
  readonly task: number;
  readonly pc: number;
  readonly turn: number;
}
/** Behind the bits of all senders. */
const TASK = 1 << ROLES.length;
/** See `choices`. */
export const RUN = TASK;
const OWES_REPLY = Uint8Array.from(KINDS, (k) => (k.reply ? 1 : 0));

export class Node implements Engine {
  readonly m: Int32Array;
  readonly role: number;
  readonly memory: ArrayMemory;
  readonly wiring: Wiring;
  readonly tracks: Tracks;
  readonly slots: Slots;
  readonly journals: Journals;
  readonly clock: Clock;
  isTimed = false;
  cycles = 0;
  readonly tap: Tap | undefined;
  readonly trace: Recorder | undefined;
  readonly marks: BatteryMarks | undefined;
  readonly keptEnd: number;
  readonly code: Int32Array;
  readonly hooks: Int32Array;
  /** Word address of the node's record, and of task number 0 (which does not exist: tasks count from 1). */
  readonly at: number;
  readonly tasks: number;
  readonly queues: Queue;
  readonly timers: Timers;
  program: Program;
  counts: Float64Array | undefined;
  before = -1;
  stopped = -1;
  cut = 0;
  /** By instruction: its first word, where STOP stands over it. */
  readonly #under = new Map<number, number>();
  #stops: ReadonlySet<number> = new Set();
  #breaks: ReadonlySet<number> = new Set();
  readonly #handlers: Int32Array;
  /** By sender. */
  readonly #rings: readonly (Ring | undefined)[];
  readonly #backlogs: readonly Ring[];

  constructor(parts: NodeParts) {
    const { memory, wiring, role, program } = parts;
    const { layout } = memory;
    this.m = memory.m;
    this.memory = memory;
    this.wiring = wiring;
    this.role = role;
    this.program = program;
    this.code = program.code;
    this.hooks = program.hooks;
    this.counts = wordsFor(program.image);
    this.tracks = parts.tracks;
    this.slots = parts.slots;
    this.journals = parts.journals;
    this.clock = parts.clock;
    this.tap = parts.tap;
    this.trace = parts.trace;
    this.marks = parts.marks;
    this.keptEnd = parts.marks?.end ?? 0;
    this.at = layout.base.node + (role << T.NODE_SHIFT);
    this.tasks = layout.base.task + ((role * layout.tasksOfRole - 1) << T.TASK_SHIFT);
    this.queues = new Queue(this.m, this.tasks, this.at, role, wiring.busy);
    this.timers = new Timers(this.m, this.tasks, this.at, layout.tasksOfRole);
    this.#handlers = program.handlers;
    this.#rings = ROLES.map((_, from) => wiring.rings[from * ROLES.length + role]);
    this.#backlogs = layout.backlogs
      .filter((b) => b.to === role)
      .map((b) => new Ring(memory.m, b.base, b.capacity, DESCRIPTOR_WORDS));
  }

  get dead(): boolean {
    return this.m[this.at + T.N_DEAD] !== 0;
  }

  /** True when a step can be made. */
  get busy(): boolean {
    return !this.dead && (this.m[this.at + T.N_READY] !== 0 || this.wiring.pending(this.role) !== 0);
  }

  get ready(): boolean {
    return this.m[this.at + T.N_READY] !== 0;
  }

  /**
   * What its next step may be, for whoever chooses: RUN, to run a task, and a bit for each sender whose message it may take. 0:
   * it makes none.
   */
  get choices(): number {
    const { m, at } = this;
    if (m[at + T.N_DEAD] !== 0) return 0;
    const first = m[at + T.N_READY] as number;
    if (first === 0) return m[at + T.N_INBOUND] as number;
    // A turn that has begun goes on before a message is taken.
    if (m[this.tasks + (first << T.TASK_SHIFT) + T.T_TURN] !== 0) return TASK;
    return (m[at + T.N_INBOUND] as number) | TASK;
  }

  /** Nothing was sent to it, and no task is ready. */
  get idle(): boolean {
    return this.m[this.at + T.N_READY] === 0 && this.m[this.at + T.N_INBOUND] === 0;
  }

  /** Senders that have sent something, a bit each, for whoever chooses among them. */
  get pending(): number {
    return this.wiring.pending(this.role);
  }

  /** Everything that can be done now; true when anything was done. */
  pump(): boolean {
    const { wiring } = this;
    let did = false;
    if (this.dead) return false;
    for (;;) {
      const pending = this.pending;
      let more = pending !== 0;
      for (let left = pending; left !== 0; left &= left - 1) {
        const from = 31 - Math.clz32(left & -left);
        const ring = this.#rings[from] as Ring;
        const n = wiring.waiting(from, this.role);
        for (let i = 0; i < n; i++) this.#deliver(ring.at(i));
        wiring.release(from, this.role, n);
      }
      while (this.m[this.at + T.N_READY] !== 0) {
        more = true;
        this.run(0x7fffffff, false);
      }
      if (!more || this.dead) return did;
      did = true;
    }
  }

  /** Takes the oldest message of one sender; its kind. */
  accept(from: number): number {
    const at = (this.#rings[from] as Ring).at(0);
    const kind = (this.m[at + D_HEAD] as number) & 255;
    this.#deliver(at);
    this.wiring.release(from, this.role, 1);
    return kind;
  }

  /**
   * Runs the first ready task until it gives up the engine, has done `limit` micro-operations, or, with `stopAtRing`, has
   * touched a ring. Returns the micro-operations done.
   */
  run(limit: number, stopAtRing: boolean): number {
    const number = this.m[this.at + T.N_READY] as number;
    const { trace } = this;
    if (trace !== undefined) trace.enters(this.role, number);
    const done =
      this.counts === undefined
        ? execute(this, number, limit, stopAtRing)
        : this.#runCounted(this.counts, number, limit, stopAtRing);
    this.m[this.at + T.N_OPS] = ((this.m[this.at + T.N_OPS] as number) + done) | 0;
    if (trace !== undefined) trace.leaves(this.role, number, done);
    return done;
  }

  #runCounted(counts: Float64Array, number: number, limit: number, stopAtRing: boolean): number {
    const { m } = this;
    const pc = this.tasks + (number << T.TASK_SHIFT) + T.T_PC;
    this.before = (m[pc] as number) - 1;
    try {
      return execute(this, number, limit, stopAtRing);
    } finally {
      // No other one of this turn says where the last one went.
      const last = this.before;
      const dead = m[this.at + T.N_DEAD] as number;
      const next = dead !== 0 ? dead - 1 : (m[pc] as number);
      if (isBranch(this.program.image, last) && next !== last + 1)
        counts[last * 2 + 1] = (counts[last * 2 + 1] as number) + 1;
    }
  }

  /** `run` ends before each of these instructions, and says so in `stopped`; those of before are forgotten. Costs nothing elsewhere. */
  stopAt(instructions: readonly number[]): void {
    this.#stops = new Set(instructions);
    this.#patch();
  }

  /** The same for a debugger, beside those: with them a run is what it is without. */
  breakAt(instructions: readonly number[]): void {
    this.#breaks = new Set(instructions);
    this.#patch();
  }

  #patch(): void {
    for (const [pc, word] of this.#under) this.code[pc * 2] = word;
    this.#under.clear();
    for (const pc of new Set([...this.#stops, ...this.#breaks])) {
      const word = this.code[pc * 2] as number;
      this.#under.set(pc, word);
      this.code[pc * 2] = word | STOP;
    }
  }

  isStop(instruction: number): boolean {
    return this.#under.has(instruction);
  }

  /** Does `stopAt` want it to stop there? */
  stopsAt(instruction: number): boolean {
    return this.#stops.has(instruction);
  }

  under(instruction: number): number {
    return this.#breaks.has(instruction) && !this.#stops.has(instruction)
      ? (this.#under.get(instruction) as number)
      : 0;
  }

  /** The instruction of the first ready task that comes next. */
  get next(): number {
    return this.m[this.tasks + (this.first << T.TASK_SHIFT) + T.T_PC] as number;
  }

  /** What the record of the task that runs next has of its last turn, before it runs in pieces. */
  get held(): Held {
    const task = this.tasks + (this.first << T.TASK_SHIFT);
    return { task, pc: this.m[task + T.T_PC] as number, turn: this.m[task + T.T_TURN] as number };
  }

  /** It gave up the engine: what only pieces wrote into its record, where nobody looks any more, is as it was. */
  forgetPieces({ task, pc, turn }: Held): void {
    const state = this.m[task + T.T_STATE] as number;
    if (state === T.READY && !this.dead) return;
    this.m[task + T.T_TURN] = turn;
    if (state === T.FREE || this.dead) this.m[task + T.T_PC] = pc;
  }

  /** The task that runs next; 0: none is ready. */
  get first(): number {
    return this.m[this.at + T.N_READY] as number;
  }

  /** Does one instruction, also one before which it is to stop; the micro-operations done. */
  stepOver(): number {
    const pc = this.next;
    const word = this.#under.get(pc);
    this.stopped = -1;
    if (word === undefined) return this.run(1, true);
    this.code[pc * 2] = word;
    const done = this.run(1, true);
    this.code[pc * 2] = word | STOP;
    return done;
  }

  /** Wakes what is due. */
  tick(): void {
    if (this.m[this.at + T.N_TIMERS] !== 0) this.timers.expire(this.clock.now_ns(), this.queues);
  }

  /** Microcode (or the machine under it) did what must never be done: this director stops, with its reason. */
  fault(task: number, pc: number, reason: string): void {
    this.m[this.at + T.N_DEAD] = pc + 1;
    this.m[this.at + T.N_READY] = 0;
    if (this.trace !== undefined) this.trace.fault(this.role, task, pc, reason);
    const text = `microcode fault at ${whereIs(this.program.image, pc)}: ${reason} (${ROLES[this.role]}, task ${task})`;
    if (this.tap === undefined) throw new MicrocodeFault(text);
    this.tap.fault(this.role, text);
  }

  /** The task is done: its record is free, or begins with the next request of its class. */
  finish(number: number): void {
    const m = this.m;
    const task = this.tasks + (number << T.TASK_SHIFT);
    const c = m[task + T.T_CLASS] as number;
    m[task + T.T_STATE] = T.FREE;
    m[task + T.T_NEXT] = m[this.at + T.N_FREE + c] as number;
    m[this.at + T.N_FREE + c] = number;
    const backlog = this.#backlogs[c] as Ring;
    if (backlog.availableLocal() > 0 && !this.#holds(c)) {
      this.#start(backlog.at(0), c);
      backlog.releaseLocal(1);
    }
  }

  /** Requests that were held back begin, as far as there are tasks for them. */
  startHeld(): void {
    for (const [c, backlog] of this.#backlogs.entries()) {
      while (!this.#holds(c) && backlog.availableLocal() > 0 && this.m[this.at + T.N_FREE + c] !== 0) {
        this.#start(backlog.at(0), c);
        backlog.releaseLocal(1);
      }
    }
  }

  #holds(c: number): boolean {
    return ((this.m[this.at + T.N_HELD] as number) & (1 << c)) !== 0;
  }

  #deliver(at: number): void {
    const m = this.m;
    if (this.tap !== undefined) this.tap.message(this.role, at);
    if (this.trace !== undefined) this.trace.takes(this.role, at);
    const head = m[at + D_HEAD] as number;
    const kind = head & 255;
    if (IS_REPLY[kind] !== 0) {
      this.#answer(at, kind);
      return;
    }
    const own = CLASS_OF[kind] as number;
    const c = own === 255 ? (head >> 16) & 255 : own;
    const backlog = this.#backlogs[c] as Ring;
    if (backlog.availableLocal() === 0 && m[this.at + T.N_FREE + c] !== 0 && !this.#holds(c)) {
      this.#start(at, c);
      return;
    }
    const to = backlog.claim();
    // So few that a call of copyWithin takes longer.
    for (let i = 0; i < DESCRIPTOR_WORDS; i++) m[to + i] = m[at + i] as number;
  }

  #start(at: number, c: number): void {
    const m = this.m;
    const number = m[this.at + T.N_FREE + c] as number;
    const task = this.tasks + (number << T.TASK_SHIFT);
    m[this.at + T.N_FREE + c] = m[task + T.T_NEXT] as number;
    const head = m[at + D_HEAD] as number;
    const kind = head & 255;
    const pc = HANDLER[kind] === this.role ? (this.#handlers[kind] as number) : -1;
    for (let i = 0; i < PAYLOAD_WORDS; i++) m[task + i] = m[at + D_PAYLOAD + i] as number;
    for (let i = PAYLOAD_WORDS; i < 16; i++) m[task + i] = 0;
    m[task + T.T_PC] = pc;
    m[task + T.T_ASKER] = (head >> 8) & 255;
    m[task + T.T_TOKEN] = m[at + D_TOKEN] as number;
    m[task + T.T_KIND] = OWES_REPLY[kind] !== 0 ? kind : 0;
    m[task + T.T_SP] = 0;
    m[task + T.T_TURN] = 0;
    m[task + T.T_LOCKS] = 0;
    m[task + T.T_OUTSTANDING] = 0;
    m[task + T.T_INBOX] = 0;
    m[task + T.T_TIMED_OUT] = 0;
    m[task + T.T_SELF] = ((m[task + T.T_SELF] as number) + (1 << T.TOKEN_BITS)) | 0;
    if (pc < 0) this.fault(number, 0, `no handler for ${KINDS[kind]?.name}`);
    else this.queues.ready(number);
  }

  /** An answer for a task that waits for it goes to its registers; one that comes early to its inbox; a late one nowhere. */
  #answer(at: number, kind: number): void {
    const m = this.m;
    const token = m[at + D_ANSWERS] as number;
    const number = token & T.TOKEN_MASK;
    const task = this.tasks + (number << T.TASK_SHIFT);
    if (m[task + T.T_SELF] !== token || m[task + T.T_STATE] === T.FREE) return;
    m[task + T.T_OUTSTANDING] = (m[task + T.T_OUTSTANDING] as number) - 1;
    if (m[task + T.T_STATE] === T.WAITING && m[task + T.T_AWAIT] === kind) {
      if (takeAnswer(m, task, at + D_PAYLOAD)) {
        this.timers.forget(task);
        this.queues.ready(number);
      }
      return;
    }
    const n = m[task + T.T_INBOX] as number;
    const entry = task + T.T_INBOXES + n * T.INBOX_WORDS;
    m[entry] = kind;
    for (let i = 0; i < PAYLOAD_WORDS; i++) m[entry + 1 + i] = m[at + D_PAYLOAD + i] as number;
    m[task + T.T_INBOX] = n + 1;
  }
}

/** Fills the free lists of a role's tasks; after power on, once, by whoever switches the power. */
export function powerOnNode({ m, layout }: ArrayMemory, role: number): void {
  const node = layout.base.node + (role << T.NODE_SHIFT);
  const tasks = layout.base.task + ((role * layout.tasksOfRole - 1) << T.TASK_SHIFT);
  let number = 1;
  for (const [c, count] of layout.dims.tasks.entries()) {
    for (let i = 0; i < count; i++, number++) {
      const task = tasks + (number << T.TASK_SHIFT);
      m[task + T.T_CLASS] = c;
      m[task + T.T_SELF] = (1 << T.TOKEN_BITS) | number;
      m[task + T.T_NEXT] = m[node + T.N_FREE + c] as number;
      m[node + T.N_FREE + c] = number;
    }
  }
}

export class MicrocodeFault extends Error {}

/**
 * Writes what the nodes of an array, or of one of its directors, do into trace rings (memory/trace-ring.ts): which task runs
 * from where, what it sends and what is taken, which flags change, and faults. Nodes call it where they have one; nothing
 * that runs depends on it, so a run is the same with a trace and without.
 *
 * Who may call: the thread that runs the nodes. What it knows beside the rings is where the turn of each role stands, and
 * which instruction is about to be done.
 */
import type { ArrayMemory } from '../memory/layout.js';
import { writeTime } from '../memory/time.js';
import {
  DATA_WORDS,
  R_DATA,
  R_HEAD,
  R_PC,
  R_TASK,
  R_TIME,
  RECORD_WORDS,
  type TraceRing,
} from '../memory/trace-ring.js';
import * as MESSAGES from '../ports/messages.js';
import { KINDS, ROLES, roleNumber } from '../ports/messages.js';
import * as TASKS from './tasks.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };
const { D_ANSWERS, D_HEAD, D_PAYLOAD, D_TOKEN, PAYLOAD_WORDS } = MESSAGES;

/**
 * What a record says happened; its kind of message, its other role, and its data:
 *
 *   RUNS      a turn begins. Kind that the task owes an answer to, 0: none; who asked; token that the answer carries
 *   GIVES_UP  the turn ends. Kind that is waited for; state (tasks.ts; FREE: the task is over), micro-operations of the turn
 *   TAKES     a message is taken: its kind, sender; token, token that it answers, payload. The task: that which it answers
 *   SENDS     one is sent: its kind, receiver; the same
 *   FLAGS     of a track: track, flags before, flags after
 *   FAULT     the reason, four characters (ASCII) a word, as far as they fit
 *   MARK      TRACE_MARK, and numbers that go with it
 */
export const RECORD = { RUNS: 1, GIVES_UP: 2, TAKES: 3, SENDS: 4, FLAGS: 5, FAULT: 6, MARK: 7 } as const;
export type RecordName = keyof typeof RECORD;

/** What the runtime says in between. STARTS: a director does, with nothing under way. MICROCODE is of one role: the CRC of its image from now on, and of the one before. */
export const TRACE_MARK = { POWER_ON: 1, POWER_LOST: 2, MICROCODE: 3, VIOLATION: 4, STARTS: 5 } as const;

const IS_REPLY = Uint8Array.from(KINDS, (k) => (k.isReply ? 1 : 0));
const SERVICE = roleNumber('service');

/** A task by its role and token, and an instruction of it. */
export interface Running {
  readonly role: number;
  readonly token: number;
  readonly pc: number;
}

export interface RecorderClock {
  now_ns(): number;
}

export class Recorder {
  /** Where a task is that has begun an instruction which ends it or changes flags: the interpreter says it. */
  pc = -1;
  readonly #rings: readonly TraceRing[];
  /** By role: token of the task whose turn is under way, 0: none; and micro-operations of that turn. */
  readonly #open = new Int32Array(ROLES.length);
  readonly #operations = new Int32Array(ROLES.length);
  #isInside = false;
  #role = SERVICE;
  #token = 0;
  #m: Int32Array = new Int32Array(0);
  #nodes = 0;
  #tasks = 0;
  #tasksOfRole = 0;
  #clock: RecorderClock = { now_ns: () => 0 };

  /** @param rings by role; one for several roles where they share a director. */
  constructor(rings: readonly TraceRing[]) {
    this.#rings = rings;
  }

  /** To the memory of the array whose nodes call it from now on. */
  attach({ m, layout }: ArrayMemory, clock: RecorderClock): void {
    this.#m = m;
    this.#nodes = layout.base.node;
    this.#tasks = layout.base.task;
    this.#tasksOfRole = layout.tasksOfRole;
    this.#clock = clock;
  }

  /** The last task that did what must never be done, and where; undefined: none did. */
  faulted: Running | undefined;

  /**
   * The task that is being run, and where its turn stood when that began: after an error was thrown out of it. Undefined
   * between two runs.
   */
  get running(): Running | undefined {
    if (!this.#isInside) return undefined;
    const [role, token] = [this.#role, this.#token];
    return { role, token, pc: this.#m[this.#taskAt(role, token & T.TOKEN_MASK) + T.T_PC] as number };
  }

  /** The first task of the ready queue is about to run. */
  enters(role: number, number: number): void {
    const m = this.#m;
    const task = this.#taskAt(role, number);
    const token = m[task + T.T_SELF] as number;
    this.#role = role;
    this.#token = token;
    this.pc = m[task + T.T_PC] as number;
    this.#isInside = true;
    if (this.#open[role] === token) return;
    this.#open[role] = token;
    this.#operations[role] = 0;
    const ring = this.#rings[role] as TraceRing;
    const at = this.#begin(ring, RECORD.RUNS, m[task + T.T_KIND] as number, m[task + T.T_ASKER] as number, this.pc);
    ring.words[at + R_DATA] = m[task + T.T_TOKEN] as number;
    ring.end();
  }

  /** It ran so many micro-operations, and may go on with its turn. */
  leaves(role: number, number: number, operations: number): void {
    this.#isInside = false;
    const m = this.#m;
    const task = this.#taskAt(role, number);
    const node = this.#nodes + (role << T.NODE_SHIFT);
    this.#operations[role] = (this.#operations[role] as number) + operations;
    const isDead = m[node + T.N_DEAD] !== 0;
    const isOver = m[task + T.T_SELF] !== this.#token || m[task + T.T_STATE] === T.FREE;
    const isGoing = operations === 0 || (m[node + T.N_READY] === number && m[task + T.T_TURN] !== 0);
    if (!isDead && !isOver && isGoing) return;
    this.#open[role] = 0;
    // The record of the fault says it.
    if (isDead) return;
    const state = isOver ? T.FREE : (m[task + T.T_STATE] as number);
    const awaited = state === T.WAITING ? (m[task + T.T_AWAIT] as number) : 0;
    const pc = isOver ? this.pc : (m[task + T.T_PC] as number) - 1;
    const ring = this.#rings[role] as TraceRing;
    const at = this.#begin(ring, RECORD.GIVES_UP, awaited, 0, pc);
    ring.words[at + R_DATA] = state;
    ring.words[at + R_DATA + 1] = this.#operations[role] as number;
    ring.end();
  }

  /** A role takes the message whose descriptor stands at this word. */
  takes(role: number, at: number): void {
    const m = this.#m;
    const head = m[at + D_HEAD] as number;
    const kind = head & 255;
    this.#role = role;
    this.#token = IS_REPLY[kind] !== 0 ? (m[at + D_ANSWERS] as number) : 0;
    this.#message(RECORD.TAKES, kind, (head >> 8) & 255, -1, at);
  }

  /** The task that runs has filled the descriptor at this word. */
  sends(pc: number, at: number, to: number): void {
    this.#message(RECORD.SENDS, (this.#m[at + D_HEAD] as number) & 255, to, pc, at);
  }

  /** The instruction at `pc` changes flags of a track. */
  flags(track: number, before: number, after: number): void {
    const ring = this.#rings[this.#role] as TraceRing;
    const at = this.#begin(ring, RECORD.FLAGS, 0, 0, this.pc);
    ring.words[at + R_DATA] = track;
    ring.words[at + R_DATA + 1] = before;
    ring.words[at + R_DATA + 2] = after;
    ring.end();
  }

  fault(role: number, number: number, pc: number, reason: string): void {
    this.#role = role;
    this.#token = this.#m[this.#taskAt(role, number) + T.T_SELF] as number;
    this.faulted = { role, token: this.#token, pc };
    const ring = this.#rings[role] as TraceRing;
    const at = this.#begin(ring, RECORD.FAULT, 0, 0, pc) + R_DATA;
    for (let i = 0; i < Math.min(reason.length, DATA_WORDS * 4); i++) {
      const character = Math.min(reason.charCodeAt(i), 0x7f);
      ring.words[at + (i >> 2)] = (ring.words[at + (i >> 2)] as number) | (character << ((i & 3) * 8));
    }
    ring.end();
  }

  /** In every ring. After power went, no turn is under way. */
  mark(what: number): void {
    if (what === TRACE_MARK.POWER_LOST) this.#open.fill(0);
    for (const ring of new Set(this.#rings)) this.#mark(ring, SERVICE, what, 0, 0);
  }

  /** A role goes on with another image. */
  changes(role: number, from: number, to: number): void {
    this.#mark(this.#rings[role] as TraceRing, role, TRACE_MARK.MICROCODE, to, from);
  }

  #mark(ring: TraceRing, role: number, what: number, first: number, second: number): void {
    this.#role = role;
    this.#token = 0;
    const at = this.#begin(ring, RECORD.MARK, 0, 0, -1) + R_DATA;
    ring.words[at] = what;
    ring.words[at + 1] = first;
    ring.words[at + 2] = second;
    ring.end();
  }

  #message(what: number, kind: number, other: number, pc: number, from: number): void {
    const m = this.#m;
    const ring = this.#rings[this.#role] as TraceRing;
    const { words } = ring;
    const at = this.#begin(ring, what, kind, other, pc) + R_DATA;
    words[at] = m[from + D_TOKEN] as number;
    words[at + 1] = m[from + D_ANSWERS] as number;
    for (let i = 0; i < PAYLOAD_WORDS; i++) words[at + 2 + i] = m[from + D_PAYLOAD + i] as number;
    ring.end();
  }

  /** All words of a new record, whose data are zero. */
  #begin(ring: TraceRing, what: number, kind: number, other: number, pc: number): number {
    const { words } = ring;
    const at = ring.begin();
    writeTime(words, at + R_TIME, this.#clock.now_ns());
    words[at + R_HEAD] = what | (this.#role << 8) | (kind << 16) | (other << 24);
    words[at + R_TASK] = this.#token;
    words[at + R_PC] = pc;
    for (let i = R_DATA; i < RECORD_WORDS; i++) words[at + i] = 0;
    return at;
  }

  #taskAt(role: number, number: number): number {
    return this.#tasks + ((role * this.#tasksOfRole + number - 1) << T.TASK_SHIFT);
  }
}

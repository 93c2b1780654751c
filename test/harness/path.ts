/**
 * One role's microcode, alone: a message in; messages, flags and micro-operations out. Engine, memory, units and image are
 * the real ones, the other roles are the test. Every deviation is an Error that says what came instead.
 *
 * What a role sends to itself (OFFER) is shown as sent and not delivered: the test may `receive` it.
 */
import { MicrocodeFault, type Node } from '../../firmware/engine/node.js';
import { TASK_SHIFT } from '../../firmware/engine/tasks.js';
import { SECTOR_BYTES } from '../../firmware/memory/constants.js';
import { ROLES, type Role, roleNumber, TASK_CLASSES } from '../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { flagNames, trackFlags } from '../../firmware/runtime/simulated/inspect.js';
import { type BenchOptions, benchArray } from './bench-array.js';
import { type Field, fieldAt } from './fields.js';
import { checkFields, kindOf, type Message, type Payload, putPayload, readMessage, textOf } from './messages.js';
import { type Leaves, leftOver } from './rest.js';

export { span } from './messages.js';

/** More than any path runs: a test that comes here runs in a circle. */
const MOST_OPS = 1_000_000;

export interface Receipt {
  readonly token: number;
  readonly reply: string | undefined;
  answered: boolean;
}

export interface ReceiveOptions {
  /** Sender, where the kind has several. */
  readonly from?: Role;
  /** Class of the asking task, for a kind that inherits it. */
  readonly class?: (typeof TASK_CLASSES)[number];
  /** Run only so many micro-operations; 0: a task is started, and does not run. */
  readonly ops?: number;
}

export class Path {
  readonly role: Role;
  readonly machine: ArrayMachine;
  readonly node: Node;
  /** Every change of flags: `1: M1_WP|M2_WP`, by track of the array. */
  readonly flagChanges: string[] = [];
  time_ns = 1_000_000;
  #ops = 0;
  #nextToken = 1;
  readonly #sent: Message[] = [];
  readonly #asked: Message[] = [];
  readonly #receipts: Receipt[] = [];

  constructor(role: Role, options: BenchOptions = {}) {
    this.role = role;
    const clock = { now_ns: () => this.time_ns };
    this.machine = benchArray(role, options, clock, {
      message: () => {},
      flags: (_node, track, flags) => this.flagChanges.push(`${track}: ${flagNames(flags)}`),
      fault: (_node, text) => {
        throw new MicrocodeFault(text);
      },
    });
    this.node = this.machine.nodes[roleNumber(role)] as Node;
  }

  // ── tables and memory

  /** `set('track.gen', 1, [7, 0])`: a field of one record; several words for a wide field. */
  set(field: Field, record: number, value: number | readonly number[]): void {
    const { at, words } = fieldAt(this.machine, field, record);
    const values = typeof value === 'number' ? [value] : value;
    if (values.length > words) throw new RangeError(`${field} is ${words} word(s); here are ${values.length}`);
    for (const [i, word] of values.entries()) this.machine.memory.m[at + i] = word;
  }

  get(field: Field, record = 0): number {
    return this.machine.memory.m[fieldAt(this.machine, field, record).at] as number;
  }

  /** All words of a wide field. */
  words(field: Field, record = 0): number[] {
    const { at, words } = fieldAt(this.machine, field, record);
    return [...this.machine.memory.m.subarray(at, at + words)];
  }

  /** `M1_WP|M2_INV`, or `none`. */
  flags(volume: number, track: number): string {
    return flagNames(trackFlags(this.machine, volume, track));
  }

  /** Fills sectors of the array's memory with a byte. */
  fill(sector: number, sectors: number, byte: number): void {
    this.machine.memory.bytes.fill(byte, sector * SECTOR_BYTES, (sector + sectors) * SECTOR_BYTES);
  }

  /** The byte that fills each sector of a slot; NaN for a sector of several. */
  slotBytes(slot: number): number[] {
    const { layout, bytes } = this.machine.memory;
    return Array.from({ length: layout.dims.sectorsPerTrack }, (_, s) => {
      const at = (layout.slotsAt + slot * layout.dims.sectorsPerTrack + s) * SECTOR_BYTES;
      const byte = bytes[at] as number;
      return bytes.subarray(at, at + SECTOR_BYTES).every((b) => b === byte) ? byte : Number.NaN;
    });
  }

  /** Sector address of the memory for host data, and of a slot's sector. */
  get transferAt(): number {
    return this.machine.memory.layout.transferAt;
  }

  slotAt(slot: number, sector = 0): number {
    const { slotsAt, dims } = this.machine.memory.layout;
    return slotsAt + slot * dims.sectorsPerTrack + sector;
  }

  /** Word `n` of a task's registers, also after it ended; tasks count from 1. */
  register(n: number, task = 1): number {
    return this.machine.memory.m[this.node.tasks + (task << TASK_SHIFT) + n] as number;
  }

  setRegister(n: number, value: number, task = 1): void {
    this.machine.memory.m[this.node.tasks + (task << TASK_SHIFT) + n] = value;
  }

  // ── messages

  /** A request or a one-way message comes in, and what follows from it is run. */
  receive(name: string, payload: Payload = {}, options: ReceiveOptions = {}): Receipt {
    const kind = kindOf(name);
    if (kind.isReply) throw new RangeError(`${name} is an answer; answer() gives it`);
    const from = options.from ?? (kind.handler ? 'linkPort' : (kind.from[0] as Role));
    const receipt = { token: kind.reply ? this.#nextToken++ << 12 : 0, reply: kind.reply, answered: false };
    const head = kind.id | (TASK_CLASSES.indexOf(options.class ?? 'host') << 16);
    this.#push(from, head, receipt.token, 0, kind.name, payload);
    if (receipt.reply) this.#receipts.push(receipt);
    this.run(options.ops);
    return receipt;
  }

  /** The next message that the role sent. Fields that are not named may hold anything. */
  expect(to: Role, name: string, payload: Payload = {}): Message {
    const kind = kindOf(name);
    checkFields(kind, payload);
    const wanted = `${textOf(kind, payload)} to ${to}`;
    const message = this.#sent.shift();
    if (!message) throw new Error(`expected ${wanted}; nothing was sent`);
    const same = message.kind === kind && message.to === to;
    if (!same || Object.entries(payload).some(([f, v]) => message.payload[f] !== (v | 0)))
      throw new Error(`expected ${wanted}; sent was ${textOf(message.kind, message.payload)} to ${message.to}`);
    if (kind.reply) this.#asked.push(message);
    return message;
  }

  /** Answers the oldest expected request that this kind is the answer to, or the one given, and runs what follows. */
  answer(name: string, payload: Payload = {}, request?: Message, options: { readonly ops?: number } = {}): void {
    const message = request ?? this.#asked.find((a) => a.kind.reply === name);
    if (!message) throw new Error(`nothing was asked that ${name} would answer`);
    if (message.kind.reply !== name) throw new Error(`${message.kind.name} is not answered by ${name}`);
    const at = this.#asked.indexOf(message);
    if (at >= 0) this.#asked.splice(at, 1);
    this.#push(message.to, kindOf(name).id, 0, message.token, name, payload);
    this.run(options.ops);
  }

  /** The next message is the answer to the oldest request without one, or to the one given. */
  expectReply(name: string, payload: Payload = {}, to?: Receipt): Message {
    const receipt = to ?? this.#receipts.find((r) => !r.answered && r.reply === name);
    if (!receipt) throw new Error(`no request waits for ${name}`);
    const message = this.expect(this.#sent[0]?.to ?? 'service', name, payload);
    if (message.answers !== receipt.token) throw new Error(`${name} answers another request`);
    receipt.answered = true;
    return message;
  }

  /** The next message that the role sent, whatever it is; undefined: there is none. */
  next(): Message | undefined {
    const message = this.#sent.shift();
    if (message?.kind.reply) this.#asked.push(message);
    return message;
  }

  /** How many messages the role sent that the test has not looked at. */
  get sent(): number {
    return this.#sent.length;
  }

  expectNothing(): void {
    const [message] = this.#sent;
    if (message) throw new Error(`expected nothing; sent was ${textOf(message.kind, message.payload)}`);
  }

  /**
   * Nothing else was sent, every request is answered, and no task, lock, pin, grant or timer is left but what `leaves`
   * names. `ops`, `mostOps`: micro-operations since the last expectDone, exactly or at most.
   */
  expectDone(leaves: Leaves & { readonly ops?: number; readonly mostOps?: number } = {}): void {
    this.expectNothing();
    const left = leftOver(this.machine, this.node, leaves);
    const open = this.#receipts.filter((r) => !r.answered);
    for (const r of open) left.push(`a request still waits for ${r.reply}`);
    if (left.length > 0) throw new Error(`not done: ${left.join('; ')}`);
    if (leaves.ops !== undefined && leaves.ops !== this.#ops)
      throw new Error(`expected ${leaves.ops} micro-operations; it took ${this.#ops}`);
    if (leaves.mostOps !== undefined && this.#ops > leaves.mostOps)
      throw new Error(`expected at most ${leaves.mostOps} micro-operations; it took ${this.#ops}`);
    this.#ops = 0;
  }

  // ── time

  /** Micro-operations since the last expectDone. */
  get ops(): number {
    return this.#ops;
  }

  /** Runs what is ready; returns the micro-operations done, at most `ops`. */
  run(ops = MOST_OPS): number {
    let done = 0;
    while (done < ops && this.node.ready) {
      const before = done;
      done += this.node.run(ops - done, true);
      if (done === before || done >= MOST_OPS) throw new Error(`after ${done} micro-operations there is no rest`);
      this.#collect();
    }
    this.#ops += done;
    return done;
  }

  /** Time passes, and what is due runs. */
  pass_us(us: number): void {
    this.time_ns += us * 1000;
    this.node.tick();
    this.run();
  }

  #push(from: Role, head: number, token: number, answers: number, name: string, payload: Payload): void {
    const at = this.machine.wiring.push(roleNumber(from), this.node.role, head, token, answers);
    putPayload(this.machine.memory.m, at, kindOf(name), payload);
    // What the role sent to itself is pending too, though it was taken away.
    if (this.node.pending !== 0) this.node.accept(roleNumber(from));
  }

  #collect(): void {
    const { wiring, memory } = this.machine;
    const nodes = ROLES.length;
    for (let to = 0; to < nodes; to++) {
      const ring = wiring.rings[this.node.role * nodes + to];
      if (!ring) continue;
      for (let n = ring.availableLocal(); n > 0; n--) {
        this.#sent.push(readMessage(memory.m, ring.at(0), to));
        ring.releaseLocal(1);
      }
    }
  }
}

export function path(role: Role, options: BenchOptions = {}): Path {
  return new Path(role, options);
}

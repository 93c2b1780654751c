/**
 * A session: one connection's commands, their numbering, and what becomes of them when it ends. What always holds: the
 * array hears of the session's end once, after which each of its commands still ends, without an answer; only then is
 * the session over, and a new one of the same initiator port may begin.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { NO_STATUS, type ScsiEnd, type ScsiListener, TASK_ATTRIBUTE } from '../scsi-port.js';
import { sendPart } from './data-in.js';
import type { Client, Hub, Waiter } from './hub.js';
import type { Terms } from './keys.js';
import type { Login } from './login.js';
import type { Manager } from './manager.js';
import { Numbers } from './numbers.js';
import type { Replies } from './replies.js';
import { STATE, Task } from './task.js';

/** Commands for immediate delivery that may be under way beside those of the window. */
const IMMEDIATE_MAX = 8;
const CHECK_CONDITION = 2;

export const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES);

export class Session implements Waiter, ScsiListener {
  readonly hub: Hub;
  readonly client: Client;
  readonly login: Login;
  readonly tsih: number;
  readonly replies: Replies;
  readonly numbers: Numbers;
  readonly terms: Terms;
  readonly since = Date.now();
  /** Number of the I_T nexus; -1: a discovery session has none. */
  readonly nexus: number;
  waits = false;
  isEnding = false;
  isOver = false;
  /** Meters. */
  commands = 0;
  readBytes = 0;
  writtenBytes = 0;
  /** Those that have not ended, in no order. */
  readonly active: Task[] = [];
  readonly managers: Manager[] = [];
  private readonly records: Task[] = [];
  private readonly free: Task[] = [];
  /** Not given to the array yet, in the order in which they came; empty as a rule. */
  private readonly line: Task[] = [];
  /** Those for which memory is missing, in order. */
  private readonly starved: Task[] = [];
  private readonly parts: Task[] = [];
  private readonly whenOver: (() => void)[] = [];
  private nexusIsClosed = false;
  private closingNexus = false;

  constructor(hub: Hub, client: Client, login: Login, replies: Replies, tsih: number, nexus: number, cmdSn: number) {
    this.hub = hub;
    this.client = client;
    this.login = login;
    this.tsih = tsih;
    this.replies = replies;
    this.nexus = nexus;
    this.terms = login.terms;
    this.numbers = new Numbers(cmdSn, hub.depth);
    this.numbers.statSn = replies.numbers.statSn;
    replies.numbers = this.numbers;
  }

  /** Can it take another command? Within the window, yes. */
  get hasRoom(): boolean {
    return this.active.length < this.hub.depth + IMMEDIATE_MAX;
  }

  /** A record for a command; there must be room. */
  take(isImmediate: boolean): Task {
    const task = this.free.pop() ?? this.grow();
    task.isImmediate = isImmediate;
    task.serial = this.commands++;
    task.at = 0;
    this.active.push(task);
    if (!isImmediate) this.numbers.active += 1;
    return task;
  }

  find(itt: number): Task | undefined {
    for (const task of this.active) if (task.itt === itt) return task;
    return undefined;
  }

  /** The task of a target transfer tag. */
  record(index: number): Task | undefined {
    return this.records[index];
  }

  /** Do any hold transfer memory for data that is to come? */
  get isCollecting(): boolean {
    for (const task of this.active) if (task.isCollecting) return true;
    return false;
  }

  get wantsMemory(): boolean {
    return this.starved.length > 0;
  }

  /** Transfer memory for the task's data-out; false: there is none now. */
  provide(task: Task): boolean {
    const sectors = sectorsOf(task.outBytes);
    const at = this.hub.port.allocate(sectors);
    if (at < 0) return false;
    task.at = at;
    task.sectors = sectors;
    return true;
  }

  /** It begins to collect its data when there is memory for it. */
  starve(task: Task): void {
    this.line.push(task);
    this.starved.push(task);
    this.hub.wait(this);
  }

  /** Its data is awaited: commands behind it may have to wait for it. */
  queue(task: Task): void {
    this.line.push(task);
  }

  /** All its data has come. */
  ready(task: Task): void {
    if (this.line.length === 0 && this.submit(task)) return;
    if (!this.line.includes(task)) this.line.push(task);
    this.advance();
  }

  /** Gives the array what is ready, as far as the order of tasks allows it (SAM-6, task attributes). */
  private advance(): void {
    for (let i = 0; i < this.line.length; ) {
      const task = this.line[i];
      const { attribute } = task;
      const isFree = i === 0 || attribute === TASK_ATTRIBUTE.HEAD_OF_QUEUE || !this.isFenced(i);
      if (task.state !== STATE.READY || !isFree) {
        i += 1;
        continue;
      }
      if (!this.submit(task)) {
        this.hub.wait(this);
        return;
      }
      this.line.splice(i, 1);
    }
  }

  /** Must the one at this place of the line wait for one before it? */
  private isFenced(place: number): boolean {
    if (this.line[place].attribute === TASK_ATTRIBUTE.ORDERED) return true;
    for (let i = 0; i < place; i++) if (this.line[i].attribute === TASK_ATTRIBUTE.ORDERED) return true;
    return false;
  }

  private submit(task: Task): boolean {
    const { command, port } = this.hub;
    command.nexus = this.nexus;
    command.lunHigh = task.lunHigh;
    command.lunLow = task.lunLow;
    command.attribute = task.attribute;
    command.cdb.set(task.cdb);
    command.at = task.at;
    command.outBytes = task.received;
    command.inBytes = task.inBytes;
    const number = port.submitScsi(command, task);
    if (number < 0) return false;
    task.command = number;
    task.state = STATE.UNDER_WAY;
    this.hub.posted();
    return true;
  }

  hasPart(task: Task): void {
    this.parts.push(task);
  }

  /** Sends data-in of commands that go on. */
  sendParts(): void {
    for (const task of this.parts) task.sendOpen();
    this.parts.length = 0;
  }

  /** The array has ended it. */
  ended(task: Task, end: ScsiEnd): void {
    if (this.isEnding || end.status === NO_STATUS) {
      this.drop(task);
      return;
    }
    for (const manager of this.managers) manager.answered(task);
    const moved = task.moved(end);
    if (end.status === 0) this.writtenBytes += task.received;
    this.retire(task);
    if (task.partBytes > 0 && end.status === 0 && task.readExpected === 0) sendPart(this, task, moved);
    else {
      task.sendOpen();
      this.replies.response(task, end, end.status === 0 ? moved : task.moved(end), task.owed);
    }
    this.settle();
  }

  /** It ends here, with a sense code. */
  fail(task: Task, sense: number): void {
    const { end } = this.hub;
    Object.assign(end, { status: CHECK_CONDITION, sense, wantedBytes: task.received });
    this.answer(task, end);
  }

  /** It ends here, with a status. */
  refuse(task: Task, status: number): void {
    const { end } = this.hub;
    Object.assign(end, { status, sense: 0, wantedBytes: 0 });
    this.answer(task, end);
  }

  private answer(task: Task, end: ScsiEnd): void {
    this.unline(task);
    this.retire(task);
    this.replies.response(task, end, end.wantedBytes, task.owed);
    this.settle();
  }

  /** It ends here, unheard of. */
  drop(task: Task): void {
    task.dropPart();
    this.unline(task);
    this.retire(task);
    this.client.out.owed -= task.owed;
    this.settle();
  }

  private unline(task: Task): void {
    for (const list of [this.line, this.starved]) {
      const at = list.indexOf(task);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** Its record is free, its buffer is given back, its place in the window is another's. */
  private retire(task: Task): void {
    this.active[this.active.indexOf(task)] = this.active[this.active.length - 1];
    this.active.pop();
    if (!task.isImmediate) this.numbers.active -= 1;
    task.state = STATE.FREE;
    if (!task.lent) this.giveBack(task);
    this.free.push(task);
  }

  /** The socket puts no more bytes into its buffer. */
  landed(task: Task): void {
    task.lent = false;
    if (task.state === STATE.FREE) this.giveBack(task);
  }

  private giveBack(task: Task): void {
    if (task.at !== 0) this.hub.port.release(task.at, task.sectors);
    task.at = 0;
  }

  /** Something has ended: what waits for it goes on. */
  private settle(): void {
    for (const manager of [...this.managers]) manager.check();
    if (this.line.length > 0 && !this.isEnding) this.advance();
    this.hub.hasReplies(this.client);
    this.finishIfDone();
  }

  goOn(): boolean {
    if (this.isEnding) {
      this.closeNexus();
      return this.closingNexus || this.isOver;
    }
    for (let task = this.starved[0]; task !== undefined && this.hub.mayTake(this); task = this.starved[0]) {
      if (!this.provide(task)) break;
      this.starved.shift();
      task.proceed();
    }
    this.advance();
    for (const manager of this.managers) manager.start();
    const isStuck = this.line.some((task) => task.state === STATE.READY) && this.waitsForRecords();
    return this.starved.length === 0 && !isStuck && this.managers.every((manager) => manager.isStarted);
  }

  /** Is the first of the line ready, and yet not given to the array? */
  private waitsForRecords(): boolean {
    return this.line.length > 0 && this.line[0].state === STATE.READY;
  }

  /**
   * The session ends: its commands are not answered any more.
   * @param then called when the array knows it and all its commands have ended
   */
  end(then?: () => void): void {
    if (then !== undefined) this.whenOver.push(then);
    if (this.isEnding) {
      this.finishIfDone();
      return;
    }
    this.isEnding = true;
    for (const task of [...this.active]) if (task.state !== STATE.UNDER_WAY) this.drop(task);
    for (const task of this.active) task.dropPart();
    this.managers.length = 0;
    this.closeNexus();
    this.finishIfDone();
  }

  private closeNexus(): void {
    if (this.closingNexus || this.nexusIsClosed) return;
    if (this.nexus < 0) {
      this.nexusIsClosed = true;
      return;
    }
    this.closingNexus = this.hub.port.closeNexus(this.nexus, this) >= 0;
    if (this.closingNexus) this.hub.posted();
    else this.hub.wait(this);
  }

  /** Of `closeNexus`, whose command this is. */
  nexusAnswered(): void {
    this.nexusIsClosed = true;
    this.finishIfDone();
  }

  pushed(_: number, slot: number): void {
    this.hub.port.done(slot);
  }

  gave(): void {}

  scsiEnded(): void {}

  private finishIfDone(): void {
    if (!this.isEnding || !this.nexusIsClosed || this.active.length > 0) return;
    this.isOver = true;
    this.hub.sessions.delete(this);
    for (const then of this.whenOver.splice(0)) then();
  }

  private grow(): Task {
    const task = new Task(this, this.records.length);
    this.records.push(task);
    return task;
  }
}

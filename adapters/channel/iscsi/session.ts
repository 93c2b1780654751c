/**
 * A session: one connection's commands, their numbering, and what becomes of them when it ends. What always holds: the
 * array hears of the session's end once, after which each of its commands still ends, without an answer; only then is
 * the session over, and a new one of the same initiator port may begin.
 */
import { NO_STATUS, type ScsiEnd, type ScsiListener } from '../scsi-port.js';
import type { Client, Hub, OpenSession, Waiter } from './hub.js';
import type { Terms } from './keys.js';
import { Line } from './line.js';
import type { Login } from './login.js';
import { Numbers } from './numbers.js';
import type { Replies } from './replies.js';
import { STATE, Task, type TaskHome } from './task.js';

/** Commands for immediate delivery that may be under way beside those of the window. */
const IMMEDIATE_MAX = 8;
const CHECK_CONDITION = 2;

/** A task management request that is not answered. */
export interface Managing {
  /** The array was asked, or need not be. */
  readonly isStarted: boolean;
  /** Asks it, if that can be done now. */
  start(): void;
  /** Something has ended: answers, if that was all. */
  check(): void;
  /** A command of the session gets an answer. */
  answered(task: Task): void;
}

export class Session implements Waiter, ScsiListener, OpenSession, TaskHome {
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
  /** Those that the array has not been given yet. */
  readonly line: Line;
  /** Those that have not ended, in no order. */
  readonly active: Task[] = [];
  readonly managers: Managing[] = [];
  private readonly records: Task[] = [];
  private readonly free: Task[] = [];
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
    this.line = new Line(this);
    this.numbers = new Numbers(cmdSn, hub.depth);
    this.numbers.statSn = replies.numbers.statSn;
    replies.numbers = this.numbers;
  }

  /** Can it take another command? Within the window, yes. */
  hasRoom(isImmediate: boolean): boolean {
    return !isImmediate || this.active.length - this.numbers.active < IMMEDIATE_MAX;
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
    return this.line.isStarving;
  }

  /** All its data has come. */
  ready(task: Task): void {
    this.line.ready(task);
  }

  hasPart(task: Task): void {
    this.parts.push(task);
    // Even if the command goes on: the slot that it was given last may be the one that it waits for.
    this.hub.hasReplies(this.client);
  }

  /** Sends data-in of commands that go on, each as the end of a sequence: whether more comes of it is not known yet. */
  sendParts(): void {
    for (const task of this.parts) task.sendOpen(true);
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
    const isGood = end.status === 0;
    const hasPart = task.partBytes > 0;
    if (hasPart && isGood && task.readExpected === 0) task.sendPart(moved, true);
    else {
      if (hasPart) task.sendPart(-1, true);
      this.replies.response(task, end, isGood ? moved : task.moved(end), task.owed);
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
    this.line.remove(task);
    this.retire(task);
    this.replies.response(task, end, end.wantedBytes, task.owed);
    this.settle();
  }

  /** It ends here, unheard of. */
  drop(task: Task): void {
    task.dropPart();
    this.line.remove(task);
    this.retire(task);
    this.client.out.owed -= task.owed;
    this.settle();
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
    // Some may leave the list.
    if (this.managers.length > 0) for (const manager of [...this.managers]) manager.check();
    if (!this.isEnding) this.line.advance();
    this.hub.hasReplies(this.client);
    this.finishIfDone();
  }

  goOn(): boolean {
    if (this.isEnding) {
      this.closeNexus();
      return this.closingNexus || this.isOver;
    }
    this.line.goOn();
    for (const manager of [...this.managers]) manager.start();
    return this.line.lacksNothing && this.managers.every((manager) => manager.isStarted);
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

/**
 * A task management request (RFC 7143, 11.5 and 4.2.3): commands whose data is still being collected end here, all others
 * in the array. It is answered when every command that it means has ended.
 */
import { TASK_MANAGEMENT } from '../../../firmware/memory/scsi.js';
import type { ScsiEnd, ScsiListener } from '../scsi-port.js';
import { ANSWER, MANAGED, TASK_REASSIGN } from './pdu.js';
import type { Managing, Session } from './session.js';
import { STATE, type Task } from './task.js';

const TARGET_WIDE: readonly number[] = [TASK_MANAGEMENT.WARM_RESET, TASK_MANAGEMENT.COLD_RESET];

/** What a request says. */
export interface Management {
  readonly itt: number;
  readonly taskFunction: number;
  readonly lunHigh: number;
  readonly lunLow: number;
  /** Of ABORT TASK: its task's tag. */
  readonly refTag: number;
  /** RefCmdSN is one that this session has seen, or that can never come now. */
  readonly refIsPast: boolean;
}

export class Manager implements ScsiListener, Managing {
  /** The array was asked, or need not be. */
  isStarted = false;
  private readonly session: Session;
  private readonly request: Management;
  /** Commands that were there when it came. */
  private readonly before: number;
  /** Of ABORT TASK. */
  private readonly task: Task | undefined;
  private readonly taskSerial: number;
  private taskWasAnswered = false;
  private response = -1;

  constructor(session: Session, request: Management) {
    this.session = session;
    this.request = request;
    this.before = session.commands;
    this.task = request.taskFunction === TASK_MANAGEMENT.ABORT_TASK ? session.find(request.refTag) : undefined;
    this.taskSerial = this.task?.serial ?? -1;
  }

  /** Does what can be done now; is called again while it is not started. */
  start(): void {
    if (this.isStarted) return;
    const { taskFunction } = this.request;
    if (taskFunction === TASK_REASSIGN) this.finish(MANAGED.NO_REASSIGN);
    else if (taskFunction < TASK_MANAGEMENT.ABORT_TASK || taskFunction > TASK_REASSIGN) this.finish(MANAGED.REJECTED);
    else if (taskFunction === TASK_MANAGEMENT.ABORT_TASK) this.abort();
    else this.ask(-1);
  }

  private abort(): void {
    const { task } = this;
    if (task === undefined || task.serial !== this.taskSerial || task.state === STATE.FREE) {
      // Never to come, or over (11.5.1, and 11.6.1 note).
      this.finish(this.request.refIsPast ? MANAGED.NO_TASK : MANAGED.COMPLETE);
    } else if (task.lunHigh !== this.request.lunHigh || task.lunLow !== this.request.lunLow) {
      this.finish(MANAGED.NO_TASK);
    } else if (task.state === STATE.UNDER_WAY) this.ask(task.command);
    else {
      this.isStarted = true;
      this.response = MANAGED.COMPLETE;
      this.session.drop(task);
    }
  }

  /** The array, and, before it, what has not got there. */
  private ask(command: number): void {
    const { session } = this;
    const { lunHigh, lunLow, taskFunction } = this.request;
    const { port } = session.hub;
    if (port.manage(session.nexus, lunHigh, lunLow, taskFunction, command, this) < 0) {
      session.hub.wait(session);
      return;
    }
    this.isStarted = true;
    session.hub.posted();
    if (command >= 0 || taskFunction === TASK_MANAGEMENT.CLEAR_ACA) return;
    for (const task of [...session.active]) {
      if (task.state !== STATE.UNDER_WAY && this.means(task)) session.drop(task);
    }
  }

  pushed(_: number, slot: number): void {
    this.session.hub.port.done(slot);
  }

  gave(): void {}

  scsiEnded(_: number, end: ScsiEnd): void {
    this.response = end.status;
    this.check();
  }

  /** A command of the session has got an answer. */
  answered(task: Task): void {
    if (task === this.task && task.serial === this.taskSerial) this.taskWasAnswered = true;
  }

  /** Answers when all is done. */
  check(): void {
    if (this.response < 0) return;
    const waits = this.response === MANAGED.COMPLETE && this.session.active.some((task) => this.means(task));
    if (!waits) this.finish(this.taskWasAnswered ? MANAGED.NO_TASK : this.response);
  }

  private means(task: Task): boolean {
    const { taskFunction, lunHigh, lunLow } = this.request;
    if (task.serial >= this.before) return false;
    if (taskFunction === TASK_MANAGEMENT.ABORT_TASK) return task === this.task && task.serial === this.taskSerial;
    if (taskFunction === TASK_MANAGEMENT.CLEAR_ACA) return false;
    return TARGET_WIDE.includes(taskFunction) || (task.lunHigh === lunHigh && task.lunLow === lunLow);
  }

  private finish(response: number): void {
    const { session, request } = this;
    this.isStarted = true;
    const at = session.managers.indexOf(this);
    if (at < 0) return;
    session.managers.splice(at, 1);
    session.replies.outcome(ANSWER.TASK_MANAGEMENT, request.itt, response);
    session.hub.hasReplies(session.client);
    const isCold = request.taskFunction === TASK_MANAGEMENT.COLD_RESET && response === MANAGED.COMPLETE;
    if (isCold) session.hub.dropAll();
  }
}

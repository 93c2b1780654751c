/**
 * Commands of a session between their PDU and the array: those whose data is awaited, those for whose data there is no
 * memory yet, and those that are ready. Simple tasks pass each other; none passes an ORDERED one (SAM-6, task attributes).
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { TASK_ATTRIBUTE } from '../scsi-port.js';
import type { Client, Hub, Waiter } from './hub.js';
import { OWED_BYTES_MAX } from './outbox.js';
import { BHS_BYTES } from './pdu.js';
import { STATE, type Task } from './task.js';

export const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES);

/** Data of one session that may wait outside of transfer memory. */
const ASIDE_BYTES_MAX = 1024 * 1024;

/** The session. */
interface LineHome extends Waiter {
  readonly hub: Hub;
  readonly nexus: number;
  readonly client: Client;
}

export class Line {
  private readonly home: LineHome;
  /** In the order in which they came; empty as a rule. */
  private readonly tasks: Task[] = [];
  /** Those for which memory is missing, in order. */
  private readonly starved: Task[] = [];
  private asideBytes = 0;

  constructor(home: LineHome) {
    this.home = home;
  }

  get isStarving(): boolean {
    return this.starved.length > 0;
  }

  /** Its data is awaited: commands behind it may have to wait for it. */
  add(task: Task): void {
    this.tasks.push(task);
  }

  /** May so much data wait outside of transfer memory? */
  mayPutAside(bytes: number): boolean {
    return this.asideBytes + bytes <= ASIDE_BYTES_MAX;
  }

  /** It begins to ask for its data, but for what has come of it, when there is memory for it. */
  starve(task: Task, aside: Buffer | undefined): void {
    task.aside = aside;
    this.asideBytes += aside?.length ?? 0;
    this.tasks.push(task);
    this.starved.push(task);
    this.home.hub.wait(this.home);
  }

  /** All its data has come. */
  ready(task: Task): void {
    if (this.tasks.length === 0 && this.submit(task)) return;
    if (!this.tasks.includes(task)) this.tasks.push(task);
    this.advance();
  }

  remove(task: Task): void {
    this.takeAside(task);
    for (const list of [this.tasks, this.starved]) {
      const at = list.indexOf(task);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** Gives the array what is ready, as far as the order of tasks allows it. */
  advance(): void {
    for (let i = 0; i < this.tasks.length; ) {
      const task = this.tasks[i];
      if (task.state !== STATE.READY || this.isFenced(i)) {
        i += 1;
        continue;
      }
      if (!this.submit(task)) {
        this.home.hub.wait(this.home);
        return;
      }
      this.tasks.splice(i, 1);
    }
  }

  /** After a wait. */
  goOn(): void {
    const { hub } = this.home;
    for (let task = this.starved[0]; task !== undefined && hub.mayTake(this.home); task = this.starved[0]) {
      const sectors = sectorsOf(task.outBytes);
      const at = hub.port.allocate(sectors);
      if (at < 0) break;
      this.starved.shift();
      task.at = at;
      task.sectors = sectors;
      const aside = this.takeAside(task);
      if (aside !== undefined) hub.port.memory.bytes.set(aside, at * SECTOR_BYTES);
      task.received = aside?.length ?? 0;
      task.proceed();
    }
    this.advance();
  }

  private takeAside(task: Task): Buffer | undefined {
    const { aside } = task;
    task.aside = undefined;
    this.asideBytes -= aside?.length ?? 0;
    return aside;
  }

  /** Is there nothing for which memory or a command record is missing, or that an initiator does not read for? */
  get lacksNothing(): boolean {
    return this.starved.length === 0 && !this.tasks.some((task, i) => task.state === STATE.READY && !this.isFenced(i));
  }

  /** Must the one at this place wait for one before it? */
  private isFenced(place: number): boolean {
    const { attribute } = this.tasks[place];
    if (place === 0 || attribute === TASK_ATTRIBUTE.HEAD_OF_QUEUE) return false;
    if (attribute === TASK_ATTRIBUTE.ORDERED) return true;
    for (let i = 0; i < place; i++) if (this.tasks[i].attribute === TASK_ATTRIBUTE.ORDERED) return true;
    return false;
  }

  private submit(task: Task): boolean {
    const { hub, nexus, client } = this.home;
    const { out } = client;
    const owed = BHS_BYTES + task.inBytes;
    // It waits here and not in the socket: data that others wait for may come behind it.
    if (out.owed > 0 && out.owed + owed > OWED_BYTES_MAX) return false;
    const { command, port } = hub;
    command.nexus = nexus;
    command.lunHigh = task.lunHigh;
    command.lunLow = task.lunLow;
    command.attribute = task.attribute;
    command.cdb = task.cdb;
    command.at = task.at;
    command.outBytes = task.received;
    command.inBytes = task.inBytes;
    const number = port.submitScsi(command, task);
    if (number < 0) return false;
    out.owed += owed;
    task.owed = owed;
    task.command = number;
    task.state = STATE.UNDER_WAY;
    hub.posted();
    return true;
  }
}

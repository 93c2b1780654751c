/**
 * SCSI commands and Data-Outs as they come: which task they are, where their data goes, what is wrong with them.
 * `start` is called when the header is there, again while it answers BLOCKED, without having changed anything; `finish`
 * when the data is there.
 */
import type { Hub } from './hub.js';
import { sectorsOf } from './line.js';
import { AHS, AT, BHS_BYTES, FLAG, NO_TAG, padOf, REJECT } from './pdu.js';
import type { Session } from './session.js';
import { ABORTED, FATE, type Task, taskOfTag } from './task.js';

/** Where the data segment goes; or why it cannot be taken. */
export const PLACE = {
  /** Nowhere. */
  SKIP: 0,
  /** Into a buffer of the connection. */
  SEGMENT: 1,
  /** Into the transfer buffer of `task`. */
  TASK: 2,
  /** The client is owed too much. */
  OWED: 3,
  /** Transfer memory is missing. */
  MEMORY: 4,
  /** The connection has ended. */
  END: 5,
} as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

const TASK_SET_FULL = 0x28;

export class Commands {
  /** Of PLACE.TASK. */
  task: Task | undefined;
  private readonly hub: Hub;
  private readonly session: Session;
  /** Of the PDU whose data is awaited. */
  private isFinal = false;
  private dataBytes = 0;
  /** What its task ends with when the data was skipped: a sense code; a status. */
  private sense = 0;
  private status = 0;

  constructor(session: Session) {
    this.hub = session.hub;
    this.session = session;
  }

  /** A SCSI command, whose turn it is. */
  startCommand(header: Buffer, dataBytes: number): Place {
    const { session, hub } = this;
    const { terms } = session;
    const flags = header[AT.FLAGS];
    const itt = header.readUInt32BE(AT.ITT);
    const isImmediate = (header[0] & 0x40) !== 0;
    const writes = (flags & FLAG.WRITE) !== 0;
    const expected = header.readUInt32BE(AT.EXPECTED);
    const ahs = readAhs(header);
    const isFinal = (flags & FLAG.FINAL) !== 0;
    const both = writes && (flags & FLAG.READ) !== 0;
    const readExpected = both ? ahs.readBytes : 0;
    const reads = writes ? readExpected : (flags & FLAG.READ) !== 0 ? expected : 0;
    this.task = undefined;
    this.status = 0;
    this.sense = 0;
    this.isFinal = isFinal;
    this.dataBytes = dataBytes;
    if (itt === NO_TAG || !ahs.isRight || (both && readExpected === 0 && expected > 0))
      return this.reject(header, REJECT.INVALID_FIELD);
    if (session.find(itt) !== undefined) return this.reject(header, REJECT.TASK_IN_PROGRESS);
    const collected = writes ? Math.min(expected, hub.collectBytesMax) : 0;
    const first = Math.min(terms.firstBurstBytesMax, expected);
    const mayNot =
      (dataBytes > 0 && (!terms.immediateData || !writes || dataBytes > first)) ||
      (!isFinal && (!writes || terms.initialR2t || dataBytes >= first));
    if (!session.hasRoom(isImmediate)) return this.reject(header, REJECT.IMMEDIATE);
    const needs = !mayNot && collected > 0;
    const at = needs ? this.allocate(collected) : 0;
    // What others of this session wait for may come behind this data: then to wait here would be to wait for ever.
    if (at < 0 && (dataBytes > 0 || !isFinal) && !session.isCollecting) return PLACE.MEMORY;
    const task = session.take(isImmediate);
    this.task = task;
    this.fill(task, header, itt);
    task.expected = expected;
    task.readExpected = readExpected;
    task.inBytes = reads;
    task.outBytes = collected;
    task.begin();
    if (mayNot) {
      this.sense = ABORTED.UNEXPECTED_DATA;
      return PLACE.SKIP;
    }
    if (at >= 0) {
      task.at = at;
      task.sectors = sectorsOf(collected);
      if (!isFinal) task.expectUnsolicited(first);
      if (collected > 0 && (!isFinal || dataBytes < collected)) session.line.add(task);
      return dataBytes > 0 ? PLACE.TASK : PLACE.SKIP;
    }
    // Immediate data is put aside until there is memory; of more that comes unasked, there is none to be had.
    if (isFinal && session.line.mayPutAside(dataBytes)) return dataBytes > 0 ? PLACE.SEGMENT : PLACE.SKIP;
    this.status = TASK_SET_FULL;
    return PLACE.SKIP;
  }

  /** Sector address of a transfer buffer; -1: none can be had now. */
  private allocate(bytes: number): number {
    const { hub, session } = this;
    return hub.mayTake(session.client) ? hub.port.allocate(sectorsOf(bytes)) : -1;
  }

  /** The command's data is where it goes: in the transfer buffer if it was `placed`, else in `segment`, for now. */
  finishCommand(placed: boolean, segment: Buffer): void {
    const { task, session } = this;
    if (task === undefined) return;
    this.task = undefined;
    if (this.sense !== 0) session.fail(task, this.sense);
    else if (this.status !== 0) session.refuse(task, this.status);
    else {
      if (placed) task.received = this.dataBytes;
      if (task.at !== 0 || task.outBytes === 0) task.proceed();
      else session.line.starve(task, segment.length > 0 ? Buffer.from(segment) : undefined);
    }
  }

  /** The data of the command is not what was sent: it was never there. */
  spoilCommand(): void {
    const { task } = this;
    this.task = undefined;
    if (task !== undefined) this.session.drop(task);
  }

  startData(header: Buffer, dataBytes: number): Place {
    const { session } = this;
    const itt = header.readUInt32BE(AT.ITT);
    const ttt = header.readUInt32BE(AT.TTT);
    const found = ttt === NO_TAG ? session.find(itt) : session.record(taskOfTag(ttt));
    this.task = undefined;
    this.dataBytes = dataBytes;
    this.isFinal = (header[AT.FLAGS] & FLAG.FINAL) !== 0;
    // Its task has ended meanwhile: nobody wants it.
    if (found === undefined || found.itt !== itt || !found.isCollecting) {
      const other = session.find(itt);
      return other === undefined ? PLACE.SKIP : this.violate(header);
    }
    const dataSn = header.readUInt32BE(AT.DATA_SN);
    const fate = found.judge(ttt, dataSn, header.readUInt32BE(AT.OFFSET), dataBytes, this.isFinal);
    if (fate === FATE.VIOLATION) return this.violate(header);
    this.task = found;
    return fate === FATE.TAKE ? PLACE.TASK : PLACE.SKIP;
  }

  finishData(placed: boolean): void {
    const { task } = this;
    this.task = undefined;
    task?.took(placed ? this.dataBytes : 0, this.isFinal);
  }

  /** The data of this PDU is not what was sent (7.8). */
  spoilData(): void {
    const { task } = this;
    this.task = undefined;
    if (task === undefined) return;
    if (task.failure === 0) task.failure = ABORTED.LOST_DATA;
    task.took(0, this.isFinal);
  }

  private fill(task: Task, header: Buffer, itt: number): void {
    task.itt = itt;
    task.attribute = header[AT.FLAGS] & FLAG.ATTRIBUTE;
    task.lunHigh = header.readUInt32BE(AT.LUN);
    task.lunLow = header.readUInt32BE(AT.LUN + 4);
    for (let i = 0; i < 16; i++) task.cdb[i] = header[AT.CDB + i];
  }

  private reject(header: Buffer, reason: number): Place {
    this.session.replies.reject(header, reason);
    this.hub.hasReplies(this.session.client);
    return PLACE.SKIP;
  }

  /** What no recovery of level 0 can mend (7.7, 7.10): told, and the session ends. */
  private violate(header: Buffer): Place {
    this.session.replies.reject(header, REJECT.PROTOCOL);
    this.session.client.close();
    return PLACE.END;
  }
}

interface Additional {
  readonly isRight: boolean;
  /** Data-in of a command that moves data both ways. */
  readonly readBytes: number;
}

const NOTHING: Additional = { isRight: true, readBytes: 0 };
const WRONG: Additional = { isRight: false, readBytes: 0 };

/**
 * What additional header segments say: they begin behind the basic one. The rest of a long CDB is not read: its first
 * bytes tell the array enough to refuse it.
 */
function readAhs(header: Buffer): Additional {
  if (header[AT.AHS_WORDS] === 0) return NOTHING;
  const end = BHS_BYTES + header[AT.AHS_WORDS] * 4;
  let readBytes = 0;
  for (let at = BHS_BYTES; at < end; ) {
    const bytes = header.readUInt16BE(at);
    const kind = header[at + 2] & 0x3f;
    const next = at + 3 + bytes + padOf(3 + bytes);
    if (next > end || bytes === 0) return WRONG;
    if (kind === AHS.BIDIRECTIONAL && bytes === 5) readBytes = header.readUInt32BE(at + 4);
    else if (kind !== AHS.EXTENDED_CDB) return WRONG;
    at = next;
  }
  return { isRight: true, readBytes };
}

/**
 * One command of a session, from its PDU to its status: collects data-out, is the port's listener while the array works
 * at it, sends data-in. Records are the session's and are used again and again, so that a command allocates nothing.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { NO_STATUS, type ScsiEnd, type ScsiListener } from '../scsi-port.js';
import type { Client, Hub } from './hub.js';
import type { Terms } from './keys.js';
import { COPY_BYTES_MAX } from './outbox.js';
import { NO_TAG } from './pdu.js';
import type { Asked, Replies } from './replies.js';

export const STATE = {
  FREE: 0,
  /** Data-out is to come, or memory for it. */
  COLLECTING: 1,
  /** May be given to the array as soon as its turn comes. */
  READY: 2,
  UNDER_WAY: 3,
} as const;
export type State = (typeof STATE)[keyof typeof STATE];

/** What becomes of a Data-Out. */
export const FATE = { TAKE: 0, SKIP: 1, VIOLATION: 2 } as const;
export type Fate = (typeof FATE)[keyof typeof FATE];

/** Of a target transfer tag, the bits that number the task; the others number its R2Ts. */
const INDEX_BITS = 10;
export const TASKS_MAX = 1 << INDEX_BITS;
const NUMBER_MASK = 0x3f_ffff;

export const taskOfTag = (ttt: number): number => ttt & (TASKS_MAX - 1);

/** The session, as its tasks see it. */
export interface TaskHome {
  readonly hub: Hub;
  readonly client: Client;
  readonly replies: Replies;
  readonly terms: Terms;
  readonly isEnding: boolean;
  /** Bytes of data-in sent. */
  readBytes: number;
  /** All its data-out has come. */
  ready(task: Task): void;
  /** It ends here, with a sense code. */
  fail(task: Task, sense: number): void;
  /** The array has ended it. */
  ended(task: Task, end: ScsiEnd): void;
  /** It was given data-in, which is to be sent if no end comes with it. */
  hasPart(task: Task): void;
}

/** ABORTED COMMAND with the codes of RFC 7143, 11.4.7.2. */
export const ABORTED = { UNEXPECTED_DATA: 0x0b0c0c, LOST_DATA: 0x0b4705 } as const;

export class Task implements ScsiListener, Asked {
  readonly index: number;
  readonly cdb = new Uint8Array(16);
  state: State = STATE.FREE;
  /** How many the session had before. */
  serial = 0;
  itt = 0;
  isImmediate = false;
  attribute = 0;
  lunHigh = 0;
  lunLow = 0;
  /** What the initiator expects to move: out if it writes, else in. */
  expected = 0;
  /** Data-in of a command that moves data both ways. */
  readExpected = 0;
  /** How much data-in the initiator takes. */
  inBytes = 0;
  dataSn = 0;
  /** What the client is owed for it, since the array has got it. */
  owed = 0;
  /** The port's number of it. */
  command = -1;
  /** Transfer buffer; 0: none. */
  at = 0;
  sectors = 0;
  /** Data that came before there was one. */
  aside: Buffer | undefined;
  /** The socket may put bytes there. */
  lent = false;
  /** Data-out to collect, and what has come of it. */
  outBytes = 0;
  received = 0;
  /** Sense of a failure that is told when all that was asked for has come; 0: none. */
  failure = 0;
  /** Data-out without R2T is to come. */
  unsolicited = false;
  /** Data-in that was given and is not sent yet: in a slot, or (-1) copied; how much. */
  partSlot = -1;
  partAt = 0;
  partBytes = 0;
  partData: Uint8Array | undefined;
  /** Data-in sent. */
  sentBytes = 0;
  /** Bytes of the sequence of Data-Ins that has begun. */
  burstSent = 0;
  private readonly session: TaskHome;
  /** End of what was asked for by R2T. */
  private asked = 0;
  private burstEnd = 0;
  private expectedSn = 0;
  /** R2Ts that are not fulfilled, how many were, and how many tasks this record has been. */
  private bursts = 0;
  private fulfilled = 0;
  private first = 0;

  constructor(session: TaskHome, index: number) {
    this.session = session;
    this.index = index;
  }

  /** A command begins; the session has filled in what its PDU says. */
  begin(): void {
    this.dataSn = 0;
    this.command = -1;
    this.owed = 0;
    this.aside = undefined;
    this.received = 0;
    this.failure = 0;
    this.unsolicited = false;
    this.partBytes = 0;
    this.sentBytes = 0;
    this.burstSent = 0;
    this.asked = 0;
    this.bursts = 0;
    this.first = (this.first + this.fulfilled + 1) & NUMBER_MASK;
    this.fulfilled = 0;
    this.state = STATE.COLLECTING;
  }

  /** Data without R2T will come, up to so many bytes of the whole. */
  expectUnsolicited(bytes: number): void {
    this.unsolicited = true;
    this.burstEnd = bytes;
    this.expectedSn = 0;
  }

  /** Is data to come that was promised to it? */
  get isCollecting(): boolean {
    return this.state === STATE.COLLECTING && (this.unsolicited || this.bursts > 0);
  }

  /** Data-Out, before its data is taken. */
  judge(ttt: number, dataSn: number, offset: number, bytes: number, isFinal: boolean): Fate {
    if ((ttt === NO_TAG) !== this.unsolicited) return FATE.VIOLATION;
    if (!this.unsolicited && (this.bursts === 0 || ttt !== this.tagOf(this.fulfilled))) return FATE.VIOLATION;
    if (this.failure !== 0) return FATE.SKIP;
    if (dataSn !== this.expectedSn) {
      // A gap at error recovery level 0: the rest is awaited, then the command ends (7.8, 7.9).
      this.failure = ABORTED.LOST_DATA;
      return FATE.SKIP;
    }
    const end = offset + bytes;
    if (offset !== this.received || end > this.burstEnd) return FATE.VIOLATION;
    if (end === this.burstEnd ? !isFinal : isFinal && !this.unsolicited) return FATE.VIOLATION;
    return FATE.TAKE;
  }

  /** A Data-Out has come; so many bytes of it stand in the buffer. */
  took(bytes: number, isFinal: boolean): void {
    this.received += bytes;
    this.expectedSn += 1;
    if (!isFinal) return;
    if (this.unsolicited) this.unsolicited = false;
    else {
      this.bursts -= 1;
      this.fulfilled += 1;
    }
    this.expectedSn = 0;
    this.proceed();
  }

  /** Asks for what is missing, or is ready. */
  proceed(): void {
    const { session } = this;
    if (this.unsolicited) return;
    if (this.failure !== 0) {
      if (this.bursts === 0) session.fail(this, this.failure);
      return;
    }
    if (this.received >= this.outBytes) {
      this.state = STATE.READY;
      session.ready(this);
      return;
    }
    const { burstBytesMax, outstandingR2tMax } = session.terms;
    if (this.asked < this.received) this.asked = this.received;
    if (this.bursts > 0) this.burstEnd = Math.min(this.received + burstBytesMax, this.asked);
    while (this.bursts < outstandingR2tMax && this.asked < this.outBytes) {
      const bytes = Math.min(burstBytesMax, this.outBytes - this.asked);
      const ttt = this.tagOf(this.fulfilled + this.bursts);
      session.replies.r2t(this, this.lunHigh, this.lunLow, ttt, this.asked, bytes);
      if (this.bursts === 0) this.burstEnd = this.asked + bytes;
      this.asked += bytes;
      this.bursts += 1;
    }
    session.hub.hasReplies(session.client);
  }

  pushed(_: number, slot: number, at: number, sectors: number): void {
    this.sendOpen(false);
    const bytes = Math.min(sectors * SECTOR_BYTES, this.inBytes - this.sentBytes);
    if (bytes <= 0 || this.session.isEnding) {
      this.session.hub.port.done(slot);
      return;
    }
    this.partSlot = slot;
    this.partAt = at * SECTOR_BYTES;
    this.partBytes = bytes;
    this.session.hasPart(this);
  }

  gave(_: number, at: number, given: number): void {
    this.sendOpen(false);
    const bytes = Math.min(given, this.inBytes - this.sentBytes);
    if (bytes <= 0 || this.session.isEnding) return;
    const from = at * SECTOR_BYTES;
    // Valid during the call only, and whether the status goes with it is known after it.
    this.partData = this.session.hub.port.memory.bytes.slice(from, from + bytes);
    this.partSlot = -1;
    this.partBytes = bytes;
    this.session.hasPart(this);
  }

  scsiEnded(_: number, end: ScsiEnd): void {
    this.command = -1;
    this.session.ended(this, end);
  }

  /** Sends what was given: as more comes, or, with the F bit behind it, as the array has no more for now. */
  sendOpen(isEnd: boolean): void {
    if (this.partBytes > 0) this.sendPart(-1, isEnd);
  }

  /**
   * Sends what was given last, as PDUs that the initiator can take.
   * @param moved the command has ended with GOOD and moved so many bytes; -1: its status does not go with it
   * @param isEnd no more follows
   */
  sendPart(moved: number, isEnd: boolean): void {
    const { hub, replies, terms, client } = this.session;
    const { partSlot: slot, partBytes: bytes } = this;
    const { out } = client;
    const { buffer, byteOffset } = hub.port.memory.bytes;
    const data = this.partData ?? new Uint8Array(buffer, byteOffset + this.partAt, bytes);
    const copies = bytes <= COPY_BYTES_MAX;
    const isPinned = !copies && slot >= 0 && out.takePin();
    // What no pin holds may change before the socket has sent it.
    const source = copies || isPinned || slot < 0 ? data : data.slice();
    this.partBytes = 0;
    this.partData = undefined;
    for (let from = 0; from < bytes; ) {
      const n = Math.min(bytes - from, terms.sendBytesMax, terms.burstBytesMax - this.burstSent);
      const isLast = from + n === bytes;
      const isAll = isLast && (isEnd || this.sentBytes + n === this.inBytes);
      this.burstSent += n;
      const isFinal = isAll || this.burstSent === terms.burstBytesMax;
      if (isFinal) this.burstSent = 0;
      replies.dataIn(this, this.sentBytes, n, copies ? n : 0, isFinal, isLast ? moved : -1);
      const piece = n === bytes ? source : source.subarray(from, from + n);
      if (copies) out.copy(piece);
      else out.attach(Buffer.from(piece.buffer, piece.byteOffset, n));
      this.sentBytes += n;
      from += n;
    }
    this.session.readBytes += bytes;
    if (isPinned) out.pin(slot);
    else if (slot >= 0) hub.port.done(slot);
    if (moved >= 0) out.pay(this.owed);
    hub.hasReplies(client);
  }

  /** The data of a command whose initiator hears no more of it. */
  dropPart(): void {
    if (this.partBytes > 0 && this.partSlot >= 0) this.session.hub.port.done(this.partSlot);
    this.partBytes = 0;
    this.partData = undefined;
  }

  /** What the command moved, or would have moved, against which the residual is told. */
  moved(end: ScsiEnd): number {
    if (end.status === 0 || end.status === NO_STATUS) return end.wantedBytes;
    return this.inBytes > 0 ? this.sentBytes : Math.min(end.wantedBytes, this.expected);
  }

  private tagOf(number: number): number {
    return (((this.first + number) & NUMBER_MASK) * TASKS_MAX + this.index) >>> 0;
  }
}

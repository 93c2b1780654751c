/** What the target says: one method for each kind of PDU (RFC 7143, 11). */
import type { ScsiEnd } from '../scsi-port.js';
import type { Numbers } from './numbers.js';
import type { Outbox } from './outbox.js';
import { ANSWER, AT, BHS_BYTES, FLAG, NO_TAG } from './pdu.js';
import { SENSE_BYTES_MAX, writeSense } from './sense.js';

const CHECK_CONDITION = 0x02;

/** What Data-In and SCSI response say of a command. */
export interface Asked {
  readonly itt: number;
  /** Bytes that the initiator expects to move, and those of data-in if they move both ways. */
  readonly expected: number;
  readonly readExpected: number;
  /** Of data-in PDUs and R2Ts. */
  dataSn: number;
}

export class Replies {
  private readonly out: Outbox;
  private readonly sense = Buffer.alloc(SENSE_BYTES_MAX);
  private readonly senseView = new DataView(this.sense.buffer, this.sense.byteOffset, SENSE_BYTES_MAX);
  /** A session's; of a connection that logs in, its own. */
  numbers: Numbers;

  constructor(out: Outbox, numbers: Numbers) {
    this.out = out;
    this.numbers = numbers;
  }

  login(header: Buffer, flags: number, status: number, tsih: number, text: Buffer): void {
    const at = this.out.begin(ANSWER.LOGIN, flags, text.length, text.length);
    const { view, bytes } = this.out.batch;
    header.copy(bytes, at + AT.ISID, AT.ISID, AT.ISID + 6);
    view.setUint16(at + AT.TSIH, tsih);
    view.setUint32(at + AT.ITT, header.readUInt32BE(AT.ITT));
    this.stamp(at, true);
    view.setUint16(at + AT.STATUS_CLASS, status);
    this.out.seal(at);
    this.out.copy(text);
  }

  /** @param owed what the command was counted for */
  response(asked: Asked, end: ScsiEnd, moved: number, owed: number): void {
    const { out } = this;
    const senseBytes = end.status === CHECK_CONDITION ? writeSense(this.senseView, 0, end) : 0;
    const at = out.begin(ANSWER.SCSI_RESPONSE, FLAG.FINAL, senseBytes, senseBytes);
    const { view, bytes } = out.batch;
    bytes[at + AT.STATUS] = end.status;
    view.setUint32(at + AT.ITT, asked.itt);
    this.stamp(at, true);
    // ExpDataSN: how many there were.
    view.setUint32(at + AT.DATA_SN, asked.dataSn);
    this.residual(at, asked.expected, moved);
    if (asked.readExpected > 0) {
      bytes[at + AT.FLAGS] |= FLAG.READ_UNDERFLOW;
      view.setUint32(at + AT.READ_RESIDUAL, asked.readExpected);
    }
    out.seal(at);
    if (senseBytes > 0) {
      out.copy(this.sense.subarray(0, senseBytes));
      this.sense.fill(0);
    }
    out.pay(owed);
  }

  /**
   * Header of a Data-In, whose data follows.
   * @param moved with status GOOD in it: what the command moved, for the residual; -1: without status
   */
  dataIn(asked: Asked, offset: number, bytes: number, copied: number, isFinal: boolean, moved: number): void {
    const { out } = this;
    const at = out.begin(ANSWER.DATA_IN, isFinal ? FLAG.FINAL : 0, bytes, copied);
    const { view } = out.batch;
    view.setUint32(at + AT.ITT, asked.itt);
    view.setUint32(at + AT.TTT, NO_TAG);
    if (moved < 0) this.window(at);
    else {
      out.batch.bytes[at + AT.FLAGS] |= FLAG.STATUS;
      this.stamp(at, true);
      this.residual(at, asked.expected, moved);
    }
    view.setUint32(at + AT.DATA_SN, asked.dataSn);
    view.setUint32(at + AT.OFFSET, offset);
    asked.dataSn += 1;
    out.seal(at);
  }

  r2t(asked: Asked, lunHigh: number, lunLow: number, ttt: number, offset: number, bytes: number): void {
    const at = this.out.begin(ANSWER.R2T, FLAG.FINAL, 0, 0);
    const { view } = this.out.batch;
    view.setUint32(at + AT.LUN, lunHigh);
    view.setUint32(at + AT.LUN + 4, lunLow);
    view.setUint32(at + AT.ITT, asked.itt);
    view.setUint32(at + AT.TTT, ttt);
    this.stamp(at, false);
    view.setUint32(at + AT.DATA_SN, asked.dataSn);
    view.setUint32(at + AT.OFFSET, offset);
    view.setUint32(at + AT.DESIRED, bytes);
    asked.dataSn += 1;
    this.out.seal(at);
  }

  /** The answer to a ping. */
  pong(header: Buffer, data: Buffer): void {
    const at = this.out.begin(ANSWER.NOP_IN, FLAG.FINAL, data.length, data.length);
    const { view } = this.out.batch;
    view.setUint32(at + AT.ITT, header.readUInt32BE(AT.ITT));
    view.setUint32(at + AT.TTT, NO_TAG);
    this.stamp(at, true);
    this.out.seal(at);
    this.out.copy(data);
  }

  /** A ping of ours. */
  ping(ttt: number): void {
    const at = this.out.begin(ANSWER.NOP_IN, FLAG.FINAL, 0, 0);
    const { view } = this.out.batch;
    view.setUint32(at + AT.ITT, NO_TAG);
    view.setUint32(at + AT.TTT, ttt);
    this.stamp(at, false);
    this.out.seal(at);
  }

  text(itt: number, flags: number, ttt: number, text: Buffer): void {
    const at = this.out.begin(ANSWER.TEXT, flags, text.length, text.length);
    const { view } = this.out.batch;
    view.setUint32(at + AT.ITT, itt);
    view.setUint32(at + AT.TTT, ttt);
    this.stamp(at, true);
    this.out.seal(at);
    this.out.copy(text);
  }

  /** Of task management, and of logout. */
  outcome(opcode: number, itt: number, response: number): void {
    const at = this.out.begin(opcode, FLAG.FINAL, 0, 0);
    this.out.batch.bytes[at + AT.RESPONSE] = response;
    this.out.batch.view.setUint32(at + AT.ITT, itt);
    this.stamp(at, true);
    this.out.seal(at);
  }

  reject(header: Buffer, reason: number): void {
    const at = this.out.begin(ANSWER.REJECT, FLAG.FINAL, BHS_BYTES, BHS_BYTES);
    this.out.batch.bytes[at + AT.RESPONSE] = reason;
    this.out.batch.view.setUint32(at + AT.ITT, NO_TAG);
    this.stamp(at, true);
    this.out.seal(at);
    this.out.copy(header.subarray(0, BHS_BYTES));
  }

  /** An asynchronous message of the target itself, with its three parameters. */
  event(event: number, first: number, second: number, third: number): void {
    const at = this.out.begin(ANSWER.ASYNC, FLAG.FINAL, 0, 0);
    const { view, bytes } = this.out.batch;
    view.setUint32(at + AT.ITT, NO_TAG);
    this.stamp(at, true);
    bytes[at + AT.EVENT] = event;
    view.setUint16(at + AT.PARAMETERS, first);
    view.setUint16(at + AT.PARAMETERS + 2, second);
    view.setUint16(at + AT.PARAMETERS + 4, third);
    this.out.seal(at);
  }

  /** The status number, which `counts` for PDUs that must be acknowledged, and the command window. */
  private stamp(at: number, counts: boolean): void {
    const { numbers } = this;
    this.out.batch.view.setUint32(at + AT.STAT_SN, counts ? numbers.nextStatSn() : numbers.statSn);
    this.window(at);
  }

  private window(at: number): void {
    const { view } = this.out.batch;
    view.setUint32(at + AT.EXP_CMD_SN, this.numbers.expCmdSn);
    view.setUint32(at + AT.MAX_CMD_SN, this.numbers.maxCmdSn);
  }

  /** What was expected against what the command moved, or would have moved. */
  private residual(at: number, expected: number, moved: number): void {
    if (expected === moved) return;
    const { view, bytes } = this.out.batch;
    bytes[at + AT.FLAGS] |= moved > expected ? FLAG.OVERFLOW : FLAG.UNDERFLOW;
    view.setUint32(at + AT.RESIDUAL, Math.min(Math.abs(moved - expected), 0xffff_ffff));
  }
}

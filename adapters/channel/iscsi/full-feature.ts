/** Full feature phase: PDUs in the order of their command numbers, each to whoever takes it. */
import { Commands, PLACE, type Place } from './commands.js';
import { Held, type HeldPdu } from './held.js';
import { OWED_BYTES_MAX } from './outbox.js';
import { AT, IMMEDIATE, OPCODE, OPCODE_MASK, REJECT, serialDistance } from './pdu.js';
import { Services } from './services.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** What is done with a PDU when its data is there. */
const DOES = { NOTHING: 0, COMMAND: 1, DATA: 2, SERVICE: 3, HOLD: 4, FOLLOW: 5 } as const;

export class FullFeature {
  readonly session: Session;
  readonly services: Services;
  private readonly commands: Commands;
  private readonly held = new Held();
  private does: number = DOES.NOTHING;
  private place: Place = PLACE.SKIP;

  constructor(session: Session) {
    this.session = session;
    this.commands = new Commands(session);
    this.services = new Services(session, this.held);
  }

  /** The task whose buffer the data goes to. */
  get task(): Task | undefined {
    return this.commands.task;
  }

  /** Where the data of this PDU goes, or why it cannot be taken now: then this is to be called again. */
  start(header: Buffer, dataBytes: number): Place {
    const opcode = header[0] & OPCODE_MASK;
    const { numbers } = this.session;
    if (opcode === OPCODE.DATA_OUT) return this.startData(header, dataBytes);
    // Every other PDU is answered, and its initiator has to take the answers.
    if (this.session.client.out.owed > OWED_BYTES_MAX) return PLACE.OWED;
    const isNumbered = (header[0] & IMMEDIATE) === 0 && opcode !== OPCODE.SNACK;
    const cmdSn = header.readUInt32BE(AT.CMD_SN);
    if (isNumbered) {
      if (!numbers.takes(cmdSn) || (!this.held.isEmpty && this.held.has(cmdSn)))
        return this.go(DOES.NOTHING, PLACE.SKIP);
      if (serialDistance(cmdSn, numbers.expCmdSn) > 0) return this.go(DOES.HOLD, PLACE.SEGMENT);
    }
    if (opcode === OPCODE.LOGIN) return this.reject(header, REJECT.PROTOCOL);
    if (opcode !== OPCODE.SCSI_COMMAND) {
      if (isNumbered) numbers.advance();
      return this.go(DOES.SERVICE, PLACE.SEGMENT);
    }
    if (this.session.nexus < 0) {
      if (isNumbered) numbers.advance();
      return this.reject(header, REJECT.PROTOCOL);
    }
    // The window of what is answered here already counts it.
    const before = numbers.expCmdSn;
    if (isNumbered) numbers.advance();
    const place = this.commands.startCommand(header, dataBytes);
    if (place === PLACE.MEMORY) numbers.expCmdSn = before;
    return this.go(DOES.COMMAND, place);
  }

  /** The data of the PDU is there; `segment` is what went into the connection's buffer. */
  finish(header: Buffer, segment: Buffer): void {
    const placed = this.place === PLACE.TASK;
    switch (this.does) {
      case DOES.COMMAND:
        this.commands.finishCommand(placed, segment);
        break;
      case DOES.DATA:
        this.commands.finishData(placed);
        break;
      case DOES.SERVICE:
        this.services.take(header, segment);
        break;
      case DOES.HOLD:
        if (!this.held.add(header, segment)) this.session.client.destroy();
        break;
      case DOES.FOLLOW:
        if (!this.held.follow(header, segment)) this.session.client.destroy();
        break;
      default:
    }
  }

  /** The data of the PDU is not what was sent: it is discarded (RFC 7143, 7.8). */
  spoil(header: Buffer): void {
    const { replies, hub, client } = this.session;
    replies.reject(header, REJECT.DATA_DIGEST);
    hub.hasReplies(client);
    if (this.does === DOES.COMMAND) this.commands.spoilCommand();
    if (this.does === DOES.DATA) this.commands.spoilData();
    // Its number will never come again at error recovery level 0, and all others would wait for it.
    else if ((header[0] & IMMEDIATE) === 0) client.close();
  }

  /** One that came too early, and whose turn it is now. */
  next(): HeldPdu | undefined {
    const { held } = this;
    if (held.isEmpty) return undefined;
    const { numbers } = this.session;
    while (held.skips(numbers.expCmdSn)) numbers.advance();
    return held.take(numbers.expCmdSn);
  }

  private startData(header: Buffer, dataBytes: number): Place {
    if (this.session.nexus < 0) return this.reject(header, REJECT.PROTOCOL);
    if (!this.held.isEmpty && this.held.hasTask(header.readUInt32BE(AT.ITT)))
      return this.go(DOES.FOLLOW, PLACE.SEGMENT);
    return this.go(DOES.DATA, this.commands.startData(header, dataBytes));
  }

  private reject(header: Buffer, reason: number): Place {
    const { replies, hub, client } = this.session;
    replies.reject(header, reason);
    hub.hasReplies(client);
    return this.go(DOES.NOTHING, PLACE.SKIP);
  }

  private go(does: number, place: Place): Place {
    this.does = does;
    this.place = place;
    return place;
  }
}

/** What initiators ask a target in full feature phase beside SCSI: pings, text, task management, logout. */
import { TASK_FUNCTION } from '../scsi-port.js';
import type { Held } from './held.js';
import { Manager } from './manager.js';
import { ANSWER, AT, FLAG, LOGGED_OUT, LOGOUT, NO_TAG, OPCODE, REJECT, serialDistance } from './pdu.js';
import type { Session } from './session.js';
import { sendTargets } from './target.js';
import { findDuplicate, type Pair, readPairs, TextIntake, TextOutput, writePairs } from './text.js';

/** Task management requests that one session may have under way. */
const MANAGERS_MAX = 16;

export class Services {
  private readonly session: Session;
  private readonly held: Held;
  private readonly textIn = new TextIntake();
  private readonly textOut = new TextOutput();
  /** Task tag of the text exchange that goes on; its next request must bear it. */
  private textTag = NO_TAG;
  /** Target transfer tags of text exchanges and pings. */
  private tag = 0;

  constructor(session: Session, held: Held) {
    this.session = session;
    this.held = held;
  }

  /** A whole PDU of one of these kinds. `data` is valid during the call only. */
  take(header: Buffer, data: Buffer): void {
    const { session } = this;
    switch (header[0] & 0x3f) {
      case OPCODE.NOP_OUT:
        this.answerPing(header, data);
        break;
      case OPCODE.TEXT:
        this.answerText(header, data);
        break;
      case OPCODE.TASK_MANAGEMENT:
        this.manage(header);
        break;
      case OPCODE.LOGOUT:
        this.logout(header);
        break;
      case OPCODE.SNACK:
        // Error recovery level 0 has none.
        session.replies.reject(header, REJECT.SNACK);
        break;
      default:
        session.replies.reject(header, REJECT.NOT_SUPPORTED);
    }
    session.hub.hasReplies(session.client);
  }

  /** Asks the initiator for a sign of life. */
  ping(): void {
    this.session.replies.ping(this.nextTag());
    this.session.hub.hasReplies(this.session.client);
  }

  private answerPing(header: Buffer, data: Buffer): void {
    // Without a task tag it is itself an answer.
    if (header.readUInt32BE(AT.ITT) === NO_TAG) return;
    this.session.replies.pong(header, data.subarray(0, this.session.terms.sendBytesMax));
  }

  private answerText(header: Buffer, data: Buffer): void {
    const { session, textIn, textOut } = this;
    const itt = header.readUInt32BE(AT.ITT);
    const goesOn = (header[AT.FLAGS] & FLAG.CONTINUE) !== 0;
    const isNew = header.readUInt32BE(AT.TTT) === NO_TAG;
    if (isNew ? itt === NO_TAG : itt !== this.textTag) {
      this.refuseText(header, REJECT.INVALID_FIELD);
      return;
    }
    if (isNew) {
      // A new one ends what was not brought to its end (11.10.4).
      textIn.take();
      textOut.take(Number.POSITIVE_INFINITY);
    }
    this.textTag = itt;
    if (!textIn.add(data)) {
      this.refuseText(header, REJECT.OUT_OF_RESOURCES);
      return;
    }
    if (goesOn) {
      session.replies.text(itt, 0, this.nextTag(), Buffer.alloc(0));
      return;
    }
    const pairs = readPairs(textIn.take());
    const answers = pairs === undefined ? undefined : this.answers(pairs);
    if (answers === undefined) {
      this.refuseText(header, REJECT.PROTOCOL);
      return;
    }
    textOut.put(writePairs(answers));
    const part = textOut.take(session.terms.sendBytesMax);
    const isAll = textOut.isEmpty;
    // All is said, and both sides know it, or the initiator has more to say.
    const isFinal = isAll && (header[AT.FLAGS] & FLAG.FINAL) !== 0;
    if (isFinal) this.textTag = NO_TAG;
    session.replies.text(
      itt,
      isFinal ? FLAG.FINAL : isAll ? 0 : FLAG.CONTINUE,
      isFinal ? NO_TAG : this.nextTag(),
      part,
    );
  }

  private answers(pairs: readonly Pair[]): Pair[] | undefined {
    const { login, hub, client } = this.session;
    const answers: Pair[] = [];
    if (findDuplicate(pairs) !== undefined) return undefined;
    for (const pair of pairs) {
      if (pair[0] === 'SendTargets') {
        const told = sendTargets(pair[1], hub.target, login.initiator, !login.isDiscovery, client.reached);
        if (told === undefined) return undefined;
        answers.push(...told);
        continue;
      }
      const answer = login.negotiation.answerLater(pair);
      if (answer !== undefined) answers.push(answer);
    }
    return answers;
  }

  private refuseText(header: Buffer, reason: number): void {
    this.textIn.take();
    this.textOut.take(Number.POSITIVE_INFINITY);
    this.textTag = NO_TAG;
    this.session.replies.reject(header, reason);
  }

  private manage(header: Buffer): void {
    const { session } = this;
    if (session.nexus < 0 || session.managers.length >= MANAGERS_MAX) {
      session.replies.reject(header, session.nexus < 0 ? REJECT.PROTOCOL : REJECT.OUT_OF_RESOURCES);
      return;
    }
    const refCmdSn = header.readUInt32BE(AT.REF_CMD_SN);
    const isToCome = session.numbers.takes(refCmdSn);
    const isBefore = serialDistance(refCmdSn, header.readUInt32BE(AT.CMD_SN)) < 0;
    const taskFunction = header[AT.FLAGS] & 0x7f;
    const refTag = header.readUInt32BE(AT.REF_TAG);
    const isAhead = isToCome && isBefore && session.find(refTag) === undefined;
    if (isAhead && taskFunction === TASK_FUNCTION.ABORT_TASK) this.held.abort(refCmdSn);
    const manager = new Manager(session, {
      itt: header.readUInt32BE(AT.ITT),
      taskFunction,
      lunHigh: header.readUInt32BE(AT.LUN),
      lunLow: header.readUInt32BE(AT.LUN + 4),
      refTag,
      refIsPast: !isToCome || !isBefore,
    });
    session.managers.push(manager);
    manager.start();
    manager.check();
  }

  private logout(header: Buffer): void {
    const { session } = this;
    const { replies, client, hub } = session;
    const itt = header.readUInt32BE(AT.ITT);
    const reason = header[AT.FLAGS] & 0x7f;
    if (reason === LOGOUT.RECOVERY) {
      replies.outcome(ANSWER.LOGOUT, itt, LOGGED_OUT.NO_RECOVERY);
      return;
    }
    if (reason > LOGOUT.RECOVERY) {
      replies.reject(header, REJECT.INVALID_FIELD);
      return;
    }
    if (reason === LOGOUT.CONNECTION && header.readUInt16BE(AT.CID) !== session.login.cid) {
      replies.outcome(ANSWER.LOGOUT, itt, LOGGED_OUT.NO_CONNECTION);
      return;
    }
    // With its only connection the session ends: its commands are answered no more (4.2.3.? and 11.14).
    client.leave();
    session.end(() => {
      replies.outcome(ANSWER.LOGOUT, itt, LOGGED_OUT.DONE);
      hub.hasReplies(client);
      client.close();
    });
  }

  private nextTag(): number {
    this.tag = (this.tag + 1) & 0x7fff_ffff;
    return this.tag;
  }
}

/**
 * PDUs whose command number is not the expected one yet: kept until those before them have come (RFC 7143, 4.2.2.1). On
 * one connection that happens only to initiators that send out of order; what they can make this keep is bounded.
 */
import { AT, BHS_BYTES } from './pdu.js';

const BYTES_MAX = 1024 * 1024;

export interface HeldPdu {
  readonly header: Buffer;
  readonly data: Buffer;
}

interface Entry extends HeldPdu {
  /** Its Data-Outs, which bear no number. */
  readonly followers: HeldPdu[];
}

export class Held {
  private readonly entries = new Map<number, Entry>();
  private readonly next: HeldPdu[] = [];
  /** Numbers of commands that were aborted before their turn: as if they had come and ended. No more than a window has. */
  private readonly aborted = new Set<number>();
  private bytes = 0;

  get isEmpty(): boolean {
    return this.entries.size === 0 && this.next.length === 0 && this.aborted.size === 0;
  }

  has(cmdSn: number): boolean {
    return this.entries.has(cmdSn) || this.aborted.has(cmdSn);
  }

  /** The command with this number, here or still to come, is never to be taken (RFC 7143, 11.6.1). */
  abort(cmdSn: number): void {
    const entry = this.entries.get(cmdSn);
    if (entry !== undefined) {
      for (const { data } of [entry, ...entry.followers]) this.bytes -= BHS_BYTES + data.length;
      this.entries.delete(cmdSn);
    }
    this.aborted.add(cmdSn);
  }

  /** Is it the turn of one that was aborted? Then it is over. */
  skips(expCmdSn: number): boolean {
    return this.next.length === 0 && this.aborted.delete(expCmdSn);
  }

  /** Is it a Data-Out of one that is kept? */
  hasTask(itt: number): boolean {
    for (const { header } of this.entries.values()) if (header.readUInt32BE(AT.ITT) === itt) return true;
    return false;
  }

  /** Keeps a copy; false: too much is kept already. */
  add(header: Buffer, data: Buffer): boolean {
    if (!this.count(data)) return false;
    const pdu = { header: Buffer.from(header), data: Buffer.from(data), followers: [] };
    this.entries.set(header.readUInt32BE(AT.CMD_SN), pdu);
    return true;
  }

  /** Keeps a copy of a Data-Out of one that is kept; false: too much is kept already. */
  follow(header: Buffer, data: Buffer): boolean {
    if (!this.count(data)) return false;
    const itt = header.readUInt32BE(AT.ITT);
    for (const entry of this.entries.values()) {
      if (entry.header.readUInt32BE(AT.ITT) !== itt) continue;
      entry.followers.push({ header: Buffer.from(header), data: Buffer.from(data) });
      return true;
    }
    return true;
  }

  /** What is to be taken now, as if it came now; undefined: nothing. */
  take(expCmdSn: number): HeldPdu | undefined {
    const entry = this.next.length === 0 ? this.entries.get(expCmdSn) : undefined;
    if (entry !== undefined) {
      this.entries.delete(expCmdSn);
      this.next.push(entry, ...entry.followers);
    }
    const pdu = this.next.shift();
    if (pdu !== undefined) this.bytes -= BHS_BYTES + pdu.data.length;
    return pdu;
  }

  private count(data: Buffer): boolean {
    this.bytes += BHS_BYTES + data.length;
    return this.bytes <= BYTES_MAX;
  }
}

/** Command and status numbering of a session with one connection (RFC 7143, 4.2.2). */
import { serialDistance } from './pdu.js';

export class Numbers {
  statSn = 1;
  expCmdSn: number;
  /** Commands that count against the window and have not ended. */
  active = 0;
  private readonly depth: number;

  /** @param depth commands that the initiator may have under way */
  constructor(expCmdSn: number, depth: number) {
    this.expCmdSn = expCmdSn;
    this.depth = depth;
  }

  /** Grows only: a command that comes and a command that ends move it by nothing and by one. */
  get maxCmdSn(): number {
    return (this.expCmdSn + this.depth - this.active - 1) >>> 0;
  }

  /** Is it in the window? If not, it is to be ignored (4.2.2.1). */
  takes(cmdSn: number): boolean {
    return serialDistance(cmdSn, this.expCmdSn) >= 0 && serialDistance(cmdSn, this.maxCmdSn) <= 0;
  }

  /** The expected one has come. */
  advance(): void {
    this.expCmdSn = (this.expCmdSn + 1) >>> 0;
  }

  nextStatSn(): number {
    const now = this.statSn;
    this.statSn = (now + 1) >>> 0;
    return now;
  }
}

/**
 * The receiving side of an initiator that believes nothing: every PDU of the target is looked at by what RFC 7143 says of
 * its kind, whatever was said before it. What it finds wrong is a FuzzFailure.
 */
import { crc32c } from '../../../adapters/link/tcp/crc32c.js';
import { FuzzFailure } from '../target.js';
import { type Digests, HEARS, NO_TAG, type Pdu, pairsOf } from './pdu.js';

/** Kinds, and which of them have a number that the next one of them counts on from. */
const KINDS = new Set<number>(Object.values(HEARS));
const LOGIN_BYTES_MAX = 8192;
const COUNTED_DATA = 0x01;

/** Of a command, what has come. */
interface Progress {
  offset: number;
  dataSn: number;
  /** A sequence of Data-Ins has begun that no F bit has ended. */
  isOpen: boolean;
}

export class Reader implements Digests {
  headerDigest = false;
  dataDigest = false;
  /** Of the data segments that this initiator takes: while it logs in, and after. */
  dataBytesMax = LOGIN_BYTES_MAX;
  declared_bytes = LOGIN_BYTES_MAX;
  burstBytesMax = 262_144;
  /** Numbers that the target said last. */
  statSn: number | undefined;
  expCmdSn: number | undefined;
  maxCmdSn = 0;
  refusals = 0;
  /** Tags do not tell commands apart any more: nothing is said of the order of their data. */
  isLoose = false;
  readonly #take: (pdu: Pdu) => void;
  #held: Buffer = Buffer.alloc(0);
  /** By task tag. */
  readonly #progress = new Map<number, Progress>();
  readonly #seen = new Set<number>();
  /** What the target has answered during login. */
  readonly agreed = new Map<string, string>();

  /** @param take told of each PDU, when it was found right */
  constructor(take: (pdu: Pdu) => void) {
    this.#take = take;
  }

  /** Does part of a PDU stand here? */
  get isWithin(): boolean {
    return this.#held.length > 0;
  }

  readonly bytes = (bytes: Buffer): void => {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (this.#takeOne());
  };

  /** A command with this tag begins. */
  begins(itt: number): void {
    if (this.#seen.has(itt)) this.isLoose = true;
    this.#seen.add(itt);
  }

  #takeOne(): boolean {
    const held = this.#held;
    if (held.length < 48) return false;
    const header = held.subarray(0, 48);
    const length = header.readUIntBE(5, 3);
    const kind = header[0];
    if (!KINDS.has(kind)) throw new FuzzFailure(`the target says 0x${kind.toString(16)}, which is no answer`);
    if (header[4] !== 0) throw wrong('an additional header', header);
    if (length > this.dataBytesMax) throw wrong(`${length} bytes of data, and ${this.dataBytesMax} are taken`, header);
    const from = 48 + (this.headerDigest ? 4 : 0);
    const padded = length + (-length & 3);
    const end = from + padded + (this.dataDigest && length > 0 ? 4 : 0);
    if (held.length < end) return false;
    if (this.headerDigest && crc32c(0, header) !== held.readInt32LE(48)) throw wrong('a wrong header digest', header);
    const data = held.subarray(from, from + length);
    for (let at = from + length; at < from + padded; at++) if (held[at] !== 0) throw wrong('padding', header);
    if (end > from + padded && crc32c(0, held.subarray(from, from + padded)) !== held.readInt32LE(end - 4)) {
      throw wrong('a wrong data digest', header);
    }
    this.#held = held.subarray(end);
    this.#numbers(header);
    this.#check(header, data);
    this.#take({ header, ahs: held.subarray(0, 0), data });
    return true;
  }

  /** StatSN, ExpCmdSN and MaxCmdSN (4.2.2). */
  #numbers(header: Buffer): void {
    const kind = header[0];
    const said = header.readUInt32BE(24);
    const isPart = kind === HEARS.DATA && (header[1] & COUNTED_DATA) === 0;
    const counts = !isPart && kind !== HEARS.R2T && !(kind === HEARS.NOP && header.readUInt32BE(16) === NO_TAG);
    if (!isPart && this.statSn !== undefined && said !== this.statSn) {
      throw wrong(`StatSN ${said}, and ${this.statSn} was to come`, header);
    }
    if (counts) this.statSn = (said + 1) >>> 0;
    const expCmdSn = header.readUInt32BE(28);
    const maxCmdSn = header.readUInt32BE(32);
    // A login that goes on has no window of its own yet: its numbers are those of its requests.
    if (this.expCmdSn !== undefined && kind !== HEARS.LOGIN) {
      if (((expCmdSn - this.expCmdSn) | 0) < 0) throw wrong(`ExpCmdSN ${expCmdSn} after ${this.expCmdSn}`, header);
      if (((maxCmdSn - this.maxCmdSn) | 0) < 0) throw wrong(`MaxCmdSN ${maxCmdSn} after ${this.maxCmdSn}`, header);
    }
    if (((maxCmdSn - expCmdSn) | 0) < -1) throw wrong(`MaxCmdSN ${maxCmdSn} with ExpCmdSN ${expCmdSn}`, header);
    this.expCmdSn = expCmdSn;
    this.maxCmdSn = maxCmdSn;
  }

  #check(header: Buffer, data: Buffer): void {
    const kind = header[0];
    if (kind !== HEARS.LOGIN && kind !== HEARS.TEXT && kind !== HEARS.DATA && (header[1] & 0x80) === 0) {
      throw wrong('no F bit', header);
    }
    if (kind === HEARS.DATA) this.#checkData(header, data);
    else if (kind === HEARS.R2T) this.#checkR2t(header);
    else if (kind === HEARS.RESPONSE) this.#checkResponse(header, data);
    else if (kind === HEARS.LOGIN) this.#checkLogin(header, data);
    else if (kind === HEARS.TEXT) this.#checkText(header, data);
    else if (kind === HEARS.REJECT) {
      this.refusals += 1;
      if (data.length < 48) throw wrong('a Reject without the header that it rejects', header);
    } else if (kind !== HEARS.NOP && data.length > 0) throw wrong('data', header);
  }

  #checkData(header: Buffer, data: Buffer): void {
    const flags = header[1];
    const progress = this.#of(header);
    const dataSn = header.readUInt32BE(36);
    const offset = header.readUInt32BE(40);
    if (!this.isLoose && (dataSn !== progress.dataSn || offset !== progress.offset)) {
      throw wrong(`DataSN ${dataSn} at ${offset}; ${progress.dataSn} at ${progress.offset} was to come`, header);
    }
    if (data.length === 0) throw wrong('no data', header);
    if ((flags & COUNTED_DATA) !== 0 && (flags & 0x80) === 0) throw wrong('a status without F', header);
    if ((flags & 0x06) === 0x06) throw wrong('overflow and underflow', header);
    progress.dataSn += 1;
    progress.offset += data.length;
    progress.isOpen = (flags & 0x80) === 0;
    if ((flags & COUNTED_DATA) !== 0) this.#progress.delete(header.readUInt32BE(16));
  }

  #checkR2t(header: Buffer): void {
    const progress = this.#of(header);
    const r2tSn = header.readUInt32BE(36);
    const bytes = header.readUInt32BE(44);
    if (!this.isLoose && r2tSn !== progress.dataSn)
      throw wrong(`R2TSN ${r2tSn}; ${progress.dataSn} was to come`, header);
    if (bytes === 0 || bytes > this.burstBytesMax) throw wrong(`an R2T for ${bytes} bytes`, header);
    if (header.readUInt32BE(20) === NO_TAG) throw wrong('an R2T without a tag', header);
    progress.dataSn += 1;
  }

  #checkResponse(header: Buffer, data: Buffer): void {
    const status = header[3];
    const { dataSn, isOpen } = this.#of(header);
    if (!this.isLoose && header.readUInt32BE(36) !== dataSn) throw wrong(`ExpDataSN is not ${dataSn}`, header);
    if (!this.isLoose && isOpen) throw wrong('the end of a command whose last Data-In had no F bit', header);
    if ((header[1] & 0x06) === 0x06 || (header[1] & 0x18) === 0x18) throw wrong('overflow and underflow', header);
    if (status === 2 && (data.length < 2 || data.readUInt16BE(0) !== data.length - 2)) {
      throw wrong('sense data that does not fit its length', header);
    }
    if (status !== 2 && data.length > 0) throw wrong('sense data without CHECK CONDITION', header);
    if (status !== 0) this.refusals += 1;
    this.#progress.delete(header.readUInt32BE(16));
  }

  #checkLogin(header: Buffer, data: Buffer): void {
    const flags = header[1];
    const status = header.readUInt16BE(36);
    if (status !== 0) {
      this.refusals += 1;
      if (data.length > 0 || (flags & 0x80) !== 0) throw wrong('a refusal that goes on', header);
    }
    if ((flags & 0xc0) === 0xc0) throw wrong('transit and continue', header);
    if ((flags & 0x80) !== 0 && (flags & 3) <= ((flags >> 2) & 3)) throw wrong('a step that leads nowhere', header);
    const isLast = status === 0 && (flags & 0x83) === 0x83;
    if (isLast && header.readUInt16BE(14) === 0) throw wrong('a session without a handle', header);
    if ((flags & 0x40) === 0) checkPairs(header, data);
    for (const [key, value] of pairsOf(data)) this.agreed.set(key, value);
    if (!isLast) return;
    // The next PDU, which may stand right behind this one, is of the session.
    this.headerDigest = this.agreed.get('HeaderDigest') === 'CRC32C';
    this.dataDigest = this.agreed.get('DataDigest') === 'CRC32C';
    this.dataBytesMax = this.declared_bytes;
  }

  #checkText(header: Buffer, data: Buffer): void {
    const isFinal = (header[1] & 0x80) !== 0;
    if (isFinal && (header[1] & 0x40) !== 0) throw wrong('final and continue', header);
    if (isFinal !== (header.readUInt32BE(20) === NO_TAG)) throw wrong('a tag that does not fit F', header);
    if ((header[1] & 0x40) === 0) checkPairs(header, data);
  }

  #of(header: Buffer): Progress {
    const itt = header.readUInt32BE(16);
    let progress = this.#progress.get(itt);
    if (progress === undefined) {
      progress = { offset: 0, dataSn: 0, isOpen: false };
      this.#progress.set(itt, progress);
    }
    return progress;
  }
}

function wrong(what: string, header: Buffer): FuzzFailure {
  return new FuzzFailure(`the target says ${what}: ${header.toString('hex')}`);
}

/** The end of a text; of one in parts, its last part. */
function checkPairs(header: Buffer, text: Buffer): void {
  if (text.length > 0 && text[text.length - 1] !== 0) throw wrong('text that no NUL ends', header);
}

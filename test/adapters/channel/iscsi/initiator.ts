/** An initiator for tests: it sends what it is told to, right or wrong, and hands over every PDU that comes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { crc32c } from '../../../../adapters/link/tcp/crc32c.js';

export interface Pdu {
  readonly opcode: number;
  readonly header: Buffer;
  readonly data: Buffer;
}

export interface Sent {
  readonly opcode: number;
  readonly flags?: number;
  /** Fields by place: 32 bits each. */
  readonly words?: Readonly<Record<number, number>>;
  readonly bytes?: Readonly<Record<number, number>>;
  readonly cdb?: readonly number[];
  readonly data?: Buffer;
  readonly ahs?: Buffer;
  /** Breaks the digest of the header, of the data. */
  readonly spoil?: 'header' | 'data';
}

export const INITIATOR = 'iqn.2026-11.example.host:one';
export const TARGET = 'iqn.2026-11.example.arraylab:a';

export class Initiator {
  readonly socket: Socket;
  cmdSn = 1;
  itt = 1;
  isid = '400000000001';
  headerDigest = false;
  dataDigest = false;
  closed = false;
  private input: Buffer = Buffer.alloc(0);
  private readonly pdus: Pdu[] = [];
  private wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  static async open(port: number): Promise<Initiator> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Initiator(socket);
  }

  send(sent: Sent): void {
    const {
      opcode,
      flags = 0x80,
      words = {},
      bytes = {},
      cdb = [],
      data = Buffer.alloc(0),
      ahs = Buffer.alloc(0),
    } = sent;
    const header = Buffer.alloc(48);
    header[0] = opcode;
    header[1] = flags;
    header.writeUInt32BE(data.length, 4);
    header[4] = ahs.length / 4;
    for (const [at, word] of Object.entries(words)) header.writeUInt32BE(word >>> 0, Number(at));
    for (const [at, byte] of Object.entries(bytes)) header[Number(at)] = byte;
    if (cdb.length > 0) Buffer.from(cdb).copy(header, 32);
    const padded = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
    const whole = Buffer.concat([header, ahs]);
    const pieces: Buffer[] = [whole];
    if (this.headerDigest) pieces.push(digest(whole, sent.spoil === 'header'));
    pieces.push(padded);
    if (this.dataDigest && data.length > 0) pieces.push(digest(padded, sent.spoil === 'data'));
    this.socket.write(Buffer.concat(pieces));
  }

  /** The next PDU; undefined: the target has closed the connection. */
  async receive(): Promise<Pdu | undefined> {
    while (this.pdus.length === 0 && !this.closed) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.pdus.shift();
  }

  /** The next PDU, which must be of this kind. */
  async expect(opcode: number): Promise<Pdu> {
    const pdu = await this.receive();
    if (pdu?.opcode === opcode) return pdu;
    const got = pdu === undefined ? 'the end' : `0x${pdu.opcode.toString(16)}: ${pdu.header.toString('hex')}`;
    throw new Error(`PDU 0x${opcode.toString(16)} was expected, and there came ${got}`);
  }

  loginRequest(flags: number, pairs: readonly string[], tsih = 0): void {
    const bytes: Record<number, number> = {};
    const isid = Buffer.from(this.isid, 'hex');
    for (let i = 0; i < 6; i++) bytes[8 + i] = isid[i];
    bytes[14] = tsih >> 8;
    bytes[15] = tsih & 0xff;
    const data = Buffer.from(pairs.map((pair) => `${pair}\0`).join(''));
    this.send({ opcode: 0x43, flags, bytes, words: { 16: this.itt, 24: this.cmdSn }, data });
  }

  /** Logs in at once; the pairs that were answered. */
  async login(more: readonly string[] = [], kind = 'Normal'): Promise<Map<string, string>> {
    const to = kind === 'Normal' ? [`TargetName=${TARGET}`] : [];
    this.loginRequest(0x87, [`InitiatorName=${INITIATOR}`, ...to, `SessionType=${kind}`, ...more]);
    const { header, data } = await this.expect(0x23);
    const status = header.readUInt16BE(36);
    if (status !== 0) throw new Error(`login: 0x${status.toString(16)}`);
    const answers = new Map(
      data
        .toString()
        .split('\0')
        .filter((pair) => pair !== '')
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
    );
    this.headerDigest = answers.get('HeaderDigest') === 'CRC32C';
    this.dataDigest = answers.get('DataDigest') === 'CRC32C';
    return answers;
  }

  /** Sends a SCSI command with the next number; its task tag. */
  command(cdb: readonly number[], expected: number, flags: number, more: Partial<Sent> = {}): number {
    this.itt += 1;
    const words = { 16: this.itt, 20: expected, 24: this.cmdSn++, ...more.words };
    this.send({ opcode: 0x01, flags, cdb, ...more, words });
    return this.itt;
  }

  /** A request that is not a command, for immediate delivery. */
  ask(opcode: number, flags: number, words: Readonly<Record<number, number>>, data = Buffer.alloc(0)): number {
    this.itt += 1;
    this.send({ opcode: opcode | 0x40, flags, words: { 16: this.itt, 24: this.cmdSn, ...words }, data });
    return this.itt;
  }

  dataOut(
    itt: number,
    ttt: number,
    dataSn: number,
    offset: number,
    data: Buffer,
    final: boolean,
    more?: Partial<Sent>,
  ): void {
    const words = { 16: itt, 20: ttt, 36: dataSn, 40: offset };
    this.send({ opcode: 0x05, flags: final ? 0x80 : 0, words, data, ...more });
  }

  /** Ends, and waits for that. */
  async close(): Promise<void> {
    this.socket.destroy();
    while (!this.closed) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private take(chunk: Buffer): void {
    this.input = Buffer.concat([this.input, chunk]);
    while (this.takeOne());
    this.wake?.();
  }

  private takeOne(): boolean {
    const { input } = this;
    if (input.length < 48) return false;
    const length = input.readUIntBE(5, 3);
    const padded = length + (-length & 3);
    const from = 48 + (this.headerDigest ? 4 : 0);
    const all = from + padded + (this.dataDigest && length > 0 ? 4 : 0);
    if (input.length < all) return false;
    if (this.headerDigest) check('header', input.subarray(0, 48), input.readInt32LE(48));
    if (all > from + padded) check('data', input.subarray(from, from + padded), input.readInt32LE(from + padded));
    const header = Buffer.from(input.subarray(0, 48));
    this.pdus.push({ opcode: header[0] & 0x3f, header, data: Buffer.from(input.subarray(from, from + length)) });
    this.input = input.subarray(all);
    return true;
  }
}

function digest(bytes: Buffer, spoil: boolean): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeInt32LE(crc32c(0, bytes) ^ (spoil ? 1 : 0));
  return sum;
}

function check(what: string, bytes: Buffer, sum: number): void {
  if (crc32c(0, bytes) !== sum) throw new Error(`digest of the ${what} is wrong`);
}

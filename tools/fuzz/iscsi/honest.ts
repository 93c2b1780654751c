/**
 * The host that does nothing wrong, whose session lasts while others come and go: each of its commands is answered, with the
 * bytes that it wrote itself.
 */
import { VOLUME_BYTES } from '../array.js';
import type { Chance } from '../chance.js';
import type { Wire } from '../memory-socket.js';
import { FuzzFailure } from '../target.js';
import type { IscsiBed } from './bed.js';
import { HONEST, TARGET } from './login.js';
import { bytesOf, HEARS, makePdu, type Pdu, SAYS, textOf } from './pdu.js';
import { Reader } from './reader.js';

const SECTORS = VOLUME_BYTES / 512;
const SECTORS_MOST = 24;

interface Asked {
  readonly lba: number;
  readonly data: Buffer;
  readonly isWrite: boolean;
}

export class HonestHost {
  readonly #bed: IscsiBed;
  readonly #volume = Buffer.alloc(VOLUME_BYTES);
  #wire!: Wire;
  #reader!: Reader;
  #cmdSn = 1;
  #itt = 1;
  #isIn = false;
  readonly #asked = new Map<number, Asked & { got: number }>();
  #fault: FuzzFailure | undefined;

  constructor(bed: IscsiBed) {
    this.#bed = bed;
  }

  /** Errors: FuzzFailure, when it is not let in. */
  async login(): Promise<void> {
    this.#cmdSn = 1;
    this.#isIn = false;
    this.#asked.clear();
    this.#reader = new Reader((pdu) => this.#take(pdu));
    this.#wire = this.#bed.connect(this.#reader.bytes);
    const keys = [
      `InitiatorName=${HONEST}`,
      `TargetName=${TARGET}`,
      'HeaderDigest=CRC32C',
      'DataDigest=CRC32C',
      'InitialR2T=No',
      'MaxRecvDataSegmentLength=8192',
    ];
    this.#send(makePdu(0x40 | SAYS.LOGIN, 0x87, { 8: 0x4000_0000, 12: 0x0099_0000, 16: 1, 24: 1 }, textOf(keys)));
    await this.#bed.settle();
    if (!this.#isIn) throw new FuzzFailure('the honest host is not let in');
    // Reset, or power on: each new session hears of it once.
    this.#command([0, 0, 0, 0, 0, 0], 0x80, 0, { lba: 0, data: Buffer.alloc(0), isWrite: true });
    this.#isGreeting = true;
    await this.#bed.settle();
    this.#isGreeting = false;
    this.checkAnswered();
  }

  #isGreeting = false;

  /** Writes somewhere in one half and reads somewhere in the other: which comes first is not said. */
  ask(chance: Chance): void {
    const half = chance.below(2);
    for (const isWrite of [true, false]) {
      const sectors = chance.between(1, SECTORS_MOST);
      const lba = (isWrite ? half : 1 - half) * (SECTORS / 2) + chance.below(SECTORS / 2 - sectors + 1);
      const from = lba * 512;
      const place = this.#volume.subarray(from, from + sectors * 512);
      if (isWrite) place.fill(chance.byte() ^ (lba & 0xff));
      const cdb = [isWrite ? 0x2a : 0x28, 0, 0, 0, lba >> 8, lba & 0xff, 0, 0, sectors, 0];
      this.#command(cdb, isWrite ? 0xa1 : 0xc1, sectors * 512, { lba, data: Buffer.from(place), isWrite });
    }
  }

  /** Errors: FuzzFailure, when a command has no answer. */
  checkAnswered(): void {
    if (this.#fault) throw this.#fault;
    if (this.#wire.isOver) throw new FuzzFailure('the session of the honest host was ended');
    const [first] = this.#asked.values();
    if (first) throw new FuzzFailure(`the honest host's ${first.isWrite ? 'write' : 'read'} is not answered`);
  }

  /** Others have reset the target: what it had under way may be gone, and its session with it. */
  async startAnew(): Promise<void> {
    this.#wire.kill();
    await this.#bed.settle();
    this.#fault = undefined;
    this.#volume.fill(0);
    await this.login();
    // What a write that was cut off has left is unknown: it is written anew.
    const sectors = 32;
    for (let lba = 0; lba < SECTORS; lba += sectors) {
      const cdb = [0x2a, 0, 0, 0, lba >> 8, lba & 0xff, 0, 0, sectors, 0];
      this.#command(cdb, 0xa1, sectors * 512, { lba, data: Buffer.alloc(sectors * 512), isWrite: true });
      await this.#bed.settle();
      this.checkAnswered();
    }
  }

  #command(cdb: readonly number[], flags: number, expected: number, asked: Asked): void {
    this.#itt += 1;
    this.#asked.set(this.#itt, { ...asked, got: 0 });
    this.#reader.begins(this.#itt);
    const data = asked.isWrite ? asked.data : Buffer.alloc(0);
    const pdu = makePdu(SAYS.COMMAND, flags, { 16: this.#itt, 20: expected, 24: this.#cmdSn++ }, data);
    Buffer.from(cdb).copy(pdu.header, 32);
    this.#send(pdu);
  }

  #send(pdu: Pdu): void {
    this.#wire.send(bytesOf(pdu, this.#reader));
  }

  #take({ header, data }: Pdu): void {
    const kind = header[0];
    if (kind === HEARS.LOGIN) {
      this.#isIn = header.readUInt16BE(36) === 0;
    } else if (kind === HEARS.NOP) {
      this.#send(makePdu(0x40 | SAYS.NOP, 0x80, { 16: 0xffff_ffff, 20: header.readUInt32BE(20), 24: this.#cmdSn }));
    } else if (kind === HEARS.RESPONSE || kind === HEARS.DATA) this.#answered(header, data);
    else if (kind !== HEARS.ASYNC) this.#fail(`is told 0x${kind.toString(16)}: ${header.toString('hex')}`);
  }

  #answered(header: Buffer, data: Buffer): void {
    const itt = header.readUInt32BE(16);
    const asked = this.#asked.get(itt);
    if (asked === undefined) {
      this.#fail(`is answered task ${itt}, which it did not ask or was answered`);
      return;
    }
    const isData = header[0] === HEARS.DATA;
    if (isData) {
      const offset = header.readUInt32BE(40);
      if (asked.isWrite || asked.data.compare(data, 0, data.length, offset, offset + data.length) !== 0) {
        this.#fail(`reads other bytes from sector ${asked.lba} on than it wrote`);
      }
      asked.got += data.length;
      if ((header[1] & 1) === 0) return;
    } else if (header[3] !== 0 && !this.#isGreeting)
      this.#fail(`is answered with status ${header[3]}: ${data.toString('hex')}`);
    if (!asked.isWrite && asked.got !== asked.data.length)
      this.#fail(`reads ${asked.got} of ${asked.data.length} bytes`);
    this.#asked.delete(itt);
  }

  #fail(what: string): void {
    this.#fault ??= new FuzzFailure(`the honest host ${what}`);
  }
}

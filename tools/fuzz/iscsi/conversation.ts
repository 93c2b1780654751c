/** A session of an initiator that is not to be trusted: what it does next is chance, and how it does it mostly right. */
import type { Chance } from '../chance.js';
import { type Counts, FuzzFailure } from '../target.js';
import type { IscsiBed } from './bed.js';
import { type Limits, makeCommand } from './commands.js';
import { OPEN, someKeys, TARGET } from './login.js';
import { HEARS, makePdu, NO_TAG, type Pdu, pairsOf, SAYS, textOf } from './pdu.js';
import { Talker } from './talker.js';

const TEXTS = [
  ['SendTargets=All'],
  ['SendTargets='],
  ['MaxRecvDataSegmentLength=8192'],
  ['X-a=b'],
  ['HeaderDigest=None'],
];
/** Tells what a session has said of itself in the end. */
const number = (text: string | undefined, otherwise: number): number => (text === undefined ? otherwise : Number(text));

export class Conversation {
  readonly talker: Talker;
  /** It has ended its session itself, or asked for what ends it. */
  hasLeft = false;
  readonly #chance: Chance;
  readonly #counts: Counts;
  #limits: Limits = { immediateData: true, initialR2t: true, firstBurst_bytes: 0, segment_bytes: 8192 };
  /** Commands that are not answered, with their data-out. */
  readonly #open = new Map<number, Buffer>();
  readonly #isid: number;

  constructor(bed: IscsiBed, chance: Chance, counts: Counts, isid: number) {
    this.talker = new Talker(bed, chance, counts);
    this.#chance = chance;
    this.#counts = counts;
    this.#isid = isid;
  }

  get unanswered(): number {
    return this.#open.size;
  }

  async login(): Promise<void> {
    const { talker } = this;
    const keys = someKeys(this.#chance);
    const text = textOf([`InitiatorName=${OPEN}`, `TargetName=${TARGET}`, ...keys]);
    const words = { 8: 0x4000_0000, 12: this.#isid << 16, 16: 1, 24: talker.cmdSn };
    const { reader } = talker;
    reader.declared_bytes = number(pairsOf(textOf(keys)).get('MaxRecvDataSegmentLength'), 8192);
    talker.say(makePdu(0x40 | SAYS.LOGIN, 0x87, words, text), 'login', false);
    const { header } = talker.must(await talker.hear(), HEARS.LOGIN);
    const status = header.readUInt16BE(36);
    // Two small for the first burst and large for the whole one contradict each other.
    if (status !== 0) {
      this.hasLeft = true;
      return;
    }
    const answered = reader.agreed;
    reader.burstBytesMax = number(answered.get('MaxBurstLength'), 65_536);
    this.#limits = {
      immediateData: answered.get('ImmediateData') !== 'No',
      initialR2t: answered.get('InitialR2T') !== 'No',
      firstBurst_bytes: Math.min(number(answered.get('FirstBurstLength'), 16_384) || 16_384, reader.burstBytesMax),
      segment_bytes: number(answered.get('MaxRecvDataSegmentLength'), 8192),
    };
  }

  async act(): Promise<void> {
    const { talker } = this;
    if (talker.isOver) return;
    const act = this.#chance.weighed<() => void | Promise<void>>([
      [14, () => this.#command()],
      [3, () => this.#ping()],
      [2, () => this.#text()],
      [2, () => this.#manage()],
      [2, () => this.#strayData()],
      [1, () => this.#hole()],
      [1, () => this.#other()],
      [6, () => this.react()],
      [1, () => this.#stall()],
    ]);
    await act();
  }

  /** Takes what has come, and gives what was asked for. */
  async react(): Promise<void> {
    for (const pdu of await this.talker.hear()) this.#take(pdu);
  }

  /** Does so until nothing more is asked for. */
  async finish(): Promise<void> {
    this.talker.wire.isStalled = false;
    for (let round = 0; round < 5000; round++) {
      const pdus = await this.talker.hear();
      if (pdus.length === 0) return;
      for (const pdu of pdus) this.#take(pdu);
    }
    throw new FuzzFailure('one command is asked for data again and again');
  }

  #take(pdu: Pdu): void {
    const { header, data } = pdu;
    const kind = header[0];
    const itt = header.readUInt32BE(16);
    if (kind === HEARS.R2T) this.#give(header);
    else if (kind === HEARS.NOP && itt === NO_TAG) {
      const words = { 16: NO_TAG, 20: header.readUInt32BE(20), 24: this.talker.cmdSn };
      this.talker.say(makePdu(0x40 | SAYS.NOP, 0x80, words), 'answer to a ping');
    } else if (kind === HEARS.RESPONSE || (kind === HEARS.DATA && (header[1] & 1) !== 0)) this.#answered(itt);
    else if (kind === HEARS.REJECT) {
      if (
        this.talker.isRight &&
        data[2] !== undefined &&
        header[2] !== 0x06 &&
        header[2] !== 0x04 &&
        header[2] !== 0x09
      ) {
        throw new FuzzFailure(`what is right is rejected for reason ${header[2]}: ${data.toString('hex')}`);
      }
      this.#open.delete(data.readUInt32BE(16));
    }
  }

  #answered(itt: number): void {
    if (this.#open.delete(itt) || !this.talker.isRight) return;
    throw new FuzzFailure(`task ${itt} is answered, which was not asked or has its answer`);
  }

  #command(ahead = 0): void {
    const { talker } = this;
    const chance = this.#chance;
    const { reader } = talker;
    // Beyond the window a command is ignored; some are said all the same.
    if (((talker.cmdSn - reader.maxCmdSn) | 0) > 0 && (talker.isRight || !chance.oneOf(8))) return;
    talker.itt += 1;
    const { pdu, kind, out } = makeCommand(chance, talker.itt, (talker.cmdSn + ahead) >>> 0, this.#limits);
    if (ahead > 0) pdu.header[0] &= 0x3f;
    if ((pdu.header[0] & 0x40) === 0 && ahead === 0) talker.cmdSn = (talker.cmdSn + 1) >>> 0;
    this.#open.set(talker.itt, out);
    const isFinal = (pdu.header[1] & 0x80) !== 0;
    const sent = pdu.data.length;
    talker.say(pdu, kind);
    const most = Math.min(this.#limits.firstBurst_bytes, out.length);
    if (!isFinal) this.#send(talker.itt, NO_TAG, sent, out.subarray(sent, most));
  }

  /** What an R2T asks for. */
  #give(header: Buffer): void {
    const [itt, ttt, offset, bytes] = [16, 20, 40, 44].map((at) => header.readUInt32BE(at));
    const out = this.#open.get(itt) ?? Buffer.alloc(0);
    if (this.talker.isRight && offset + bytes > out.length) {
      throw new FuzzFailure(`task ${itt} is asked for ${bytes} bytes from ${offset} on, of ${out.length}`);
    }
    const data = out.subarray(offset, offset + bytes);
    this.#send(itt, ttt, offset, data.length === bytes ? data : Buffer.alloc(Math.min(bytes, 1 << 16)));
  }

  #send(itt: number, ttt: number, offset: number, data: Buffer): void {
    const { segment_bytes } = this.#limits;
    const piece = Math.min(segment_bytes, this.#chance.oneOf(3) ? this.#chance.between(512, 8192) : segment_bytes);
    for (let at = 0, dataSn = 0; at < data.length; at += piece, dataSn++) {
      const part = data.subarray(at, at + piece);
      const isLast = at + piece >= data.length;
      const words = { 16: itt, 20: ttt, 36: dataSn, 40: offset + at };
      this.talker.say(makePdu(SAYS.DATA, isLast ? 0x80 : 0, words, part), 'Data-Out');
    }
  }

  /** Any request that is not a command; most for immediate delivery. */
  #ask(opcode: number, flags: number, words: Readonly<Record<number, number>>, kind: string, data?: Buffer): void {
    const { talker } = this;
    const isNumbered = this.#chance.oneOf(4);
    if (isNumbered && ((talker.cmdSn - talker.reader.maxCmdSn) | 0) > 0) return;
    talker.itt += 1;
    const pdu = makePdu(
      isNumbered ? opcode : opcode | 0x40,
      flags,
      { 16: talker.itt, 24: talker.cmdSn, ...words },
      data,
    );
    if (isNumbered) talker.cmdSn = (talker.cmdSn + 1) >>> 0;
    talker.say(pdu, kind);
  }

  #ping(): void {
    const data = this.#chance.oneOf(3) ? this.#chance.bytes(this.#chance.below(40)) : undefined;
    this.#ask(SAYS.NOP, 0x80, { 20: NO_TAG }, 'NOP-Out', data);
  }

  #text(): void {
    const { talker } = this;
    const pairs = this.#chance.pick(TEXTS);
    this.#ask(SAYS.TEXT, 0x80, { 20: NO_TAG }, 'text', textOf(pairs));
    // From here on it takes more, as far as it can be told what the target has heard.
    const { reader } = talker;
    if (pairs[0].startsWith('MaxRecv'))
      reader.dataBytesMax = talker.isRight ? Math.max(reader.dataBytesMax, 8192) : 0xff_ffff;
  }

  #manage(): void {
    const chance = this.#chance;
    const what = chance.weighed([
      [6, 1],
      [3, 2],
      [1, 3],
      [1, 4],
      [2, 5],
      [1, 8],
    ]);
    // The whole target seldom: the honest host's session has to be made anew after it.
    const taskFunction = chance.oneOf(60) ? chance.pick([6, 7]) : what;
    const { talker } = this;
    const refTag = talker.itt - chance.below(4);
    const refSn = (talker.cmdSn - chance.below(4) + (chance.oneOf(3) ? chance.below(4) : 0)) >>> 0;
    this.#ask(SAYS.MANAGE, 0x80 | taskFunction, { 20: refTag, 32: refSn }, 'task management');
    this.hasLeft ||= taskFunction >= 6;
    talker.isRight = false;
  }

  /** Data that nobody asked for. */
  #strayData(): void {
    const chance = this.#chance;
    const { talker } = this;
    if (talker.isRight) return;
    const words = {
      16: talker.itt - chance.below(3),
      20: chance.oneOf(2) ? NO_TAG : chance.word(),
      36: chance.below(2),
      40: chance.word(),
    };
    talker.say(
      makePdu(SAYS.DATA, chance.oneOf(2) ? 0x80 : 0, words, chance.bytes(chance.below(600))),
      'stray Data-Out',
    );
  }

  /** The next two numbers come the wrong way round, which is right. */
  #hole(): void {
    const { talker } = this;
    if (((talker.cmdSn + 1 - talker.reader.maxCmdSn) | 0) > 0) return;
    this.#command(1);
    this.#counts.count('numbers out of order');
    const pdu = makePdu(SAYS.NOP, 0x80, { 16: talker.itt + 0x1_0000, 20: NO_TAG, 24: talker.cmdSn });
    talker.say(pdu, 'NOP-Out');
    talker.cmdSn = (talker.cmdSn + 2) >>> 0;
  }

  #other(): void {
    const chance = this.#chance;
    const { talker } = this;
    if (chance.oneOf(3)) {
      this.#ask(SAYS.LOGOUT, 0x80 | chance.pick([0, 0, 1, 2]), {}, 'logout');
      this.hasLeft = true;
      talker.isRight = false;
    } else if (!talker.isRight)
      this.#ask(chance.pick([SAYS.SNACK, SAYS.LOGIN, 0x1c, 0x1f]), 0x80, { 20: chance.word() }, 'SNACK and others');
  }

  #stall(): void {
    const { wire } = this.talker;
    wire.isStalled = !wire.isStalled;
  }
}

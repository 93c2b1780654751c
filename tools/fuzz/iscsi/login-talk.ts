/** One login, step by step, right or not; and the text that follows it. */
import type { Chance } from '../chance.js';
import { type Counts, FuzzFailure } from '../target.js';
import type { IscsiBed } from './bed.js';
import {
  BOTH_PROVE,
  CHAP_NAME,
  chapAnswer,
  needsChap,
  OPEN,
  PROVES,
  STRANGER,
  someKeys,
  TARGET,
  TARGET_SECRET,
} from './login.js';
import { HEARS, makePdu, NO_TAG, type Pdu, pairsOf, SAYS, textOf } from './pdu.js';
import { spoilBytes, spoilPairs } from './spoil-text.js';
import { Talker } from './talker.js';

const STEPS_MOST = 14;
const SECURITY = 0;
const OPERATIONAL = 1;
const FULL = 3;
/** An identifier of mutual CHAP and its challenge, which need not be by chance here. */
const ASK_I = 7;
const ASK_C = `0x${'5a'.repeat(16)}`;

export class LoginTalk {
  readonly talker: Talker;
  readonly initiator: string;
  isIn = false;
  /** Something about its text was wrong. */
  isSpoiled = false;
  readonly #chance: Chance;
  readonly #counts: Counts;
  readonly #spoils: number;
  readonly #isDiscovery: boolean;
  readonly #keys: readonly string[];
  #stage: number;
  #hasSaidAll = false;
  #hasAnswered = false;
  #hasProved = false;
  /** What goes on in the next PDU. */
  #rest: Buffer = Buffer.alloc(0);
  readonly #isid: number;

  constructor(bed: IscsiBed, chance: Chance, counts: Counts) {
    this.talker = new Talker(bed, chance, counts);
    this.#chance = chance;
    this.#counts = counts;
    this.initiator = chance.pick([OPEN, OPEN, PROVES, PROVES, BOTH_PROVE, STRANGER]);
    this.#spoils = chance.pick([0, 0, 6, 3, 1]);
    this.#isDiscovery = chance.oneOf(4);
    this.#keys = chance.oneOf(5) ? [] : someKeys(chance);
    this.#stage = needsChap(this.initiator) || chance.oneOf(3) ? SECURITY : OPERATIONAL;
    this.#isid = chance.pick([1, 2, 3]);
    // What the target makes of a declaration that was spoiled is not known.
    this.talker.reader.declared_bytes = 0xff_ffff;
  }

  get isRight(): boolean {
    return this.talker.isRight && !this.isSpoiled;
  }

  /** Errors: FuzzFailure, when it is let in and should not be, or the other way round. */
  async login(): Promise<void> {
    const { talker } = this;
    let heard = new Map<string, string>();
    for (let step = 0; step < STEPS_MOST && !talker.isOver && !this.isIn; step++) {
      this.#request(heard);
      const answers = await talker.hear();
      const answer = answers.find(({ header }) => header[0] === HEARS.LOGIN);
      if (answer === undefined) {
        if (this.isRight) throw new FuzzFailure('a login in which nothing is wrong has no answer');
        continue;
      }
      heard = this.#hear(answer);
      if (answer.header.readUInt16BE(36) !== 0) break;
    }
    this.#checkIn();
  }

  #request(heard: ReadonlyMap<string, string>): void {
    const chance = this.#chance;
    let text = this.#rest;
    let transits = false;
    if (text.length === 0) {
      const pairs = this.#pairs(heard);
      transits = this.#stage === OPERATIONAL || !needsChap(this.initiator) || this.#hasAnswered;
      if (this.#spoils > 0 && chance.oneOf(this.#spoils)) {
        this.isSpoiled = true;
        this.#counts.count(`wrong: text: ${spoilPairs(pairs, chance)}`);
      }
      text = textOf(pairs);
      if (this.#spoils > 0 && chance.oneOf(this.#spoils * 2)) {
        this.isSpoiled = true;
        this.#counts.count('wrong: text: bytes');
        text = spoilBytes(text, chance);
      }
    }
    const most = text.length > 8000 ? 8000 : text.length;
    const part = chance.oneOf(5) && text.length > 1 ? chance.between(1, most) : most;
    this.#rest = text.subarray(part);
    const goesOn = this.#rest.length > 0;
    // What is said in parts is said whole before the stage may change.
    if (!goesOn && part < text.length) transits = false;
    const next = this.#stage === SECURITY && chance.oneOf(2) ? OPERATIONAL : FULL;
    const flags = (goesOn ? 0x40 : transits ? 0x80 | next : 0) | (this.#stage << 2);
    const words = { 8: 0x4000_0000, 12: this.#isid << 16, 16: 77, 24: this.talker.cmdSn };
    this.talker.say(makePdu(0x40 | SAYS.LOGIN, flags, words, text.subarray(0, part)), 'login');
  }

  /** What is to be said now. */
  #pairs(heard: ReadonlyMap<string, string>): string[] {
    const chance = this.#chance;
    const pairs: string[] = [];
    if (!this.#hasSaidAll) {
      this.#hasSaidAll = true;
      pairs.push(`InitiatorName=${this.initiator}`, `SessionType=${this.#isDiscovery ? 'Discovery' : 'Normal'}`);
      if (!this.#isDiscovery || chance.oneOf(2)) pairs.push(`TargetName=${TARGET}`);
      if (this.#stage === SECURITY) pairs.push(`AuthMethod=${needsChap(this.initiator) ? 'CHAP,None' : 'None'}`);
      pairs.push(...this.#keys);
    } else if (heard.get('AuthMethod') === 'CHAP') pairs.push(`CHAP_A=${chance.pick(['5', '7', '8', '9,7,5'])}`);
    else if (heard.has('CHAP_C')) pairs.push(...this.#proof(heard));
    return pairs;
  }

  #proof(heard: ReadonlyMap<string, string>): string[] {
    const chance = this.#chance;
    const isTrue = !chance.oneOf(4);
    const answer = isTrue
      ? chapAnswer(heard)
      : chance.pick(['0x', '0x00', `0x${'00'.repeat(16)}`, '0bAAAA', chapAnswer(heard, 'guessed it is')]);
    this.#hasAnswered = true;
    if (isTrue) this.#hasProved = true;
    else this.isSpoiled = true;
    const asks = this.initiator === BOTH_PROVE && chance.oneOf(2) ? [`CHAP_I=${ASK_I}`, `CHAP_C=${ASK_C}`] : [];
    return [`CHAP_N=${CHAP_NAME}`, `CHAP_R=${answer}`, ...asks];
  }

  #hear({ header, data }: Pdu): Map<string, string> {
    const flags = header[1];
    const heard = pairsOf(data);
    if (this.isRight && header.readUInt32BE(16) !== 77) throw new FuzzFailure('a login is answered under another tag');
    const proof = heard.get('CHAP_R');
    if (proof !== undefined && this.isRight) {
      // Whatever the algorithm was: the lengths of the digests tell them apart.
      const numbers = ['5', '7', '8'];
      const offers = numbers.map(
        (n) =>
          new Map([
            ['CHAP_A', n],
            ['CHAP_I', String(ASK_I)],
            ['CHAP_C', ASK_C],
          ]),
      );
      if (!offers.some((offer) => chapAnswer(offer, TARGET_SECRET) === proof)) {
        throw new FuzzFailure('the target proves itself wrongly');
      }
    }
    if (header.readUInt16BE(36) === 0 && (flags & 0x80) !== 0) this.#stage = flags & 3;
    this.isIn = this.#stage === FULL;
    return heard;
  }

  #checkIn(): void {
    const { initiator } = this;
    if (this.isIn) {
      if (initiator === STRANGER && this.isRight) throw new FuzzFailure('who has no access is let in');
      const mustProve = needsChap(initiator) && !this.#isDiscovery;
      if (mustProve && !this.#hasProved) throw new FuzzFailure('who has proved nothing is let in');
      return;
    }
    const contradicts =
      this.#keys.some((k) => k.startsWith('FirstBurst')) && this.#keys.some((k) => k.startsWith('MaxBurst'));
    if (this.isRight && initiator !== STRANGER && !contradicts)
      throw new FuzzFailure('a login in which nothing is wrong is refused');
  }

  /** Text in full feature phase, in one PDU or several. */
  async talk(): Promise<void> {
    const chance = this.#chance;
    const { talker } = this;
    let tag = NO_TAG;
    for (let n = chance.between(1, 4); n > 0 && !talker.isOver; n--) {
      const pairs = chance.oneOf(2)
        ? [chance.pick(['SendTargets=All', 'SendTargets=', `SendTargets=${TARGET}`])]
        : someKeys(chance);
      if (chance.oneOf(2)) this.#counts.count(`wrong: text: ${spoilPairs(pairs, chance)}`);
      const text = chance.oneOf(8) ? spoilBytes(textOf(pairs), chance) : textOf(pairs);
      const goesOn = chance.oneOf(4);
      const words = { 16: 500, 20: chance.oneOf(4) ? chance.word() : tag, 24: talker.cmdSn };
      const flags = goesOn ? 0x40 : chance.oneOf(4) ? 0 : 0x80;
      talker.say(makePdu(0x40 | SAYS.TEXT, flags, words, text.subarray(0, 8192)), 'text');
      const answers = await talker.hear();
      const answer = answers.find(({ header }) => header[0] === HEARS.TEXT);
      tag = answer?.header.readUInt32BE(20) ?? NO_TAG;
    }
  }
}

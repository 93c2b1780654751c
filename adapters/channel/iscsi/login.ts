/**
 * Login at the target (RFC 7143, 6.3 and 11.12): one request after the other, each answered, through the security stage
 * (CHAP where the initiator's access asks for it) and the operational stage. It knows neither sockets nor sessions: the
 * connection sends what it says and opens the session when all is agreed.
 */
import { Chap, type ChapTerms } from './chap.js';
import { Negotiation, type Offer, SEGMENT_BYTES_DEFAULT, type Terms } from './keys.js';
import { AT, FLAG, LOGIN, STAGE } from './pdu.js';
import { type Access, isName, PORTAL_GROUP, type TargetOptions } from './target.js';
import { findDuplicate, type Pair, readPairs, TextIntake, TextOutput, writePairs } from './text.js';

/** What is to be done after a request. */
export const NEXT = {
  /** Send the answer, wait for the next request. */
  ANSWER: 0,
  /** Send the answer, which is a refusal, and end the connection. */
  REFUSE: 1,
  /** All is agreed: open the session, then send the answer. */
  OPEN: 2,
} as const;
export type Next = (typeof NEXT)[keyof typeof NEXT];

/** A refusal within the machine. */
class Refusal {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

const SECURITY_KEYS = new Set(['AuthMethod', 'CHAP_A', 'CHAP_I', 'CHAP_C', 'CHAP_N', 'CHAP_R']);
/** Said in the first request, and never again. */
const FIRST_KEYS = new Set(['InitiatorName', 'InitiatorAlias', 'TargetName', 'SessionType']);
/** Of targets: from an initiator they mean nothing. */
const TARGET_KEYS = new Set(['TargetAlias', 'TargetAddress', 'TargetPortalGroupTag']);
/** No login needs as many. */
const REQUESTS_MAX = 64;

export class Login {
  initiator = '';
  alias = '';
  isDiscovery = false;
  access: Access | undefined;
  /** As twelve hexadecimal digits. */
  isid = '';
  tsih = 0;
  cid = 0;
  itt = 0;
  /** Of the answer: flags, status class << 8 | detail, text. */
  flags = 0;
  status = 0;
  text: Buffer = Buffer.alloc(0);
  readonly negotiation: Negotiation;
  private readonly target: TargetOptions;
  private readonly intake = new TextIntake();
  private readonly output = new TextOutput();
  private readonly random: ((bytes: number) => Buffer) | undefined;
  private requests = 0;
  private stage: number = STAGE.SECURITY;
  private proof: ChapTerms | undefined;
  private chap: Chap | undefined;
  private isAuthenticated = false;
  private hasDeclared = false;

  constructor(target: TargetOptions, offer: Offer, random?: (bytes: number) => Buffer) {
    this.target = target;
    this.random = random;
    this.negotiation = new Negotiation(offer);
  }

  get terms(): Terms {
    return this.negotiation.terms;
  }

  /** One login request, its data segment as it came. */
  take(header: Buffer, data: Buffer): Next {
    this.status = LOGIN.OK;
    this.text = Buffer.alloc(0);
    try {
      return this.proceed(header, data);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.status = error.status;
      this.text = Buffer.alloc(0);
      this.flags = header[AT.FLAGS] & 0x0c;
      return NEXT.REFUSE;
    }
  }

  private proceed(header: Buffer, data: Buffer): Next {
    const flags = header[AT.FLAGS];
    const now = (flags >> 2) & 3;
    const wants = flags & 3;
    const goesOn = (flags & FLAG.CONTINUE) !== 0;
    const transits = (flags & FLAG.TRANSIT) !== 0;
    this.identify(header, now);
    if (transits && (goesOn || wants <= now || wants === 2)) throw new Refusal(LOGIN.INITIATOR);
    if (now === 2 || now !== this.stage) throw new Refusal(LOGIN.INITIATOR);
    this.flags = now << 2;
    if (!this.intake.add(data)) throw new Refusal(LOGIN.OUT_OF_RESOURCES);
    if (goesOn) return NEXT.ANSWER;
    const pairs = readPairs(this.intake.take());
    if (pairs === undefined || findDuplicate(pairs) !== undefined) throw new Refusal(LOGIN.INITIATOR);
    // While an answer goes out in parts, the initiator only asks for the next one.
    if (!this.output.isEmpty && pairs.length > 0) throw new Refusal(LOGIN.INITIATOR);
    if (this.output.isEmpty) this.output.put(writePairs(this.answer(pairs)));
    this.text = this.output.take(SEGMENT_BYTES_DEFAULT);
    if (!this.output.isEmpty) this.flags |= FLAG.CONTINUE;
    else if (transits && this.mayLeave()) return this.leave(wants);
    return NEXT.ANSWER;
  }

  /** Of the first request, or the same as that. */
  private identify(header: Buffer, stage: number): void {
    const isid = header.toString('hex', AT.ISID, AT.ISID + 6);
    const tsih = header.readUInt16BE(AT.TSIH);
    const cid = header.readUInt16BE(AT.CID);
    const itt = header.readUInt32BE(AT.ITT);
    this.requests += 1;
    if (this.requests > REQUESTS_MAX) throw new Refusal(LOGIN.INITIATOR);
    if (this.requests === 1) {
      Object.assign(this, { isid, tsih, cid, itt });
      if (header[AT.VERSION_MIN] > 0) throw new Refusal(LOGIN.VERSION);
      this.stage = stage;
    } else if (isid !== this.isid || tsih !== this.tsih || cid !== this.cid || itt !== this.itt) {
      throw new Refusal(LOGIN.INVALID);
    }
  }

  private answer(pairs: readonly Pair[]): Pair[] {
    const said = new Map(pairs);
    const answers: Pair[] = [];
    if (this.initiator === '') this.meet(said, answers);
    for (const pair of pairs) {
      const [key] = pair;
      if (SECURITY_KEYS.has(key)) {
        if (this.stage !== STAGE.SECURITY) throw new Refusal(LOGIN.INITIATOR);
        continue;
      }
      if (!this.negotiation.note(key) || TARGET_KEYS.has(key)) throw new Refusal(LOGIN.INITIATOR);
      if (FIRST_KEYS.has(key)) continue;
      // In the security stage as well: some say everything at once.
      const answer = this.negotiation.answer(pair, this.isDiscovery);
      if (answer !== undefined) answers.push(answer);
    }
    if (this.stage === STAGE.SECURITY) answers.push(...this.authenticate(said));
    else if (this.proof !== undefined && !this.isAuthenticated) throw new Refusal(LOGIN.NOT_AUTHENTICATED);
    if (this.stage === STAGE.OPERATIONAL && !this.hasDeclared) {
      answers.push(this.negotiation.declared);
      this.hasDeclared = true;
    }
    return answers;
  }

  /** Who it is, and whom it wants. */
  private meet(said: ReadonlyMap<string, string>, answers: Pair[]): void {
    const { target } = this;
    const name = said.get('InitiatorName');
    if (name === undefined) throw new Refusal(LOGIN.MISSING);
    if (!isName(name)) throw new Refusal(LOGIN.INITIATOR);
    this.initiator = name.toLowerCase();
    this.alias = (said.get('InitiatorAlias') ?? '').slice(0, 255);
    const kind = said.get('SessionType') ?? 'Normal';
    if (kind !== 'Normal' && kind !== 'Discovery') throw new Refusal(LOGIN.SESSION_TYPE);
    this.isDiscovery = kind === 'Discovery';
    this.access = target.access(this.initiator);
    if (this.isDiscovery) {
      const { discovery = 'known' } = target;
      if (discovery === 'none' || (discovery === 'known' && this.access === undefined)) {
        throw new Refusal(LOGIN.FORBIDDEN);
      }
      // Nothing is asked of it, but the first method of its list is what it would have.
      const prefersChap = said.get('AuthMethod')?.startsWith('CHAP') === true;
      this.proof = target.discoveryChap ?? (prefersChap ? this.access?.chap : undefined);
      return;
    }
    const wanted = said.get('TargetName');
    if (wanted === undefined) throw new Refusal(LOGIN.MISSING);
    if (wanted.toLowerCase() !== target.name) throw new Refusal(LOGIN.NOT_FOUND);
    if (this.access === undefined) throw new Refusal(LOGIN.FORBIDDEN);
    this.proof = this.access.chap;
    answers.push(['TargetPortalGroupTag', String(PORTAL_GROUP)]);
    if (target.alias !== undefined) answers.push(['TargetAlias', target.alias]);
  }

  private authenticate(said: ReadonlyMap<string, string>): Pair[] {
    const methods = said.get('AuthMethod')?.split(',');
    if (this.chap !== undefined) {
      if (methods !== undefined) throw new Refusal(LOGIN.INITIATOR);
      // An empty request: the initiator waits for what it has been told already.
      if (![...said.keys()].some((key) => key.startsWith('CHAP_'))) return [];
      const answers = this.chap.take(said);
      if (answers === undefined) throw new Refusal(LOGIN.NOT_AUTHENTICATED);
      this.isAuthenticated = this.chap.isDone;
      return answers;
    }
    if (this.proof === undefined) {
      if (methods !== undefined && !methods.includes('None')) throw new Refusal(LOGIN.NOT_AUTHENTICATED);
      return methods === undefined ? [] : [['AuthMethod', 'None']];
    }
    if (methods === undefined) return [];
    if (!methods.includes('CHAP')) throw new Refusal(LOGIN.NOT_AUTHENTICATED);
    this.chap = new Chap(this.proof, this.random);
    return [['AuthMethod', 'CHAP']];
  }

  private mayLeave(): boolean {
    if (this.stage === STAGE.OPERATIONAL || this.proof === undefined || this.isAuthenticated) return true;
    if (this.chap === undefined) throw new Refusal(LOGIN.NOT_AUTHENTICATED);
    return false;
  }

  private leave(wants: number): Next {
    this.flags |= FLAG.TRANSIT | wants;
    this.stage = wants;
    if (wants !== STAGE.FULL) return NEXT.ANSWER;
    if (this.negotiation.conflict !== undefined) throw new Refusal(LOGIN.INITIATOR);
    return NEXT.OPEN;
  }
}

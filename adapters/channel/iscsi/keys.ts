/**
 * Operational keys (RFC 7143, 13): how each is negotiated, and what comes of it. One table; a key that is not in it is
 * not understood.
 */
import { type Pair, readNumber } from './text.js';

/** What both sides go by after login. Sizes in bytes. */
export interface Terms {
  headerDigest: boolean;
  dataDigest: boolean;
  initialR2t: boolean;
  immediateData: boolean;
  /** Data segment that the initiator takes in one PDU. */
  sendBytesMax: number;
  burstBytesMax: number;
  firstBurstBytesMax: number;
  outstandingR2tMax: number;
  time2wait_s: number;
  time2retain_s: number;
}

/** What this target offers; the defaults of the RFC stand where the initiator says nothing. */
export interface Offer {
  /** Data segment that this target takes in one PDU. */
  readonly receiveBytesMax: number;
  readonly burstBytesMax: number;
  readonly firstBurstBytesMax: number;
  readonly outstandingR2tMax: number;
}

export const SEGMENT_BYTES_DEFAULT = 8192;

export function defaultTerms(offer: Offer): Terms {
  return {
    headerDigest: false,
    dataDigest: false,
    initialR2t: true,
    immediateData: true,
    sendBytesMax: SEGMENT_BYTES_DEFAULT,
    burstBytesMax: Math.min(262_144, offer.burstBytesMax),
    firstBurstBytesMax: Math.min(65_536, offer.firstBurstBytesMax),
    outstandingR2tMax: 1,
    time2wait_s: 2,
    time2retain_s: 20,
  };
}

/** Where the answer does not depend on values. */
const REJECT = 'Reject';
const IRRELEVANT = 'Irrelevant';
const NOT_UNDERSTOOD = 'NotUnderstood';
const ANSWERS = new Set([REJECT, IRRELEVANT, NOT_UNDERSTOOD]);

interface Key {
  /** The answer to an offered value, the outcome noted in the terms; undefined: a declaration, which is not answered. */
  readonly settle: (value: string, terms: Terms, offer: Offer) => string | undefined;
  /** Of no meaning in a discovery session. */
  readonly normalOnly?: true;
  /** May be said again after login. */
  readonly always?: true;
}

const FEW = 0xff_ffff;

/** A number within bounds, the answer to it, and where that is noted. */
const number = (
  low: number,
  high: number,
  settle: (n: number, offer: Offer) => number,
  field?: 'burstBytesMax' | 'firstBurstBytesMax' | 'outstandingR2tMax' | 'time2wait_s' | 'time2retain_s',
): Key => ({
  settle: (value, terms, offer) => {
    const n = readNumber(value);
    if (n === undefined || n < low || n > high) return REJECT;
    const settled = settle(n, offer);
    if (field !== undefined) terms[field] = settled;
    return String(settled);
  },
});

/** Yes or No; without a field this side insists on Yes, which such keys' result function (OR) makes the outcome. */
const flag = (field?: 'initialR2t' | 'immediateData'): Key => ({
  settle: (value, terms) => {
    if (value !== 'Yes' && value !== 'No') return REJECT;
    if (field === undefined) return 'Yes';
    // This side says No to InitialR2T (OR) and Yes to ImmediateData (AND): the initiator's word decides either.
    terms[field] = value === 'Yes';
    return value;
  },
});

/** The first of the initiator's list that is known here. */
const choice = (known: readonly string[], field?: 'headerDigest' | 'dataDigest'): Key => ({
  settle: (value, terms) => {
    const chosen = value.split(',').find((name) => known.includes(name));
    if (chosen !== undefined && field !== undefined) terms[field] = chosen === 'CRC32C';
    return chosen ?? REJECT;
  },
});

const normalOnly = (key: Key): Key => ({ ...key, normalOnly: true });

const segmentLength: Key = {
  always: true,
  settle: (value, terms) => {
    const n = readNumber(value);
    if (n === undefined || n < 512 || n > FEW) return REJECT;
    terms.sendBytesMax = n;
    return undefined;
  },
};

/** Obsolete, and to be rejected (RFC 7143, 13.25). */
const obsolete: Key = { settle: () => REJECT };

const KEYS = new Map<string, Key>([
  ['HeaderDigest', choice(['CRC32C', 'None'], 'headerDigest')],
  ['DataDigest', choice(['CRC32C', 'None'], 'dataDigest')],
  ['MaxConnections', normalOnly(number(1, 0xffff, () => 1))],
  ['InitialR2T', normalOnly(flag('initialR2t'))],
  ['ImmediateData', normalOnly(flag('immediateData'))],
  ['MaxRecvDataSegmentLength', segmentLength],
  ['MaxBurstLength', normalOnly(number(512, FEW, (n, o) => Math.min(n, o.burstBytesMax), 'burstBytesMax'))],
  ['FirstBurstLength', normalOnly(number(512, FEW, (n, o) => Math.min(n, o.firstBurstBytesMax), 'firstBurstBytesMax'))],
  ['DefaultTime2Wait', number(0, 3600, (n) => n, 'time2wait_s')],
  // A session ends with its connection: nothing is retained (error recovery level 0).
  ['DefaultTime2Retain', number(0, 3600, () => 0, 'time2retain_s')],
  ['MaxOutstandingR2T', normalOnly(number(1, 0xffff, (n, o) => Math.min(n, o.outstandingR2tMax), 'outstandingR2tMax'))],
  ['DataPDUInOrder', normalOnly(flag())],
  ['DataSequenceInOrder', normalOnly(flag())],
  ['ErrorRecoveryLevel', number(0, 2, () => 0)],
  ['TaskReporting', normalOnly(choice(['RFC3720']))],
  ['iSCSIProtocolLevel', number(0, 31, (n) => Math.min(n, 1))],
  ['IFMarker', obsolete],
  ['OFMarker', obsolete],
  ['IFMarkInt', obsolete],
  ['OFMarkInt', obsolete],
]);

/** Keys of `said` that are answered or noted here; the rest is login's own. */
export class Negotiation {
  readonly terms: Terms;
  private readonly offer: Offer;
  private readonly settled = new Set<string>();

  constructor(offer: Offer) {
    this.offer = offer;
    this.terms = defaultTerms(offer);
  }

  /** The key was used; false: it was before, and what was settled may not be opened again. */
  note(key: string): boolean {
    if (this.settled.has(key)) return false;
    if (KEYS.get(key)?.always === undefined) this.settled.add(key);
    return true;
  }

  /** The answer during login; undefined: none is due. */
  answer([key, value]: Pair, isDiscovery: boolean): Pair | undefined {
    const known = KEYS.get(key);
    if (known === undefined) return value === NOT_UNDERSTOOD ? undefined : [key, NOT_UNDERSTOOD];
    // Of what this side has offered: it offers nothing that the initiator might refuse.
    if (ANSWERS.has(value)) return undefined;
    if (isDiscovery && known.normalOnly) return [key, IRRELEVANT];
    if (key === 'FirstBurstLength' && this.terms.initialR2t && !this.terms.immediateData) {
      known.settle(value, this.terms, this.offer);
      return [key, IRRELEVANT];
    }
    const answer = known.settle(value, this.terms, this.offer);
    return answer === undefined ? undefined : [key, answer];
  }

  /** The answer in full feature phase, where login's keys are over. */
  answerLater([key, value]: Pair): Pair | undefined {
    const known = KEYS.get(key);
    if (known === undefined) return value === NOT_UNDERSTOOD ? undefined : [key, NOT_UNDERSTOOD];
    if (!known.always) return [key, REJECT];
    const answer = known.settle(value, this.terms, this.offer);
    return answer === undefined ? undefined : [key, answer];
  }

  /** Login is over: relations between keys. Undefined: they hold. */
  get conflict(): string | undefined {
    const { terms } = this;
    // FirstBurstLength must not exceed MaxBurstLength (13.14); the defaults may, and then the smaller counts.
    if (terms.firstBurstBytesMax > terms.burstBytesMax && this.settled.has('FirstBurstLength')) {
      if (this.settled.has('MaxBurstLength')) return 'FirstBurstLength is above MaxBurstLength';
    }
    terms.firstBurstBytesMax = Math.min(terms.firstBurstBytesMax, terms.burstBytesMax);
    return undefined;
  }

  /** What this side declares, once. */
  get declared(): Pair {
    return ['MaxRecvDataSegmentLength', String(this.offer.receiveBytesMax)];
  }
}

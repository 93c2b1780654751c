/**
 * CHAP at the target (RFC 7143, 12.1.3; RFC 1994): proves that the initiator knows its secret and, where it asks, that
 * this target knows its own. Secrets and responses appear in no message.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Pair, readBinary, readNumber } from './text.js';

export interface ChapUser {
  readonly name: string;
  /** 12 to 16 bytes are advised: below 12 it can be guessed, above 16 some initiators do not take it. */
  readonly secret: string;
}

export interface ChapTerms extends ChapUser {
  /** What the target proves itself with, to initiators that ask; its secret must be another one. */
  readonly mutual?: ChapUser;
}

/** The registered numbers of CHAP_A; MD5 is what all initiators have. */
const ALGORITHMS = new Map([
  [5, { name: 'md5', bytes: 16 }],
  [7, { name: 'sha256', bytes: 32 }],
  [8, { name: 'sha3-256', bytes: 32 }],
]);

const CHALLENGE_BYTES_MAX = 1024;

const EXPECTS = { ALGORITHM: 0, RESPONSE: 1, NOTHING: 2 } as const;

/** Errors: RangeError when the terms cannot be kept safely. */
export function checkChap({ name, secret, mutual }: ChapTerms): void {
  for (const user of mutual === undefined ? [{ name, secret }] : [{ name, secret }, mutual]) {
    if (user.name === '') throw new RangeError('CHAP name: it is empty');
    if (Buffer.byteLength(user.secret) < 12) {
      throw new RangeError(`CHAP secret of ${user.name}: it must have at least 12 bytes`);
    }
  }
  if (mutual?.secret === secret) {
    throw new RangeError(`CHAP secret of ${mutual.name}: the two directions must not share one`);
  }
}

export class Chap {
  private readonly terms: ChapTerms;
  private readonly random: (bytes: number) => Buffer;
  private expects: 0 | 1 | 2 = EXPECTS.ALGORITHM;
  private algorithm = { name: 'md5', bytes: 16 };
  private identifier = 0;
  private challenge = Buffer.alloc(0);

  /** @param random for tests that replay an exchange */
  constructor(terms: ChapTerms, random: (bytes: number) => Buffer = randomBytes) {
    this.terms = terms;
    this.random = random;
  }

  /** The initiator has proved itself. */
  get isDone(): boolean {
    return this.expects === EXPECTS.NOTHING;
  }

  /** One step: the answer to what the initiator said; undefined: it is not who it says, or does not keep to the exchange. */
  take(said: ReadonlyMap<string, string>): Pair[] | undefined {
    if (this.expects === EXPECTS.ALGORITHM) return this.offer(said);
    return this.expects === EXPECTS.RESPONSE ? this.check(said) : undefined;
  }

  private offer(said: ReadonlyMap<string, string>): Pair[] | undefined {
    const numbers = said.get('CHAP_A')?.split(',').map(readNumber);
    const number = numbers?.find((n) => n !== undefined && ALGORITHMS.has(n));
    const algorithm = ALGORITHMS.get(number ?? 0);
    if (algorithm === undefined) return undefined;
    this.algorithm = algorithm;
    this.identifier = this.random(1)[0];
    this.challenge = Buffer.from(this.random(algorithm.bytes));
    this.expects = EXPECTS.RESPONSE;
    return [
      ['CHAP_A', String(number)],
      ['CHAP_I', String(this.identifier)],
      ['CHAP_C', hex(this.challenge)],
    ];
  }

  private check(said: ReadonlyMap<string, string>): Pair[] | undefined {
    const { terms } = this;
    const response = readBinary(said.get('CHAP_R') ?? '', CHALLENGE_BYTES_MAX);
    const expected = this.respond(this.identifier, terms.secret, this.challenge);
    // Both are always looked at, and neither faster for being more wrong.
    const known = same(Buffer.from(said.get('CHAP_N') ?? ''), Buffer.from(terms.name));
    const proved = response !== undefined && same(response, expected);
    if (!known || !proved) return undefined;
    const asked = said.get('CHAP_I');
    if (asked === undefined && said.get('CHAP_C') === undefined) {
      this.expects = EXPECTS.NOTHING;
      return [];
    }
    return this.prove(readNumber(asked ?? ''), readBinary(said.get('CHAP_C') ?? '', CHALLENGE_BYTES_MAX));
  }

  /** The other way round. */
  private prove(identifier: number | undefined, challenge: Buffer | undefined): Pair[] | undefined {
    const { mutual } = this.terms;
    if (mutual === undefined || identifier === undefined || identifier > 255) return undefined;
    if (challenge === undefined || challenge.length === 0) return undefined;
    // Its own challenge sent back: the answer would serve the initiator as its response elsewhere (12.1.3).
    if (same(challenge, this.challenge)) return undefined;
    this.expects = EXPECTS.NOTHING;
    return [
      ['CHAP_N', mutual.name],
      ['CHAP_R', hex(this.respond(identifier, mutual.secret, challenge))],
    ];
  }

  private respond(identifier: number, secret: string, challenge: Buffer): Buffer {
    const hash = createHash(this.algorithm.name);
    return hash.update(Buffer.of(identifier)).update(secret).update(challenge).digest();
  }
}

const hex = (bytes: Buffer): string => `0x${bytes.toString('hex')}`;

const same = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

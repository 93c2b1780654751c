/**
 * An initiator that is not to be trusted: a connection, what was said over it, and what came. What it says is made right,
 * and then goes through `say`, where chance may spoil it; how often is fixed for each connection, and often it is never.
 */
import type { Chance } from '../chance.js';
import type { Wire } from '../memory-socket.js';
import { type Counts, FuzzFailure } from '../target.js';
import type { IscsiBed } from './bed.js';
import { mutate } from './mutate.js';
import { bytesOf, HEARS, type Pdu, SAYS } from './pdu.js';
import { Reader } from './reader.js';

/** Something is wrong with one in so many PDUs; 0: with none. */
const WILDNESS = [0, 0, 12, 4, 2] as const;

export class Talker {
  readonly wire: Wire;
  readonly reader: Reader;
  cmdSn: number;
  itt = 100;
  /** PDUs that came and were not looked at. */
  readonly came: Pdu[] = [];
  /** Nothing that it said was wrong. */
  isRight = true;
  /** The target has to know where its PDUs begin. */
  isAstray = false;
  readonly #bed: IscsiBed;
  readonly #chance: Chance;
  readonly #counts: Counts;
  readonly #wildness: number;
  readonly #late: Buffer[] = [];

  constructor(bed: IscsiBed, chance: Chance, counts: Counts) {
    this.#bed = bed;
    this.#chance = chance;
    this.#counts = counts;
    this.#wildness = chance.pick(WILDNESS);
    this.cmdSn = chance.oneOf(4) ? chance.word() : 1;
    this.reader = new Reader((pdu) => this.came.push(pdu));
    this.wire = bed.connect(this.reader.bytes);
    this.wire.piece = pieces(chance);
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }

  /** @param mayBeWrong false: as it is, in any case */
  say(pdu: Pdu, kind: string, mayBeWrong = true): void {
    const chance = this.#chance;
    const { wire, reader } = this;
    this.#counts.count(kind);
    const wild = mayBeWrong && this.#wildness > 0 && chance.oneOf(this.#wildness);
    const said = wild ? mutate(pdu, reader, chance) : { kind: '', bytes: [bytesOf(pdu, reader)], isAstray: false };
    if (wild) {
      this.isRight = false;
      this.#counts.count(`wrong: ${said.kind}`);
    }
    if (said.isAstray) this.isAstray = true;
    if (this.isAstray || said.bytes.length > 1) reader.isLoose = true;
    // The tag as it goes out, not as it was meant.
    if ((pdu.header[0] & 0x3f) === SAYS.COMMAND) reader.begins(pdu.header.readUInt32BE(16));
    if (said.comesLate) {
      this.#late.push(...said.bytes);
      return;
    }
    for (const bytes of [...said.bytes, ...this.#late.splice(0)]) wire.send(bytes);
    if (said.isLast) wire.end();
  }

  /** What comes to what was said by now. */
  async hear(): Promise<readonly Pdu[]> {
    await this.#bed.settle();
    return this.came.splice(0);
  }

  /** Errors: FuzzFailure, unless there is one that is of this kind. */
  must(pdus: readonly Pdu[], kind: number): Pdu {
    const pdu = pdus.find(({ header }) => header[0] === kind);
    if (pdu) return pdu;
    const others = pdus.map(({ header }) => `0x${header[0].toString(16)}`).join(' ');
    throw new FuzzFailure(`what is right is not answered by 0x${kind.toString(16)}, but by: ${others || 'nothing'}`);
  }

  /** Goes, in one way or another. */
  async leave(): Promise<void> {
    this.wire.isStalled = false;
    if (this.#chance.oneOf(3)) {
      this.wire.end();
      await this.#bed.settle();
    }
    // An end is not seen by a target that waits for something before it reads on.
    if (!this.wire.isClosed) this.wire.kill();
  }
}

/** How many bytes come at once; now and then all that is there, or large data would take for ever. */
function pieces(chance: Chance): () => number {
  const kind = chance.below(6);
  if (kind === 0) return () => (chance.oneOf(20) ? Number.POSITIVE_INFINITY : chance.between(1, 64));
  if (kind === 1) return () => (chance.oneOf(4) ? 1 : chance.between(1, 4096));
  if (kind === 2) return () => chance.pick([1, 47, 48, 49, 4, 512, 65_536]);
  return () => Number.POSITIVE_INFINITY;
}

/** Is it one that the target has refused? */
export const isRefusal = ({ header }: Pdu): boolean =>
  header[0] === HEARS.REJECT || (header[0] === HEARS.LOGIN && header[36] !== 0);

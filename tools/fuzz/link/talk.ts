/** A connection of an array that is not to be trusted, and what of it the remote role must and must not have heard. */
import { KIND, KINDS } from '../../../firmware/ports/messages.js';
import type { Chance } from '../chance.js';
import { type Counts, FuzzFailure } from '../target.js';
import { ANY, CREDITS, type LinkBed, type Told } from './bed.js';
import { type Frame, frameOf, NUMBERS, TYPES } from './frames.js';
import { type Message, Peer } from './peer.js';
import { spoil } from './spoil.js';

/** Something is wrong with one frame in so many; 0: with none. */
const WILDNESS = [0, 8, 4, 2] as const;
/** The frames with which a connection begins. */
const FIRST: readonly number[] = [TYPES.GREETING, TYPES.PROOF, TYPES.HEARTBEAT];
const TOKENED: readonly string[] = ['FAR_APPLY', 'FAR_CALL', 'FAR_APPLIED', 'FAR_ANSWER'];

export class LinkTalk {
  readonly #bed: LinkBed;
  readonly #chance: Chance;
  readonly #counts: Counts;
  readonly #peer: Peer;
  readonly #wildness: number;
  /** Messages of frames before the first one that was wrong. */
  readonly #said: Message[] = [];
  /** Frames before that one. */
  #right = 0;
  #isWrong = false;
  /** Whether the frame that was wrong may be believed is not said here. */
  #isDoubtful = false;
  #hasLeft = false;
  #hasGreeted = false;
  #writes = 0;

  constructor(bed: LinkBed, chance: Chance, counts: Counts) {
    this.#bed = bed;
    this.#chance = chance;
    this.#counts = counts;
    this.#wildness = chance.pick(WILDNESS);
    this.#peer = new Peer(bed, chance, ANY);
    const kind = chance.below(4);
    const { wire } = this.#peer;
    if (kind === 0) wire.piece = () => (chance.oneOf(20) ? Number.POSITIVE_INFINITY : chance.between(1, 40));
    if (kind === 1) wire.piece = () => chance.pick([1, 31, 32, 33, 512, 65_536]);
  }

  get wasEnded(): boolean {
    return this.#peer.wire.isOver;
  }

  async handshake(): Promise<void> {
    const chance = this.#chance;
    const peer = this.#peer;
    const isImpatient = this.#wildness > 0 && chance.oneOf(16);
    if (isImpatient) await this.act();
    this.#send(peer.greeting(), 'greeting');
    await this.#bed.settle();
    const isStranger = chance.oneOf(12);
    const proof = peer.proof(isStranger ? chance.bytes(16) : undefined);
    if (proof === undefined) return;
    // A proof under another secret proves nothing, however well it is made.
    if (isStranger) this.#isWrong = true;
    this.#send(proof, isStranger ? 'proof of another secret' : 'proof');
    if (this.#wildness > 0 && chance.oneOf(16)) await this.act();
    this.#send(frameOf(TYPES.HEARTBEAT), 'heartbeat');
    await this.#bed.settle();
  }

  async act(): Promise<void> {
    const chance = this.#chance;
    const { wire } = this.#peer;
    const kind = chance.below(16);
    if (kind < 9) this.#batch();
    else if (kind < 11) this.#service();
    else if (kind === 11) this.#send(frameOf(TYPES.HEARTBEAT), 'heartbeat');
    else if (kind === 12) this.#bed.sleeps = !this.#bed.sleeps;
    else if (kind === 13) wire.isStalled = !wire.isStalled;
    else if (kind === 14 && chance.oneOf(4)) {
      this.#hasLeft = true;
      this.#send(frameOf(TYPES.GOODBYE, Buffer.from('so long!')), 'goodbye');
    } else await this.#bed.settle();
  }

  #batch(): void {
    const chance = this.#chance;
    const peer = this.#peer;
    const messages: Message[] = [];
    // The greeting of the other side brings the credits for writes.
    const mayWrite = peer.reader.came.some(({ type }) => type === TYPES.MESSAGES);
    if (!this.#hasGreeted) messages.push(peer.hello(chance.between(0, 20)));
    this.#hasGreeted = true;
    for (let n = chance.between(messages.length === 0 ? 1 : 0, 4); n > 0; n--) {
      const kind = chance.below(4);
      if (kind === 0) messages.push(peer.credit(chance));
      else if (kind === 1 || this.#writes === CREDITS || !mayWrite) messages.push(peer.call(chance));
      else {
        this.#writes += 1;
        messages.push(peer.write(chance));
      }
    }
    this.#send(peer.batch(messages, chance), 'batch', messages);
  }

  /** Parts of one message may follow each other, but not of too many at once: what becomes of it the session says. */
  #service(): void {
    this.#send(this.#peer.service(this.#chance), 'service');
  }

  #send(frame: Frame, kind: string, messages: readonly Message[] = []): void {
    const chance = this.#chance;
    const { wire } = this.#peer;
    this.#counts.count(kind);
    const bytes = this.#peer.bytesOf(frame);
    if (this.#wildness === 0 || !chance.oneOf(this.#wildness)) {
      wire.send(bytes);
      if (this.#isWrong || this.#hasLeft) return;
      // Before the proof is done nothing else has its place.
      if (this.#right < FIRST.length && frame.type !== FIRST[this.#right] && frame.type !== TYPES.GOODBYE) {
        this.#isWrong = true;
        return;
      }
      this.#right += 1;
      this.#said.push(...messages);
      return;
    }
    const spoiled = spoil(bytes, chance);
    this.#counts.count(`wrong: ${spoiled.kind}`);
    if (!this.#isWrong && !spoiled.isBroken) this.#isDoubtful = true;
    this.#isWrong = true;
    wire.send(spoiled.bytes);
  }

  /** What has been heard is what was said up to the first frame that was wrong. Errors: FuzzFailure. */
  check(): void {
    const { told } = this.#bed;
    const isProved = this.#right >= FIRST.length;
    const ups = told.filter(({ kind, trunk }) => kind === 'LINK_UP' && trunk === ANY).length;
    if (ups > 1 || (ups === 1 && !isProved && !this.#isDoubtful))
      throw new FuzzFailure('who has proved nothing has a link');
    if (isProved && ups === 0) throw new FuzzFailure('who has proved itself has no link');
    if (!isProved && this.#isDoubtful) return;
    checkHeard(told, this.#said, ANY, !this.#isDoubtful);
    const shouldBeUp = isProved && !this.#isWrong && !this.#hasLeft;
    if (shouldBeUp && !this.#bed.isUp(ANY)) throw new FuzzFailure('a link on which nothing was wrong was ended');
  }

  leave(): void {
    this.#peer.wire.kill();
  }
}

/** The remote role was told these messages of this trunk, in their order. @param only nothing else */
export function checkHeard(told: readonly Told[], said: readonly Message[], trunk: number, only: boolean): void {
  const heard = told.filter((one) => one.trunk === trunk && Object.hasOwn(NUMBERS, one.kind));
  if (heard.length < said.length || (only && heard.length > said.length)) {
    throw new FuzzFailure(`${said.length} messages were said, and ${heard.length} were heard`);
  }
  for (const [i, message] of said.entries()) {
    if (!isSame(heard[i], message)) {
      throw new FuzzFailure(
        `message ${i} was ${message.kind} ${message.words.join(' ')}, and was heard as ${JSON.stringify(heard[i])}`,
      );
    }
  }
}

function isSame({ kind, fields, bytes }: Told, message: Message): boolean {
  if (kind !== message.kind || (bytes === undefined) !== (message.bytes === undefined)) return false;
  if (bytes !== undefined && message.bytes?.equals(bytes) !== true) return false;
  const words = message.words.slice(TOKENED.includes(kind) ? 1 : 0);
  // What means something in one array only is not carried.
  return KINDS[KIND[kind]].fields.every((name, i) => name === 'wire' || name === 'at' || fields[name] === words[i]);
}

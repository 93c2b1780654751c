/** A client that is not to be trusted: options, then requests, made right, and now and then spoiled on their way. */
import { VOLUME_BYTES } from '../array.js';
import type { Chance } from '../chance.js';
import type { Wire } from '../memory-socket.js';
import { type Counts, FuzzFailure } from '../target.js';
import type { NbdBed } from './bed.js';
import { PHASE, Reader } from './reader.js';
import { CLIENT_FLAGS, infoData, metaData, OPTIONS, option, type Request, requestBytes, TYPES } from './wire-format.js';

/** Something is wrong with one in so many; 0: with none. */
const WILDNESS = [0, 0, 12, 4, 2] as const;
const NAMES = ['data0', 'data0', 'removable0', 'readonly0', '', 'nothing'] as const;
const QUERIES = ['base:allocation', 'arraylab:owed', 'base:', 'other:thing', 'bare', 'base:allocation:more', ':'];
const OPTION_NAMES = ['LIST', 'INFO', 'STRUCTURED', 'LIST_META', 'SET_META', 'none that is known'] as const;
const LENGTHS = [0, 1, 4, 4095, 4096, 4097, 0x7fff_ffff, 0xffff_ffff];
/** Flags that are known, by type of request. */
const FLAGS: readonly (readonly number[])[] = [[0], [0, 1], [0], [0], [0, 1], [0], [0, 1, 2, 3], [0, 8]];

export class NbdTalker {
  readonly wire: Wire;
  readonly reader = new Reader();
  /** Nothing that it said was wrong. */
  isRight = true;
  /** It asked for the end. */
  hasLeft = false;
  readonly #bed: NbdBed;
  readonly #chance: Chance;
  readonly #counts: Counts;
  readonly #wildness: number;
  #cookie = 1;

  constructor(bed: NbdBed, chance: Chance, counts: Counts) {
    this.#bed = bed;
    this.#chance = chance;
    this.#counts = counts;
    this.#wildness = chance.pick(WILDNESS);
    this.wire = bed.connect(this.reader.bytes);
    const kind = chance.below(5);
    // Now and then all that is there, or large payloads would take for ever.
    if (kind === 0) this.wire.piece = () => (chance.oneOf(20) ? Number.POSITIVE_INFINITY : chance.between(1, 40));
    if (kind === 1) this.wire.piece = () => chance.pick([1, 15, 16, 27, 28, 29, 512, 4096, 65_536]);
  }

  get isOver(): boolean {
    return this.wire.isOver;
  }

  get isAttached(): boolean {
    return this.reader.phase === PHASE.REQUESTS || this.reader.phase === PHASE.UNKNOWN;
  }

  async haggle(): Promise<void> {
    const chance = this.#chance;
    const flags = this.#isWild() ? this.#spoiled('client flags', chance.bytes(4)) : CLIENT_FLAGS;
    this.wire.send(flags);
    for (let n = chance.below(5); n > 0; n--) this.#option(chance.pick(OPTION_NAMES));
    if (chance.oneOf(20)) {
      this.#say('ABORT', option(OPTIONS.ABORT));
      this.hasLeft = true;
    }
    const expected = this.reader.ended.length;
    const name = chance.pick(NAMES);
    const isGo = !chance.oneOf(3);
    if (isGo) this.#say('GO', option(OPTIONS.GO, infoData(name, chance.oneOf(2) ? [3, 1] : [])));
    else {
      await this.#bed.settle();
      this.#exportName(name);
    }
    await this.#bed.settle();
    if (!this.isRight || this.hasLeft || name === 'nothing') return;
    if (!this.isAttached) throw new FuzzFailure(`a client that is right is not let in (${expected} options)`);
  }

  /** Its answer has no header: what comes after this is known only if nothing was wrong. */
  #exportName(name: string): void {
    if (!this.isRight) this.reader.lose();
    else if (name !== 'nothing' && !this.hasLeft) this.reader.phase = PHASE.EXPORT;
    this.#say('EXPORT_NAME', option(OPTIONS.EXPORT_NAME, Buffer.from(name)));
  }

  #option(what: (typeof OPTION_NAMES)[number]): void {
    const chance = this.#chance;
    const queries = Array.from({ length: chance.below(4) }, () => chance.pick(QUERIES));
    const meta = metaData(chance.pick(NAMES), queries);
    if (what === 'LIST') this.#say(what, option(OPTIONS.LIST));
    else if (what === 'INFO') this.#say(what, option(OPTIONS.INFO, infoData(chance.pick(NAMES), [0, 1, 3])));
    else if (what === 'LIST_META') this.#say(what, option(OPTIONS.LIST_META, meta));
    else if (what === 'SET_META') this.#say(what, option(OPTIONS.SET_META, meta));
    else if (what === 'STRUCTURED') {
      this.reader.structured = true;
      this.#say(what, option(OPTIONS.STRUCTURED));
    } else this.#say(what, option(chance.pick([0, 4, 5, 11, 99]), chance.bytes(chance.below(20))));
  }

  /** One request, or something else that a client may do. */
  async act(): Promise<void> {
    const chance = this.#chance;
    if (this.isOver || !this.isAttached) return;
    const kind = chance.below(16);
    if (kind < 12) this.#request();
    else if (kind === 12) this.wire.isStalled = !this.wire.isStalled;
    else await this.hear();
  }

  async hear(): Promise<void> {
    await this.#bed.settle();
    this.reader.answers.length = 0;
  }

  #request(): void {
    const chance = this.#chance;
    const type = chance.weighed<number>([
      [6, TYPES.READ],
      [6, TYPES.WRITE],
      [2, TYPES.FLUSH],
      [2, TYPES.TRIM],
      [1, TYPES.CACHE],
      [2, TYPES.ZEROES],
      [2, TYPES.STATUS],
    ]);
    if (chance.oneOf(60)) {
      this.#say('DISC', requestBytes({ type: TYPES.DISC, flags: 0, cookie: 0, offset: 0, length: 0 }));
      this.hasLeft = true;
      return;
    }
    const sectors = chance.weighed([
      [6, chance.between(1, 16)],
      [3, chance.between(1, 256)],
      [1, chance.between(1, 1100)],
      [1, 2048],
    ]);
    const lba = chance.oneOf(6)
      ? chance.below(VOLUME_BYTES / 512)
      : chance.below(VOLUME_BYTES / 512 - Math.min(sectors, 2047));
    const isData = type === TYPES.READ || type === TYPES.WRITE;
    const length = type === TYPES.FLUSH ? 0 : sectors * 512;
    const flags = this.#flagsOf(type);
    const request: Request = {
      type,
      flags,
      cookie: this.#cookie++,
      offset: type === TYPES.FLUSH ? 0 : lba * 512,
      length,
    };
    const payload = type === TYPES.WRITE ? Buffer.alloc(length, chance.byte()) : Buffer.alloc(0);
    this.reader.asks(request.cookie, request.offset, isData && type === TYPES.READ ? length : 0);
    this.#say(`request ${type}`, Buffer.concat([requestBytes(request), payload]));
  }

  #flagsOf(type: number): number {
    const chance = this.#chance;
    if (type === TYPES.READ && this.reader.structured && chance.oneOf(4)) return 4;
    return chance.pick(FLAGS[type]);
  }

  #isWild(): boolean {
    return this.#wildness > 0 && this.#chance.oneOf(this.#wildness);
  }

  #spoiled(kind: string, bytes: Buffer): Buffer {
    this.isRight = false;
    this.#counts.count(`wrong: ${kind}`);
    this.reader.lose();
    return bytes;
  }

  #say(kind: string, bytes: Buffer): void {
    this.#counts.count(kind);
    this.wire.send(this.#isWild() ? this.#spoil(bytes) : bytes);
  }

  /** Something wrong with an option or a request: in both the first 16 bytes mean the most. */
  #spoil(bytes: Buffer): Buffer {
    const chance = this.#chance;
    const way = chance.below(9);
    const copy = Buffer.from(bytes);
    const inHeader = Math.min(copy.length, copy[0] === 0x49 ? 16 : 28);
    if (way === 0) return this.#spoiled('cut off', copy.subarray(0, chance.below(copy.length)));
    if (way === 1) return this.#spoiled('said twice', Buffer.concat([copy, copy]));
    if (way === 2) return this.#spoiled('junk before', Buffer.concat([chance.bytes(chance.between(1, 60)), copy]));
    if (way === 3) return this.#spoiled('junk behind', Buffer.concat([copy, chance.bytes(chance.between(1, 60))]));
    if (way === 4) {
      copy[chance.below(copy.length)] = chance.byte();
      return this.#spoiled('byte', copy);
    }
    if (way === 5) {
      const at = copy[0] === 0x49 ? 12 : 24;
      const length = chance.oneOf(2)
        ? chance.pick(LENGTHS)
        : Math.max(0, copy.readUInt32BE(at) + chance.between(-9, 9));
      copy.writeUInt32BE(length, at);
      return this.#spoiled('length', copy);
    }
    if (way === 6 && copy.length > 16) {
      // Lengths within an option stand at its first bytes; in a request, it is where.
      copy.writeUInt32BE(chance.word(copy.readUInt32BE(16 > copy.length - 4 ? 0 : 16)), Math.min(16, copy.length - 4));
      return this.#spoiled('word behind the header', copy);
    }
    const at = chance.below(Math.max(1, inHeader - 4));
    copy.writeUInt32BE(chance.word(copy.readUInt32BE(at)), at);
    return this.#spoiled('word', copy);
  }

  get unanswered(): number {
    return this.reader.open.size;
  }

  async leave(): Promise<void> {
    this.wire.isStalled = false;
    if (this.#chance.oneOf(3)) {
      this.wire.end();
      await this.#bed.settle();
    }
    if (!this.wire.isClosed) this.wire.kill();
  }
}

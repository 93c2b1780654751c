/** The client that does nothing wrong, whose connection lasts while others come and go: it reads what it wrote. */
import { VOLUME_BYTES } from '../array.js';
import type { Chance } from '../chance.js';
import type { Wire } from '../memory-socket.js';
import { FuzzFailure } from '../target.js';
import type { NbdBed } from './bed.js';
import { PHASE, Reader } from './reader.js';
import { CLIENT_FLAGS, infoData, OPTIONS, option, requestBytes, TYPES } from './wire-format.js';

const SECTORS = VOLUME_BYTES / 512;
const SECTORS_MOST = 24;

export class HonestClient {
  readonly #bed: NbdBed;
  readonly #volume = Buffer.alloc(VOLUME_BYTES);
  readonly #reader = new Reader();
  #wire!: Wire;
  #cookie = 1;
  /** What reads must bring, by cookie. */
  readonly #expected = new Map<number, Buffer>();

  constructor(bed: NbdBed) {
    this.#bed = bed;
  }

  /** Errors: FuzzFailure, when it is not let in. */
  async attach(): Promise<void> {
    this.#wire = this.#bed.connect(this.#reader.bytes);
    this.#reader.structured = true;
    this.#wire.send(
      Buffer.concat([CLIENT_FLAGS, option(OPTIONS.STRUCTURED), option(OPTIONS.GO, infoData('own0', []))]),
    );
    await this.#bed.settle();
    if (this.#reader.phase !== PHASE.REQUESTS) throw new FuzzFailure('the honest client is not let in');
  }

  /** Writes somewhere in one half and reads somewhere in the other. */
  ask(chance: Chance): void {
    const half = chance.below(2);
    for (const type of [TYPES.WRITE, TYPES.READ]) {
      const isWrite = type === TYPES.WRITE;
      const sectors = chance.between(1, SECTORS_MOST);
      const lba = (isWrite ? half : 1 - half) * (SECTORS / 2) + chance.below(SECTORS / 2 - sectors + 1);
      const length = sectors * 512;
      const place = this.#volume.subarray(lba * 512, lba * 512 + length);
      if (isWrite) place.fill(chance.byte() ^ (lba & 0xff));
      const cookie = this.#cookie++;
      this.#expected.set(cookie, isWrite ? Buffer.alloc(0) : Buffer.from(place));
      this.#reader.asks(cookie, lba * 512, isWrite ? 0 : length);
      const request = requestBytes({ type, flags: 0, cookie, offset: lba * 512, length });
      this.#wire.send(isWrite ? Buffer.concat([request, place]) : request);
    }
  }

  /** Errors: FuzzFailure, when an answer is missing, an error, or other bytes. */
  checkAnswered(): void {
    for (const { cookie, errno, data } of this.#reader.answers.splice(0)) {
      if (errno !== 0) throw new FuzzFailure(`the honest client is answered with error ${errno}`);
      if (this.#expected.get(cookie)?.equals(data) !== true) {
        throw new FuzzFailure('the honest client reads other bytes than it wrote');
      }
      this.#expected.delete(cookie);
    }
    if (this.#wire.isOver) throw new FuzzFailure('the connection of the honest client was ended');
    if (this.#expected.size > 0)
      throw new FuzzFailure(`${this.#expected.size} requests of the honest client have no answer`);
  }

  leave(): void {
    this.#wire.kill();
  }
}

/**
 * A host whose every write depends on the one before it: write k + 1 is issued when the status of write k was given, and goes
 * to the next volume. Each block holds, all over, its volume, its number and k; so of any image of the volumes it can be
 * told whether it is a prefix of the writes, and which one.
 */
import { NbdClient } from '../adapters/channel/nbd-client.js';

export const BLOCK_BYTES = 4096;
const STAMP_BYTES = 8;
const READ = 0;
const WRITE = 1;

/** Of write k: the volume's index and the block. Few blocks, so that they are overwritten again and again. */
export interface Place {
  readonly volume: number;
  readonly block: number;
}

export class DependentWriter {
  /** Numbers of the newest write that was sent, and of the newest with good status. */
  issued = 0;
  acknowledged = 0;
  /** Numbers of the protocol's errors. */
  readonly errors: number[] = [];
  ended: Promise<void> = Promise.resolve();
  readonly #volumes: readonly string[];
  readonly #blocks: number;
  #clients: readonly NbdClient[] = [];
  #stopping = false;
  /** The number behind which it ends by itself. */
  #last = Number.POSITIVE_INFINITY;

  /** @param blocks of each volume. */
  constructor(volumes: readonly string[], blocks: number) {
    this.#volumes = volumes;
    this.#blocks = blocks;
  }

  /** Goes on behind what was written before, until it is stopped, refused, or its connection goes. @param most writes of it. */
  async start(port: number, most = Number.POSITIVE_INFINITY): Promise<void> {
    this.#stopping = false;
    this.#last = this.issued + most;
    this.#clients = await Promise.all(this.#volumes.map((name) => NbdClient.attach(port, name)));
    this.ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.ended;
  }

  placeOf(k: number): Place {
    const mixed = Math.imul(k ^ (k >>> 7), 0x9e37_79b1) >>> 0;
    return { volume: k % this.#volumes.length, block: mixed % this.#blocks };
  }

  /**
   * Reads all blocks of all volumes at this port: the number of the write up to which all are there, and nothing behind it.
   * Errors: Error that says which block is none of such an image. @param names of volumes that stand for its own.
   */
  async prefixAt(port: number, names: readonly string[] = this.#volumes): Promise<number> {
    const found = await Promise.all(names.map((name, volume) => this.#numbersOf(port, name, volume)));
    return this.#prefixOf(found, names);
  }

  /** As `prefixAt`, of the volumes' bytes. */
  prefixOf(volumes: readonly Buffer[]): number {
    return this.#prefixOf(
      volumes.map((bytes, volume) => this.#numbersIn(bytes, this.#volumes[volume], volume)),
      this.#volumes,
    );
  }

  #prefixOf(found: readonly number[][], names: readonly string[]): number {
    const top = found.flat().reduce((most, number) => Math.max(most, number), 0);
    if (top > this.issued) throw new Error(`write ${top} is there; ${this.issued} were issued`);
    const right = this.#volumes.map(() => new Array<number>(this.#blocks).fill(0));
    for (let k = 1; k <= top; k++) {
      const { volume, block } = this.placeOf(k);
      right[volume][block] = k;
    }
    const wrong = found.flatMap((numbers, v) =>
      numbers.flatMap((number, block) =>
        number === right[v][block] ? [] : [`block ${block} of ${names[v]}: ${number}, not ${right[v][block]}`],
      ),
    );
    if (wrong.length > 0) {
      throw new Error(
        `write ${top} is there, and not all before it: ${wrong.length} blocks: ${wrong.slice(0, 5).join('; ')}`,
      );
    }
    return top;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopping && this.issued < this.#last) {
        const k = this.issued + 1;
        const { volume, block } = this.placeOf(k);
        this.issued = k;
        const write = { type: WRITE, cookie: k, offset: block * BLOCK_BYTES, length: BLOCK_BYTES };
        const { errno } = await this.#clients[volume].ask(write, content({ volume, block }, k));
        if (errno !== 0) {
          this.errors.push(errno);
          return;
        }
        this.acknowledged = k;
      }
    } catch (error) {
      if (!this.#clients.some(({ ended }) => ended)) throw error;
    } finally {
      for (const client of this.#clients) client.close();
    }
  }

  /** By block: the number that it holds. Errors: Error that names a block which is torn, or another one's. */
  async #numbersOf(port: number, name: string, volume: number): Promise<number[]> {
    const client = await NbdClient.attach(port, name);
    try {
      const length = this.#blocks * BLOCK_BYTES;
      const { errno, data } = await client.ask({ type: READ, length });
      if (errno !== 0) throw new Error(`reading ${name}: error ${errno}`);
      return this.#numbersIn(data, name, volume);
    } finally {
      client.close();
    }
  }

  #numbersIn(data: Buffer, name: string, volume: number): number[] {
    return Array.from({ length: this.#blocks }, (_, block) => {
      const held = data.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
      const number = held.readUInt32LE(4);
      const right = number === 0 ? Buffer.alloc(BLOCK_BYTES) : content({ volume, block }, number);
      if (!held.equals(right)) throw new Error(`block ${block} of ${name} is torn, or another one's`);
      return number;
    });
  }
}

function content({ volume, block }: Place, k: number): Buffer {
  const stamp = Buffer.alloc(STAMP_BYTES);
  stamp.writeUInt32LE(((volume + 1) << 24) | block, 0);
  stamp.writeUInt32LE(k, 4);
  return Buffer.alloc(BLOCK_BYTES, stamp);
}

/**
 * A host that knows what it wrote. Each block holds, all over, its volume, its number and the number of its write, so that
 * a block that is lost, old, torn or another one's is seen. The record outlives the connection, and tells afterwards what
 * each block may hold: its last acknowledged write, or one that was under way when the connection went.
 */
import { NbdClient, request } from '../adapters/channel/nbd-client.js';

export const BLOCK_BYTES = 4096;
const STAMP_BYTES = 8;
/** Blocks in one request when everything is read back. */
const READ_BLOCKS = 128;
/** More writes than a test does. */
const COPY_NUMBERS = 1_000_000_000;
const READ = 0;
const WRITE = 1;

/** What hosts know of a volume. */
export class WriteRecord {
  readonly blocks: number;
  /** By block: number of the last acknowledged write; 0: none. */
  readonly acknowledged: Uint32Array;
  /** By block: number of the write that was sent and not acknowledged; 0: none. There is never more than one. */
  readonly underWay: Uint32Array;
  #last = 0;
  readonly #volume: number;

  /** @param volume tells its blocks from those of others. */
  constructor(volume: number, bytes: number) {
    this.blocks = bytes / BLOCK_BYTES;
    this.acknowledged = new Uint32Array(this.blocks);
    this.underWay = new Uint32Array(this.blocks);
    this.#volume = volume;
  }

  /** For the other one of two sides that go on apart; its further writes have other numbers. */
  copy(): WriteRecord {
    const copy = new WriteRecord(this.#volume, this.blocks * BLOCK_BYTES);
    copy.acknowledged.set(this.acknowledged);
    copy.underWay.set(this.underWay);
    copy.#last = this.#last + COPY_NUMBERS;
    return copy;
  }

  /** The content of the next write of a block. */
  write(block: number): Buffer {
    this.#last += 1;
    this.underWay[block] = this.#last;
    return this.content(block, this.#last);
  }

  acknowledge(block: number): void {
    this.acknowledged[block] = this.underWay[block];
    this.underWay[block] = 0;
  }

  content(block: number, number: number): Buffer {
    if (number === 0) return Buffer.alloc(BLOCK_BYTES);
    const stamp = Buffer.alloc(STAMP_BYTES);
    stamp.writeUInt32LE((this.#volume << 24) | block, 0);
    stamp.writeUInt32LE(number, 4);
    return Buffer.alloc(BLOCK_BYTES, stamp);
  }

  /** What is wrong with the content of a block; undefined: nothing. */
  fault(block: number, content: Buffer): string | undefined {
    const may = [this.acknowledged[block], ...(this.underWay[block] === 0 ? [] : [this.underWay[block]])];
    if (may.some((number) => content.equals(this.content(block, number)))) return undefined;
    const found = content.readUInt32LE(4);
    const whole = content.equals(this.content(block, found));
    return `block ${block} holds ${whole ? `write ${found}` : 'no whole write'}; it may hold ${may.join(' or ')}`;
  }

  /**
   * Reads the whole volume. What it holds of writes that nobody answered counts as acknowledged from then on: it has been
   * seen. Errors: Error that names the first blocks that are wrong.
   */
  async check(port: number, volume: string): Promise<void> {
    const faults: string[] = [];
    const client = await NbdClient.attach(port, volume);
    try {
      for (let first = 0; first < this.blocks; first += READ_BLOCKS) {
        const length = Math.min(READ_BLOCKS, this.blocks - first) * BLOCK_BYTES;
        const { errno, data } = await client.ask({ type: READ, offset: first * BLOCK_BYTES, length });
        if (errno !== 0) throw new Error(`reading ${length} bytes at block ${first} of ${volume}: error ${errno}`);
        for (let at = 0; at < length; at += BLOCK_BYTES) {
          const block = first + at / BLOCK_BYTES;
          const content = data.subarray(at, at + BLOCK_BYTES);
          const fault = this.fault(block, content);
          if (fault !== undefined) faults.push(fault);
          else this.#settle(block, content);
        }
      }
    } finally {
      client.close();
    }
    if (faults.length > 0) {
      throw new Error(`${faults.length} blocks of ${volume} are wrong: ${faults.slice(0, 5).join('; ')}`);
    }
  }

  #settle(block: number, content: Buffer): void {
    if (this.underWay[block] === 0) return;
    this.acknowledged[block] = content.readUInt32LE(4);
    this.underWay[block] = 0;
  }
}

export interface WriterOptions {
  /** Requests in flight. */
  readonly depth?: number;
  /** Writes go to the blocks below it; reads too. */
  readonly blocks?: number;
}

interface Pending {
  readonly block: number;
  readonly isWrite: boolean;
}

/** Writes random blocks, and reads one for every few writes, until it is stopped, refused, or its connection goes. */
export class NumberedWriter {
  /** Answered without an error. */
  writes = 0;
  reads = 0;
  /** Numbers of the protocol's errors, in the order of arrival. */
  readonly errors: number[] = [];
  /** What reads showed that could not be. */
  readonly faults: string[] = [];
  /** The server closed the connection. */
  disconnected = false;
  /** When it has ended, for whichever reason. */
  readonly ended: Promise<void>;
  readonly #record: WriteRecord;
  readonly #client: NbdClient;
  readonly #blocks: number;
  readonly #pending = new Map<number, Pending>();
  readonly #busy = new Set<number>();
  #cookie = 0;
  #stopping = false;

  private constructor(client: NbdClient, record: WriteRecord, { depth = 16, blocks = record.blocks }: WriterOptions) {
    this.#client = client;
    this.#record = record;
    this.#blocks = blocks;
    for (let i = 0; i < depth; i++) this.#submit();
    this.ended = this.#answers();
  }

  static async start(port: number, volume: string, record: WriteRecord, options: WriterOptions = {}) {
    return new NumberedWriter(await NbdClient.attach(port, volume), record, options);
  }

  get hasEnded(): boolean {
    return this.#stopping && this.#pending.size === 0;
  }

  /** Submits nothing more, waits for the answers to what is in flight, and leaves. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.ended;
  }

  #submit(): void {
    const block = this.#freeBlock();
    this.#cookie = (this.#cookie + 1) >>> 0;
    const cookie = this.#cookie;
    const isWrite = cookie % 4 !== 0;
    this.#busy.add(block);
    this.#pending.set(cookie, { block, isWrite });
    const offset = block * BLOCK_BYTES;
    const head = request({ type: isWrite ? WRITE : READ, cookie, offset, length: BLOCK_BYTES });
    this.#client.send(head, isWrite ? this.#record.write(block) : Buffer.alloc(0));
  }

  #freeBlock(): number {
    for (;;) {
      const block = Math.floor(Math.random() * this.#blocks);
      if (!this.#busy.has(block) && this.#record.underWay[block] === 0) return block;
    }
  }

  async #answers(): Promise<void> {
    try {
      while (this.#pending.size > 0) {
        await this.#answer();
        if (!this.#stopping) this.#submit();
      }
    } catch (error) {
      if (!this.#client.ended) throw error;
      this.disconnected = true;
      this.#stopping = true;
      this.#pending.clear();
    } finally {
      this.#client.close();
    }
  }

  async #answer(): Promise<void> {
    const head = await this.#client.read(16);
    if (head.readUInt32BE(0) !== 0x6744_6698) throw new Error(`no reply: ${head.toString('hex')}`);
    const errno = head.readUInt32BE(4);
    const cookie = head.readUInt32BE(12);
    const pending = this.#pending.get(cookie);
    if (pending === undefined) throw new Error(`a reply to nothing: cookie ${cookie}`);
    const { block, isWrite } = pending;
    if (errno !== 0) {
      this.errors.push(errno);
      this.#stopping = true;
    } else if (isWrite) {
      this.#record.acknowledge(block);
      this.writes += 1;
    } else {
      const fault = this.#record.fault(block, await this.#client.read(BLOCK_BYTES));
      if (fault !== undefined) this.faults.push(fault);
      this.reads += 1;
    }
    this.#pending.delete(cookie);
    this.#busy.delete(block);
  }
}

/** A bare NBD client: it sends any bytes and reads what comes, well-formed or not. */
import { connect, type Socket } from 'node:net';

export const GREETING_BYTES = 18;
export const IHAVEOPT = Buffer.from('IHAVEOPT');
export const CLIENT_FLAGS = Buffer.from([0, 0, 0, 3]);

export function option(type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const b = Buffer.alloc(16);
  IHAVEOPT.copy(b);
  b.writeUInt32BE(type, 8);
  b.writeUInt32BE(data.length, 12);
  return Buffer.concat([b, data]);
}

/** Data of INFO and GO. */
export function infoData(name: string, wants: readonly number[] = []): Buffer {
  const text = Buffer.from(name);
  const b = Buffer.alloc(6 + text.length + 2 * wants.length);
  b.writeUInt32BE(text.length, 0);
  b.set(text, 4);
  b.writeUInt16BE(wants.length, 4 + text.length);
  wants.forEach((want, i) => {
    b.writeUInt16BE(want, 6 + text.length + 2 * i);
  });
  return b;
}

/** Data of LIST_META_CONTEXT and SET_META_CONTEXT. */
export function metaData(name: string, queries: readonly string[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(queries.length, 0);
  const string = (text: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text), 0);
    return Buffer.concat([length, Buffer.from(text)]);
  };
  return Buffer.concat([string(name), count, ...queries.map(string)]);
}

/** A chunk of a structured reply. */
export interface Chunk {
  readonly type: number;
  readonly cookie: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
}

export interface RequestFields {
  readonly type: number;
  readonly flags?: number;
  readonly cookie?: number;
  /** In bytes. */
  readonly offset?: number | bigint;
  readonly length?: number;
  readonly magic?: number;
}

export function request(r: RequestFields): Buffer {
  const b = Buffer.alloc(28);
  b.writeUInt32BE(r.magic ?? 0x2560_9513, 0);
  b.writeUInt16BE(r.flags ?? 0, 4);
  b.writeUInt16BE(r.type, 6);
  b.writeUInt32BE(0xfeed_f00d, 8);
  b.writeUInt32BE(r.cookie ?? 1, 12);
  b.writeBigUInt64BE(BigInt(r.offset ?? 0), 16);
  b.writeUInt32BE(r.length ?? 0, 24);
  return b;
}

export class NbdClient {
  readonly socket: Socket;
  /** Set when the server has closed or reset the connection. */
  ended = false;
  private held = Buffer.alloc(0);
  private wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.held = Buffer.concat([this.held, chunk]);
      this.wake?.();
    });
    const end = (): void => {
      this.ended = true;
      this.wake?.();
    };
    socket.on('error', end).on('end', end).on('close', end);
  }

  static connect(port: number): Promise<NbdClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => resolve(new NbdClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Connected, and in the transmission phase. */
  static async attach(port: number, name = 'data0'): Promise<NbdClient> {
    const client = await NbdClient.connect(port);
    await client.read(GREETING_BYTES);
    client.send(CLIENT_FLAGS, option(1, Buffer.from(name)));
    await client.read(10);
    return client;
  }

  /** The same with structured replies, and these metadata contexts; the ids that they got. */
  static async attachStructured(
    port: number,
    queries: readonly string[] = [],
    name = 'data0',
  ): Promise<{ client: NbdClient; flags: number; ids: readonly number[] }> {
    const client = await NbdClient.connect(port);
    await client.read(GREETING_BYTES);
    client.send(CLIENT_FLAGS, option(8), option(10, metaData(name, queries)), option(7, infoData(name)));
    const replies = await client.optionReplies(3);
    const ids = replies.filter((r) => r.type === 4).map((r) => r.data.readUInt32BE(0));
    const exported = replies.find((r) => r.type === 3)?.data;
    if (exported === undefined) throw new Error(`not attached: ${replies.map((r) => r.type.toString(16)).join(' ')}`);
    return { client, flags: exported.readUInt16BE(10), ids };
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Exactly so many bytes. Errors: when the server ends the connection before. */
  async read(bytes: number): Promise<Buffer> {
    while (this.held.length < bytes) {
      if (this.ended) throw new Error(`the server ended the connection after ${this.held.length} of ${bytes} bytes`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const taken = this.held.subarray(0, bytes);
    this.held = this.held.subarray(bytes);
    return taken;
  }

  /** All bytes up to the end of the connection. */
  async readAll(): Promise<Buffer> {
    while (!this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.held;
  }

  /** One reply to an option: its type and data. */
  async optionReply(): Promise<{ option: number; type: number; data: Buffer }> {
    const h = await this.read(20);
    return { option: h.readUInt32BE(8), type: h.readUInt32BE(12), data: await this.read(h.readUInt32BE(16)) };
  }

  /** All replies to so many options: each ends with ACK or an error. */
  async optionReplies(options: number): Promise<{ option: number; type: number; data: Buffer }[]> {
    const replies: { option: number; type: number; data: Buffer }[] = [];
    for (let ended = 0; ended < options; ) {
      const reply = await this.optionReply();
      replies.push(reply);
      if (reply.type === 1 || reply.type >= 0x8000_0000) ended += 1;
    }
    return replies;
  }

  async chunk(): Promise<Chunk> {
    const h = await this.read(20);
    if (h.readUInt32BE(0) !== 0x668e_33ef) throw new Error(`no chunk: ${h.toString('hex')}`);
    return {
      type: h.readUInt16BE(6),
      cookie: h.readUInt32BE(12),
      isLast: (h.readUInt16BE(4) & 1) !== 0,
      payload: await this.read(h.readUInt32BE(16)),
    };
  }

  /** Sends a request and waits for all chunks of its reply. */
  async askStructured(fields: RequestFields): Promise<Chunk[]> {
    this.send(request(fields));
    const chunks = [await this.chunk()];
    while (!chunks.at(-1)?.isLast) chunks.push(await this.chunk());
    return chunks;
  }

  /** One simple reply, with so many bytes of data if it is no error. */
  async reply(bytes = 0): Promise<{ errno: number; cookie: number; data: Buffer }> {
    const h = await this.read(16);
    if (h.readUInt32BE(0) !== 0x6744_6698) throw new Error(`no reply: ${h.toString('hex')}`);
    const errno = h.readUInt32BE(4);
    return { errno, cookie: h.readUInt32BE(12), data: errno === 0 ? await this.read(bytes) : Buffer.alloc(0) };
  }

  /** Sends a request and waits for its reply; reads expect their data. */
  ask(
    fields: RequestFields,
    payload: Buffer = Buffer.alloc(0),
  ): Promise<{ errno: number; cookie: number; data: Buffer }> {
    this.send(request(fields), payload);
    return this.reply(fields.type === 0 ? (fields.length ?? 0) : 0);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Waits until something holds; fails after twenty seconds, which is for what hangs and not for what is slow. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

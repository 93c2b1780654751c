import { randomFillSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { NbdServer, NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { COMMAND_OP, RESULT } from '../../../firmware/memory/constants.js';
import { assemble, ERROR, ERROR_OFFSET, errorOf, extentsOf, OFFSET_DATA } from './nbd-chunks.js';
import { type Chunk, NbdClient, request, until } from './nbd-client.js';
import { DIMENSIONS, type StandIn, serve } from './stand-in.js';

const [READ, WRITE, FLUSH, CACHE, BLOCK_STATUS] = [0, 1, 3, 5, 7];
const DF = 4;
const [EPERM, EIO, EINVAL] = [1, 5, 22];
const TRACK = DIMENSIONS.sectorsPerTrack * 512;
const SIZE = 64 * TRACK;
const LARGEST = (DIMENSIONS.transferSectors * 512) / 2;

let server: NbdServer;
let standIn: StandIn;
let port: number;
const clients: NbdClient[] = [];

async function start(options: Partial<NbdServerOptions> = {}): Promise<void> {
  ({ server, standIn, port } = await serve(options));
}

async function attach(...queries: string[]): Promise<NbdClient> {
  const { client } = await NbdClient.attachStructured(port, queries);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await until(() => standIn.pins === 0, 'pins are given back');
  await server.close();
  expect(standIn.port.commandsUnderWay).toBe(0);
  expect(standIn.port.transferSectorsFree).toBe(standIn.port.transferSectors);
});

const random = (bytes: number): Buffer => randomFillSync(Buffer.alloc(bytes));

describe('a structured read', () => {
  test.each([512, 16384, 16896, 65536, 300_032, LARGEST])('of %i bytes brings each of them once', async (length) => {
    await start();
    const client = await attach();
    const data = random(SIZE);
    standIn.volume().set(data);
    for (const flags of [0, DF]) {
      for (const offset of [0, 512 * 100, SIZE - length]) {
        const chunks = await client.askStructured({ type: READ, cookie: 77, flags, offset, length });
        expect(chunks.every((c) => c.cookie === 77 && c.type === OFFSET_DATA)).toBe(true);
        if (flags === DF) expect(chunks).toHaveLength(1);
        const bytes = assemble(chunks, offset, length);
        expect(Buffer.from(bytes as number[]).equals(data.subarray(offset, offset + length))).toBe(true);
      }
    }
  });

  test('and replies without data go over one connection, each answered once', async () => {
    await start();
    const client = await attach();
    const data = random(SIZE);
    standIn.volume().set(data);
    const asked = Array.from({ length: 60 }, (_, i) => ({ cookie: i, offset: i * 4096, length: 512 * (1 + i * 20) }));
    client.send(...asked.map((fields) => request({ type: READ, ...fields })));
    const got = new Map<number, Chunk[]>();
    for (let left = asked.length; left > 0; ) {
      const chunk = await client.chunk();
      got.set(chunk.cookie, [...(got.get(chunk.cookie) ?? []), chunk]);
      if (chunk.isLast) left -= 1;
    }
    for (const { cookie, offset, length } of asked) {
      const bytes = assemble(got.get(cookie) ?? [], offset, length);
      expect(Buffer.from(bytes as number[]).equals(data.subarray(offset, offset + length))).toBe(true);
    }
    expect(await client.ask({ type: FLUSH, cookie: 3 })).toMatchObject({ errno: 0, cookie: 3 });
    expect(await client.ask({ type: WRITE, length: 512 }, Buffer.alloc(512))).toMatchObject({ errno: 0 });
  });

  test('that fails says why in an error chunk, and the next one is served', async () => {
    await start();
    const client = await attach();
    const wrong: [Parameters<NbdClient['askStructured']>[0], number, RegExp][] = [
      [{ type: READ, offset: SIZE, length: 512 }, EINVAL, /beyond the end/],
      [{ type: READ, offset: 7, length: 512 }, EINVAL, /multiples of 512/],
      [{ type: READ, flags: 2, length: 512 }, EINVAL, /flag/],
      [{ type: 77 }, EINVAL, /command type/],
    ];
    for (const [fields, errno, text] of wrong) {
      const chunks = await client.askStructured({ ...fields, cookie: 5 });
      expect(chunks).toHaveLength(1);
      expect(chunks[0]).toMatchObject({ type: ERROR, cookie: 5, isLast: true });
      expect(errorOf(chunks[0])).toEqual({ errno, text: expect.stringMatching(text) });
    }
    standIn.status = RESULT.NOT_READY;
    expect(errorOf((await client.askStructured({ type: READ, length: 512 }))[0])).toMatchObject({ errno: EIO });
    standIn.status = RESULT.OK;
    expect(await client.askStructured({ type: READ, length: 512 })).toHaveLength(1);
  });

  test('of which a late part fails brings what came, and says where the first byte is missing', async () => {
    await start();
    const client = await attach();
    const data = random(SIZE);
    standIn.volume().set(data);
    const length = 16 * TRACK;
    for (const [offset, badTrack] of [
      [0, 11],
      [512 * 5, 3],
      [0, 15],
      [512, 0],
    ]) {
      standIn.badTrack = badTrack;
      const chunks = await client.askStructured({ type: READ, offset, length });
      const error = chunks.at(-1) as Chunk;
      expect(error.type).toBe(ERROR_OFFSET);
      expect(errorOf(error)).toEqual({ errno: EIO, text: expect.stringMatching(/drive/) });
      const at = Number(error.payload.readBigUInt64BE(error.payload.length - 8));
      expect(at).toBe(Math.max(offset, badTrack * TRACK));
      const bytes = assemble(chunks, offset, length);
      expect(bytes[at - offset]).toBe(undefined);
      for (const [i, byte] of bytes.entries()) {
        if (byte === undefined ? i + offset < at : byte !== data[offset + i]) throw new Error(`byte ${i} is wrong`);
      }
      expect(errorOf((await client.askStructured({ type: READ, flags: DF, offset, length }))[0])).toMatchObject({
        errno: EIO,
      });
    }
  });

  test('of a client that goes in the middle of it leaves nothing behind', async () => {
    await start();
    const client = await attach();
    standIn.holds = true;
    client.send(request({ type: READ, length: LARGEST }), request({ type: READ, flags: DF, length: LARGEST }));
    await until(() => standIn.held.length > 1, 'the first parts arrive');
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    standIn.holds = false;
    standIn.release();
    standIn.pump();
    server.flush();
    await until(() => standIn.port.commandsUnderWay === 0, 'all have ended');
  });

  test('a client that does not read is asked for no more, and holds few pins', async () => {
    await start();
    const [slow, other] = [await attach(), await attach()];
    slow.socket.pause();
    for (let i = 0; i < 60; i++) slow.send(request({ type: READ, cookie: i, length: LARGEST }));
    await until(() => standIn.seen.length > 0, 'the first are served');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(standIn.seen.length).toBeLessThan(60 * 2);
    expect(standIn.pins).toBeLessThanOrEqual(DIMENSIONS.hostSlots / 4);
    expect(await other.askStructured({ type: READ, length: 65536 })).toHaveLength(1);
    slow.socket.resume();
    for (let left = 60; left > 0; ) if ((await slow.chunk()).isLast) left -= 1;
  });
});

describe('the handshake', () => {
  test('tells of DF only with structured replies', async () => {
    await start();
    const { client, flags } = await NbdClient.attachStructured(port);
    expect(flags & 128).toBe(128);
    client.close();
  });

  test('marks a volume read-only to which hosts may not write, and such a connection stays so', async () => {
    await start();
    standIn.admits = RESULT.WRITE_PROTECTED;
    const { client, flags } = await NbdClient.attachStructured(port);
    clients.push(client);
    expect(flags & (2 | 32 | 64 | 2048)).toBe(2);
    standIn.admits = RESULT.OK;
    client.send(request({ type: WRITE, length: 512 }), Buffer.alloc(512));
    expect(errorOf(await client.chunk()).errno).toBe(EPERM);
    expect(standIn.seen.some((s) => s.op === COMMAND_OP.OP_WRITE)).toBe(false);
    const later = await NbdClient.attachStructured(port);
    clients.push(later.client);
    expect(later.flags & 2).toBe(0);
    expect(await later.client.ask({ type: WRITE, length: 512 }, Buffer.alloc(512))).toMatchObject({ errno: 0 });
  });

  test('lets hosts write to a domino pair that holds writes now, and the refusal says why', async () => {
    await start();
    standIn.admits = RESULT.DOMINO_HELD;
    const { client, flags } = await NbdClient.attachStructured(port);
    clients.push(client);
    expect(flags & 2).toBe(0);
    standIn.status = RESULT.DOMINO_HELD;
    client.send(request({ type: WRITE, length: 512 }), Buffer.alloc(512));
    const refusal = errorOf(await client.chunk());
    expect(refusal).toMatchObject({ errno: EIO, text: expect.stringMatching(/domino pair.*in or out/) });
  });
});

test('an array on another thread, whose answers come one at a time and later, is served the same', async () => {
  let asked = false;
  const later = (): void => {
    if (asked) return;
    asked = true;
    setImmediate(() => {
      asked = false;
      const { holds, held } = standIn;
      standIn.holds = true;
      standIn.pump();
      const [next, ...rest] = held.splice(0);
      if (next !== undefined) held.push(next);
      standIn.holds = holds;
      standIn.release();
      held.push(...rest);
      standIn.port.pump();
      server.flush();
      if (held.length > 0 || standIn.port.commandsUnderWay > 0) later();
    });
  };
  await start({ pump: later });
  const { client, ids } = await NbdClient.attachStructured(port, ['base:allocation', 'arraylab:owed']);
  clients.push(client);
  const data = random(LARGEST);
  standIn.volume().set(data);
  standIn.maps[1].fill(1, 2, 4);
  expect(await client.ask({ type: CACHE, length: SIZE })).toMatchObject({ errno: 0 });
  for (const flags of [0, DF]) {
    const chunks = await client.askStructured({ type: READ, flags, length: LARGEST });
    expect(Buffer.from(assemble(chunks, 0, LARGEST) as number[]).equals(data)).toBe(true);
  }
  const status = await client.askStructured({ type: BLOCK_STATUS, length: 5 * TRACK });
  expect(status.map((c) => extentsOf(c).id)).toEqual(ids);
  expect(extentsOf(status[1]).extents.map((e) => e.flags)).toEqual([0, 1, 0]);
  standIn.badTrack = 3;
  const failed = await client.askStructured({ type: READ, length: LARGEST });
  expect(failed.at(-1)?.type).toBe(ERROR_OFFSET);
});

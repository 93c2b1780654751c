import { randomFillSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { NbdServer, NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { COMMAND_FLAGS, COMMAND_OP, RESULT } from '../../../firmware/memory/constants.js';
import type { Dimensions } from '../../../firmware/memory/layout.js';
import { NbdClient, request, until } from './nbd-client.js';
import { DIMENSIONS, type StandIn, serve } from './stand-in.js';

const [READ, WRITE, DISC, FLUSH, TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS] = [0, 1, 2, 3, 4, 5, 6, 7];
const [EPERM, EIO, EINVAL, ENOSPC] = [1, 5, 22, 28];
const [FUA, NO_HOLE, FAST_ZERO] = [1, 2, 16];
const SIZE = 64 * 128 * 512;
const LARGEST = (DIMENSIONS.transferSectors * 512) / 2;

let server: NbdServer;
let standIn: StandIn;
let port: number;
const clients: NbdClient[] = [];

async function start(options: Partial<NbdServerOptions> = {}, dims: Dimensions = DIMENSIONS): Promise<void> {
  ({ server, standIn, port } = await serve(options, dims));
}

async function attach(): Promise<NbdClient> {
  const client = await NbdClient.attach(port);
  clients.push(client);
  return client;
}

/** Ends what was held, as a drive would some time later. */
function finish(): void {
  standIn.holds = false;
  standIn.release();
  standIn.pump();
  server.flush();
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  standIn.holds = false;
  standIn.release();
  await server.close();
  // Whatever a test did to its clients: nothing is left behind.
  expect(standIn.port.commandsUnderWay).toBe(0);
  expect(standIn.port.transferSectorsFree).toBe(standIn.port.transferSectors);
  expect(standIn.pins).toBe(0);
});

function random(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes));
}

describe.each([{ publicMeansOnly: false }, { publicMeansOnly: true }])('data, %o', (means) => {
  test.each([512, 4096, 16384, 16896, 65536, 300_032, LARGEST])('%i bytes written are read back', async (length) => {
    await start(means);
    const client = await attach();
    const data = random(length);
    for (const offset of [0, 512 * 100, SIZE - length]) {
      expect(await client.ask({ type: WRITE, offset, length }, data)).toMatchObject({ errno: 0 });
      expect(data.equals(standIn.volume().subarray(offset, offset + length))).toBe(true);
      const reply = await client.ask({ type: READ, offset, length });
      expect(reply.errno).toBe(0);
      expect(reply.data.equals(data)).toBe(true);
    }
  });

  test('many requests in one portion are each answered once', async () => {
    await start(means);
    const client = await attach();
    const data = random(SIZE);
    standIn.volume().set(data);
    const asked = Array.from({ length: 200 }, (_, i) => ({
      type: READ,
      cookie: i,
      offset: i * 4096,
      length: 512 * (1 + (i % 150)),
    }));
    client.send(...asked.map(request));
    for (const { cookie, offset, length } of asked) {
      const reply = await client.reply(length);
      expect(reply).toMatchObject({ errno: 0, cookie });
      expect(reply.data.equals(data.subarray(offset, offset + length))).toBe(true);
    }
  });
});

describe('commands', () => {
  test('reach the array as they were meant', async () => {
    await start();
    const client = await attach();
    await client.ask({ type: WRITE, flags: FUA, offset: 512, length: 512 }, Buffer.alloc(512, 1));
    await client.ask({ type: FLUSH });
    await client.ask({ type: TRIM, offset: 65536, length: 4096 });
    await client.ask({ type: WRITE_ZEROES, flags: NO_HOLE | FAST_ZERO, offset: 512, length: SIZE - 512 });
    await client.ask({ type: CACHE, offset: 1024, length: 512 });
    const { OP_WRITE, OP_SYNC, OP_TRIM, OP_ZERO, OP_CACHE } = COMMAND_OP;
    expect(standIn.seen.map((s) => [s.op, s.track, s.sector, s.count, s.flags])).toEqual([
      [OP_WRITE, 0, 1, 1, 1],
      [OP_SYNC, 0, 0, 0, 0],
      [OP_TRIM, 1, 0, 8, 0],
      [OP_ZERO, 0, 1, SIZE / 512 - 1, COMMAND_FLAGS.KEEPS_ROOM],
      [OP_CACHE, 0, 2, 1, 0],
    ]);
    expect(standIn.volume().every((b) => b === 0)).toBe(true);
  });

  test('that are wrong change nothing, say why, and the next one is served', async () => {
    await start();
    const client = await attach();
    const wrong: [Parameters<NbdClient['ask']>[0], number][] = [
      [{ type: WRITE, offset: 1, length: 512 }, EINVAL],
      [{ type: WRITE, offset: 0, length: 700 }, EINVAL],
      [{ type: WRITE, offset: 0, length: LARGEST + 512 }, EINVAL],
      [{ type: WRITE, offset: SIZE - 512, length: 1024 }, ENOSPC],
      [{ type: WRITE, offset: 0xffff_ffff_ffff_fe00n, length: 512 }, ENOSPC],
      [{ type: WRITE, offset: 2n ** 32n, length: 512 }, ENOSPC],
      [{ type: WRITE, flags: 4, offset: 0, length: 512 }, EINVAL],
      [{ type: READ, offset: 0, length: LARGEST + 512 }, EINVAL],
      [{ type: READ, offset: SIZE, length: 512 }, EINVAL],
      [{ type: READ, offset: 0, length: 0 }, EINVAL],
      [{ type: TRIM, offset: SIZE, length: 512 }, EINVAL],
      [{ type: WRITE_ZEROES, offset: SIZE, length: 512 }, ENOSPC],
      [{ type: WRITE_ZEROES, flags: 32, offset: 0, length: 512 }, EINVAL],
      [{ type: TRIM, flags: 2, offset: 0, length: 512 }, EINVAL],
      [{ type: READ, flags: 4, offset: 0, length: 512 }, EINVAL],
      [{ type: CACHE, flags: 2, offset: 0, length: 512 }, EINVAL],
      [{ type: CACHE, offset: SIZE, length: 512 }, EINVAL],
      [{ type: BLOCK_STATUS, offset: 0, length: 512 }, EINVAL],
      [{ type: 77, offset: 0, length: 512 }, EINVAL],
    ];
    for (const [fields, errno] of wrong) {
      const payload = fields.type === WRITE ? Buffer.alloc(fields.length ?? 0, 0xee) : Buffer.alloc(0);
      expect(await client.ask(fields, payload)).toMatchObject({ errno });
    }
    expect(standIn.seen).toEqual([]);
    expect(await client.ask({ type: READ, length: 512 })).toMatchObject({ errno: 0 });
    client.send(request({ type: READ, magic: 0x2560_9514 }));
    expect(await client.readAll()).toHaveLength(0);
  });

  test.each([
    ['NOT_READY', EIO, EIO],
    ['WRITE_PROTECTED', EPERM, EPERM],
    ['OUT_OF_RANGE', EINVAL, ENOSPC],
    ['MEDIUM_ERROR', EIO, EIO],
    ['DOMINO_HELD', EIO, EIO],
  ] as const)('that end with %s get errno %i for a read, %i for a write', async (result, read, write) => {
    await start();
    const client = await attach();
    standIn.status = RESULT[result];
    for (const length of [512, 65536, 1 << 20]) {
      expect(await client.ask({ type: READ, length })).toMatchObject({ errno: read });
    }
    expect(await client.ask({ type: WRITE, length: 512 }, Buffer.alloc(512))).toMatchObject({ errno: write });
    expect(await client.ask({ type: WRITE_ZEROES, length: 512 })).toMatchObject({ errno: write });
  });

  test('that write to a write-disabled volume are refused, also when it became so later', async () => {
    const volume = { name: 'data0', sectors: SIZE / 512, readOnly: false };
    await start({ volumes: [volume] });
    const client = await attach();
    volume.readOnly = true;
    expect(await client.ask({ type: WRITE, length: 512 }, Buffer.alloc(512, 9))).toMatchObject({ errno: EPERM });
    expect(await client.ask({ type: TRIM, length: 512 })).toMatchObject({ errno: EPERM });
    expect(await client.ask({ type: READ, length: 512 })).toMatchObject({ errno: 0 });
  });

  test('that prefetch bring no byte to the client, and no more into the cache than a quarter of it', async () => {
    await start();
    const client = await attach();
    expect(await client.ask({ type: CACHE, length: SIZE })).toMatchObject({ errno: 0 });
    expect(standIn.seen.at(-1)?.count).toBe((DIMENSIONS.hostSlots / 4) * DIMENSIONS.sectorsPerTrack);
    expect(await client.ask({ type: READ, length: 512 })).toMatchObject({ errno: 0 });
  });

  test('of several connections share one volume, and each sees what another one flushed', async () => {
    await start();
    const [one, two] = [await attach(), await attach()];
    const data = random(8192);
    await one.ask({ type: WRITE, offset: 4096, length: 8192 }, data);
    await two.ask({ type: FLUSH });
    expect((await two.ask({ type: READ, offset: 4096, length: 8192 })).data.equals(data)).toBe(true);
  });

  test('that end later are answered when the runtime flushes', async () => {
    await start();
    const client = await attach();
    standIn.holds = true;
    const reply = client.ask({ type: READ, length: 4096 });
    await until(() => standIn.held.length === 1, 'the command arrives');
    finish();
    expect(await reply).toMatchObject({ errno: 0 });
  });
});

describe('clients that go', () => {
  test('in the middle of their data change nothing', async () => {
    await start();
    for (const [length, sent] of [
      [4096, 100],
      [LARGEST, LARGEST - 1],
      [LARGEST, 0],
    ]) {
      const client = await attach();
      client.send(request({ type: WRITE, length }), Buffer.alloc(sent, 0xdd));
      const taken = (): boolean => standIn.port.transferSectorsFree < standIn.port.transferSectors;
      await until(taken, 'the header arrives');
      client.close();
      await until(() => !taken(), 'the transfer buffer is given back');
    }
    expect(standIn.seen).toEqual([]);
    expect(standIn.volume().every((b) => b === 0)).toBe(true);
  });

  test('with commands under way leave nothing behind', async () => {
    await start();
    const client = await attach();
    standIn.holds = true;
    for (const length of [4096, 65536, 1 << 20]) client.send(request({ type: READ, length }));
    client.send(request({ type: WRITE, length: 512 }), Buffer.alloc(512));
    await until(() => standIn.held.length === 5, 'the commands arrive');
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    finish();
    await until(() => standIn.port.commandsUnderWay === 0, 'all have ended');
  });

  test('politely get their answers first: DISC, and the end of their side', async () => {
    await start();
    for (const last of [request({ type: DISC }), Buffer.alloc(0)]) {
      const client = await attach();
      standIn.holds = true;
      client.send(request({ type: READ, length: 65536 }), last);
      if (last.length === 0) client.socket.end();
      await until(() => standIn.held.length === 1, 'the command arrives');
      await new Promise((resolve) => setTimeout(resolve, 10));
      finish();
      expect(await client.readAll()).toHaveLength(16 + 65536);
    }
  });
});

describe('scarcity', () => {
  test('a client that does not read is asked for no more, and hurts nobody', async () => {
    await start();
    const [slow, other] = [await attach(), await attach()];
    slow.socket.pause();
    const asked = 400;
    for (let i = 0; i < asked; i++) slow.send(request({ type: READ, cookie: i, offset: 0, length: 65536 }));
    await until(() => standIn.seen.length > 0, 'the first are served');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(standIn.seen.length).toBeLessThan(asked);
    expect(standIn.pins).toBeLessThanOrEqual(DIMENSIONS.hostSlots / 4);
    const data = random(65536);
    expect(await other.ask({ type: WRITE, length: 65536 }, data)).toMatchObject({ errno: 0 });
    expect((await other.ask({ type: READ, length: 65536 })).data.equals(data)).toBe(true);
    slow.socket.resume();
    for (let i = 0; i < asked; i++) expect(await slow.reply(65536)).toMatchObject({ errno: 0, cookie: i });
  });

  test('few records and little memory are shared: everybody is served', async () => {
    await start({}, { ...DIMENSIONS, commands: 2, transferSectors: 64 });
    const together = await Promise.all([attach(), attach(), attach(), attach()]);
    await Promise.all(
      together.map(async (client, n) => {
        const sizes = Array.from({ length: 60 }, (_, i) => 512 * (1 + ((i * 7 + n) % 32)));
        const data = Buffer.alloc(16384, n + 1);
        for (const [i, length] of sizes.entries()) {
          client.send(request({ type: WRITE, cookie: i, offset: n << 20, length }), data.subarray(0, length));
          client.send(request({ type: READ, cookie: 1000 + i, offset: 1 << 21, length: 4096 }));
        }
        const seen = new Set<number>();
        for (let i = 0; i < 2 * sizes.length; i++) {
          const header = await client.read(16);
          const cookie = header.readUInt32BE(12);
          expect(header.readUInt32BE(4)).toBe(0);
          seen.add(cookie);
          if (cookie >= 1000) await client.read(4096);
        }
        expect(seen.size).toBe(2 * sizes.length);
      }),
    );
  });

  test('who holds memory that others wait for, and sends nothing, is left', async () => {
    await start({ stall_ms: 40 });
    const hogs = [await attach(), await attach()];
    for (const hog of hogs) hog.send(request({ type: WRITE, length: LARGEST }), Buffer.alloc(1000));
    await until(() => standIn.port.transferSectorsFree === 0, 'the memory is taken');
    const other = await attach();
    expect(await other.ask({ type: WRITE, length: 4096 }, Buffer.alloc(4096))).toMatchObject({ errno: 0 });
    await until(() => hogs.some((hog) => hog.ended), 'a hog is left');
  });

  test('close in the middle of a write that is read straight to its place lets nothing be written there later', async () => {
    await start();
    const client = await attach();
    const before = standIn.port.transferSectorsFree;
    client.send(request({ type: WRITE, length: LARGEST }), Buffer.alloc(LARGEST / 2, 0xdd));
    await until(() => standIn.port.transferSectorsFree < before, 'the header arrives');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = server.close();
    client.send(Buffer.alloc(LARGEST / 2, 0xdd));
    await closed;
    expect(standIn.seen).toEqual([]);
    await start();
  });

  test('close answers what is under way', async () => {
    await start();
    const client = await attach();
    standIn.holds = true;
    client.send(request({ type: WRITE, length: 4096 }), Buffer.alloc(4096, 3));
    await until(() => standIn.held.length === 1, 'the command arrives');
    const closed = server.close();
    finish();
    expect(await client.readAll()).toHaveLength(16);
    await closed;
    await expect(NbdClient.connect(port)).rejects.toThrow(/ECONNREFUSED/);
    await start();
  });

  test('what cannot be exported is named', async () => {
    await expect(serve({ volumes: [{ name: 'big', sectors: SIZE / 512 + 1, readOnly: false }] })).rejects.toThrow(
      /volume big/,
    );
    await start();
  });
});

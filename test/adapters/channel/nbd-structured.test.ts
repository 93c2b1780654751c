import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { NbdServer, NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { COMMAND_OP, RESULT } from '../../../firmware/memory/constants.js';
import type { Dimensions } from '../../../firmware/memory/layout.js';
import { type Chunk, NbdClient, request, until } from './nbd-client.js';
import { DIMENSIONS, type StandIn, serve } from './stand-in.js';

const [READ, WRITE, FLUSH, BLOCK_STATUS] = [0, 1, 3, 7];
const [DF, REQ_ONE] = [4, 8];
const [OFFSET_DATA, STATUS, ERROR, ERROR_OFFSET] = [1, 5, 0x8001, 0x8002];
const [EPERM, EIO, EINVAL] = [1, 5, 22];
const TRACK = DIMENSIONS.sectorsPerTrack * 512;
const SIZE = 64 * TRACK;
const LARGEST = (DIMENSIONS.transferSectors * 512) / 2;

let server: NbdServer;
let standIn: StandIn;
let port: number;
const clients: NbdClient[] = [];

async function start(options: Partial<NbdServerOptions> = {}, dims: Dimensions = DIMENSIONS): Promise<void> {
  ({ server, standIn, port } = await serve(options, dims));
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

/** Puts data chunks together; fails where they overlap, or leave the range. `undefined`: a byte that none brought. */
function assemble(chunks: readonly Chunk[], offset: number, length: number): (number | undefined)[] {
  const bytes = new Array<number | undefined>(length).fill(undefined);
  for (const { payload } of chunks.filter((c) => c.type === OFFSET_DATA)) {
    const at = Number(payload.readBigUInt64BE(0)) - offset;
    expect(at >= 0 && at + payload.length - 8 <= length && payload.length > 8).toBe(true);
    for (const [i, byte] of payload.subarray(8).entries()) {
      if (bytes[at + i] !== undefined) throw new Error(`byte ${offset + at + i} came twice`);
      bytes[at + i] = byte;
    }
  }
  return bytes;
}

function errorOf({ payload }: Chunk): { errno: number; text: string } {
  return { errno: payload.readUInt32BE(0), text: payload.toString('utf8', 6, 6 + payload.readUInt16BE(4)) };
}

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

interface Extent {
  readonly length: number;
  readonly flags: number;
}

function extentsOf({ payload }: Chunk): { id: number; extents: Extent[] } {
  const extents: Extent[] = [];
  for (let at = 4; at < payload.length; at += 8)
    extents.push({ length: payload.readUInt32BE(at), flags: payload.readUInt32BE(at + 4) });
  return { id: payload.readUInt32BE(0), extents };
}

describe('block status', () => {
  const CONTEXTS = ['base:allocation', 'arraylab:owed'];
  /** Flags of a byte in each context, by the state of its track. */
  const FLAGS = [
    [3, 0],
    [0, 1],
  ];

  test('tells of each byte what its track is, in whatever map and range', async () => {
    await start();
    const { client, ids } = await NbdClient.attachStructured(port, CONTEXTS);
    clients.push(client);
    const states = fc.array(fc.nat(1), { minLength: 64, maxLength: 64 });
    const range = fc
      .nat(SIZE - 1)
      .chain((offset) => fc.tuple(fc.constant(offset), fc.integer({ min: 1, max: SIZE - offset })));
    await fc.assert(
      fc.asyncProperty(states, states, range, fc.boolean(), async (written, owed, [offset, length], one) => {
        standIn.maps[0].splice(0, 64, ...written);
        standIn.maps[1].splice(0, 64, ...owed);
        const flags = one ? REQ_ONE : 0;
        const chunks = await client.askStructured({ type: BLOCK_STATUS, cookie: 9, flags, offset, length });
        expect(chunks.map((c) => [c.type, c.cookie, extentsOf(c).id])).toEqual(ids.map((id) => [STATUS, 9, id]));
        for (const [context, chunk] of chunks.entries()) {
          const { extents } = extentsOf(chunk);
          const lengths = extents.map((e) => e.length);
          const total = lengths.reduce((a, b) => a + b, 0);
          if (one) expect(lengths).toHaveLength(1);
          if (one) expect(total).toBeLessThanOrEqual(length);
          else expect(total).toBeGreaterThanOrEqual(length);
          expect(total - (lengths.at(-1) ?? 0)).toBeLessThan(length);
          expect(offset + total).toBeLessThanOrEqual(SIZE);
          let at = offset;
          for (const extent of extents) {
            expect(extent.length).toBeGreaterThan(0);
            // The state can only change where a track begins: its first byte, and the last of the extent, say it all.
            for (let t = Math.floor(at / TRACK); t * TRACK < at + extent.length; t++)
              expect(extent.flags).toBe(FLAGS[context][standIn.maps[context][t]]);
            at += extent.length;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('answers for the contexts that were selected, only', async () => {
    await start();
    const client = await attach('arraylab:owed');
    standIn.maps[1].fill(1, 0, 3);
    const chunks = await client.askStructured({ type: BLOCK_STATUS, length: SIZE });
    expect(chunks.map((c) => extentsOf(c).extents)).toEqual([
      [
        { length: 3 * TRACK, flags: 1 },
        { length: SIZE - 3 * TRACK, flags: 0 },
      ],
    ]);
  });

  test('covers what it can of a map in many pieces, and a client that goes on behind it sees all of it', async () => {
    await start({}, { ...DIMENSIONS, sectorsPerTrack: 1, tracks: [3000], hostSlots: 3000 });
    const client = await attach('arraylab:owed');
    for (let t = 0; t < 3000; t++) standIn.maps[1][t] = t & 1;
    let [at, requests] = [0, 0];
    while (at < 3000 * 512) {
      const [chunk] = await client.askStructured({ type: BLOCK_STATUS, offset: at, length: 3000 * 512 - at });
      const { extents } = extentsOf(chunk);
      expect(extents.length).toBeGreaterThan(0);
      for (const { length, flags } of extents) {
        expect([length, flags]).toEqual([512, (at / 512) & 1]);
        at += length;
      }
      requests += 1;
    }
    expect(at).toBe(3000 * 512);
    expect(requests).toBeGreaterThan(1);
  });

  test('stops at the end of an export that is smaller than its volume in the array', async () => {
    await start({ volumes: [{ name: 'data0', sectors: 1000 }] });
    const client = await attach('base:allocation');
    const [chunk] = await client.askStructured({ type: BLOCK_STATUS, offset: 512, length: 512 });
    expect(extentsOf(chunk).extents).toEqual([{ length: 999 * 512, flags: 0 }]);
  });

  test('out of range, of nothing, or without a context is an error', async () => {
    await start();
    const [asked, bare] = [await attach(...CONTEXTS), await attach()];
    for (const [client, offset, length] of [
      [asked, SIZE - 512, 513],
      [asked, 0, 0],
      [asked, SIZE, 1],
      [bare, 0, 512],
    ] as const) {
      const [chunk] = await client.askStructured({ type: BLOCK_STATUS, offset, length });
      expect(errorOf(chunk).errno).toBe(EINVAL);
    }
    standIn.status = RESULT.NOT_READY;
    expect(errorOf((await asked.askStructured({ type: BLOCK_STATUS, length: 512 }))[0]).errno).toBe(EIO);
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
});

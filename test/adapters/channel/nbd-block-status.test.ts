import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { NbdServer, NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { RESULT } from '../../../firmware/memory/constants.js';
import type { Dimensions } from '../../../firmware/memory/layout.js';
import { BLOCK_STATUS_CHUNK, errorOf, extentsOf } from './nbd-chunks.js';
import { NbdClient } from './nbd-client.js';
import { DIMENSIONS, type StandIn, serve } from './stand-in.js';

const BLOCK_STATUS = 7;
const REQ_ONE = 8;
const [EIO, EINVAL] = [5, 22];
const TRACK = DIMENSIONS.sectorsPerTrack * 512;
const SIZE = 64 * TRACK;

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
  await server.close();
  expect(standIn.port.commandsUnderWay).toBe(0);
});

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
        expect(chunks.map((c) => [c.type, c.cookie, extentsOf(c).id])).toEqual(
          ids.map((id) => [BLOCK_STATUS_CHUNK, 9, id]),
        );
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

/** What hosts of a pair notice when the drive below fails: nothing. And what they are told when nobody has their data. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DriveView } from '../../firmware/runtime/live/system.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { TIMEOUT_MS } from './clients.js';
import { Bench, eventually, PAIR, type ServeProcess, TRACK_BYTES, untilClean, untilPaired } from './pair-harness.js';

const TRACKS = 16;
const VOLUME_BYTES = TRACKS * TRACK_BYTES;
const SECTOR = 512;
const SECTORS = VOLUME_BYTES / SECTOR;
const EIO = 5;

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.close(), TIMEOUT_MS);

const drive = async (words: string): Promise<DriveView> => (await bench.told(`drive ${words}`)) as DriveView;

/** Errors of the read; the bytes of a track if there is none. */
async function read(served: ServeProcess, array: string, track: number): Promise<{ errno: number; data?: Buffer }> {
  const client = await NbdClient.attach(served.port(array));
  const { errno, data } = await client.ask({ type: 0, offset: track * TRACK_BYTES, length: TRACK_BYTES });
  client.close();
  return { errno, ...(data && { data }) };
}

async function write(served: ServeProcess, array: string, offset: number, data: Buffer): Promise<number> {
  const client = await NbdClient.attach(served.port(array));
  const { errno } = await client.ask({ type: 1, offset, length: data.length }, data);
  client.close();
  return errno;
}

async function expectToRead(served: ServeProcess, image: Buffer, tracks: readonly number[]): Promise<void> {
  for (const track of tracks) {
    const { errno, data } = await read(served, 'A', track);
    expect({ track, errno }).toEqual({ track, errno: 0 });
    expect(data?.equals(image.subarray(track * TRACK_BYTES, (track + 1) * TRACK_BYTES))).toBe(true);
  }
}

/** A new pair that holds an image, with nothing of it in A's cache. */
async function pairWith(image: Buffer): Promise<ServeProcess> {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  for (let track = 0; track < TRACKS; track++) {
    const at = track * TRACK_BYTES;
    expect(await write(served, 'A', at, image.subarray(at, at + TRACK_BYTES))).toBe(0);
  }
  await untilClean(served);
  await emptyCache(served);
  return served;
}

async function emptyCache(served: ServeProcess): Promise<void> {
  await bench.told('array crash A');
  await bench.told('array start A');
  await untilPaired(served, 'A');
}

const all = Array.from({ length: TRACKS }, (_, track) => track);

test("sectors that A's drive cannot read come from B, and go to the drive again", { timeout: TIMEOUT_MS }, async () => {
  const image = randomBytes(VOLUME_BYTES);
  const served = await pairWith(image);
  expect(await drive(`fault ${PAIR} 3-130`)).toEqual({
    volume: PAIR,
    drive: 0,
    state: 'ok',
    unreadableSectors: 128,
  });
  await expectToRead(served, image, [0, 1, 2]);
  await untilClean(served);
  expect((await drive(`fault ${PAIR} ${SECTORS - 1}`)).unreadableSectors).toBe(1);
});

test('a lost drive costs hosts nothing; the one that replaces it is filled from the other side', {
  timeout: TIMEOUT_MS,
}, async () => {
  const image = randomBytes(VOLUME_BYTES);
  const served = await pairWith(image);
  expect(await drive(`lose ${PAIR}`)).toMatchObject({ state: 'lost' });
  await expectToRead(served, image, all);
  const part = randomBytes(3 * SECTOR);
  part.copy(image, 5 * TRACK_BYTES + SECTOR);
  expect(await write(served, 'A', 5 * TRACK_BYTES + SECTOR, part)).toBe(0);
  await expectToRead(served, image, [5]);
  await eventually(
    'the track is invalid at A',
    () => served.tracks(PAIR, 'A'),
    ({ invalid }) => invalid > 0,
  );
  expect(await drive(`replace ${PAIR}`)).toMatchObject({ state: 'ok' });
  await untilClean(served);
  await untilPaired(served, 'A');
  // Alone, and with an empty cache: all of it is on the new drive.
  await bench.told('link down A-B');
  await bench.told('array crash A');
  await bench.told('array start A');
  await bench.told(`pair failover ${PAIR} --force`);
  await expectToRead(served, image, all);
});

test('what neither side can read is an error for hosts until they write all of the track', {
  timeout: TIMEOUT_MS,
}, async () => {
  const image = randomBytes(VOLUME_BYTES);
  const served = await pairWith(image);
  await bench.told('array crash B');
  await bench.told('array start B');
  await untilPaired(served, 'A');
  await drive(`fault ${PAIR} 128-128`);
  await drive('fault B:data0 255');
  expect((await read(served, 'A', 1)).errno).toBe(EIO);
  expect(await served.tracks(PAIR, 'A')).toMatchObject({ invalid: 1 });
  expect(await served.tracks(PAIR, 'B')).toMatchObject({ invalid: 1 });
  await expectToRead(served, image, [0, 2, 3]);
  const track = randomBytes(TRACK_BYTES);
  track.copy(image, TRACK_BYTES);
  expect(await write(served, 'A', TRACK_BYTES, track)).toBe(0);
  await expectToRead(served, image, all);
  await untilPaired(served, 'A');
  await untilClean(served);
});

test('a fault that cannot be is refused, with what would be right', { timeout: TIMEOUT_MS }, async () => {
  await bench.serve(await bench.rig(VOLUME_BYTES));
  const refused = async (words: string): Promise<[number | null, string]> => {
    const { code, stderr } = await bench.ctl(words);
    return [code, stderr.split('\n')[0] ?? ''];
  };
  expect(await refused(`drive fault ${PAIR} 0-${SECTORS}`)).toEqual([
    1,
    `arraylab ctl: volume ${PAIR} has sectors 0 to ${SECTORS - 1}; 0-${SECTORS} is no range of them`,
  ]);
  expect((await refused('drive lose A:data9'))[1]).toMatch('has no volume A:data9; it has A:data0, B:data0');
  expect((await refused(`drive fault ${PAIR} many`))[0]).toBe(2);
  await bench.told('array crash A');
  expect((await refused(`drive replace ${PAIR}`))[1]).toMatch('array A has no power');
});

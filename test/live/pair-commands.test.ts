/** What an operator tells a pair through `ctl`, with hosts at work. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandView } from '../../firmware/runtime/live/system.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { TIMEOUT_MS } from './clients.js';
import { Bench, eventually, PAIR, type ServeProcess, TRACK_BYTES, untilClean, untilPaired } from './pair-harness.js';

const TRACKS = 16;
const VOLUME_BYTES = TRACKS * TRACK_BYTES;
const SECTOR = 512;

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.close(), TIMEOUT_MS);

const command = async (name: string, ...options: string[]): Promise<CommandView> =>
  (await bench.told(['pair', name, PAIR, ...options].join(' '))) as CommandView;

async function refused(words: string): Promise<string> {
  const { code, stderr } = await bench.ctl(words);
  expect({ words, code }).toEqual({ words, code: 1 });
  return stderr;
}

/** A host fills the first sector of a track. */
async function write(served: ServeProcess, array: string, track: number, byte: number): Promise<void> {
  const client = await NbdClient.attach(served.port(array));
  const data = Buffer.alloc(SECTOR, byte);
  expect(await client.ask({ type: 1, offset: track * TRACK_BYTES, length: SECTOR }, data)).toMatchObject({ errno: 0 });
  client.close();
}

/** First byte of each track, as hosts of an array read it. */
async function firstBytes(served: ServeProcess, array: string): Promise<number[]> {
  const client = await NbdClient.attach(served.port(array));
  const bytes: number[] = [];
  for (let track = 0; track < TRACKS; track++) {
    const { errno, data } = await client.ask({ type: 0, offset: track * TRACK_BYTES, length: SECTOR });
    expect(errno).toBe(0);
    bytes.push(data?.[0] ?? -1);
  }
  client.close();
  return bytes;
}

const expectSame = async (served: ServeProcess): Promise<void> =>
  expect(await firstBytes(served, 'B')).toEqual(await firstBytes(served, 'A'));

test('a suspended pair owes what hosts write, over a cut link, until it is resumed', {
  timeout: TIMEOUT_MS,
}, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  await write(served, 'A', 0, 1);
  expect(await command('suspend')).toMatchObject({ pair: PAIR, state: 'PSUS', serves: 'A' });
  expect(await refused(`pair suspend ${PAIR}`)).toMatch(
    `pair ${PAIR} is PSUS: suspend is not possible; resume, failover --force, delete are`,
  );
  for (const track of [0, 3, 5]) await write(served, 'A', track, 7);
  await bench.told('link down A-B');
  await bench.told('link up A-B');
  await write(served, 'A', 6, 7);
  expect(await served.pair()).toMatchObject({ state: 'PSUS', owedTracks: 4, serves: 'A' });
  expect((await firstBytes(served, 'B'))[0]).toBe(1);
  await command('resume');
  await untilPaired(served, 'A');
  await untilClean(served);
  await expectSame(served);
});

test('after a takeover the roles go back when nothing is owed', { timeout: TIMEOUT_MS }, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  expect(await refused(`pair failback ${PAIR}`)).toMatch('array A serves hosts already');
  await write(served, 'A', 0, 1);
  await bench.told('array crash A');
  expect(await refused(`pair failback ${PAIR}`)).toMatch('array A has no power');
  await bench.told(`pair failover ${PAIR} --force`);
  await write(served, 'B', 2, 9);
  await bench.told('array start A');
  await untilPaired(served, 'B');
  expect(await command('failback')).toMatchObject({ pair: PAIR, serves: 'A' });
  await untilPaired(served, 'A');
  await write(served, 'A', 4, 5);
  await expectSame(served);
  expect(await command('swap')).toMatchObject({ serves: 'B' });
  await untilPaired(served, 'B');
});

test('a deleted pair is made again over data only with force', { timeout: TIMEOUT_MS }, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  await write(served, 'A', 0, 1);
  await bench.told('link down A-B');
  expect(await refused(`pair delete ${PAIR}`)).toMatch(
    'array B cannot be asked; --force deletes the pair at array A only',
  );
  expect((await command('delete', '--force')).note).toMatch('array B was not told');
  await bench.told('link up A-B');
  await eventually(
    'the link up',
    () => served.links(),
    ([link]) => link?.state === 'up',
  );
  expect((await served.pair()).sides).toMatchObject({ A: { state: 'SMPL' }, B: { role: 'target' } });
  expect(await command('delete')).toMatchObject({ state: 'SMPL', owedTracks: 0 });
  await write(served, 'B', 1, 2);
  expect(await refused(`pair create ${PAIR}`)).toMatch('the volume at array B was written');
  await command('create', '--force');
  await untilPaired(served, 'A');
  await expectSame(served);
});

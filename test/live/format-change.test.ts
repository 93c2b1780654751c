/** A format change of a live pair: real clients hear the size of a block, and write while it changes. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { expectIdentical, run, TIMEOUT_MS, withClients } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, moreWrites, PAIR, TRACK_BYTES, untilClean, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 256 * TRACK_BYTES;
const EINVAL = 22;

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.close(), TIMEOUT_MS);

async function blockBytes(uri: string): Promise<number | undefined> {
  const { stdout } = await run('nbdinfo', ['--json', uri]);
  const { exports } = JSON.parse(stdout) as { exports: { block_size_minimum?: number }[] };
  return exports[0]?.block_size_minimum;
}

withClients(
  ['nbdinfo', 'qemu-img'],
  'clients hear the new size of a block, and both copies are the same after it',
  async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES));
    expect(await blockBytes(served.uri('A'))).toBe(512);
    const client = await NbdClient.attach(served.port('A'));
    for (let track = 0; track < 64; track++) {
      const data = Buffer.alloc(4096, track + 1);
      expect(await client.ask({ type: 1, offset: track * TRACK_BYTES, length: 4096 }, data)).toMatchObject({
        errno: 0,
      });
    }
    expect(await bench.told(`format ${PAIR} 4096`)).toMatchObject({ volume: PAIR, format: 4096 });
    const halves = await client.ask({ type: 1, offset: 512, length: 512 }, Buffer.alloc(512, 9));
    expect(halves.errno).toBe(EINVAL);
    const whole = await client.ask({ type: 1, offset: 8192, length: 4096 }, Buffer.alloc(4096, 7));
    expect(whole.errno).toBe(0);
    client.close();
    await untilPaired(served, 'A');
    await untilClean(served);
    for (const array of ['A', 'B']) {
      expect(await blockBytes(served.uri(array))).toBe(4096);
      expect((await served.tracks(`${array}:data0`, array)).formatPending).toBe(0);
    }
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
);

test('a host writes on while the format changes, over a cut link and a power loss of the other array', {
  timeout: TIMEOUT_MS,
}, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  const record = new WriteRecord(1, VOLUME_BYTES);
  const writer = await bench.write(served.port('A'), record);
  await moreWrites(writer, 200);
  await bench.told(`format ${PAIR} 4096`);
  await moreWrites(writer, 200);
  await bench.told('link down A-B');
  await bench.told(`format ${PAIR} 512`);
  await bench.told(`format ${PAIR} 4096`);
  await moreWrites(writer, 200);
  await bench.told('array crash B');
  await bench.told('array start B');
  await bench.told('link up A-B');
  await moreWrites(writer, 200);
  await writer.stop();
  expect({ errors: writer.errors, faults: writer.faults }).toEqual({ errors: [], faults: [] });
  await untilPaired(served, 'A');
  await untilClean(served);
  for (const array of ['A', 'B']) await record.check(served.port(array), 'data0');
});

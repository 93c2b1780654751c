/** A mirrored pair over several links, while they come and go under a host that writes. */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { LinkView } from '../../firmware/runtime/live/system.js';
import { expectIdentical, TIMEOUT_MS, withClients } from './clients.js';
import { BLOCK_BYTES, WriteRecord } from './numbered-writer.js';
import {
  Bench,
  eventually,
  linkPort,
  moreWrites,
  type ServeProcess,
  TRACK_BYTES,
  untilClean,
  untilPaired,
} from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
/** A track for each part into which tracks are spread over links: writes of a track meet, and what goes again is overtaken. */
const BUSY_BLOCKS = (8 * TRACK_BYTES) / BLOCK_BYTES;

let bench: Bench;
let record: WriteRecord;

beforeEach(() => {
  bench = new Bench();
  record = new WriteRecord(1, VOLUME_BYTES);
});
afterEach(() => bench.close(), TIMEOUT_MS);

/** Bytes that A sent over each link. */
async function sent(served: ServeProcess): Promise<Record<string, number>> {
  const links = await served.links();
  return Object.fromEntries(
    links.map(({ name, ends }) => [name, ends.find(({ array }) => array === 'A')?.sent_bytes ?? 0]),
  );
}

/** Waits until A has sent so much over each of these links since. */
async function carries(served: ServeProcess, names: readonly string[], bytes = 200_000): Promise<void> {
  const before = await sent(served);
  await eventually(
    `${bytes} more bytes over ${names.join(' and ')}`,
    () => sent(served),
    (now) => names.every((name) => now[name] - (before[name] ?? 0) >= bytes),
  );
}

describe('two links', () => {
  withClients(['qemu-img'], 'that a host writes over: one may go, another come, and it hears of nothing', async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES, false, {}, 2));
    const { sides } = await served.pair();
    const writer = await bench.write(served.port('A'), record, { blocks: BUSY_BLOCKS });
    const isUnnoticed = async (): Promise<void> => {
      await moreWrites(writer, 300);
      expect(writer.errors).toEqual([]);
      const now = await served.pair();
      expect(now).toMatchObject({ state: 'PAIR', serves: 'A' });
      expect(now.sides).toEqual(sides);
    };
    await carries(served, ['A-B:0', 'A-B:1']);
    await isUnnoticed();

    expect(await bench.told('link down A-B:0')).toMatchObject({ name: 'A-B:0', state: 'held' });
    await isUnnoticed();
    await carries(served, ['A-B:1']);
    expect((await bench.ctl('link remove A-B:1')).stderr).toContain('no other link is up');

    expect(await bench.told('link up A-B:0')).toMatchObject({ name: 'A-B:0', state: 'up' });
    await carries(served, ['A-B:0', 'A-B:1']);
    await isUnnoticed();

    expect(await bench.told('link add A-B')).toMatchObject({ name: 'A-B:2', number: 2, state: 'up' });
    await carries(served, ['A-B:0', 'A-B:1', 'A-B:2']);
    expect(await bench.told('link remove A-B:0')).toMatchObject({ name: 'A-B:0', ends: [] });
    expect(await bench.told('link remove A-B:1')).toMatchObject({ name: 'A-B:1' });
    await isUnnoticed();
    expect((await served.links()).map(({ name }) => name)).toEqual(['A-B']);

    await writer.stop();
    await untilPaired(served, 'A');
    await untilClean(served);
    await expectIdentical(served.uri('A'), served.uri('B'));
    await record.check(served.port('B'), 'data0');
  });

  withClients(
    ['qemu-img'],
    'of two processes: one more is added at both by one command, and carries its part',
    async () => {
      const rig = await bench.rig(VOLUME_BYTES, true);
      const [a, b] = await Promise.all(['A', 'B'].map((only) => bench.serve(rig, ['--only', only])));
      await untilPaired(a, 'A');
      expect((await bench.ctl('link add A-B')).stderr).toContain(
        'its ends are in two processes, so a port must be said',
      );
      const added = (await bench.told(`link add A-B --port ${await linkPort()}`)) as LinkView;
      expect(added.ends.map(({ array }) => array)).toEqual(['A', 'B']);
      const writer = await bench.write(a.port('A'), record);
      await eventually(
        'both links up',
        () => a.links(),
        (links) => links.length === 2 && links.every(({ state }) => state === 'up'),
      );
      await carries(a, ['A-B:0', 'A-B:1']);
      await bench.told('link remove A-B:0');
      await moreWrites(writer, 300);
      expect(writer.errors).toEqual([]);
      expect(await a.pair()).toMatchObject({ state: 'PAIR' });
      await writer.stop();
      await untilPaired(a, 'A');
      await record.check(b.port('B'), 'data0');
    },
  );
});

/** Three arrays: A mirrors `data0` to B and `data1` to C (rig `star`). What happens to one pair is nothing to the other. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LinkView, PairView, VolumeView } from '../../firmware/runtime/live/system.js';
import type { StatusView } from '../../firmware/service/http/views.js';
import { expectIdentical, TIMEOUT_MS, withClients } from './clients.js';
import { type NumberedWriter, WriteRecord } from './numbered-writer.js';
import { Bench, endOf, eventually, linkPort, moreWrites, type ServeProcess, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
const CLIENTS = ['qemu-img'];
/** By volume of A: where its copy is. */
const COPIES = { data0: 'B', data1: 'C' } as const;
type Volume = keyof typeof COPIES;
const VOLUMES: readonly Volume[] = ['data0', 'data1'];

let bench: Bench;
let rig: string;
let records: Record<Volume, WriteRecord>;

beforeEach(async () => {
  bench = new Bench();
  records = { data0: new WriteRecord(1, VOLUME_BYTES), data1: new WriteRecord(2, VOLUME_BYTES) };
  const star = JSON.parse(readFileSync('hw-profiles/rigs/star.json', 'utf8')) as Record<string, object[]>;
  for (const array of star.arrays as { volumes: { size_bytes: number }[] }[])
    for (const volume of array.volumes) volume.size_bytes = VOLUME_BYTES;
  for (const link of star.links as { between: string[]; port: number; secret_file: string }[]) {
    link.port = await linkPort();
    link.secret_file = `${link.between.join('-')}.secret`;
  }
  rig = bench.file('star.json');
  writeFileSync(rig, JSON.stringify({ arrays: star.arrays, links: star.links }));
}, TIMEOUT_MS);

afterEach(() => bench.close(), TIMEOUT_MS);

const serve = (array: string): Promise<ServeProcess> => bench.serve(rig, ['--only', array]);
const write = (at: ServeProcess, array: string, volume: Volume): Promise<NumberedWriter> =>
  bench.write(at.port(array), records[volume], {}, volume);

/** Ends a writer that nothing went wrong for. */
async function stop(writer: NumberedWriter): Promise<void> {
  await writer.stop();
  expect(writer).toMatchObject({ errors: [], faults: [], disconnected: false });
}

describe('two pairs of one array, each with another one, in three processes', () => {
  let at: Record<'A' | 'B' | 'C', ServeProcess>;
  /** Hosts that write to both. */
  let writers: Record<Volume, NumberedWriter>;

  beforeEach(async () => {
    const [A, B, C] = await Promise.all(['A', 'B', 'C'].map(serve));
    at = { A, B, C };
    for (const volume of VOLUMES) await untilPaired(at.A, 'A', `A:${volume}`);
    writers = { data0: await write(at.A, 'A', 'data0'), data1: await write(at.A, 'A', 'data1') };
    for (const volume of VOLUMES) await moreWrites(writers[volume], 300);
  }, TIMEOUT_MS);

  /** The pair with C is as it was, while its host writes. */
  async function goesOnWithC(before: PairView): Promise<void> {
    await moreWrites(writers.data1, 300);
    const { state, serves, sides } = before;
    expect(await at.A.pair('A:data1')).toMatchObject({ state, serves, sides });
  }

  /** Both copies hold what hosts were told they wrote. */
  async function areWhole(): Promise<void> {
    for (const volume of VOLUMES) {
      const copy = COPIES[volume];
      await stop(writers[volume]);
      await untilPaired(at.A, 'A', `A:${volume}`);
      await expectIdentical(at.A.uri('A', volume), at[copy].uri(copy, volume));
      await records[volume].check(at[copy].port(copy), volume);
    }
  }

  withClients(CLIENTS, 'a link that goes and comes is nothing to the other pair, and costs no host write', async () => {
    const before = await at.A.pair('A:data1');
    expect(before).toMatchObject({ state: 'PAIR', secondary: 'C:data1' });
    expect(await bench.told('link down A-B')).toMatchObject({ name: 'A-B', state: 'held' });
    await moreWrites(writers.data0, 300);
    expect(await at.A.pair('A:data0')).toMatchObject({ state: 'PSUE', serves: 'A' });
    await goesOnWithC(before);
    const links = (await bench.told('links')) as LinkView[];
    expect(links.map(({ name, state }) => [name, state])).toEqual([
      ['A-B', 'held'],
      ['A-C', 'up'],
    ]);
    const volumes = (await bench.told('volumes')) as VolumeView[];
    expect(volumes.filter(({ volume }) => volume.startsWith('A:')).map(({ copies }) => copies)).toEqual([
      { A: { ready: true, writeDisabled: false }, B: { ready: null, writeDisabled: null } },
      { A: { ready: true, writeDisabled: false }, C: { ready: true, writeDisabled: true } },
    ]);
    expect(await bench.told('link up A-B')).toMatchObject({ name: 'A-B', state: 'up' });
    await eventually(
      'the pair with B in PAIR, under load',
      () => at.A.pair('A:data0'),
      ({ state }) => state === 'PAIR',
    );
    await goesOnWithC(before);
    await areWhole();
  });

  withClients(
    CLIENTS,
    'a killed process of one target is nothing to the other, and a new one gets everything',
    async () => {
      const before = await at.A.pair('A:data1');
      at.B.signal('SIGKILL');
      await at.B.exit();
      await moreWrites(writers.data0, 300);
      await goesOnWithC(before);
      at.B = await serve('B');
      await eventually(
        'the pair with B in PAIR, under load',
        () => at.A.pair('A:data0'),
        ({ state }) => state === 'PAIR',
      );
      await goesOnWithC(before);
      await areWhole();
    },
  );

  withClients(CLIENTS, 'C takes over its volume while B has the other one, and gives it back', async () => {
    const { sides } = await at.A.pair('A:data0');
    expect(await bench.told('pair failover A:data1')).toEqual({ pair: 'A:data1', serves: 'C' });
    await endOf(writers.data1);
    const atC = await write(at.C, 'C', 'data1');
    await moreWrites(atC, 300);
    await moreWrites(writers.data0, 300);
    expect(await at.A.pair('A:data0')).toMatchObject({ state: 'PAIR', serves: 'A', sides });
    await stop(atC);
    expect(await bench.told('pair failback A:data1')).toMatchObject({ pair: 'A:data1', serves: 'A' });
    writers.data1 = await write(at.A, 'A', 'data1');
    await moreWrites(writers.data1, 300);
    await areWhole();
  });

  withClients(CLIENTS, 'both targets take over from a process that was killed, each its own volume', async () => {
    at.A.signal('SIGKILL');
    await at.A.exit();
    for (const volume of VOLUMES) {
      const copy = COPIES[volume];
      await endOf(writers[volume]);
      expect(await bench.told(`pair failover A:${volume} --force`)).toEqual({ pair: `A:${volume}`, serves: copy });
      await records[volume].check(at[copy].port(copy), volume);
      const writer = await write(at[copy], copy, volume);
      await moreWrites(writer, 300);
      await stop(writer);
    }
    at.A = await serve('A');
    for (const volume of VOLUMES) {
      await untilPaired(at[COPIES[volume]], COPIES[volume], `A:${volume}`);
      await records[volume].check(at.A.port('A'), volume);
    }
  });

  test('each service processor is asked over the link to its own array', { timeout: TIMEOUT_MS }, async () => {
    for (const array of ['B', 'C']) {
      const { arrays, links } = (await bench.told(`--array ${array} status`)) as StatusView;
      expect(arrays.map(({ name }) => name)).toEqual([array]);
      expect(links.map(({ name }) => name)).toEqual([`A-${array}`]);
    }
    await bench.told('link down A-C');
    expect((await bench.ctl('--array C status')).stderr).toContain('array C cannot be asked over the link of array A');
    expect(((await bench.told('--array B status')) as StatusView).rig).toBe('star');
  });
});

describe('three arrays in one process', () => {
  withClients(CLIENTS, 'are joined by the links that the rig names, and one more is added to either pair', async () => {
    const served = await bench.serve(rig);
    for (const volume of VOLUMES) await untilPaired(served, 'A', `A:${volume}`);
    expect(await bench.told('link add A-C')).toMatchObject({ name: 'A-C:1', number: 1, state: 'up' });
    expect((await bench.ctl('link add B-C')).stderr).toContain('rig star has no link B-C; it has A-B, A-C:0, A-C:1');
    const writers = await Promise.all(VOLUMES.map((volume) => write(served, 'A', volume)));
    for (const writer of writers) await moreWrites(writer, 300);
    const sent = (await served.links()).map(({ name, ends }) => [
      name,
      (ends.find(({ array }) => array === 'A')?.sent_bytes ?? 0) > 100_000,
    ]);
    expect(sent).toEqual([
      ['A-B', true],
      ['A-C:0', true],
      ['A-C:1', true],
    ]);
    expect(await bench.told('link remove A-C:0')).toMatchObject({ name: 'A-C:0', ends: [] });
    for (const writer of writers) {
      await moreWrites(writer, 300);
      await stop(writer);
    }
    for (const volume of VOLUMES) {
      await untilPaired(served, 'A', `A:${volume}`);
      await records[volume].check(served.port(COPIES[volume]), volume);
    }
  });
});

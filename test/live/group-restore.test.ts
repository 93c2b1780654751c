/** A journal group is restored to an entry and to a time, onto other volumes, as users do it: one process an array, real clients. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RestoreView, VolumeView } from '../../firmware/runtime/live/system.js';
import { isReadOnly, run, TIMEOUT_MS, withClients } from './clients.js';
import type { DependentWriter } from './dependent-writer.js';
import { furtherWrites, groupAt, journalRig, newWriter, untilGroup } from './journal-rounds.js';
import { Bench, type ServeProcess } from './pair-harness.js';

const SPARES = ['spare0', 'spare1'];
const ONTO = '--onto data0=spare0,data1=spare1';
/** Longer than a test lasts. */
const restore_delay_us = 3_600_000_000;
const BYTES = 67_108_864;
/** While an image is made. With three quarters of the 65,536 entries that the journals hold, nothing would be held back. */
const WRITES_MOST = 12_000;

let bench: Bench;
let writer: DependentWriter;
let a: ServeProcess;
let b: ServeProcess;

beforeEach(async () => {
  bench = new Bench();
  const rig = await journalRig(bench, { restore_delay_us }, 'journal-images');
  const serve = (array: string) => bench.serve(rig, ['--only', array, '--placement', 'fused']);
  [a, b] = await Promise.all([serve('A'), serve('B')]);
  await untilGroup(a, ({ state }) => state === 'PAIR');
  writer = newWriter();
  await writer.start(a.port('A'));
}, TIMEOUT_MS);
afterEach(() => bench.close(), TIMEOUT_MS);

/** So many more writes, all of them in the journal of B then. */
async function written(count: number): Promise<void> {
  await furtherWrites(writer, count);
  await writer.stop();
  await untilGroup(b, ({ stored }) => stored === writer.acknowledged);
}

const restored = async (to: string): Promise<RestoreView> =>
  (await bench.told(`group restore B:orders ${to} ${ONTO}`)) as RestoreView;

const volume = async (name: string): Promise<VolumeView | undefined> =>
  ((await bench.told('volumes')) as VolumeView[]).find((one) => one.volume === name);

test('each number that B holds can be the last of an image, over both volumes, while the host writes on', {
  timeout: TIMEOUT_MS,
}, async () => {
  await written(400);
  const before = await groupAt(b);
  for (const number of [137, 301, 5]) {
    const { acknowledged } = writer;
    await writer.start(a.port('A'), WRITES_MOST);
    expect(await restored(`--number ${number}`)).toMatchObject({ group: 'orders', array: 'B', number });
    expect(await writer.prefixAt(b.port('B'), SPARES)).toBe(number);
    expect((await volume('B:spare1'))?.image).toMatchObject({ of: 'B:data1', isWhole: true, number });
    await writer.stop();
    expect(writer.acknowledged).toBeGreaterThan(acknowledged);
  }
  expect(writer.errors).toEqual([]);
  expect(await groupAt(b)).toMatchObject({ state: 'PAIR', restored: before.restored });
  // A takeover waits for no hour.
  expect(await bench.told('pair swap A:data0')).toMatchObject({ serves: 'B' });
  expect(await writer.prefixAt(b.port('B'))).toBe(writer.acknowledged);
});

withClients(
  ['nbdinfo', 'nbdcopy'],
  'by a time, the image has what was written until then, and clients have it',
  async () => {
    await written(250);
    const entry = writer.acknowledged;
    expect(await isReadOnly(b.uri('B', 'spare0'))).toBe(false);
    const time = new Date().toISOString();
    // Another client is asked meanwhile, so that some milliseconds pass.
    await run('nbdinfo', ['--size', a.uri('A', 'data0')]);
    await writer.start(a.port('A'));
    await written(100);
    const view = await restored(`--time ${time}`);
    expect(view.number).toBe(entry);
    expect(Date.parse(view.time ?? '')).toBeLessThanOrEqual(Date.parse(time) + 1);
    const files = SPARES.map((name) => bench.file(`${name}.raw`));
    await Promise.all(SPARES.map((name, i) => run('nbdcopy', [b.uri('B', name), files[i]])));
    expect(files.map((file) => readFileSync(file).length)).toEqual([BYTES, BYTES]);
    expect(writer.prefixOf(files.map((file) => readFileSync(file)))).toBe(entry);
    // It is a volume like any other: a client writes to it, and the group is what it was.
    await run('nbdcopy', [files[1], b.uri('B', 'spare0')]);
    expect(await groupAt(b)).toMatchObject({ state: 'PAIR', restored: 0, stored: writer.acknowledged });
  },
);

test('what cannot be is refused with what can', { timeout: TIMEOUT_MS }, async () => {
  await written(20);
  const refused = async (words: string): Promise<string> => {
    const { code, stderr } = await bench.ctl(`group restore ${words}`);
    expect(code).toBe(1);
    return stderr;
  };
  const { acknowledged: last } = writer;
  const window = `group B:orders can be restored to its entries 0 to ${last} of 20`;
  expect(await refused(`B:orders --number ${last + 1} ${ONTO}`)).toContain(window);
  expect(await refused(`B:orders --time 2020-01-01T00:00:00Z ${ONTO}`)).toContain(window);
  expect(await refused(`A:orders --number 3 --onto data0=data1`)).toMatch(/of which array A has none/);
  expect(await refused('B:orders --number 3 --onto data0=data1')).toMatch(
    /data0 is to be restored onto data1; it must be a volume without a pair, of the size of data0, of which array B has spare0, spare1/,
  );
  expect(await refused('B:orders --number 3 --onto data0=spare0,data1=spare0')).toMatch(
    /spare0 gets the image of another/,
  );
  expect(await refused('B:others --number 3 --onto data0=spare0')).toMatch(/no journal group others; it has orders/);
  expect(await refused('B:orders --number 3 --onto spare1=spare0')).toMatch(
    /has no volume spare1; it has data0, data1/,
  );
  const { code, stderr } = await bench.ctl('volume release B:spare0');
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is nothing to release')]);
});

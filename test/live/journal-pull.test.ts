/** Journal pull as users run it: each array a process of its own. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parsePrometheus, valueIn } from '../harness/prometheus.js';
import { TIMEOUT_MS } from './clients.js';
import { BLOCK_BYTES, type DependentWriter } from './dependent-writer.js';
import { furtherWrites, groupAt, journalRig, journalRound, newWriter, untilGroup } from './journal-rounds.js';
import { Bench, type ServeProcess } from './pair-harness.js';

let bench: Bench;
let rig: string;

beforeEach(async () => {
  bench = new Bench();
  rig = await journalRig(bench);
});
afterEach(() => bench.close(), TIMEOUT_MS);

for (const [seed, linkWasCut] of [
  [1, false],
  [2, false],
  [3, true],
] as const) {
  const cut = linkWasCut ? ', after its link was cut and came back,' : '';
  test(`seed ${seed}: when the source${cut} is killed, the target serves a prefix of the writes over both volumes`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const round = await journalRound(bench, rig, seed, linkWasCut);
    expect(round.served).toBeGreaterThan(0);
  });
}

/** Both arrays on state of their own, in one folder. */
const kept = (array: string): Promise<ServeProcess> =>
  bench.serve(rig, ['--only', array, '--state', bench.file('state'), '--placement', 'fused']);

/** What B serves after it was given the group in PAIR is all that was acknowledged. */
async function expectAllAtTarget(writer: DependentWriter, b: ServeProcess): Promise<void> {
  expect(await bench.told('pair swap A:data1')).toMatchObject({ serves: 'B', group: { name: 'orders' } });
  expect(await writer.prefixAt(b.port('B'))).toBe(writer.acknowledged);
}

test('a source on --state that is killed has all that it acknowledged, and its numbers go on', {
  timeout: TIMEOUT_MS,
}, async () => {
  let [a, b] = await Promise.all([kept('A'), kept('B')]);
  await untilGroup(a, ({ state }) => state === 'PAIR');
  const writer = newWriter();
  await writer.start(a.port('A'));
  await furtherWrites(writer, 300);
  await bench.told('link down A-B');
  await furtherWrites(writer, 300);
  const before = await groupAt(a);
  a.signal('SIGKILL');
  await a.exit();
  await writer.ended;
  b.signal('SIGKILL');
  await b.exit();
  [a, b] = await Promise.all([kept('A'), kept('B')]);
  const found = await writer.prefixAt(a.port('A'));
  expect(found).toBeGreaterThanOrEqual(writer.acknowledged);
  const after = await groupAt(a);
  expect(after.written).toBeGreaterThanOrEqual(found);
  expect(after.lag?.writes).toBeLessThanOrEqual(found);
  expect(before.written).toBeLessThanOrEqual(found);
  writer.issued = found;
  await untilGroup(a, ({ state }) => state === 'PAIR');
  await writer.start(a.port('A'));
  await furtherWrites(writer, 100);
  await writer.stop();
  // Each write has a number of its own: at most one was void when power went.
  const { written } = await untilGroup(a, ({ lag }) => lag?.writes === 0);
  expect([writer.acknowledged, writer.acknowledged + 1]).toContain(written);
  expect((await a.pair()).owedTracks).toBe(0);
  await expectAllAtTarget(writer, b);
});

test('a target on --state that is killed costs hosts nothing, and goes on behind what it had', {
  timeout: TIMEOUT_MS,
}, async () => {
  const a = await kept('A');
  let b = await kept('B');
  await untilGroup(a, ({ state }) => state === 'PAIR');
  const writer = newWriter();
  await writer.start(a.port('A'));
  await furtherWrites(writer, 300);
  const before = await untilGroup(b, ({ stored }) => (stored ?? 0) > 0);
  b.signal('SIGKILL');
  await b.exit();
  await furtherWrites(writer, 300);
  expect(await groupAt(a)).toMatchObject({ state: 'PAIR' });
  b = await kept('B');
  expect((await groupAt(b)).stored).toBeGreaterThanOrEqual(before.stored ?? 0);
  await furtherWrites(writer, 100);
  await writer.stop();
  expect(writer.errors).toEqual([]);
  const { written } = await untilGroup(a, ({ lag }) => lag?.writes === 0);
  expect(written).toBe(writer.acknowledged);
  expect(await groupAt(b)).toMatchObject({ stored: written, restored: written });
  await expectAllAtTarget(writer, b);
});

test('what a source had that the target lacked when it took over is overwritten, and both hold the same', {
  timeout: TIMEOUT_MS,
}, async () => {
  const served = await bench.serve(rig, ['--placement', 'fused']);
  const writer = newWriter();
  await writer.start(served.port('A'));
  await furtherWrites(writer, 200);
  await untilGroup(served, ({ stored }) => (stored ?? 0) > 0);
  await bench.told('link down A-B');
  await furtherWrites(writer, 200);
  const metrics = parsePrometheus((await bench.told('metrics')) as string);
  const metric = (name: string): number => valueIn(metrics, `arraylab_journal_${name}`) ?? Number.NaN;
  const lag = metric('lag_writes{array="A",group="orders"}');
  expect(lag).toBeGreaterThanOrEqual(200);
  expect(metric('lag_bytes{array="A",group="orders"}')).toBe(lag * BLOCK_BYTES);
  expect(metric('lag_seconds{array="A",group="orders"}')).toBeGreaterThan(0);
  // An entry that is just being made has its number, and nothing else yet.
  const waiting =
    metric('number{array="A",group="orders",number="last"}') -
    metric('number{array="A",group="orders",number="restored"}');
  expect([waiting, waiting - 1]).toContain(lag);
  await bench.told('array crash A');
  await writer.ended;
  await bench.told('pair failover A:data1 --force');
  const prefix = await writer.prefixAt(served.port('B'));
  expect(prefix).toBeLessThan(writer.acknowledged);
  await bench.told('array start A');
  await bench.told('link up A-B');
  await untilGroup(served, ({ state, journals }) => state === 'PAIR' && journals.A?.entries === 0);
  expect(await bench.told('pair failback A:data0')).toMatchObject({ serves: 'A', group: { name: 'orders' } });
  expect(await writer.prefixAt(served.port('A'))).toBe(prefix);
});

/** Two targets of one source, A to B and A to C, as users run them, each array a process of its own; a pair from B to C stands by. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GroupView } from '../../firmware/runtime/live/system.js';
import { rigOfThree, serveThree, untilGroupOf } from './cascade-rounds.js';
import { TIMEOUT_MS } from './clients.js';
import { BLOCK_BYTES, type DependentWriter } from './dependent-writer.js';
import { BLOCKS, furtherWrites, newWriter, VOLUMES } from './journal-rounds.js';
import { Bench, eventually, type ServeProcess } from './pair-harness.js';

/** Of the rig. */
const VOLUME_BYTES = 64 * 1024 * 1024;

let bench: Bench;
let rig: string;
let a: ServeProcess;
let b: ServeProcess;
let c: ServeProcess;
let writer: DependentWriter;

const kept = (): string[] => ['--state', bench.file('state')];

beforeEach(async () => {
  bench = new Bench();
  rig = await rigOfThree(bench, 'journal-multi-target');
  [a, b, c] = await serveThree(bench, rig, kept());
  for (const pair of ['A:data0@B', 'A:data0@C']) await untilGroupOf(a, pair, ({ state }) => state === 'PAIR');
  writer = newWriter();
  await writer.start(a.port('A'));
  await furtherWrites(writer, 300);
}, TIMEOUT_MS);
afterEach(() => bench.close(), TIMEOUT_MS);

/** Bytes that an array has sent over one of its links. */
async function sentBytes(at: ServeProcess, link: string, array: string): Promise<number> {
  const found = (await at.links()).find(({ name }) => name === link);
  const sent = found?.ends.find((end) => end.array === array)?.sent_bytes;
  if (sent === undefined) throw new Error(`no link ${link} of ${array}: ${JSON.stringify(found)}`);
  return sent;
}

/** Says that the pair that stands by is one now. A target restores first what came from the source that was lost. */
async function create(pair: string): Promise<void> {
  const answer = await eventually(
    `pair ${pair} made`,
    () => bench.ctl(`pair create ${pair}`),
    ({ code, stderr }) => code === 0 || !stderr.includes('restores'),
  );
  expect(answer).toMatchObject({ code: 0, json: { serves: 'B' } });
}

const isUpToDate = ({ state, lag }: GroupView): boolean => state === 'PAIR' && lag?.writes === 0;

test('when A is lost and B takes over, the pair that stands by copies what differs only; A comes back as the target of B', {
  timeout: TIMEOUT_MS,
}, async () => {
  await untilGroupOf(c, 'A:data0@C', ({ stored }) => (stored ?? 0) > 0);
  expect((await bench.ctl('pair create B:data0')).stderr).toContain(
    'pair B:data0 stands by: array C is the target of A:data0@C',
  );
  expect((await bench.ctl('pair failover B:data0 --force')).stderr).toContain('pair B:data0 is SMPL');
  a.signal('SIGKILL');
  await a.exit();
  await writer.ended;
  expect(await bench.told('pair failover A:data0@B --force')).toMatchObject({ pair: 'A:data0@B', serves: 'B' });
  writer.issued = await writer.prefixAt(b.port('B'));
  expect(writer.issued).toBeGreaterThan(0);
  const before = await sentBytes(b, 'B-C', 'B');
  for (const volume of VOLUMES) await create(`B:${volume}@C`);
  await untilGroupOf(b, 'B:data0', isUpToDate);
  expect((await c.pair('A:data0@C')).state).toBe('SMPL');
  const copied = (await sentBytes(b, 'B-C', 'B')) - before;
  // Only tracks that the writer has can differ.
  expect(copied).toBeLessThan(VOLUMES.length * (BLOCKS * BLOCK_BYTES + VOLUME_BYTES / 64));
  await writer.start(b.port('B'));
  await furtherWrites(writer, 100);
  await untilGroupOf(c, 'B:data0', ({ stored }) => (stored ?? 0) > 0);
  a = await bench.serve(rig, ['--only', 'A', '--placement', 'fused', ...kept()]);
  await untilGroupOf(b, 'A:data0@B', ({ state }) => state === 'PAIR');
  await furtherWrites(writer, 100);
  await writer.stop();
  expect(writer.errors).toEqual([]);
  for (const pair of ['A:data0@B', 'B:data0']) await untilGroupOf(b, pair, isUpToDate);
  expect((await b.pair('A:data0@B')).serves).toBe('B');
  b.signal('SIGKILL');
  await b.exit();
  for (const [pair, at, name] of [
    ['B:data0', c, 'C'],
    ['A:data0@B', a, 'A'],
  ] as const) {
    expect(await bench.told(`pair failover ${pair} --force`)).toMatchObject({ serves: name });
    expect(await writer.prefixAt(at.port(name))).toBe(writer.acknowledged);
  }
});

test('what one of two targets lacks stays in its journal, while hosts and the other go on; then it gets the writes, not tracks', {
  timeout: TIMEOUT_MS,
}, async () => {
  await bench.told('link down A-C');
  const behind = await untilGroupOf(a, 'A:data0@C', ({ lag }) => lag !== null);
  await furtherWrites(writer, 300);
  await writer.stop();
  expect(writer.errors).toEqual([]);
  await untilGroupOf(a, 'A:data0@B', isUpToDate);
  const far = await untilGroupOf(a, 'A:data0@C', ({ lag }) => lag !== null);
  expect(far.state).toBe('PAIR');
  expect(far.lag?.writes).toBeGreaterThanOrEqual(300);
  expect(far.journals.A.entries).toBeGreaterThanOrEqual(300);
  expect(far.restored).toBe(behind.restored);
  const before = await sentBytes(a, 'A-C', 'A');
  await bench.told('link up A-C');
  await untilGroupOf(a, 'A:data0@C', isUpToDate);
  const sent = (await sentBytes(a, 'A-C', 'A')) - before;
  expect(sent).toBeLessThan(2 * (far.lag?.bytes ?? 0));
  a.signal('SIGKILL');
  await a.exit();
  for (const [at, name] of [
    [b, 'B'],
    [c, 'C'],
  ] as const) {
    expect(await bench.told(`pair failover A:data1@${name} --force`)).toMatchObject({ serves: name });
    expect(await writer.prefixAt(at.port(name))).toBe(writer.acknowledged);
  }
});

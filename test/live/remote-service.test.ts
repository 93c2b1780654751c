/** Service processors of two processes, each with an array of a pair, coupled over the link: `ctl --array`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeImage } from '../../firmware/engine/image.js';
import type { ArrayView, MicrocodeView, PairView } from '../../firmware/runtime/live/system.js';
import type { StatusView } from '../../firmware/service/http/views.js';
import { longerWrite } from '../harness/changed-microcode.js';
import { TIMEOUT_MS } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, eventually, moreWrites, PAIR, type ServeProcess, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 4 * 1024 * 1024;

let bench: Bench;
let rig: string;
let a: ServeProcess;

beforeEach(async () => {
  bench = new Bench();
  rig = await bench.rig(VOLUME_BYTES, true);
}, TIMEOUT_MS);

afterEach(() => bench.close(), TIMEOUT_MS);

async function serveBoth(): Promise<void> {
  const only = (array: string) => bench.serve(rig, ['--only', array]);
  [a] = await Promise.all([only('A'), only('B')]);
  await untilPaired(a, 'A');
}

async function refused(words: string): Promise<string> {
  const { code, stderr } = await bench.ctl(words);
  expect({ words, code }).toEqual({ words, code: 1 });
  return stderr;
}

test("B's service processor shows, configures and loads what A's is told to, while a host writes to A", {
  timeout: TIMEOUT_MS,
}, async () => {
  await serveBoth();
  const record = new WriteRecord(1, VOLUME_BYTES);
  const writer = await bench.write(a.port('A'), record);
  const { arrays } = (await bench.told('--array B status')) as StatusView;
  expect(arrays.map(({ name }) => name)).toEqual(['B']);
  expect(((await bench.told('--array B pairs')) as PairView[])[0]?.sides).toMatchObject({ B: { role: 'target' } });
  expect(await bench.told('--array B tracks B:data0')).toMatchObject({ volume: 'B:data0' });
  const moved = (await bench.told('--array B director role B:da1 data')) as ArrayView;
  expect(moved.directors.find(({ name }) => name === 'da1')?.roles).toEqual(['data', 'disk']);
  const image = bench.file('data.img');
  writeFileSync(image, encodeImage(longerWrite()));
  const loaded = (await bench.told(`--array B microcode load B ${image}`)) as MicrocodeView;
  expect(loaded.images.find(({ role }) => role === 'data')?.version).toBe('edited');
  writeFileSync(image, encodeImage(longerWrite()).fill(1, 64, 65));
  expect(await refused(`--array B microcode load B ${image}`)).toMatch(/data\.img: byte \d+: CRC .* damaged/);
  await moreWrites(writer, 300);
  await writer.stop();
  expect({ errors: writer.errors, faults: writer.faults }).toEqual({ errors: [], faults: [] });
  await untilPaired(a, 'A');
  expect(await bench.told(`--array B pair failover ${PAIR}`)).toEqual({ pair: PAIR, serves: 'B' });
  await eventually(
    'B to serve',
    () => a.pair(),
    ({ sides }) => sides.A?.role === 'target' && !sides.A.serves,
  );
  await record.check(a.port('A'), 'data0');
});

test('what may not be done from remote is refused by name, and a link that is down is named', {
  timeout: TIMEOUT_MS,
}, async () => {
  await serveBoth();
  expect(await refused('--array B array crash B')).toContain('crash is not done for the other array; over the link');
  expect(await refused('--array B link down A-B')).toContain('linkDown is not done for the other array');
  expect(await refused('--array C status')).toContain('no process here has an array with a link to array C');
  await bench.told('link down A-B');
  expect(await refused('--array B status')).toMatch(
    /array B cannot be asked over the link of array A: the link is held down/,
  );
});

test('a rig may keep the service processors apart', { timeout: TIMEOUT_MS }, async () => {
  const plan = JSON.parse(readFileSync(rig, 'utf8')) as { links: object[] };
  writeFileSync(
    rig,
    JSON.stringify({ ...plan, links: plan.links.map((link) => ({ ...link, remote_service: false })) }),
  );
  await serveBoth();
  expect(await refused('--array B status')).toContain(
    'array B takes no orders over its link: remote_service is false in its rig',
  );
});

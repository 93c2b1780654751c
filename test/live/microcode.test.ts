/** Microcode that is loaded into both arrays of a pair, through `ctl`, while a host writes. */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeImage, type Image } from '../../firmware/engine/image.js';
import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import type { MicrocodeView } from '../../firmware/runtime/live/system.js';
import { longerWrite, reordered } from '../harness/changed-microcode.js';
import { TIMEOUT_MS } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, expectNothingLost, moreWrites } from './pair-harness.js';

const VOLUME_BYTES = 4 * 1024 * 1024;
const WRITES = 300;

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.close(), TIMEOUT_MS);

function fileOf(image: Image): string {
  const file = bench.file(`${image.role}-${image.version}.img`);
  writeFileSync(file, encodeImage(image));
  return file;
}

test('good images are taken under I/O by both arrays, a bad one is refused, and no write is lost', {
  timeout: TIMEOUT_MS,
}, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  const record = new WriteRecord(1, VOLUME_BYTES);
  const writer = await bench.write(served.port('A'), record);
  await moreWrites(writer, WRITES);
  for (const array of ['A', 'B']) {
    for (const role of MICROCODED_ROLES) await bench.told(`microcode load ${array} ${fileOf(reordered(role))}`);
    await moreWrites(writer, WRITES);
  }
  const { images } = (await bench.told(`microcode load A ${fileOf(longerWrite())}`)) as MicrocodeView;
  expect(images.map(({ role, version }) => [role, version])).toEqual(
    MICROCODED_ROLES.map((role) => [role, role === 'data' ? 'edited' : 'reordered']),
  );
  const bad = bench.file('bad.img');
  writeFileSync(bad, encodeImage(longerWrite()).fill(7, 100, 101));
  const { code, stderr } = await bench.ctl(`microcode load A ${bad}`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/bad\.img: byte \d+: CRC is .* damaged/) });
  expect(((await bench.told('microcode')) as MicrocodeView[])[0]?.images).toEqual(images);
  await moreWrites(writer, WRITES);
  await expectNothingLost(served, writer, record);
});

/** Units of blocks of 4096 bytes, and initiators that bring, or take, a part of a block. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attentions } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const BLOCK = 4096;
let array: ScsiArray;
let one: Initiator;
beforeAll(async () => {
  array = new ScsiArray(
    [1 << 20],
    (scsi) => scsi,
    (rig) => ({ ...rig, volumes: rig.volumes.map((volume) => ({ ...volume, format: 4096 as const })) }),
  );
  one = new Initiator(array);
  await attentions(one);
});
afterAll(() => array.close());

const read = async () => (await one.command('28 00 00000000 00 0003 00', { inBytes: 3 * BLOCK })).data;
const blank = () => one.command('93 01 0000000000000000 00000003 00 00', { out: Buffer.alloc(0) });

it.each([
  ['WRITE(10)', '2a 00 00000000 00 0003 00'],
  ['ORWRITE', '8b 00 0000000000000000 00000003 00 00'],
  ['WRITE AND VERIFY(10), of bytes', '2e 02 00000000 00 0003 00'],
])('of what came, %s writes whole blocks', async (_, cdb) => {
  await blank();
  expect(await one.command(cdb, { out: Buffer.alloc(2 * BLOCK - 1, 7) })).toMatchObject({ status: 0 });
  expect((await read()).equals(Buffer.concat([Buffer.alloc(BLOCK, 7), Buffer.alloc(2 * BLOCK)]))).toBe(true);
  expect(await one.command(cdb, { out: Buffer.alloc(BLOCK - 1, 8) })).toMatchObject({ status: 0 });
  expect((await read()).equals(Buffer.concat([Buffer.alloc(BLOCK, 7), Buffer.alloc(2 * BLOCK)]))).toBe(true);
});

it('reads as many whole blocks as the initiator takes a part of', async () => {
  await one.command('2a 00 00000000 00 0003 00', { out: Buffer.alloc(3 * BLOCK, 9) });
  const { status, data } = await one.command('28 00 00000000 00 0003 00', { inBytes: BLOCK + 1 });
  expect(status).toBe(0);
  expect(data.equals(Buffer.alloc(2 * BLOCK, 9))).toBe(true);
});

it('prefetches up to the end', async () => {
  expect(await one.command('34 00 00000001 00 0000 00')).toMatchObject({ status: 0 });
  expect(await one.command('34 00 00000001 00 0002 00')).toMatchObject({ status: 4 });
});

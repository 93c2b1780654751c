/** Commands on blocks that are more, or less, than bytes there and back, each against what SBC-4 says of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

let array: ScsiArray;
let one: Initiator;
beforeAll(async () => {
  array = new ScsiArray([1 << 20]);
  one = new Initiator(array);
  await one.command('00');
});
afterAll(() => array.close());

const BLOCK = 512;
const blocks = (n: number, first = 1): Buffer =>
  Buffer.from(Uint8Array.from({ length: n * BLOCK }, (_, i) => (i >> 9) + first));
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const write = (lba: number, out: Buffer) =>
  one.command(`2a 00 ${hex(lba, 8)} 00 ${hex(out.length / BLOCK, 4)} 00`, { out });
const read = async (lba: number, n: number) =>
  (await one.command(`28 00 ${hex(lba, 8)} 00 ${hex(n, 4)} 00`, { inBytes: n * BLOCK })).data;

it('verifies that blocks can be read', async () => {
  expect(await one.command('2f 00 00000000 00 0100 00')).toMatchObject({ status: 0 });
  expect(await one.command('8f 00 0000000000000800 00000001 00 00')).toMatchObject({ sense: '5/21/00' });
  expect(await one.command('2f 04 00000000 00 0001 00')).toMatchObject({ sense: '5/24/00' });
});

it('verifies against data-out, over tracks, and says where the first byte differs', async () => {
  const out = blocks(140);
  await write(60, out);
  expect(await one.command('2f 02 0000003c 00 008c 00', { out })).toMatchObject({ status: 0 });
  for (const at of [0, 513, 100 * BLOCK, 140 * BLOCK - 1]) {
    const other = Buffer.from(out);
    other[at] ^= 1;
    const { sense, end } = await one.command('2f 02 0000003c 00 008c 00', { out: other });
    expect([sense, end.informationLow]).toEqual(['e/1d/00', at]);
  }
});

it('compares a few blocks that lie on two tracks with all of the data-out', async () => {
  const out = blocks(2, 9);
  await write(127, out);
  expect(await one.command('2f 02 0000007f 00 0002 00', { out })).toMatchObject({ status: 0 });
  const other = Buffer.concat([out.subarray(0, BLOCK), out.subarray(0, BLOCK)]);
  expect(await one.command('2f 02 0000007f 00 0002 00', { out: other })).toMatchObject({ sense: 'e/1d/00' });
});

it('verifies each block against one', async () => {
  const out = blocks(1, 5);
  await one.command('93 00 0000000000000078 00000020 00 00', { out });
  expect(await one.command('2f 06 00000078 00 0020 00', { out })).toMatchObject({ status: 0 });
  await write(0x90, blocks(1, 6));
  const { sense, end } = await one.command('2f 06 00000078 00 0020 00', { out });
  expect([sense, end.informationLow]).toEqual(['e/1d/00', 0x18 * BLOCK]);
});

it('writes and verifies', async () => {
  const out = blocks(3, 40);
  expect(await one.command('2e 02 00000010 00 0003 00', { out })).toMatchObject({ status: 0 });
  expect((await read(16, 3)).equals(out)).toBe(true);
  expect(await one.command('8e 00 0000000000000010 00000003 00 00', { out })).toMatchObject({ status: 0 });
  expect(await one.command('2e 04 00000010 00 0003 00', { out })).toMatchObject({ sense: '5/24/00' });
});

it('compares and writes one block as one step', async () => {
  await write(300, blocks(1, 1));
  const swap = (from: number, to: number) =>
    one.command('89 00 000000000000012c 000000 01 00 00', { out: Buffer.concat([blocks(1, from), blocks(1, to)]) });
  expect(await swap(1, 2)).toMatchObject({ status: 0 });
  expect((await read(300, 1)).equals(blocks(1, 2))).toBe(true);
  const miss = await swap(1, 3);
  expect([miss.sense, miss.end.informationLow]).toEqual(['e/1d/00', 0]);
  expect((await read(300, 1)).equals(blocks(1, 2))).toBe(true);
  expect(await one.command('89 00 000000000000012c 000000 00 00 00')).toMatchObject({ status: 0 });
  expect(await one.command('89 00 0000000000000800 000000 01 00 00', { out: blocks(2) })).toMatchObject({
    sense: '5/21/00',
  });
});

it('compares one block at most, and points at their number', async () => {
  const { sense, end } = await one.command('89 00 0000000000000180 000000 02 00 00', { out: blocks(4) });
  expect([sense, end.specific.toString(16)]).toEqual(['5/24/00', 'cf000d']);
});

it('compares nothing if not all came that the CDB asks for', async () => {
  expect(await one.command('89 00 0000000000000180 000000 01 00 00', { out: blocks(1) })).toMatchObject({
    sense: '5/24/00',
  });
});

it('joins bits with what stands there', async () => {
  await write(120, Buffer.alloc(20 * BLOCK, 0x0f));
  expect(
    await one.command('8b 00 0000000000000078 00000014 00 00', { out: Buffer.alloc(20 * BLOCK, 0x31) }),
  ).toMatchObject({ status: 0 });
  expect((await read(120, 20)).equals(Buffer.alloc(20 * BLOCK, 0x3f))).toBe(true);
});

const atomic = (lba: number, out: Buffer, blocksAsked = out.length / BLOCK) =>
  one.command(`9c 00 ${hex(lba, 16)} 0000 ${hex(blocksAsked, 4)} 00 00`, { out });

it('writes up to a track that is never torn', async () => {
  for (const [lba, n] of [
    [128, 8],
    [136, 120],
    [128, 128],
  ]) {
    const out = blocks(n, n + 70);
    expect(await atomic(lba, out)).toMatchObject({ status: 0 });
    expect((await read(lba, n)).equals(out)).toBe(true);
  }
});

it('refuses to write what might be torn: what lies on two tracks, or is of parts of granules, or did not come', async () => {
  const odd = async (lba: number, n: number) => {
    const { sense, end } = await atomic(lba, blocks(n));
    return `${sense} ${end.specific.toString(16)}`;
  };
  expect(await odd(132, 8)).toBe('5/24/00 cf0002');
  expect(await odd(128, 4)).toBe('5/24/00 cf000c');
  expect(await odd(248, 16)).toBe('5/24/00 cf000c');
  expect(await odd(128, 136)).toBe('5/24/00 cf000c');
  expect(await odd(2048, 8)).toBe('5/21/00 0');
  expect(await atomic(128, blocks(8), 16)).toMatchObject({ sense: '5/24/00' });
  expect(await one.command('9c 00 0000000000000080 0001 0008 00 00', { out: blocks(8) })).toMatchObject({
    sense: '5/24/00',
  });
});

it('compares one block and keeps to the same track with blocks of 4096 bytes, too', async () => {
  const large = new ScsiArray(
    [1 << 20],
    (scsi) => scsi,
    (rig) => ({ ...rig, volumes: rig.volumes.map((volume) => ({ ...volume, format: 4096 as const })) }),
  );
  const two = new Initiator(large);
  await two.command('00');
  const swap = (lba: number, n: number) =>
    two.command(`89 00 ${hex(lba, 16)} 000000 ${hex(n, 2)} 00 00`, { out: Buffer.alloc(2 * n * 4096) });
  const whole = (lba: number, n: number) =>
    two.command(`9c 00 ${hex(lba, 16)} 0000 ${hex(n, 4)} 00 00`, { out: Buffer.alloc(n * 4096, 6) });
  expect(await whole(16, 16)).toMatchObject({ status: 0 });
  expect(await whole(31, 1)).toMatchObject({ status: 0 });
  expect(await whole(31, 2)).toMatchObject({ sense: '5/24/00' });
  expect(await whole(16, 17)).toMatchObject({ sense: '5/24/00' });
  expect(await swap(40, 1)).toMatchObject({ status: 0 });
  expect(await swap(40, 2)).toMatchObject({ sense: '5/24/00' });
  large.close();
});

it('writes the same block everywhere, and zeroes without data-out', async () => {
  const out = blocks(1, 99);
  expect(await one.command('41 00 00000070 00 0120 00', { out })).toMatchObject({ status: 0 });
  const all = Buffer.concat(Array.from({ length: 0x120 }, () => out));
  expect((await read(0x70, 0x120)).equals(all)).toBe(true);
  expect(await one.command('93 01 0000000000000080 00000080 00 00')).toMatchObject({ status: 0 });
  expect((await read(0x80, 0x80)).equals(Buffer.alloc(0x80 * BLOCK))).toBe(true);
  expect((await read(0x100, 1)).equals(out)).toBe(true);
  expect(await one.command('41 00 00000070 00 0000 00', { out })).toMatchObject({ sense: '5/24/00' });
  expect(await one.command('93 00 0000000000000000 00010001 00 00', { out })).toMatchObject({ sense: '5/21/00' });
  expect(await one.command('41 10 00000070 00 0001 00', { out })).toMatchObject({ sense: '5/24/00' });
});

it('writes a block that is not all zeroes, although it may unmap', async () => {
  const out = Buffer.alloc(BLOCK);
  out[500] = 1;
  expect(await one.command('93 08 0000000000000080 00000080 00 00', { out })).toMatchObject({ status: 0 });
  expect((await read(0x81, 1)).equals(out)).toBe(true);
  expect(await one.command('93 08 0000000000000080 00000080 00 00', { out: Buffer.alloc(BLOCK) })).toMatchObject({
    status: 0,
  });
  expect((await read(0x81, 1)).equals(Buffer.alloc(BLOCK))).toBe(true);
});

/** UNMAP parameter list. */
function list(...extents: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(8 + 16 * extents.length);
  bytes.writeUInt16BE(bytes.length - 2, 0);
  bytes.writeUInt16BE(16 * extents.length, 2);
  for (const [i, [lba, count]] of extents.entries()) {
    bytes.writeBigUInt64BE(BigInt(lba), 8 + 16 * i);
    bytes.writeUInt32BE(count, 16 + 16 * i);
  }
  return bytes;
}
const unmap = (out: Buffer, bytes = out.length) => one.command(`42 00 00000000 00 ${hex(bytes, 4)} 00`, { out });

it('unmaps what a list names, all of it or nothing', async () => {
  await write(0, blocks(255));
  expect(await unmap(list([1, 2], [100, 56]))).toMatchObject({ status: 0 });
  const found = await read(0, 255);
  const expected = blocks(255);
  expected.fill(0, BLOCK, 3 * BLOCK);
  expected.fill(0, 100 * BLOCK, 156 * BLOCK);
  expect(found.equals(expected)).toBe(true);
  expect(await unmap(list([5, 1], [2047, 2]))).toMatchObject({ sense: '5/21/00' });
  expect((await read(5, 1)).equals(blocks(1, 6))).toBe(true);
  expect(await unmap(list([5, 1]), 7)).toMatchObject({ sense: '5/1a/00' });
  expect(await unmap(list([5, 1]), 0)).toMatchObject({ status: 0 });
});

it('unmaps no more blocks than the limit allows to all descriptors together', async () => {
  const all = (n: number) => list(...Array.from({ length: n }, (): [number, number] => [0, 2048]));
  expect(await unmap(all(64))).toMatchObject({ status: 0 });
  expect(await unmap(all(65))).toMatchObject({ sense: '5/26/00' });
});

it('unmaps nothing for a last descriptor that is not whole', async () => {
  await write(0, blocks(12));
  const cut = list([1, 2], [8, 2]);
  cut.writeUInt16BE(31, 2);
  expect(await unmap(cut)).toMatchObject({ status: 0 });
  expect((await read(1, 2)).equals(Buffer.alloc(2 * BLOCK))).toBe(true);
  expect((await read(8, 2)).equals(blocks(2, 9))).toBe(true);
});

it('says which blocks have room', async () => {
  const fresh = new ScsiArray([1 << 20]);
  const two = new Initiator(fresh);
  await two.command('00');
  const out = blocks(2);
  await two.command('2a 00 000000ff 00 0002 00', { out });
  const { data } = await two.command('9e 12 0000000000000005 00000100 00 00', { inBytes: 256 });
  expect(data.toString('hex')).toBe(
    [
      '00000034',
      '00000000',
      '0000000000000005',
      '0000007b',
      '01000000',
      '0000000000000080',
      '00000100',
      '00000000',
      '0000000000000180',
      '00000680',
      '01000000',
    ].join(''),
  );
  expect(await two.command('9e 12 0000000000000800 00000100 00 00')).toMatchObject({ sense: '5/21/00' });
  fresh.close();
});

it('fetches ahead, and says whether all of it was', async () => {
  expect(await one.command('34 00 00000000 00 0010 00')).toMatchObject({ status: 4 });
  expect(await one.command('90 00 0000000000000000 00000000 00 00')).toMatchObject({ status: 0 });
  expect(await one.command('34 00 00000800 00 0001 00')).toMatchObject({ sense: '5/21/00' });
});

it('prefetches nothing behind the end of a unit', async () => {
  const fresh = new ScsiArray([1 << 20, 1 << 20]);
  const two = new Initiator(fresh);
  for (const lun of [0, 1]) await two.command('00', { lun });
  await two.command('2a 00 00000780 00 0080 00', { out: Buffer.alloc(128 * BLOCK, 7) });
  expect(await two.command('34 00 00000800 00 0000 00', { lun: 1 })).toMatchObject({ status: 0 });
  fresh.close();
});

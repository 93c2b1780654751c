/** EXTENDED COPY between units of the initiator, what it refuses, and what is told of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attentions, persist } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const BLOCK = 512;
const CHECK = 2;
let array: ScsiArray;
let one: Initiator;
/** NAA designator of each unit, as its page 83h has it: header and name. */
const names: Buffer[] = [];
beforeAll(async () => {
  array = new ScsiArray([1 << 20, 1 << 20]);
  one = new Initiator(array);
  for (const lun of [0, 1]) {
    await one.command('00', { lun });
    const { data } = await one.command('12 01 83 0400 00', { lun });
    let at = 4;
    while ((data[at + 1] & 0x3f) !== 3) at += 4 + data[at + 3];
    names.push(data.subarray(at, at + 4 + data[at + 3]));
  }
});
afterAll(() => array.close());

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const random = (n: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: n * BLOCK }, (_, i) => (i * 7 + (i >> 9)) & 255));
const write = (lun: number, lba: number, out: Buffer) =>
  one.command(`2a 00 ${hex(lba, 8)} 00 ${hex(out.length / BLOCK, 4)} 00`, { lun, out });
const read = async (lun: number, lba: number, n: number) =>
  (await one.command(`28 00 ${hex(lba, 8)} 00 ${hex(n, 4)} 00`, { lun, inBytes: n * BLOCK })).data;

/** Identification descriptor (SPC-4, 6.4.5.1). */
function target(name: Buffer, type = 0xe4): Buffer {
  const bytes = Buffer.alloc(32);
  bytes[0] = type;
  name.copy(bytes, 4);
  bytes.writeUInt16BE(BLOCK, 30);
  return bytes;
}
/** Block to block (SPC-4, 6.4.6.3). */
function segment(from: number, to: number, blocks: number, source: number, destination: number, type = 2): Buffer {
  const bytes = Buffer.alloc(28);
  bytes[0] = type;
  bytes.writeUInt16BE(24, 2);
  bytes.writeUInt16BE(from, 4);
  bytes.writeUInt16BE(to, 6);
  bytes.writeUInt16BE(blocks, 10);
  bytes.writeBigUInt64BE(BigInt(source), 12);
  bytes.writeBigUInt64BE(BigInt(destination), 20);
  return bytes;
}
function list(targets: readonly Buffer[], segments: readonly Buffer[], id = 1, inline = 0): Buffer {
  const header = Buffer.alloc(16);
  header[0] = id;
  header.writeUInt16BE(targets.length * 32, 2);
  header.writeUInt32BE(segments.length * 28, 8);
  header.writeUInt32BE(inline, 12);
  return Buffer.concat([header, ...targets, ...segments]);
}
const copy = (out: Buffer, bytes = out.length) => one.command(`83 00 0000000000000000 ${hex(bytes, 8)} 00 00`, { out });
const both = () => [target(names[0]), target(names[1])];

it('copies runs of blocks between units, over tracks of both, in order', async () => {
  const out = random(300);
  await write(0, 100, out);
  await write(1, 0, Buffer.alloc(400 * BLOCK, 9));
  expect(await copy(list(both(), [segment(0, 1, 300, 100, 50), segment(1, 0, 10, 60, 1000)]))).toMatchObject({
    status: 0,
  });
  expect((await read(1, 50, 300)).equals(out)).toBe(true);
  expect((await read(1, 40, 10)).equals(Buffer.alloc(10 * BLOCK, 9))).toBe(true);
  expect((await read(0, 1000, 10)).equals(out.subarray(10 * BLOCK, 20 * BLOCK))).toBe(true);
});

it('tells how a copy ended, by its list identifier', async () => {
  expect(await copy(list(both(), [segment(0, 1, 3, 0, 0), segment(0, 1, 2, 0, 9)], 7))).toMatchObject({ status: 0 });
  const { data } = await one.command('84 00 07 00000000000000 00000100 00 00');
  expect(data.toString('hex')).toBe(`0000000801000200${hex(5 * BLOCK, 8)}`);
  expect(await one.command('84 00 08 00000000000000 00000100 00 00')).toMatchObject({ sense: '5/24/00' });
});

it('says what a list may have', async () => {
  const { data } = await one.command('84 03 0000000000000000 00000100 00 00');
  expect(data.toString('hex').slice(0, 40)).toBe('0000002a' + '00000000' + '0010' + '0010' + '00000800' + '02000000');
  expect(data.toString('hex').slice(86)).toBe('02' + '02e4');
});

it('copies within the unit that the command came to, which needs no name', async () => {
  const out = random(4);
  await write(0, 500, out);
  await write(1, 700, Buffer.alloc(4 * BLOCK));
  expect(
    await copy(list(both(), [segment(0xffff, 1, 4, 500, 700), segment(0xffff, 0xffff, 2, 500, 600)])),
  ).toMatchObject({
    status: 0,
  });
  expect((await read(1, 700, 4)).equals(out)).toBe(true);
  expect((await read(0, 600, 2)).equals(out.subarray(0, 2 * BLOCK))).toBe(true);
  expect(await copy(list([], [segment(1, 0xffff, 1, 700, 0)]))).toMatchObject({ sense: 'a/08/04' });
});

it('does nothing for an empty list, and refuses one that is cut off or too long', async () => {
  expect(await copy(Buffer.alloc(0))).toMatchObject({ status: 0 });
  const whole = list(both(), [segment(0, 1, 1, 0, 0)]);
  expect(await copy(whole, 15)).toMatchObject({ sense: '5/1a/00' });
  expect(await copy(whole, whole.length - 1)).toMatchObject({ sense: '5/1a/00' });
  const many = (n: number) => Array.from({ length: n }, () => target(names[0]));
  const parts = (n: number) => Array.from({ length: n }, () => segment(0, 0, 1, 0, 0));
  expect(await copy(list(many(17), parts(1)))).toMatchObject({ sense: '5/26/06' });
  expect(await copy(list(many(1), parts(17)))).toMatchObject({ sense: '5/26/08' });
  expect(await copy(list(many(17), parts(60)))).toMatchObject({ sense: '5/1a/00' });
  expect(await copy(list(both(), parts(1), 1, 4))).toMatchObject({ sense: '5/26/0b' });
});

it('refuses descriptors of other types, and of other lengths', async () => {
  expect(await copy(list([target(names[0], 0xe0)], [segment(0, 0, 1, 0, 0)]))).toMatchObject({ sense: '5/26/07' });
  expect(await copy(list(both(), [segment(0, 1, 1, 0, 0, 3)]))).toMatchObject({ sense: '5/26/09' });
  const short = segment(0, 1, 1, 0, 0);
  short.writeUInt16BE(20, 2);
  expect(await copy(list(both(), [short]))).toMatchObject({ sense: '5/26/00' });
  const odd = list(both(), [segment(0, 1, 1, 0, 0)]);
  odd.writeUInt16BE(60, 2);
  expect(await copy(odd)).toMatchObject({ sense: '5/26/00' });
  const cut = list(both(), [segment(0, 1, 1, 0, 0)]);
  cut.writeUInt32BE(27, 8);
  expect(await copy(cut)).toMatchObject({ sense: '5/26/00' });
});

it('aborts before the first block what names a unit that is not there, or blocks behind an end', async () => {
  const stranger = Buffer.from(names[1]);
  stranger[stranger.length - 1] ^= 0x80;
  await write(1, 0, Buffer.alloc(BLOCK, 3));
  expect(await copy(list([target(names[0]), target(stranger)], [segment(0, 1, 1, 0, 0)]))).toMatchObject({
    sense: 'a/08/04',
  });
  expect(await copy(list(both(), [segment(0, 1, 1, 100, 0), segment(2, 1, 1, 0, 0)]))).toMatchObject({
    sense: 'a/08/04',
  });
  expect(await copy(list(both(), [segment(0, 2, 1, 0, 0)]))).toMatchObject({ sense: 'a/08/04' });
  expect(await copy(list(both(), [segment(0, 1, 2, 2047, 0)]))).toMatchObject({ sense: 'a/00/00' });
  expect(await copy(list(both(), [segment(0, 1, 2, 0, 2047)]))).toMatchObject({ sense: 'a/00/00' });
  expect((await read(1, 0, 1)).equals(Buffer.alloc(BLOCK, 3))).toBe(true);
});

describe('a copy from a unit beside the one that it is sent to', () => {
  const UNREACHABLE = 'a/08/04';
  const two = new Map<string, Initiator>();
  const other = () => two.get('other') as Initiator;
  const from = () =>
    one.command(`83 00 0000000000000000 ${hex(108, 8)} 00 00`, { lun: 1, out: list(both(), [segment(0, 1, 1, 0, 0)]) });
  beforeAll(async () => {
    two.set('other', new Initiator(array, 'iqn.2026-11.example.test:other'));
    await attentions(other());
  });

  it('needs its medium', async () => {
    await one.command('1b 00 00 00 00 00');
    expect(await from()).toMatchObject({ sense: UNREACHABLE });
    await one.command('1b 00 00 00 01 00');
    expect(await from()).toMatchObject({ status: 0 });
  });

  it('is kept away by RESERVE of another, not by its own', async () => {
    await other().command('16 00 0000 00 00');
    expect(await from()).toMatchObject({ sense: UNREACHABLE });
    await other().command('17 00 0000 00 00');
    await one.command('16 00 0000 00 00');
    expect(await from()).toMatchObject({ status: 0 });
    await one.command('17 00 0000 00 00');
  });

  it.each([
    [1, 0, 0],
    [3, CHECK, CHECK],
    [5, 0, 0],
    [6, CHECK, 0],
    [7, 0, 0],
    [8, CHECK, 0],
  ])('is kept away by a reservation of type %i as a READ is', async (type, stranger, registered) => {
    await persist(other(), 'registerAndIgnore', { to: 1n });
    await persist(other(), 'reserve', { key: 1n, type });
    expect(await from()).toMatchObject({ status: stranger });
    await persist(one, 'registerAndIgnore', { to: 2n });
    expect(await from()).toMatchObject({ status: registered });
    await persist(other(), 'release', { key: 1n, type });
    await persist(one, 'reserve', { key: 2n, type });
    expect(await from()).toMatchObject({ status: 0 });
    await persist(one, 'clear', { key: 2n });
    for (const who of [one, other()]) await attentions(who);
  });
});

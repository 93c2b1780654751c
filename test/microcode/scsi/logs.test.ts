/** Log pages: what they count, who resets it, and which lists are refused (SPC-4, 6.5, 6.6, 7.3). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG, VOLUME_STATE } from '../../../firmware/memory/constants.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const BLOCK = 512;
let array: ScsiArray;
let one: Initiator;
beforeEach(async () => {
  array = new ScsiArray();
  one = new Initiator(array);
  await one.command('00');
});
afterEach(() => array.close());

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const ask = async (cdb: string): Promise<string> => {
  const { status, sense, data } = await one.command(cdb);
  return status === 0 ? data.toString('hex') : sense;
};
const CUMULATIVE = 0x40;
/** A page as its bytes. */
const sense = (page: number, control = CUMULATIVE, pointer = 0): Promise<string> =>
  ask(`4d 00 ${hex(control | page, 2)} 00 00 ${hex(pointer, 4)} 00ff 00`);
const select = (out: Uint8Array = Buffer.alloc(0), { first = 0, page = CUMULATIVE, bytes = out.length } = {}) =>
  one.command(`4c ${hex(first, 2)} ${hex(page, 2)} 00 000000 ${hex(bytes, 4)} 00`, out.length > 0 ? { out } : {});
/** Page 02h or 03h. */
const counters = (page: number, bytes: number, errors = 0): string =>
  `${hex(0x80 | page, 2)}0000140005 2008${hex(bytes, 16)}00062004${hex(errors, 8)}`.replace(' ', '');
const write = (n: number) => one.command(`2a 00 00000000 00 ${hex(n, 4)} 00`, { out: Buffer.alloc(n * BLOCK, 5) });
const read = (n: number) => one.command(`28 00 00000000 00 ${hex(n, 4)} 00`, { inBytes: n * BLOCK });

describe('LOG SENSE', () => {
  it('lists its pages, and has each; nothing is saved', async () => {
    expect(await ask('4d 00 40 00 00 0000 00ff 00')).toBe('80000004' + '0002032f');
    expect(await ask('4d 00 40 ff 00 0000 00ff 00')).toBe('c0ff000a' + '000000ff020003002f00');
    expect(await sense(0x2f)).toBe('af000008' + '000023040000ff00');
    expect(await sense(2)).toBe(counters(2, 0));
  });

  it('counts what hosts read and write, each for itself', async () => {
    await write(5);
    await write(200);
    await read(3);
    expect([await sense(2), await sense(3)]).toEqual([counters(2, 205 * BLOCK), counters(3, 3 * BLOCK)]);
    await one.command('93 00 0000000000000000 00000010 00 00', { out: Buffer.alloc(BLOCK, 1) });
    await one.command('89 00 0000000000000000 000000 01 00 00', { out: Buffer.alloc(2 * BLOCK, 1) });
    expect(await sense(2)).toBe(counters(2, 207 * BLOCK));
  });

  it('counts what could not be read, or written', async () => {
    const { machine } = array.array;
    machine.set('volume', 'state', 0, VOLUME_STATE.VOLUME_WATCHED);
    machine.set('track', 'flags', 0, FLAG.M1_INV | FLAG.WRITTEN);
    expect((await read(3)).sense).toBe('3/11/00');
    expect((await read(3)).sense).toBe('3/11/00');
    expect((await write(3)).sense).toBe('3/11/00');
    expect([await sense(2), await sense(3)]).toEqual([counters(2, 0, 1), counters(3, 0, 2)]);
  });

  it('has neither thresholds nor defaults but 0', async () => {
    await write(5);
    for (const control of [0x00, 0x80, 0xc0]) expect(await sense(2, control)).toBe(counters(2, 0));
  });

  it('begins with the parameter that is asked for, or the next', async () => {
    await write(5);
    expect(await sense(2, CUMULATIVE, 1)).toBe(counters(2, 5 * BLOCK));
    expect(await sense(2, CUMULATIVE, 5)).toBe(counters(2, 5 * BLOCK));
    expect(await sense(2, CUMULATIVE, 6)).toBe('82000008' + '0006200400000000');
  });

  it('refuses others, saving, and a parameter that there is not', async () => {
    expect(await sense(0x0d)).toBe('5/24/00');
    expect(await ask('4d 01 40 00 00 0000 00ff 00')).toBe('5/24/00');
    for (const page of [0x00, 0x2f]) expect(await sense(page, CUMULATIVE, 1)).toBe('5/24/00');
    expect(await sense(2, CUMULATIVE, 7)).toBe('5/24/00');
    expect(await ask('4d 00 40 ff 00 0001 00ff 00')).toBe('5/24/00');
  });
});

describe('LOG SELECT', () => {
  const PCR = 2;
  beforeEach(async () => {
    await write(5);
    await read(3);
    array.array.machine.set('unit', 'write_errors', 0, 4);
    array.array.machine.set('unit', 'read_errors', 0, 6);
  });
  const all = async () => [await sense(2), await sense(3)];
  const [WRITTEN, READ] = [counters(2, 5 * BLOCK, 4), counters(3, 3 * BLOCK, 6)];
  const [NO_WRITES, NO_READS] = [counters(2, 0), counters(3, 0)];

  it('resets counters, all or those of a page, and goes on from there', async () => {
    expect(await all()).toEqual([WRITTEN, READ]);
    expect(await select(undefined, { first: PCR, page: CUMULATIVE | 2 })).toMatchObject({ status: 0 });
    expect(await all()).toEqual([NO_WRITES, READ]);
    await write(1);
    expect(await select(undefined, { first: PCR, page: CUMULATIVE | 3 })).toMatchObject({ status: 0 });
    expect(await all()).toEqual([counters(2, BLOCK), NO_READS]);
    await read(1);
    expect(await select(undefined, { first: PCR })).toMatchObject({ status: 0 });
    expect(await all()).toEqual([NO_WRITES, NO_READS]);
  });

  it('resets counters to their defaults, and leaves them as they are with any other PC', async () => {
    for (const page of [0x00, 0x40, 0x80]) expect(await select(undefined, { page })).toMatchObject({ status: 0 });
    expect(await select(undefined, { page: 0xef })).toMatchObject({ status: 0 });
    expect(await select(undefined, { page: 0x2f, first: PCR })).toMatchObject({ status: 0 });
    expect(await all()).toEqual([WRITTEN, READ]);
    expect(await select(undefined, { page: 0xc0 })).toMatchObject({ status: 0 });
    expect(await all()).toEqual([NO_WRITES, NO_READS]);
  });

  it('tells the other initiators, and them only', async () => {
    const two = new Initiator(array, 'iqn.2026-11.example.test:two');
    await two.command('00');
    await select(undefined, { first: PCR });
    expect((await two.command('00')).sense).toBe('6/2a/02');
    expect(await one.command('00')).toMatchObject({ status: 0 });
    expect(await two.command('00')).toMatchObject({ status: 0 });
  });

  const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  it('sets counters to what a list has, from where they count on', async () => {
    const list = bytes(counters(2, 0x1_0000_0000_00, 9) + counters(3, 0, 8));
    expect(await select(list)).toMatchObject({ status: 0 });
    await write(2);
    expect(await all()).toEqual([counters(2, 0x1_0000_0000_00 + 2 * BLOCK, 9), counters(3, 0, 8)]);
    expect(await select(bytes('03 00 0008 0006 20 04 00000001'))).toMatchObject({ status: 0 });
    expect((await all())[1]).toBe(counters(3, 0, 1));
  });

  it.each([
    ['a page that there is not', '0d 00 0000', 0],
    ['a page that has no counters', `${counters(2, 1)} af 00 0008 0000 23 04 0000ff00`, 24],
    ['a subpage', '42 01 0000', 0],
    ['pages that do not ascend', `${counters(3, 1)} ${counters(2, 1)}`, 24],
    ['parameters that do not ascend', '02 00 0010 0006 20 04 00000001 0006 20 04 00000001', 12],
    ['a parameter that there is not', '02 00 0008 0007 20 04 00000001', 4],
    ['a counter that stands still', '02 00 0008 0006 a0 04 00000001', 6],
    ['bytes of another length', '02 00 0008 0005 20 04 00000001', 7],
    ['errors of another length', '02 00 0006 0006 20 02 0001', 7],
  ])('refuses a list with %s, points at it, and sets nothing', async (_, text, at) => {
    const { sense, end } = await select(bytes(text));
    expect([sense, end.specific.toString(16)]).toEqual(['5/26/00', hex(0x800000 + at, 6)]);
    expect(await all()).toEqual([WRITTEN, READ]);
  });

  it.each([
    ["in a page's header", '02 00 00'],
    ['in a page', '02 00 0008 0006 20 04'],
    ["in a parameter's header", '02 00 0003 0006 20'],
    ['in a parameter', '02 00 0006 0006 20 04 0000'],
  ])('refuses a list that is cut off %s', async (_, text) => {
    expect(await select(bytes(text))).toMatchObject({ sense: '5/1a/00' });
    expect(await all()).toEqual([WRITTEN, READ]);
  });

  it('refuses a list of which not all came', async () => {
    expect(await select(bytes(counters(2, 1)), { bytes: 25 })).toMatchObject({ sense: '5/1a/00' });
  });

  it.each([
    ['saving', { first: 1 }, 'c80001'],
    ['a page that there is not', { page: 0x4d }, 'cd0002'],
    ['a reset beside a list', { first: PCR, list: true }, 'c90001'],
    ['a page beside a list', { page: 0x42, list: true }, 'cd0002'],
    ['thresholds', { page: 0x00, list: true }, 'cf0002'],
  ])('refuses %s', async (_, { list = false, ...rest }: { first?: number; page?: number; list?: boolean }, pointer) => {
    const { sense, end } = await select(list ? bytes(counters(2, 1)) : undefined, rest);
    expect([sense, end.specific.toString(16)]).toEqual(['5/24/00', pointer]);
    expect(await all()).toEqual([WRITTEN, READ]);
  });
});

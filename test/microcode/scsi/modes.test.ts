/** MODE SENSE and MODE SELECT against bytes written from SPC-6 (6.12 to 6.15, 7.5) and SBC-4 (6.5), and what follows from them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_HOST_SIDE as HOST_SIDE } from '../../../firmware/service/profile/host-side.js';
import type { RigArray } from '../../../firmware/service/rig.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const TEST_UNIT_READY = '00 000000 00 00';
const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');
const bytes = (text: string): Buffer => Buffer.from(squeeze(text), 'hex');
const hex2 = (n: number): string => n.toString(16).padStart(2, '0');

const RECOVERY = '01 0a c0 00 0000 0000 0000 0000';
const CACHING = '08 12 04 00 0000 0000 0000 0000 0000 0000 0000 0000';
const CONTROL = '0a 0a 02 10 00 00 0000 ffff 0000';
const EXTENSION = `4a 01 001c ${'00'.repeat(28)}`;
const EXCEPTIONS = '1c 0a 08 00 00000000 00000000';

/** LUN 1 is of blocks of 4096 bytes. */
const withFormats = (array: RigArray): RigArray => ({
  ...array,
  volumes: array.volumes.map((volume, v) => ({ ...volume, ...(v === 1 && { format: 4096 as const }) })),
});

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
beforeEach(async () => {
  array = new ScsiArray([1 << 20, 1 << 20], (scsi) => scsi, withFormats);
  one = new Initiator(array);
  two = new Initiator(array, 'iqn.2026-11.example.test:two');
  for (const initiator of [one, two]) for (const lun of [0, 1]) await initiator.command(TEST_UNIT_READY, { lun });
});
afterEach(() => array.close());

/** MODE SENSE(6) without block descriptors. */
const sense = async (page: string, initiator = one): Promise<string> => {
  const { data } = await initiator.command(`1a 08 ${page} ff 00`);
  return data.toString('hex');
};
const select = (list: string, initiator = one, cdb?: string) => {
  const out = bytes(list);
  return initiator.command(cdb ?? `15 10 0000 ${hex2(out.length)} 00`, { out });
};
/** As a list of MODE SELECT(6). */
const control = (d_sense: boolean, swp: boolean): string =>
  `00000000 0a 0a ${d_sense ? '06' : '02'} 10 ${swp ? '08' : '00'} 00 0000 ffff 0000`;

describe('MODE SENSE', () => {
  it.each([
    ['01 00', RECOVERY],
    ['08 00', CACHING],
    ['0a 00', CONTROL],
    ['0a 01', EXTENSION],
    ['0a ff', `${CONTROL} ${EXTENSION}`],
    ['1c 00', EXCEPTIONS],
    ['3f 00', `${RECOVERY} ${CACHING} ${CONTROL} ${EXCEPTIONS}`],
    ['3f ff', `${RECOVERY} ${CACHING} ${CONTROL} ${EXTENSION} ${EXCEPTIONS}`],
  ])('(6) page and subpage %s', async (page, expected) => {
    const pages = squeeze(expected);
    expect(await sense(page)).toBe(squeeze(`${hex2(3 + pages.length / 2)} 00 10 00 ${pages}`));
  });

  it('(10) has a header of eight bytes, and a block descriptor of eight or sixteen', async () => {
    const short = await one.command('5a 00 08 00 000000 00ff 00');
    expect(short.data.toString('hex')).toBe(squeeze(`0022 00 10 00 00 0008 00000800 00 000200 ${CACHING}`));
    const long = await one.command('5a 10 08 00 000000 00ff 00', { lun: 1 });
    expect(long.data.toString('hex')).toBe(
      squeeze(`002a 00 10 01 00 0010 0000000000000100 00000000 00001000 ${CACHING}`),
    );
    const none = await one.command('5a 08 08 00 000000 00ff 00');
    expect(none.data.toString('hex')).toBe(squeeze(`001a 00 10 00 00 0000 ${CACHING}`));
  });

  it('(6) has a block descriptor unless it is not wanted', async () => {
    const { data } = await one.command('1a 00 08 00 ff 00');
    expect(data.toString('hex')).toBe(squeeze(`1f 00 10 08 00000800 00 000200 ${CACHING}`));
  });

  it('says which bits may be changed: WCE, D_SENSE, SWP, TAS', async () => {
    expect(await sense('7f 00')).toBe(
      squeeze(`3b 00 10 00 01 0a ${'00'.repeat(10)} 08 12 04 ${'00'.repeat(17)}
        0a 0a 04 00 08 40 ${'00'.repeat(6)} 1c 0a ${'00'.repeat(10)}`),
    );
    expect((await sense('4a 01')).slice(8, 16)).toBe('4a01001c');
  });

  it('has no saved values', async () => {
    expect(await one.command('1a 08 ca 00 ff 00')).toMatchObject({ status: 2, sense: '5/39/00' });
  });

  it('refuses a page that there is not', async () => {
    for (const page of ['0a 02', '19 00', '3f 01', '00 00']) {
      const refused = await one.command(`1a 08 ${page} ff 00`);
      expect(refused).toMatchObject({ status: 2, sense: '5/24/00' });
      expect(refused.end.specific.toString(16)).toBe('cd0002');
    }
  });

  it('gives what the allocation length allows, and no more is wanted', async () => {
    const { data, end } = await one.command('1a 08 3f 00 04 00');
    expect(data.toString('hex')).toBe('3b001000');
    expect(end.wantedBytes).toBe(4);
    expect(await one.command('1a 08 3f 00 00 00')).toMatchObject({ status: 0, data: Buffer.alloc(0) });
    expect((await one.command('1a 08 3f 00 ff 00')).end.wantedBytes).toBe(60);
  });
});

describe('MODE SELECT', () => {
  it('sets what it may, tells the other initiators, and keeps the values of power on', async () => {
    expect(await select(control(true, false))).toMatchObject({ status: 0 });
    expect(await sense('0a 00')).toBe(squeeze(`0f 00 10 00 0a 0a 06 10 00 00 0000 ffff 0000`));
    expect(await sense('8a 00')).toBe(squeeze(`0f 00 10 00 ${CONTROL}`));
    expect(await two.command(TEST_UNIT_READY)).toMatchObject({ status: 2, sense: '6/2a/01' });
    expect(await two.command(TEST_UNIT_READY)).toMatchObject({ status: 0 });
    expect(await one.command(TEST_UNIT_READY)).toMatchObject({ status: 0 });
    expect(await one.command(TEST_UNIT_READY, { lun: 1 })).toMatchObject({ status: 0 });
  });

  it('tells nobody when nothing changes', async () => {
    expect(await select(control(false, false))).toMatchObject({ status: 0 });
    expect(await select('00000000')).toMatchObject({ status: 0 });
    expect(await one.command('15 10 0000 00 00')).toMatchObject({ status: 0 });
    expect(await two.command(TEST_UNIT_READY)).toMatchObject({ status: 0 });
  });

  it('takes several pages, behind a block descriptor that says what is so', async () => {
    const pages = `${CACHING.replace('08 12 04', '08 12 00')} ${EXTENSION} 8a 0a 06 10 00 40 0000 ffff 0000`;
    const list = `0000 00 00 00 00 0008 ffffffff 00 000200 ${pages}`;
    expect(await select(list, one, '55 10 0000000000 0050 00')).toMatchObject({ status: 0 });
    expect((await sense('08 00')).slice(8, 14)).toBe('081200');
    expect((await sense('0a 00')).slice(8, 20)).toBe('0a0a06100040');
    const long = `0000 00 00 01 00 0010 0000000000000800 00000000 00000200 ${CACHING}`;
    expect(await select(long, one, '55 10 0000000000 002c 00')).toMatchObject({ status: 0 });
    expect((await sense('08 00')).slice(8, 14)).toBe('081204');
  });

  it.each([
    // What is wrong, list of MODE SELECT(6), byte that is pointed at.
    ['a page that there is not', '00000000 09 02 0000', 4],
    ['a length that is not the page’s', '00000000 0a 0c 02 10 00 00 0000 ffff 0000 0000', 5],
    ['a bit that may not be changed', '00000000 0a 0a 02 00 00 00 0000 ffff 0000', 7],
    ['another size', '00 00 00 08 00000400 00 000200', 4],
    ['other blocks', '00 00 00 08 00000000 00 001000', 9],
    ['a length that is not the subpage’s', '00000000 4a 01 001d 0000', 6],
    ['half a block descriptor', '00 00 00 04 00000000', 3],
  ])('refuses %s, and sets nothing', async (_, list, at) => {
    const refused = await select(list);
    expect(refused).toMatchObject({ status: 2, sense: '5/26/00' });
    expect(refused.end.specific).toBe(0x800000 | at);
    expect(await sense('3f ff')).toContain(squeeze(CONTROL));
  });

  it.each([
    ['no header', '0000'],
    ['less than its block descriptor', '00 00 00 08 00000000'],
    ['less than a page', '00000000 0a 0a 02'],
    ['half a page', '00000000 0a 0a 02 10 00 00 0000'],
  ])('refuses a list that has %s', async (_, list) => {
    expect(await select(list)).toMatchObject({ status: 2, sense: '5/1a/00' });
  });

  it('refuses MODE SELECT(10) with the blocks of a long descriptor wrong, or a list shorter than its header', async () => {
    const long = (blocks: string, size: string): string => `0000 00 00 01 00 0010 ${blocks} 00000000 ${size}`;
    const size = await select(long('0000000100000800', '00000200'), one, '55 10 0000000000 0018 00');
    expect(size).toMatchObject({ sense: '5/26/00' });
    expect(size.end.specific).toBe(0x800008);
    const blocks = await select(long('0000000000000800', '00001000'), one, '55 10 0000000000 0018 00');
    expect(blocks).toMatchObject({ sense: '5/26/00' });
    expect(blocks.end.specific).toBe(0x800014);
    const short = await select('0000 00 00 00 00 0008 00000800 00 001000', one, '55 10 0000000000 0010 00');
    expect(short.end.specific).toBe(0x80000d);
    const half = await select('0000 00 00 01 00 0008 0000000000000800', one, '55 10 0000000000 0010 00');
    expect(half.end.specific).toBe(0x800006);
    expect(await select('00000000', one, '55 10 0000000000 0004 00')).toMatchObject({ sense: '5/1a/00' });
  });

  it('sets nothing of a list in which something is wrong', async () => {
    const list = `${control(true, true)} 09 02 0000`;
    expect(await select(list)).toMatchObject({ sense: '5/26/00' });
    expect(await sense('0a 00')).toBe(squeeze(`0f 00 10 00 ${CONTROL}`));
    expect(await two.command(TEST_UNIT_READY)).toMatchObject({ status: 0 });
  });

  it('refuses a format of its own, to save, and data that did not come', async () => {
    const pf = await one.command('15 00 0000 04 00', { out: Buffer.alloc(4) });
    expect(pf).toMatchObject({ sense: '5/24/00' });
    expect(pf.end.specific.toString(16)).toBe('cc0001');
    const sp = await one.command('15 11 0000 04 00', { out: Buffer.alloc(4) });
    expect(sp.end.specific.toString(16)).toBe('c80001');
    expect(await one.command('15 10 0000 10 00', { out: Buffer.alloc(4) })).toMatchObject({ sense: '5/1a/00' });
  });
});

describe('what follows from mode pages', () => {
  const WRITE = '2a 00 00000000 00 0001 00';
  const out = Buffer.alloc(512, 1);

  it('SWP: writes are refused, reads are not, and WP says so', async () => {
    expect(await select(control(false, true))).toMatchObject({ status: 0 });
    expect(await one.command(WRITE, { out })).toMatchObject({ status: 2, sense: '7/27/02' });
    expect(await one.command('28 00 00000000 00 0001 00', { inBytes: 512 })).toMatchObject({ status: 0 });
    expect((await sense('0a 00')).slice(4, 6)).toBe('90');
    expect(await one.command(WRITE, { out: Buffer.alloc(4096), lun: 1 })).toMatchObject({ status: 0 });
    expect(await select(control(false, false))).toMatchObject({ status: 0 });
    expect(await one.command(WRITE, { out })).toMatchObject({ status: 0 });
  });

  it('D_SENSE: sense data are descriptors', async () => {
    const outside = '28 00 00ffffff 00 0001 00';
    const DESCRIPTORS = 1 << 24;
    expect((await one.command(outside)).end.sense & DESCRIPTORS).toBe(0);
    await select(control(true, false));
    expect((await one.command(outside)).end.sense & DESCRIPTORS).toBe(DESCRIPTORS);
    // One that is no unit's has no control page.
    expect((await one.command(TEST_UNIT_READY, { lun: 9 })).end.sense & DESCRIPTORS).toBe(0);
  });

  it('a reset of the unit brings back the values of power on', async () => {
    await select(control(true, true));
    expect(await one.manage(5)).toBe(0);
    for (const initiator of [one, two]) await initiator.command(TEST_UNIT_READY);
    expect(await sense('0a 00')).toBe(squeeze(`0f 00 10 00 ${CONTROL}`));
    expect(await one.command(WRITE, { out })).toMatchObject({ status: 0 });
  });

  it('power on values are the profile’s', async () => {
    const other = new ScsiArray(
      [1 << 20],
      (scsi) => scsi,
      (a) => ({ ...a, hostSide: { ...HOST_SIDE, ...a.hostSide, writeCache: false, descriptorSense: true } }),
    );
    const host = new Initiator(other);
    expect((await host.command(TEST_UNIT_READY)).end.sense >> 24).toBe(1);
    expect((await host.command('1a 08 08 00 ff 00')).data.toString('hex', 4, 7)).toBe('081200');
    expect((await host.command('1a 08 0a 00 ff 00')).data.toString('hex', 4, 7)).toBe('0a0a06');
    other.close();
  });
});

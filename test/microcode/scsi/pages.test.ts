/** INQUIRY, page by page, against bytes written from SPC-6 (6.7, 7.7) and SBC-4 (6.6), and as sg_vpd and sg_inq read them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RigArray } from '../../../firmware/service/rig.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const TEST_UNIT_READY = '00 000000 00 00';
const VOLUME_BYTES = 1 << 22;
const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');
const ascii = (text: string): string => Buffer.from(text).toString('hex');
const inquire = (one: Initiator, code: string, lun = 0) => one.command(`12 01 ${code} 0400 00`, { lun });

/** LUN 1 is of blocks of 4096 bytes. */
const withFormats = (array: RigArray): RigArray => ({
  ...array,
  volumes: array.volumes.map((volume, v) => ({ ...volume, ...(v === 1 && { format: 4096 as const }) })),
});

let array: ScsiArray;
let one: Initiator;
beforeAll(() => {
  array = new ScsiArray([VOLUME_BYTES, VOLUME_BYTES], (scsi) => scsi, withFormats);
  one = new Initiator(array);
});
afterAll(() => array.close());

/** sha256("iqn.2026-11.example.arraylab:a") begins with these 17 digits, as sha256sum says. */
const HASH = '732332c7a66a44c2e';
const IQN = 'iqn.2026-11.example.arraylab:a';

describe('INQUIRY', () => {
  it('gives standard data: a disk of SPC-4 that queues commands, and copies', async () => {
    const { data } = await one.command('12 00 00 0060 00');
    const names = `${ascii('ARRAYLAB')} ${ascii('EMULATED ARRAY  ')} ${ascii('0001')}`;
    // SAM-5, iSCSI, SPC-4, SBC-3, SBC-4.
    const standards = '00a0 0960 0460 04c0 0600';
    expect(data.toString('hex')).toBe(
      squeeze(`00 00 06 02 5b 18 00 02 ${names} ${'00'.repeat(22)} ${standards}`).padEnd(192, '0'),
    );
  });

  it('cuts what it gives to the allocation length, and tells the same', async () => {
    const { data } = await one.command('12 00 00 0060 00');
    for (const length of [5, 36, 95, 255, 512]) {
      const cut = await one.command(`12 00 00 ${length.toString(16).padStart(4, '0')} 00`);
      expect(cut.status).toBe(0);
      expect(cut.data.equals(data.subarray(0, length))).toBe(true);
    }
  });

  it('refuses a page that there is not, and a page code without EVPD', async () => {
    for (const cdb of ['12 00 83 00ff 00', '12 01 b7 00ff 00']) {
      const refused = await one.command(cdb);
      expect(refused).toMatchObject({ status: 2, sense: '5/24/00' });
      expect(refused.end.specific.toString(16)).toBe('cf0002');
    }
  });

  it('says that there can be no unit where there is none, and gives it no page', async () => {
    const { status, data } = await one.command('12 00 00 0024 00', { lun: 9 });
    expect({ status, first: data[0], length: data.length }).toEqual({ status: 0, first: 0x7f, length: 36 });
    expect(await inquire(one, '83', 9)).toMatchObject({ status: 2, sense: '5/24/00' });
  });
});

const PAGES = ['00', '80', '83', '86', '87', '88', '8f', 'b0', 'b1', 'b2'];

describe('vital product data', () => {
  it('is listed in ascending order, and each page is there with its length', async () => {
    const { data } = await inquire(one, '00');
    expect(data.toString('hex')).toBe(squeeze(`00 00 000a ${PAGES.join('')}`));
    for (const code of PAGES) {
      const page = (await inquire(one, code)).data;
      expect(page[1]).toBe(Number.parseInt(code, 16));
      expect(page).toHaveLength(4 + page.readUInt16BE(2));
    }
  });

  it('80: a serial number of the target and the volume', async () => {
    const serial = `${HASH.slice(0, 12)}0001`.toUpperCase();
    expect((await inquire(one, '80', 1)).data.toString('hex')).toBe(squeeze(`00 80 0010 ${ascii(serial)}`));
  });

  it('83: names of the unit, its port, and its target', async () => {
    const serial = ascii(`${HASH.slice(0, 12)}0001`.toUpperCase());
    const expected = [
      // NAA 6, of nobody's OUI
      `01 03 00 10 602414c ${HASH} 00000001`,
      // T10 vendor identification
      `02 01 00 28 ${ascii('ARRAYLAB')} ${ascii('EMULATED ARRAY  ')} ${serial}`,
      // relative target port 1, target port group 1, protocol iSCSI
      '51 94 00 04 0000 0001',
      '51 95 00 04 0000 0001',
      // SCSI name string of the port, and of the target
      `53 98 00 28 ${ascii(`${IQN},t,0x0001`)} 00`,
      `53 a8 00 20 ${ascii(IQN)} 0000`,
    ].map(squeeze);
    const all = expected.join('');
    const length = (all.length / 2).toString(16).padStart(4, '0');
    expect((await inquire(one, '83', 1)).data.toString('hex')).toBe(`0083${length}${all}`);
  });

  it('86: the three task attributes, and a cache that is volatile', async () => {
    expect((await inquire(one, '86')).data.toString('hex')).toBe(`0086003c000701${'00'.repeat(57)}`);
  });

  it('87: mode pages are shared by all initiators', async () => {
    expect((await inquire(one, '87')).data.toString('hex')).toBe('00870004' + '3fff0000');
  });

  it('88: one port, with its name', async () => {
    const name = squeeze(`53 98 00 28 ${ascii(`${IQN},t,0x0001`)} 00`);
    expect((await inquire(one, '88')).data.toString('hex')).toBe(
      squeeze(`00 88 0038 00000001 00000000 0000 002c ${name}`),
    );
  });

  it('8f: EXTENDED COPY and RECEIVE COPY RESULTS, with the limits that its operating parameters name', async () => {
    const page = (await inquire(one, '8f')).data.toString('hex');
    const descriptors = [
      // Commands: 83h with service action 0, 84h with 0 and 3.
      '0001 0008 07 83 01 00 84 02 00 03',
      // Target and segment descriptors, bytes of both, inline data.
      `0004 001c 00000000 0010 0010 00000800 00000000 ${'00'.repeat(12)}`,
      // Block to block; identification descriptor.
      '0008 0004 02 02 e4 00',
      // The unit itself.
      '000c 0004 0002 ffff',
      // Copies at once, and such that can be asked for; bytes of a segment; granularity 512.
      `8001 0020 00000001 00000001 02000000 09 00 ${'00'.repeat(18)}`,
    ].map(squeeze);
    expect(page).toBe(squeeze('00 8f 0060') + descriptors.join(''));
    await one.command(TEST_UNIT_READY);
    const told = (await one.command('84 03 0000000000000000 00000100 00 00')).data;
    expect(told.toString('hex')).toBe(
      squeeze(`0000002a 00000000 0010 0010 00000800 02000000 ${'00'.repeat(12)} 0000 0001 01 09 0000 000000 02 02e4`),
    );
  });

  it('b0: transfers of 31 tracks at most, best in tracks, in blocks of the format', async () => {
    const small = await inquire(one, 'b0', 0);
    expect(small.data.toString('hex', 6, 20)).toBe(squeeze('0080 00000f80 00000080 00000000'));
    const large = await inquire(one, 'b0', 1);
    expect(large.data.toString('hex', 6, 20)).toBe(squeeze('0010 000001f0 00000010 00000000'));
    expect([small.data.length, large.data.length]).toEqual([64, 64]);
  });

  it('b0: no more is promised than a command does', async () => {
    const most = (await inquire(one, 'b0')).data.readUInt32BE(8);
    await one.command(TEST_UNIT_READY);
    const cdb = (blocks: number): string => `88 00 ${'0'.repeat(16)} ${blocks.toString(16).padStart(8, '0')} 00 00`;
    expect(await one.command(cdb(most), { inBytes: most * 512 })).toMatchObject({ status: 0 });
    expect(await one.command(cdb(most + 1))).toMatchObject({ status: 2, sense: '5/24/00' });
  });

  it('b1: says how fast the drives turn, if the profile does, and that erased blocks are read', async () => {
    expect((await inquire(one, 'b1')).data.toString('hex')).toBe(`00b1003c${'00'.repeat(3)}50${'00'.repeat(56)}`);
    const turning = new ScsiArray(
      [VOLUME_BYTES],
      (scsi) => scsi,
      (a) => ({ ...a, hostSide: { ...(a.hostSide as NonNullable<RigArray['hostSide']>), vendor: 'EMC', rpm: 15_000 } }),
    );
    const other = new Initiator(turning);
    expect((await inquire(other, 'b1')).data.toString('hex', 0, 6)).toBe('00b1003c3a98');
    expect((await other.command('12 00 00 0024 00')).data.toString('latin1', 8, 32)).toBe('EMC     EMULATED ARRAY  ');
    turning.close();
  });

  it('b0: one block is compared, a track is atomic in parts of 4 KiB; 131072 blocks are unmapped in 128 parts, best in tracks', async () => {
    const small = (await inquire(one, 'b0', 0)).data.toString('hex');
    const unmap = '00020000 00000080 00000080 80000000';
    expect(small.slice(8, 12)).toBe('0101');
    expect(small.slice(40)).toBe(squeeze(`${unmap} 0000000000008000 00000080 00000008 00000008 00000000 00000000`));
    const large = (await inquire(one, 'b0', 1)).data.toString('hex');
    expect(large.slice(8, 12)).toBe('0101');
    expect(large.slice(40)).toBe(
      squeeze('00004000 00000080 00000010 80000000 0000000000001000 00000010 00000001 00000001 00000000 00000000'),
    );
  });

  it('b2: thin; UNMAP and WRITE SAME(10) and (16) unmap, and what they unmap is zeroes', async () => {
    expect((await inquire(one, 'b2')).data.toString('hex')).toBe('00b20004' + '00e40200');
  });
});

describe('READ CAPACITY(16)', () => {
  it('says that physical blocks have 4096 bytes, and can be unmapped to zeroes', async () => {
    for (const lun of [0, 1]) await one.command(TEST_UNIT_READY, { lun });
    const cdb = '9e 10 0000000000000000 00000020 00 00';
    const small = (await one.command(cdb)).data.toString('hex');
    expect(small).toBe(squeeze('0000000000001fff 00000200 00 03 c000').padEnd(64, '0'));
    const large = (await one.command(cdb, { lun: 1 })).data.toString('hex');
    expect(large).toBe(squeeze('00000000000003ff 00001000 00 00 c000').padEnd(64, '0'));
  });
});

/** sg3-utils read a page that they are given. */
const isMissing = spawnSync('sg_vpd', ['--version']).error !== undefined;
const why = isMissing ? ' (sg_vpd is not installed)' : '';

describe(`sg3-utils read it${why}`, () => {
  const decode = (tool: string, page: Buffer, ...options: string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), 'arraylab-pages-'));
    try {
      const file = join(folder, 'page.hex');
      writeFileSync(file, `${(page.toString('hex').match(/../g) ?? []).join(' ')}\n`);
      const { status, stdout, stderr } = spawnSync(tool, [`--inhex=${file}`, ...options], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.skipIf(isMissing)('standard data', async () => {
    const text = decode('sg_inq', (await one.command('12 00 00 0060 00')).data);
    for (const line of [
      'Vendor identification: ARRAYLAB',
      'Product identification: EMULATED ARRAY',
      'version=0x06  [SPC-4]',
    ])
      expect(text).toContain(line);
  });

  it.skipIf(isMissing)('names of the unit', async () => {
    const text = decode('sg_vpd', (await inquire(one, '83', 1)).data, '--page=di');
    expect(text).toContain(`0x602414c${HASH}00000001`);
    for (const part of [
      'Relative target port: 0x1',
      'Target port group: 0x1',
      `${IQN},t,0x0001`,
      'vendor id: ARRAYLAB',
    ])
      expect(text).toContain(part);
  });

  it.skipIf(isMissing)('block limits', async () => {
    const text = decode('sg_vpd', (await inquire(one, 'b0')).data, '--page=bl');
    for (const line of ['Maximum transfer length: 3968 blocks', 'Optimal transfer length granularity: 128 blocks'])
      expect(text).toContain(line);
  });

  it.skipIf(isMissing).each(PAGES)('page %s, without a complaint', async (code) => {
    const text = decode('sg_vpd', (await inquire(one, code)).data, `--page=0x${code}`);
    expect(text.toLowerCase()).not.toMatch(/too short|unexpected|invalid designator|truncat|unknown|no space/);
  });
});

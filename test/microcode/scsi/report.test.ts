/** What a unit tells of its commands, ports, defects, self-test and logs, against bytes written from SPC-6 and SBC-4. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fieldOffset } from '../../../firmware/memory/tables.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const TEST_UNIT_READY = '00 000000 00 00';
const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

let array: ScsiArray;
let one: Initiator;
beforeEach(async () => {
  array = new ScsiArray();
  one = new Initiator(array);
  await one.command(TEST_UNIT_READY);
});
afterEach(() => array.close());

const ask = async (cdb: string): Promise<string> => {
  const { status, sense, data } = await one.command(cdb);
  return status === 0 ? data.toString('hex') : sense;
};

/** Options, code and service action as hex digits. */
const operations = (options: string, code = '00', action = '0000'): string =>
  `a3 0c ${options} ${code} ${action} 0000ffff 00 00`;

interface Told {
  readonly code: number;
  readonly action: number;
  readonly hasActions: boolean;
  readonly bytes: number;
  readonly limits: Buffer;
}

/** All that REPORT SUPPORTED OPERATION CODES tells. */
async function all(options: string): Promise<Told[]> {
  const { data } = await one.command(operations(options));
  expect(data.readUInt32BE(0)).toBe(data.length - 4);
  const told: Told[] = [];
  for (let at = 4; at < data.length; ) {
    const flags = data[at + 5] as number;
    const end = at + 8 + ((flags & 2) !== 0 ? 12 : 0);
    told.push({
      code: data[at] as number,
      action: data.readUInt16BE(at + 2),
      hasActions: (flags & 1) !== 0,
      bytes: data.readUInt16BE(at + 6),
      limits: data.subarray(at + 8, end),
    });
    at = end;
  }
  return told;
}

describe('REPORT SUPPORTED OPERATION CODES', () => {
  it('lists what there is, in ascending order, with the length of each CDB', async () => {
    const told = await all('00');
    const of = (code: number, action = 0): Partial<Told> | undefined =>
      told.find((t) => t.code === code && t.action === action);
    expect(of(0x12)).toMatchObject({ hasActions: false, bytes: 6 });
    expect(of(0x28)).toMatchObject({ hasActions: false, bytes: 10 });
    expect(of(0x5a)).toMatchObject({ hasActions: false, bytes: 10 });
    expect(of(0xa8)).toMatchObject({ hasActions: false, bytes: 12 });
    expect(of(0x88)).toMatchObject({ hasActions: false, bytes: 16 });
    expect(of(0x9e, 0x10)).toMatchObject({ hasActions: true, bytes: 16 });
    expect(of(0xa3, 0x0c)).toMatchObject({ hasActions: true, bytes: 12 });
    expect([of(0x9e), of(0xff), of(0x01)]).toEqual([undefined, undefined, undefined]);
    const places = told.map(({ code, action }) => (code << 16) | action);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(told.every(({ hasActions, action }) => hasActions || action === 0)).toBe(true);
  });

  it('adds time limits where they are asked for, which say none', async () => {
    expect((await all('00')).every(({ limits }) => limits.length === 0)).toBe(true);
    const told = await all('80');
    expect(told.every(({ limits }) => limits.toString('hex') === '000a00000000000000000000')).toBe(true);
    expect(told).toHaveLength((await all('00')).length);
  });

  it('tells of each one that it lists, and refuses to tell of it in the wrong way', async () => {
    for (const { code, action, hasActions, bytes } of await all('00')) {
      const [c, a] = [code.toString(16).padStart(2, '0'), action.toString(16).padStart(4, '0')];
      expect(await ask(operations(hasActions ? '01' : '02', c, a))).toBe('5/24/00');
      for (const options of [hasActions ? '02' : '01', '03']) {
        const { data } = await one.command(operations(options, c, a));
        expect(data).toHaveLength(4 + bytes);
        expect(data.toString('hex', 0, 5)).toBe(`0003${bytes.toString(16).padStart(4, '0')}${c}`);
        if (hasActions) expect((data[5] as number) & 0x1f).toBe(action);
      }
    }
  });

  it('tells which bits of a CDB mean something', async () => {
    expect(await ask(operations('01', '28'))).toBe(squeeze('00 03 000a 28 18 ffffffff 00 ffff 00'));
    expect(await ask(operations('81', '1a'))).toBe(
      squeeze('00 83 0006 1a 08 ff ff ff 00 000a 00 00 00000000 00000000'),
    );
    expect(await ask(operations('02', '9e', '0010'))).toBe(squeeze('00 03 0010 9e 10 ffffffffffffffff ffffffff 01 00'));
  });

  it('says that one is not there', async () => {
    for (const cdb of [
      operations('01', 'ff'),
      operations('81', 'ff'),
      operations('03', 'ff'),
      operations('03', '28', '0001'),
      operations('02', '9e', '001f'),
      operations('02', '9e', '0020'),
    ]) {
      expect(await ask(cdb)).toBe('00010000');
    }
  });

  it('refuses options that there are not', async () => {
    const refused = await one.command(operations('04'));
    expect(refused.sense).toBe('5/24/00');
    expect(refused.end.specific.toString(16)).toBe('ca0002');
  });

  it('gives what the allocation length allows', async () => {
    const { data } = await one.command('a3 0c 00 00 0000 00000004 00 00');
    expect(data).toHaveLength(4);
    expect(data.readUInt32BE(0)).toBeGreaterThan(200);
  });
});

describe('REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS', () => {
  it('names those that iSCSI can ask for, but for ACA', async () => {
    expect(await ask('a3 0d 00 000000 00000010 00 00')).toBe('da000000');
    expect(await ask('a3 0d 80 000000 00000010 00 00')).toBe(`da00000c${'00'.repeat(12)}`);
    expect(await ask('a3 0d 00 000000 00000003 00 00')).toBe('5/24/00');
  });
});

describe('REPORT TARGET PORT GROUPS', () => {
  it('has one group of one port, active and optimized', async () => {
    const group = '00 09 0001 00 00 00 01 0000 0001';
    expect(await ask('a3 0a 00000000 00000100 00 00')).toBe(squeeze(`0000000c ${group}`));
    expect(await ask('a3 2a 00000000 00000100 00 00')).toBe(squeeze(`00000010 10 00 0000 ${group}`));
    expect(await ask('a3 4a 00000000 00000100 00 00')).toBe('5/24/00');
  });
});

describe('a volume that hosts may not have yet', () => {
  it('is becoming ready, fails its self-test, and its ports are unavailable', async () => {
    const { m, layout } = array.port.memory;
    m[layout.base.volume + fieldOffset('volume', 'state')] = 0;
    expect(await ask(TEST_UNIT_READY)).toBe('2/04/01');
    expect(await ask('1d 04 00 0000 00')).toBe('2/04/01');
    expect(await ask('a3 0a 00000000 00000100 00 00')).toBe(squeeze('0000000c 03 09 0001 00 00 00 01 0000 0001'));
  });
});

describe('READ DEFECT DATA', () => {
  it('lists none, in the format that is asked for', async () => {
    expect(await ask('37 00 00 00000000 0020 00')).toBe('00000000');
    expect(await ask('37 00 1d 00000000 0020 00')).toBe('001d0000');
    expect(await ask('b7 00 00000000 00000020 00 00')).toBe('0000000000000000');
    expect(await ask('b7 1b 00000000 00000020 00 00')).toBe('001b000000000000');
  });

  it('refuses a format that there is not', async () => {
    const ten = await one.command('37 00 07 00000000 0020 00');
    expect([ten.sense, ten.end.specific.toString(16)]).toEqual(['5/24/00', 'ca0002']);
    const twelve = await one.command('b7 07 00000000 00000020 00 00');
    expect([twelve.sense, twelve.end.specific.toString(16)]).toEqual(['5/24/00', 'ca0001']);
  });
});

describe('diagnostics', () => {
  it('self-tests, and has no page but the list of pages', async () => {
    expect(await ask('1d 04 00 0000 00')).toBe('');
    expect(await ask('1d 10 00 0000 00')).toBe('');
    expect(await ask('1d 20 00 0000 00')).toBe('5/24/00');
    expect(await ask('1c 01 00 00ff 00')).toBe('0000000100');
    expect(await ask('1c 00 07 00ff 00')).toBe('0000000100');
    expect(await ask('1c 01 40 00ff 00')).toBe('5/24/00');
  });
});

/** Removable and read-only units: START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL, and what a unit without its medium refuses. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UNIT_TYPE } from '../../../firmware/memory/scsi.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const [PLAIN, REMOVABLE, READ_ONLY] = [0, 1, 2];
const TEST_UNIT_READY = '00 000000 00 00';
const startStop = (byte4: string): string => `1b 00 00 00 ${byte4} 00`;
const STOP = startStop('00');
const START = startStop('01');
const EJECT = startStop('02');
const LOAD = startStop('03');
const PREVENT = '1e 00 0000 01 00';
const ALLOW = '1e 00 0000 00 00';

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
beforeEach(async () => {
  array = new ScsiArray(
    [1 << 20, 1 << 20, 1 << 20],
    (scsi) => scsi,
    (rig) => ({ ...rig, devices: [0, UNIT_TYPE.REMOVABLE, UNIT_TYPE.READ_ONLY] }),
  );
  one = new Initiator(array);
  two = new Initiator(array, 'iqn.2026-11.example.test:two');
  for (const initiator of [one, two]) {
    for (const lun of [PLAIN, REMOVABLE, READ_ONLY]) await initiator.command(TEST_UNIT_READY, { lun });
  }
});
afterEach(() => array.close());

const on = async (lun: number, cdb: string, initiator = one): Promise<string> => {
  const { status, sense } = await initiator.command(cdb, { lun });
  return status === 0 ? 'GOOD' : sense;
};

describe('a removable unit', () => {
  it('says that it is one', async () => {
    const { data } = await one.command('12 00 00 0024 00', { lun: REMOVABLE });
    expect(data[1]).toBe(0x80);
    expect((await one.command('12 00 00 0024 00')).data[1]).toBe(0);
  });

  it('is not ready without its medium, for all that needs it, and is again with it', async () => {
    expect(await on(REMOVABLE, EJECT)).toBe('GOOD');
    for (const cdb of [
      TEST_UNIT_READY,
      '25 00 00000000 0000 00 00',
      '9e 10 0000000000000000 00000020 00 00',
      '28 00 00000000 00 0001 00',
      '35 00 00000000 00 0001 00',
      '42 00 00000000 00 0000 00',
    ]) {
      expect(await on(REMOVABLE, cdb)).toBe('2/3a/00');
    }
    expect((await one.command('2a 00 00000000 00 0001 00', { lun: REMOVABLE, out: Buffer.alloc(512) })).sense).toBe(
      '2/3a/00',
    );
    expect(await on(REMOVABLE, '12 00 00 0024 00')).toBe('GOOD');
    expect(await on(REMOVABLE, '1a 08 3f 00 ff 00')).toBe('GOOD');
    expect(await on(PLAIN, TEST_UNIT_READY)).toBe('GOOD');
    expect(await on(REMOVABLE, EJECT)).toBe('GOOD');
    expect(await on(REMOVABLE, LOAD)).toBe('GOOD');
    expect(await on(REMOVABLE, TEST_UNIT_READY)).toBe('GOOD');
  });

  it('tells the other initiators that the medium may be another, once', async () => {
    await on(REMOVABLE, EJECT);
    expect(await on(REMOVABLE, TEST_UNIT_READY, two)).toBe('2/3a/00');
    await on(REMOVABLE, LOAD);
    expect(await on(REMOVABLE, TEST_UNIT_READY, two)).toBe('6/28/00');
    expect(await on(REMOVABLE, TEST_UNIT_READY, two)).toBe('GOOD');
    expect(await on(REMOVABLE, LOAD)).toBe('GOOD');
    expect(await on(REMOVABLE, TEST_UNIT_READY, two)).toBe('GOOD');
  });

  it('keeps its bytes while the medium is out', async () => {
    const out = Buffer.alloc(512, 0x5a);
    await one.command('2a 00 00000003 00 0001 00', { lun: REMOVABLE, out });
    for (const cdb of [EJECT, LOAD]) await on(REMOVABLE, cdb);
    const { data } = await one.command('28 00 00000003 00 0001 00', { lun: REMOVABLE, inBytes: 512 });
    expect(data.equals(out)).toBe(true);
  });

  it('stays ready when it is stopped with its medium in, and through all power conditions', async () => {
    for (const cdb of [STOP, START, startStop('04'), startStop('05'), '1b 01 00 00 00 00', '1b 00 00 0f 00 00']) {
      expect(await on(REMOVABLE, cdb)).toBe('GOOD');
      expect(await on(REMOVABLE, TEST_UNIT_READY)).toBe('GOOD');
    }
    for (let condition = 1; condition < 16; condition++) {
      expect(await on(REMOVABLE, startStop(`${condition.toString(16)}2`))).toBe('GOOD');
      expect(await on(REMOVABLE, TEST_UNIT_READY)).toBe('GOOD');
    }
  });

  it('ejects at once where no flush is asked for', async () => {
    expect(await on(REMOVABLE, startStop('06'))).toBe('GOOD');
    expect(await on(REMOVABLE, TEST_UNIT_READY)).toBe('2/3a/00');
  });
});

describe('PREVENT ALLOW MEDIUM REMOVAL', () => {
  it('keeps the medium in, and out, for everybody, as long as one nexus prevents', async () => {
    expect(await on(REMOVABLE, PREVENT)).toBe('GOOD');
    expect(await on(REMOVABLE, PREVENT)).toBe('GOOD');
    for (const initiator of [one, two]) expect(await on(REMOVABLE, EJECT, initiator)).toBe('5/53/02');
    expect(await on(REMOVABLE, TEST_UNIT_READY)).toBe('GOOD');
    expect(await on(REMOVABLE, PREVENT, two)).toBe('GOOD');
    expect(await on(REMOVABLE, ALLOW)).toBe('GOOD');
    expect(await on(REMOVABLE, EJECT)).toBe('5/53/02');
    expect(await on(REMOVABLE, ALLOW, two)).toBe('GOOD');
    expect(await on(REMOVABLE, ALLOW, two)).toBe('GOOD');
    expect(await on(REMOVABLE, EJECT)).toBe('GOOD');
    expect(await on(REMOVABLE, PREVENT)).toBe('GOOD');
    expect(await on(REMOVABLE, LOAD)).toBe('5/53/02');
    expect(await on(REMOVABLE, ALLOW)).toBe('GOOD');
    expect(await on(REMOVABLE, LOAD)).toBe('GOOD');
  });

  it('ends with the session that asked for it', async () => {
    await on(REMOVABLE, PREVENT);
    await one.close();
    expect(await on(REMOVABLE, EJECT, two)).toBe('GOOD');
  });

  it.each([
    ['of the unit', 5],
    ['of the target', 6],
  ])('ends with a reset %s', async (_, what) => {
    await on(REMOVABLE, PREVENT);
    await on(REMOVABLE, PREVENT, two);
    await two.manage(what, REMOVABLE);
    await on(REMOVABLE, TEST_UNIT_READY, two);
    expect(await on(REMOVABLE, EJECT, two)).toBe('GOOD');
    expect(await on(REMOVABLE, ALLOW, two)).toBe('GOOD');
  });
});

describe('a unit that nothing can be taken out of', () => {
  it('stops and starts', async () => {
    expect(await on(PLAIN, STOP)).toBe('GOOD');
    expect(await on(PLAIN, TEST_UNIT_READY)).toBe('2/04/02');
    expect(await on(PLAIN, '28 00 00000000 00 0001 00', two)).toBe('2/04/02');
    expect(await on(PLAIN, START)).toBe('GOOD');
    expect(await on(PLAIN, TEST_UNIT_READY)).toBe('GOOD');
  });

  it('refuses to load or eject', async () => {
    for (const cdb of [EJECT, LOAD]) {
      const refused = await one.command(cdb);
      expect(refused.sense).toBe('5/24/00');
      expect(refused.end.specific.toString(16)).toBe('c90004');
    }
  });
});

describe('a read-only unit', () => {
  const WRITES = [
    ['2a 00 00000000 00 0001 00', 512],
    ['aa 00 00000000 00000001 00 00', 512],
    ['8a 00 0000000000000000 00000001 00 00', 512],
    ['2e 02 00000000 00 0001 00', 512],
    ['89 00 0000000000000000 000000 01 00 00', 1024],
    ['8b 00 0000000000000000 00000001 00 00', 512],
    ['41 08 00000000 00 0001 00', 512],
    ['93 00 0000000000000000 00000001 00 00', 512],
    ['42 00 00000000 00 0018 00', 24],
  ] as const;

  it.each(WRITES)('refuses %s as write-protected by hardware', async (cdb, size) => {
    const { sense } = await one.command(cdb, { lun: READ_ONLY, out: Buffer.alloc(size) });
    expect(sense).toBe('7/27/01');
  });

  it('is read, and says in WP what it is, whatever SWP is', async () => {
    expect(await on(READ_ONLY, '28 00 00000000 00 0001 00')).toBe('GOOD');
    const wp = async (): Promise<string> =>
      (await one.command('1a 08 0a 00 ff 00', { lun: READ_ONLY })).data.toString('hex', 2, 3);
    expect(await wp()).toBe('90');
    for (const swp of ['08', '00']) {
      const out = Buffer.from(`00000000 0a0a0210${swp}000000ffff0000`.replace(' ', ''), 'hex');
      expect(await one.command('15 10 0000 10 00', { lun: READ_ONLY, out })).toMatchObject({ status: 0 });
      expect(await wp()).toBe('90');
    }
    const write = await one.command('2a 00 00000000 00 0001 00', { lun: READ_ONLY, out: Buffer.alloc(512) });
    expect(write.sense).toBe('7/27/01');
  });
});

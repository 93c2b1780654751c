/** What every unit says of itself, and the way of a SCSI command. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

let array: ScsiArray;
let one: Initiator;
beforeEach(() => {
  array = new ScsiArray([1 << 20, 1 << 21]);
  one = new Initiator(array);
});
afterEach(() => array.close());

const TEST_UNIT_READY = '00 000000 00 00';

it('tells a new session once that the unit was powered on', async () => {
  expect(one.nexus).toBe(0);
  expect(await one.command(TEST_UNIT_READY)).toMatchObject({ status: 2, sense: '6/29/00' });
  expect(await one.command(TEST_UNIT_READY)).toMatchObject({ status: 0 });
});

it('says who it is before any attention', async () => {
  const { status, data } = await one.command('12 00 00 0060 00');
  expect(status).toBe(0);
  expect(data).toHaveLength(96);
  expect(data.toString('latin1', 8, 32)).toBe('ARRAYLABEMULATED ARRAY  ');
});

it('lists the LUNs of the host', async () => {
  const { data } = await one.command('a0 00 00 000000 00000100 00 00');
  expect(data.toString('hex')).toBe('00000010000000000000000000000000' + '0001000000000000');
});

it('has the capacity of its volume', async () => {
  await one.command(TEST_UNIT_READY, { lun: 1 });
  const ten = await one.command('25 00 00000000 0000 00 00', { lun: 1 });
  expect(ten.data.toString('hex')).toBe('00000fff00000200');
  const sixteen = await one.command('9e 10 0000000000000000 00000020 00 00', { lun: 1 });
  expect(sixteen.data.subarray(0, 12).toString('hex')).toBe('0000000000000fff00000200');
});

it('refuses a unit that is not there, an operation that it does not know, and a bit that has no meaning', async () => {
  await one.command(TEST_UNIT_READY);
  expect(await one.command(TEST_UNIT_READY, { lun: 7 })).toMatchObject({ status: 2, sense: '5/25/00' });
  expect(await one.command('ff')).toMatchObject({ status: 2, sense: '5/20/00' });
  const odd = await one.command('28 20 00000000 00 0001 00');
  expect(odd).toMatchObject({ status: 2, sense: '5/24/00' });
  expect(odd.end.specific.toString(16)).toBe('cd0001');
});

it('does not look at what a transport has behind a CDB', async () => {
  await one.command(TEST_UNIT_READY);
  expect(await one.command('00 000000 00 00 ffffffffffffffffffff')).toMatchObject({ status: 0 });
  expect(await one.command('28 00 00000000 00 0001 00 ffffffffffff')).toMatchObject({ status: 0 });
  expect(await one.command('a0 00 00 000000 00000100 00 00 ffffffff')).toMatchObject({ status: 0 });
});

it('brings back what was written, over tracks, and refuses what is behind the end', async () => {
  await one.command(TEST_UNIT_READY);
  const out = Buffer.alloc(200 * 512, 7).map((_, i) => i >> 9);
  expect(await one.command('2a 08 00000064 00 00c8 00', { out })).toMatchObject({ status: 0 });
  const { data } = await one.command('28 00 00000064 00 00c8 00', { inBytes: 200 * 512 });
  expect(data.equals(out)).toBe(true);
  expect(await one.command('28 00 00000800 00 0001 00')).toMatchObject({ sense: '5/21/00' });
  expect(await one.command('35 00 00000000 00 0000 00')).toMatchObject({ status: 0 });
});

it('ends the tasks of an initiator that goes', async () => {
  await one.close();
  const two = new Initiator(array, 'iqn.2026-11.example.test:two');
  expect(two.nexus).toBe(0);
  expect(await two.command(TEST_UNIT_READY)).toMatchObject({ sense: '6/29/00' });
});

it('tells every initiator of a reset', async () => {
  const two = new Initiator(array, 'iqn.2026-11.example.test:two');
  for (const initiator of [one, two]) await initiator.command(TEST_UNIT_READY);
  expect(await one.manage(5)).toBe(0);
  expect(await two.command(TEST_UNIT_READY)).toMatchObject({ sense: '6/29/03' });
  expect(await one.command(TEST_UNIT_READY)).toMatchObject({ sense: '6/29/03' });
});

it('finds a unit by peripheral and flat addressing alike, for commands and task management, and no other', async () => {
  const FUNCTION_COMPLETE = 0;
  const NO_SUCH_LUN = 2;
  const RESET = 5;
  await one.command(TEST_UNIT_READY, { lun: 1 });
  for (const lun of [0x0001, 0x4001]) {
    expect(await one.manage(RESET, lun)).toBe(FUNCTION_COMPLETE);
    expect(await one.command(TEST_UNIT_READY, { lun })).toMatchObject({ sense: '6/29/03' });
    expect(await one.command(TEST_UNIT_READY, { lun })).toMatchObject({ status: 0 });
  }
  // None there; more than there may be, in both ways; a bus; a logical unit of another kind.
  for (const lun of [0x0002, 0x0040, 0x4040, 0x0101, 0x8001, 0xc101]) {
    expect(await one.command(TEST_UNIT_READY, { lun })).toMatchObject({ sense: '5/25/00' });
    expect(await one.manage(RESET, lun)).toBe(NO_SUCH_LUN);
  }
});

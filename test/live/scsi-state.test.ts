/** What SCSI hosts left with an array is there, or gone, when `serve` is stopped and started again on its folder. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outList } from '../harness/reserve.js';
import { TIMEOUT_MS } from './clients.js';
import { IscsiSession } from './iscsi-session.js';
import { Bench, type ServeProcess } from './pair-harness.js';

const BYTES = 4 * 1024 * 1024;
const KEY = 0x1111n;
const ONE = '400000000001';
const OTHER = '400000000002';
const CONFLICT = 0x18;
const REGISTRANTS_WRITE = 5;
const BLOCK = Buffer.alloc(512, 7);
const WRITE = '2a 00 00000000 00 0001 00';

let bench: Bench;
let served: ServeProcess;
beforeEach(async () => {
  bench = new Bench();
  await start();
}, TIMEOUT_MS);
afterEach(() => bench.close(), TIMEOUT_MS);

async function start(): Promise<void> {
  served = await bench.serve(bench.single(BYTES), ['--state', bench.file('state')]);
}

async function again(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  served.signal(signal);
  await served.exit();
  await start();
}

/** A session that has heard of the power on, which must come first. */
async function session(isid: string): Promise<IscsiSession> {
  const session = await IscsiSession.login(served.iscsi('A').port, isid);
  expect(await session.command('28 00 00000000 00 0001 00', { inBytes: 512 })).toMatchObject({ sense: '6/29/00' });
  expect(await session.command('00')).toMatchObject({ status: 0 });
  return session;
}

const persist = (who: IscsiSession, action: string, list: Parameters<typeof outList>[0]) => {
  const out = outList(list);
  const type = (list.type ?? 0).toString(16).padStart(2, '0');
  return who.command(`5f ${action} ${type} 0000 000000 18 00`, { out });
};
const ask = async (who: IscsiSession, action: string): Promise<Buffer> =>
  (await who.command(`5e ${action} 0000000000 0100 00`, { inBytes: 256 })).data;

test('registrations and a reservation outlive the process if they were asked to (APTPL), else not', {
  timeout: TIMEOUT_MS,
}, async () => {
  const first = await session(ONE);
  expect(await persist(first, '06', { to: KEY, aptpl: true })).toMatchObject({ status: 0 });
  expect(await persist(first, '01', { key: KEY, type: REGISTRANTS_WRITE })).toMatchObject({ status: 0 });
  await again('SIGKILL');

  const second = await session(ONE);
  const keys = await ask(second, '00');
  expect([keys.length, keys.readBigUInt64BE(8)]).toEqual([16, KEY]);
  const held = await ask(second, '01');
  expect([held.length, held.readBigUInt64BE(8), held[21]]).toEqual([24, KEY, REGISTRANTS_WRITE]);
  expect(await second.command(WRITE, { out: BLOCK })).toMatchObject({ status: 0 });
  const other = await session(OTHER);
  expect(await other.command(WRITE, { out: BLOCK })).toMatchObject({ status: CONFLICT });
  expect(await persist(second, '06', { to: KEY, aptpl: false })).toMatchObject({ status: 0 });
  await again('SIGTERM');

  const third = await session(OTHER);
  expect([(await ask(third, '00')).length, (await ask(third, '01')).length]).toEqual([8, 8]);
  expect(await third.command(WRITE, { out: BLOCK })).toMatchObject({ status: 0 });
});

test('what was unmapped takes no room after a restart', { timeout: TIMEOUT_MS }, async () => {
  const TRACK = 128;
  const write = (who: IscsiSession, lba: number) =>
    who.command(`2a 00 ${lba.toString(16).padStart(8, '0')} 00 0001 00`, { out: BLOCK });
  const status = async (who: IscsiSession) =>
    (await who.command('9e 12 0000000000000000 00000100 00 00', { inBytes: 256 })).data.toString('hex');
  const before = await session(ONE);
  for (const track of [0, 1, 2]) expect(await write(before, track * TRACK)).toMatchObject({ status: 0 });
  const unmap = Buffer.from(`0016 0010 00000000 ${'0000000000000080'} 00000080 00000000`.replaceAll(' ', ''), 'hex');
  expect(await before.command('42 00 00000000 00 0018 00', { out: unmap })).toMatchObject({ status: 0 });
  const runs = [
    [0x000, 0x80, 0],
    [0x080, 0x80, 1],
    [0x100, 0x80, 0],
    [0x180, 0x1e80, 1],
  ];
  const told = runs.map(
    ([lba, n, state]) => `${lba.toString(16).padStart(16, '0')}${n.toString(16).padStart(8, '0')}0${state}000000`,
  );
  const expected = `${'00000044'}00000000${told.join('')}`;
  expect(await status(before)).toBe(expected);
  await again('SIGTERM');

  const after = await session(ONE);
  expect(await status(after)).toBe(expected);
  for (const [lba, bytes] of [
    ['00000080', Buffer.alloc(512)],
    ['00000100', BLOCK],
  ] as const) {
    expect((await after.command(`28 00 ${lba} 00 0001 00`, { inBytes: 512 })).data.equals(bytes)).toBe(true);
  }
});

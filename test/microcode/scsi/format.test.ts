/** FORMAT UNIT and SANITIZE: what they leave, what they refuse, and what the unit answers meanwhile. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VOLUME_STATE } from '../../../firmware/memory/constants.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const BLOCK = 512;
let array: ScsiArray;
let one: Initiator;
beforeAll(async () => {
  array = new ScsiArray([1 << 20]);
  one = new Initiator(array);
  await one.command('00');
});
afterAll(() => array.close());

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const fill = () => one.command('93 00 0000000000000000 00000800 00 00', { out: Buffer.alloc(BLOCK, 0x61) });
const all = async (): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for (let lba = 0; lba < 0x800; lba += 0x400) {
    parts.push((await one.command(`28 00 ${hex(lba, 8)} 00 0400 00`, { inBytes: 0x400 * BLOCK })).data);
  }
  return Buffer.concat(parts);
};
const everywhere = (block: Buffer): Buffer => Buffer.concat(Array.from({ length: 0x800 }, () => block));
const list = (first: number, pattern: Buffer, length = pattern.length): Buffer =>
  Buffer.concat([Buffer.from([first, 0, length >> 8, length & 255]), pattern]);
const overwrite = (out: Buffer, bytes = out.length) => one.command(`48 01 0000000000 ${hex(bytes, 4)} 00`, { out });

it('formats a unit to zeroes', async () => {
  await fill();
  expect(await one.command('04 00 00 0000 00')).toMatchObject({ status: 0 });
  expect((await all()).equals(Buffer.alloc(1 << 20))).toBe(true);
  await fill();
  expect(await one.command('04 10 00 0000 00', { out: Buffer.alloc(4) })).toMatchObject({ status: 0 });
  expect((await all()).equals(Buffer.alloc(1 << 20))).toBe(true);
  expect(await one.command('04 30 00 0000 00', { out: Buffer.alloc(8) })).toMatchObject({ status: 0 });
});

it('refuses lists of defects, patterns of a format, and protection', async () => {
  expect(await one.command('04 10 00 0000 00', { out: Buffer.from([0, 8, 0, 0]) })).toMatchObject({ sense: '5/26/00' });
  expect(await one.command('04 10 00 0000 00', { out: Buffer.from([0, 0, 0, 8]) })).toMatchObject({ sense: '5/26/00' });
  expect(await one.command('04 10 00 0000 00', { out: Buffer.alloc(2) })).toMatchObject({ sense: '5/24/00' });
  expect(await one.command('04 80 00 0000 00')).toMatchObject({ sense: '5/24/00' });
});

it('erases all blocks', async () => {
  for (const action of ['02', '03']) {
    await fill();
    expect(await one.command(`48 ${action} 0000000000 0000 00`)).toMatchObject({ status: 0 });
    expect((await all()).equals(Buffer.alloc(1 << 20))).toBe(true);
  }
  expect(await one.command('48 02 0000000000 0008 00', { out: Buffer.alloc(8) })).toMatchObject({ sense: '5/24/00' });
});

it('overwrites each block with a pattern from its beginning', async () => {
  const pattern = Buffer.from(Array.from({ length: 6 }, (_, i) => 0xa0 + i));
  expect(await overwrite(list(1, pattern))).toMatchObject({ status: 0 });
  const block = Buffer.from(Array.from({ length: BLOCK }, (_, i) => 0xa0 + (i % 6)));
  expect((await all()).equals(everywhere(block))).toBe(true);
});

it('turns the pattern over in every second pass, if that is asked', async () => {
  expect(await overwrite(list(0x82, Buffer.alloc(BLOCK, 0x0f)))).toMatchObject({ status: 0 });
  expect((await all()).equals(Buffer.alloc(1 << 20, 0xf0))).toBe(true);
  expect(await overwrite(list(0x02, Buffer.alloc(BLOCK, 0x0f)))).toMatchObject({ status: 0 });
  expect((await all()).equals(Buffer.alloc(1 << 20, 0x0f))).toBe(true);
});

it('refuses an overwrite without passes or pattern, or with a pattern that is larger than a block', async () => {
  const pattern = Buffer.alloc(BLOCK, 1);
  expect(await overwrite(list(0, pattern))).toMatchObject({ sense: '5/26/00' });
  expect(await overwrite(list(1, pattern, 0))).toMatchObject({ sense: '5/26/00' });
  expect(await overwrite(list(1, pattern, BLOCK + 4))).toMatchObject({ sense: '5/26/00' });
  expect(await overwrite(list(1, pattern), 4)).toMatchObject({ sense: '5/24/00' });
  expect(await overwrite(list(1, Buffer.alloc(BLOCK + 1)))).toMatchObject({ sense: '5/24/00' });
  expect(await one.command('48 04 0000000000 0000 00')).toMatchObject({ sense: '5/24/00' });
});

it('says how far it is, and what it is at, and carries out nothing else', async () => {
  const slow = new ScsiArray([1 << 22], (scsi) => ({
    ...scsi,
    units: scsi.units.map((unit) => ({ ...unit, pace_us: 1_000_000 })),
  }));
  const two = new Initiator(slow);
  await two.command('00');
  expect(await two.command('48 82 0000000000 0000 00')).toMatchObject({ status: 0 });
  const { sense, end } = await two.command('00');
  expect([sense, end.specific]).toEqual(['2/04/1b', 0x800000 + 0x10000 / 8]);
  expect(await two.command('28 00 00000000 00 0001 00')).toMatchObject({ sense: '2/04/1b' });
  expect(await two.command('12 00 00 0060 00')).toMatchObject({ status: 0 });
  const fixed = await two.command('03 00 0000 ff 00');
  expect(fixed).toMatchObject({ status: 0 });
  expect(fixed.data.toString('hex')).toBe('70000200000000' + '0a00000000' + '041b00' + '802000');
  const descriptors = await two.command('03 01 0000 ff 00');
  expect(descriptors).toMatchObject({ status: 0 });
  expect(descriptors.data.toString('hex')).toBe('7202041b00000008' + '0206000080200000');
  slow.close();
});

it('goes on when the command that began it is aborted', async () => {
  const slow = new ScsiArray([1 << 22], (scsi) => ({
    ...scsi,
    units: scsi.units.map((unit) => ({ ...unit, pace_us: 1_000_000 })),
  }));
  const two = new Initiator(slow);
  await two.command('00');
  const formatted = two.command('04 00 00 0000 00');
  const [number] = two.numbers;
  expect(await two.manage(1, 0, number)).toBe(0);
  expect((await formatted).status).toBe(0x100);
  expect(await two.command('00')).toMatchObject({ sense: '2/04/04' });
  expect(await two.manage(5)).toBe(0);
  expect(await two.command('00')).toMatchObject({ sense: '6/29/03' });
  expect(await two.command('00')).toMatchObject({ sense: '2/04/04' });
  slow.close();
});

it('goes on after a loss of power, and its failure is still known then', async () => {
  const slow = new ScsiArray([1 << 20], (scsi) => ({
    ...scsi,
    units: scsi.units.map((unit) => ({ ...unit, pace_us: 1_000_000 })),
  }));
  const before = new Initiator(slow);
  await before.command('00');
  await before.command('2a 00 000007ff 00 0001 00', { out: Buffer.alloc(BLOCK, 7) });
  expect(await before.command('48 82 0000000000 0000 00')).toMatchObject({ status: 0 });
  slow.losePower();
  // It waits for the pace after its first tracks, whatever came before.
  const after = new Initiator(slow);
  await after.command('00');
  expect(await after.command('00')).toMatchObject({ status: 2, sense: '2/04/1b' });
  slow.array.machine.set('media', 'work', 0, 0);
  slow.array.machine.set('media', 'failed', 0, 1);
  slow.losePower();
  const last = new Initiator(slow);
  await last.command('00');
  expect(await last.command('00')).toMatchObject({ status: 2, sense: '3/31/03' });
  slow.close();
});

const PACE_US = 1000;
/** An array whose work takes a step (eight of its sixteen tracks) whenever `next` is called, and the first at once. */
async function inSteps() {
  let now_ns = 1;
  const stepped = new ScsiArray(
    [1 << 20],
    (scsi) => ({ ...scsi, units: scsi.units.map((unit) => ({ ...unit, pace_us: PACE_US })) }),
    (rig) => rig,
    {},
    { now_ns: () => now_ns },
  );
  const who = new Initiator(stepped);
  await who.command('00');
  const next = () => {
    now_ns += PACE_US * 1000;
    for (const node of stepped.array.machine.nodes) node.tick();
    stepped.pump();
  };
  const { machine } = stepped.array;
  /** From the next step on, or no longer, its volume takes no writes. */
  const spoil = (is: boolean) =>
    machine.set('volume', 'state', 0, is ? VOLUME_STATE.VOLUME_UNKNOWN : VOLUME_STATE.VOLUME_READY);
  return { stepped, who, next, machine, spoil };
}
const BLOCK_OF_LIST = Buffer.alloc(1);
const IMMEDIATE_FORMAT = Buffer.from([0, 2, 0, 0]);

const FORMAT = ['04 10 00 0000 00', IMMEDIATE_FORMAT] as const;
const ERASE = ['48 82 0000000000 0000 00', Buffer.alloc(0)] as const;

describe.each([
  ['FORMAT UNIT', FORMAT, '3/31/01', [FORMAT, ERASE]],
  ['SANITIZE', ERASE, '3/31/03', [ERASE]],
] as const)('a failure of %s', (_, command, sense, cures) => {
  const say = (who: Initiator, [cdb, out]: typeof FORMAT | typeof ERASE) =>
    who.command(cdb, out.length > 0 ? { out } : {});

  it.each(cures)('is what the unit answers, until it is done well by %s', async (...cure) => {
    const { stepped, who, next, spoil } = await inSteps();
    expect(await say(who, command)).toMatchObject({ status: 0 });
    spoil(true);
    next();
    spoil(false);
    for (const cdb of ['00', '28 00 00000000 00 0001 00']) expect(await who.command(cdb)).toMatchObject({ sense });
    if (command === ERASE) expect(await say(who, FORMAT)).toMatchObject({ sense });
    expect(await say(who, cure)).toMatchObject({ status: 0 });
    next();
    next();
    expect(await who.command('00')).toMatchObject({ status: 0 });
    stepped.close();
  });

  it('is the status of a command that waits for the end', async () => {
    const { stepped, who, next, spoil } = await inSteps();
    const [cdb] = command;
    const ended = who.command(command === FORMAT ? '04 00 00 0000 00' : cdb.replace('82', '02'));
    spoil(true);
    next();
    expect(await ended).toMatchObject({ sense });
    stepped.close();
  });
});

it('goes on with the pass that it was at, after a loss of power', async () => {
  const { stepped, who, next, machine } = await inSteps();
  const pattern = Buffer.alloc(BLOCK, 0x0f);
  const out = list(0x83, pattern);
  expect(await who.command(`48 81 0000000000 ${hex(out.length, 4)} 00`, { out })).toMatchObject({ status: 0 });
  const place = () => ['pass', 'next'].map((field) => machine.get('media', field, 0));
  for (let step = 0; step < 2; step++) next();
  expect(place()).toEqual([1, 8]);
  stepped.losePower();
  for (let step = 0; step < 4; step++) next();
  expect(machine.get('media', 'work', 0)).toBe(0);
  // A write raises the generation of its track.
  expect(Array.from({ length: 16 }, (_, track) => machine.get('track', 'gen', track))).toEqual(new Array(16).fill(3));
  const after = new Initiator(stepped);
  await after.command('00');
  const { data } = await after.command('28 00 00000000 00 0001 00', { inBytes: BLOCK });
  expect(data.equals(pattern)).toBe(true);
  stepped.close();
});

describe('EXIT FAILURE MODE', () => {
  const EXIT = '48 1f 0000000000 0000 00';
  it.each([
    ['leaves a failure that may be left (AUSE)', 'a2', { status: 0 }],
    ['leaves no other', '82', { sense: '3/31/03' }],
  ])('%s', async (_, action, afterwards) => {
    const { stepped, who, next, spoil } = await inSteps();
    expect(await who.command(`48 ${action} 0000000000 0000 00`)).toMatchObject({ status: 0 });
    spoil(true);
    next();
    spoil(false);
    expect(await who.command('00')).toMatchObject({ sense: '3/31/03' });
    expect(await who.command('48 9f 0000000000 0001 00', { out: BLOCK_OF_LIST })).toMatchObject({ sense: '5/24/00' });
    expect(await who.command(EXIT)).toMatchObject({ status: 0 });
    expect(await who.command('00')).toMatchObject(afterwards);
    stepped.close();
  });

  it('does nothing where nothing failed', async () => {
    expect(await one.command(EXIT)).toMatchObject({ status: 0 });
    expect(await one.command('00')).toMatchObject({ status: 0 });
  });
});

it('gives its work buffer back when an overwrite fails', async () => {
  const { stepped, who, next, spoil } = await inSteps();
  const out = list(2, Buffer.alloc(BLOCK, 1));
  expect(await who.command(`48 81 0000000000 ${hex(out.length, 4)} 00`, { out })).toMatchObject({ status: 0 });
  spoil(true);
  next();
  spoil(false);
  expect(await who.command('00')).toMatchObject({ sense: '3/31/03' });
  stepped.close();
});

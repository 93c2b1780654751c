/**
 * Which command of whom a reservation keeps away, against the standard's tables written down a second time: SPC-6, table of
 * commands allowed under persistent reservations, and SBC-4's; SPC-2 for RESERVE.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../firmware/runtime/machine/scsi-operations.js';
import { attentions, CONFLICT, GOOD, persist, TYPES } from '../../harness/reserve.js';
import { Initiator, ScsiArray, type Sent } from '../../harness/scsi-host.js';

const BLOCK = Buffer.alloc(512);

interface Command {
  readonly name: string;
  readonly cdb: string;
  readonly sent?: Sent;
  /** Who may do so although another reserved the unit: always, under WRITE EXCLUSIVE, never. */
  readonly allowed: 'always' | 'when it reads' | 'never';
  /** Under another's RESERVE. */
  readonly besideReserve: boolean;
}

const FIRST: readonly Command[] = [
  { name: 'TEST UNIT READY', cdb: '00 000000 00 00', allowed: 'always', besideReserve: false },
  { name: 'REQUEST SENSE', cdb: '03 00 0000 60 00', allowed: 'always', besideReserve: true },
  { name: 'INQUIRY', cdb: '12 00 00 0060 00', allowed: 'always', besideReserve: true },
  { name: 'REPORT LUNS', cdb: 'a0 00 00 000000 00000100 00 00', allowed: 'always', besideReserve: true },
  { name: 'READ CAPACITY(10)', cdb: '25 00 00000000 0000 00 00', allowed: 'always', besideReserve: true },
  { name: 'READ CAPACITY(16)', cdb: '9e 10 0000000000000000 00000020 00 00', allowed: 'always', besideReserve: true },
  { name: 'READ(6)', cdb: '08 000000 01 00', allowed: 'when it reads', besideReserve: false },
  { name: 'READ(10)', cdb: '28 00 00000000 00 0001 00', allowed: 'when it reads', besideReserve: false },
  { name: 'READ(16)', cdb: '88 00 0000000000000000 00000001 00 00', allowed: 'when it reads', besideReserve: false },
  { name: 'WRITE(6)', cdb: '0a 000000 01 00', sent: { out: BLOCK }, allowed: 'never', besideReserve: false },
  { name: 'WRITE(10)', cdb: '2a 00 00000000 00 0001 00', sent: { out: BLOCK }, allowed: 'never', besideReserve: false },
  { name: 'SYNCHRONIZE CACHE(10)', cdb: '35 00 00000000 00 0000 00', allowed: 'never', besideReserve: false },
  { name: 'VERIFY(10)', cdb: '2f 00 00000000 00 0001 00', allowed: 'when it reads', besideReserve: false },
  { name: 'PRE-FETCH(10)', cdb: '34 00 00000000 00 0001 00', allowed: 'when it reads', besideReserve: false },
  {
    name: 'GET LBA STATUS',
    cdb: '9e 12 0000000000000000 00000020 00 00',
    allowed: 'when it reads',
    besideReserve: false,
  },
  {
    name: 'WRITE AND VERIFY(10)',
    cdb: '2e 00 00000000 00 0001 00',
    sent: { out: BLOCK },
    allowed: 'never',
    besideReserve: false,
  },
  {
    name: 'ORWRITE',
    cdb: '8b 00 0000000000000000 00000001 00 00',
    sent: { out: BLOCK },
    allowed: 'never',
    besideReserve: false,
  },
  {
    name: 'COMPARE AND WRITE',
    cdb: '89 00 0000000000000000 000000 01 00 00',
    sent: { out: Buffer.alloc(1024) },
    allowed: 'never',
    besideReserve: false,
  },
  {
    name: 'WRITE SAME(16)',
    cdb: '93 00 0000000000000000 00000001 00 00',
    sent: { out: BLOCK },
    allowed: 'never',
    besideReserve: false,
  },
  {
    name: 'UNMAP',
    cdb: '42 00 00000000 00 0008 00',
    sent: { out: Buffer.from('0006000000000000', 'hex') },
    allowed: 'never',
    besideReserve: false,
  },
  { name: 'FORMAT UNIT', cdb: '04 00 00 0000 00', allowed: 'never', besideReserve: false },
  { name: 'SANITIZE', cdb: '48 02 0000000000 0000 00', allowed: 'never', besideReserve: false },
  { name: 'PERSISTENT RESERVE IN', cdb: '5e 00 0000000000 4000 00', allowed: 'always', besideReserve: false },
];

/** The rest: who may do so, beside another's RESERVE or not, CDB, data-out. */
const REST: readonly (readonly [Command['allowed'], boolean, string, Buffer?])[] = [
  ['when it reads', false, 'a8 00 00000000 00000001 00 00'],
  ['never', false, 'aa 00 00000000 00000001 00 00', BLOCK],
  ['never', false, '8a 00 0000000000000000 00000001 00 00', BLOCK],
  ['never', false, '91 00 0000000000000000 00000000 00 00'],
  ['when it reads', false, 'af 00 00000000 00000001 00 00'],
  ['when it reads', false, '8f 00 0000000000000000 00000001 00 00'],
  ['never', false, 'ae 00 00000000 00000001 00 00', BLOCK],
  ['never', false, '8e 00 0000000000000000 00000001 00 00', BLOCK],
  ['never', false, '9c 00 0000000000000000 0000 0008 00 00', Buffer.alloc(4096)],
  ['never', false, '41 00 00000000 00 0001 00', BLOCK],
  ['when it reads', false, '90 00 0000000000000000 00000001 00 00'],
  ['never', false, '48 01 0000000000 0005 00', Buffer.from([1, 0, 0, 1, 0])],
  ['never', false, '48 03 0000000000 0000 00'],
  ['never', false, '48 1f 0000000000 0000 00'],
  ['always', false, '5e 01 0000000000 4000 00'],
  ['always', false, '5e 02 0000000000 4000 00'],
  ['always', false, '5e 03 0000000000 4000 00'],
  ['when it reads', false, '1a 00 3f 00 ff 00'],
  ['when it reads', false, '5a 00 3f 00 000000 00ff 00'],
  ['never', false, '15 10 0000 00 00'],
  ['never', false, '55 10 0000000000 0000 00'],
  ['when it reads', false, 'a3 0c 00 00 0000 00000400 00 00'],
  ['when it reads', false, 'a3 0d 00 000000 00000010 00 00'],
  ['always', true, 'a3 0a 00000000 00000010 00 00'],
  ['when it reads', false, '37 00 00 00000000 0020 00'],
  ['when it reads', false, 'b7 00 00000000 00000020 00 00'],
  ['when it reads', false, '1c 01 00 00ff 00'],
  ['never', false, '1d 04 00 0000 00'],
  ['always', true, '4d 00 40 00 00 0000 00ff 00'],
  ['never', false, '4c 00 40 00 000000 0000 00'],
  ['never', false, '83 00 0000000000000000 00000000 00 00'],
  ['when it reads', false, '84 03 0000000000000000 00000100 00 00'],
];
const nameOf = (cdb: string): string => {
  const bytes = Buffer.from(cdb.replaceAll(' ', ''), 'hex');
  const found = OPERATIONS.find(
    ({ code, action }) => code === bytes[0] && (action === undefined || action === ((bytes[1] as number) & 0x1f)),
  );
  if (!found) throw new Error(`${cdb}: there is no such operation`);
  return found.name;
};
const COMMANDS: readonly Command[] = [
  ...FIRST,
  ...REST.map(([allowed, besideReserve, cdb, out]) => ({
    name: nameOf(cdb),
    cdb,
    allowed,
    besideReserve,
    ...(out && { sent: { out } }),
  })),
];

it('has every operation in its table but those that are tried by themselves', () => {
  const apart = /^(PERSISTENT RESERVE OUT|RESERVE|RELEASE|START STOP|PREVENT ALLOW|RECEIVE COPY STATUS)/;
  const tried = new Set(COMMANDS.map(({ cdb }) => nameOf(cdb)));
  const missing = OPERATIONS.map(({ name }) => name).filter((name) => !tried.has(name) && !apart.test(name));
  expect(missing).toEqual([]);
});

const K1 = 1n;
const K2 = 2n;

let array: ScsiArray;
let holder: Initiator;
let other: Initiator;

beforeAll(async () => {
  array = new ScsiArray();
  holder = new Initiator(array, 'iqn.2026-11.example.test:holder');
  other = new Initiator(array, 'iqn.2026-11.example.test:other');
  for (const who of [holder, other]) await attentions(who);
});
afterAll(() => array.close());

/** Of PRE-FETCH, CONDITION MET is as good. */
const CONDITION_MET = 4;

async function statusOf(who: Initiator, { cdb, sent }: Command): Promise<number> {
  const { status } = await who.command(cdb, sent);
  return status === CONDITION_MET ? GOOD : status;
}

describe.each(TYPES)('a persistent reservation of type %i', (type) => {
  beforeAll(async () => {
    await persist(holder, 'registerAndIgnore', { to: K1 });
    await persist(holder, 'reserve', { key: K1, type });
  });
  afterAll(async () => {
    await persist(holder, 'clear', { key: K1 });
    for (const who of [holder, other]) await attentions(who);
  });

  /** Types 5 to 8 are held, or shared, by all registrants; odd ones exclude writing only. Types 1, 5, 7 and 3, 6, 8. */
  const ofRegistrants = ![1, 3].includes(type);
  const excludesWrites = [1, 5, 7].includes(type);
  const mayAnyway = ({ allowed }: Command): boolean =>
    allowed === 'always' || (allowed === 'when it reads' && excludesWrites);

  it.each(COMMANDS)('lets its holder do $name', async (command) => {
    expect(await statusOf(holder, command)).toBe(GOOD);
  });

  it.each(COMMANDS)('and whom is not registered do $name only if it is harmless', async (command) => {
    expect(await statusOf(other, command)).toBe(mayAnyway(command) ? GOOD : CONFLICT);
  });

  it.each(COMMANDS)('and another registrant do $name if it is for registrants', async (command) => {
    await persist(other, 'registerAndIgnore', { to: K2 });
    expect(await statusOf(other, command)).toBe(ofRegistrants || mayAnyway(command) ? GOOD : CONFLICT);
    await persist(other, 'registerAndIgnore');
  });

  it('keeps an operation that there is not away, too', async () => {
    expect((await other.command('ff')).status).toBe(CONFLICT);
    expect((await holder.command('ff')).sense).toBe('5/20/00');
  });

  it('lets registered sessions RESERVE(6) and RELEASE(6) do nothing, if they are not kept away', async () => {
    for (const cdb of [
      '16 00 0000 00 00',
      '17 00 0000 00 00',
      '56 00 0000000000 0000 00',
      '57 00 0000000000 0000 00',
    ]) {
      expect((await holder.command(cdb)).status).toBe(GOOD);
      expect((await other.command(cdb)).status).toBe(CONFLICT);
      await persist(other, 'registerAndIgnore', { to: K2 });
      expect((await other.command(cdb)).status).toBe(ofRegistrants ? GOOD : CONFLICT);
      await persist(other, 'registerAndIgnore');
    }
    expect((await holder.command('5e 01 0000000000 4000 00')).data).toHaveLength(24);
  });
});

describe.each([7, 8])('a reservation of all registrants (type %i)', (type) => {
  it('keeps away who made it, when that is registered no more', async () => {
    await persist(holder, 'register', { to: K1 });
    await persist(other, 'register', { to: K2 });
    await persist(holder, 'reserve', { key: K1, type });
    await persist(holder, 'register', { key: K1 });
    expect((await holder.command('35 00 00000000 00 0000 00')).status).toBe(CONFLICT);
    expect((await other.command('35 00 00000000 00 0000 00')).status).toBe(GOOD);
    await persist(other, 'clear', { key: K2 });
  });
});

describe('registrations without a reservation', () => {
  it('make RESERVE(6) and RELEASE(6) a conflict, and nothing else', async () => {
    await persist(holder, 'register', { to: K1 });
    for (const who of [holder, other]) {
      for (const cdb of ['16 00 0000 00 00', '17 00 0000 00 00'])
        expect((await who.command(cdb)).status).toBe(CONFLICT);
      for (const command of COMMANDS) expect(await statusOf(who, command)).toBe(GOOD);
    }
    await persist(holder, 'clear', { key: K1 });
  });
});

const RESERVE = '16 00 0000 00 00';
const RELEASE = '17 00 0000 00 00';
const READ = '28 00 00000000 00 0001 00';

describe('RESERVE(6)', () => {
  beforeEach(async () => {
    await holder.command(RELEASE);
    expect((await holder.command(RESERVE)).status).toBe(GOOD);
  });
  afterAll(() => holder.command(RELEASE));

  it.each(COMMANDS.filter(({ name }) => !name.startsWith('PERSISTENT')))(
    'is no matter to its holder: $name',
    async (c) => {
      expect(await statusOf(holder, c)).toBe(GOOD);
    },
  );

  it.each(COMMANDS)('keeps $name of others away unless it is harmless', async (command) => {
    expect(await statusOf(other, command)).toBe(command.besideReserve ? GOOD : CONFLICT);
  });

  it('excludes PERSISTENT RESERVE of everybody', async () => {
    for (const who of [holder, other]) {
      expect((await who.command('5e 00 0000000000 4000 00')).status).toBe(CONFLICT);
      expect((await persist(who, 'register', { to: K1 })).status).toBe(CONFLICT);
    }
  });

  it('may be said again by its holder, by others when it was released; RELEASE of others does nothing', async () => {
    expect((await holder.command(RESERVE)).status).toBe(GOOD);
    expect((await other.command(RESERVE)).status).toBe(CONFLICT);
    expect((await other.command(RELEASE)).status).toBe(GOOD);
    expect((await other.command('56 00 0000000000 0000 00')).status).toBe(CONFLICT);
    expect((await holder.command('57 00 0000000000 0000 00')).status).toBe(GOOD);
    expect((await other.command(RESERVE)).status).toBe(GOOD);
    expect((await holder.command(READ)).status).toBe(CONFLICT);
    expect((await other.command(RELEASE)).status).toBe(GOOD);
    expect((await holder.command(READ)).status).toBe(GOOD);
  });

  it.each([
    ['of the unit', 5],
    ['warm', 6],
    ['cold', 7],
  ])('ends with a reset %s', async (_, what) => {
    expect(await other.manage(what)).toBe(0);
    for (const who of [holder, other]) expect(await attentions(who)).toEqual(['6/29/03']);
    expect((await other.command(RESERVE)).status).toBe(GOOD);
    await other.command(RELEASE);
  });

  it('ends with its session', async () => {
    await holder.command(RELEASE);
    const short = new Initiator(array, 'iqn.2026-11.example.test:short');
    await attentions(short);
    expect((await short.command(RESERVE)).status).toBe(GOOD);
    expect((await other.command(READ)).status).toBe(CONFLICT);
    await short.close();
    expect((await other.command(READ)).status).toBe(GOOD);
  });
});

describe('what is said first', () => {
  it('a reset before a conflict, a conflict before any other attention', async () => {
    await holder.command(RELEASE);
    await persist(holder, 'register', { to: K1 });
    await persist(other, 'register', { to: K2 });
    await persist(holder, 'reserve', { key: K1, type: 3 });
    await persist(holder, 'preempt', { key: K1, to: K2, type: 3 });
    expect((await other.command(READ)).status).toBe(CONFLICT);
    expect(await attentions(other)).toEqual(['6/2a/05']);
    await other.manage(5);
    expect((await other.command(READ)).sense).toBe('6/29/03');
    expect((await other.command(READ)).status).toBe(CONFLICT);
    await attentions(holder);
    await persist(holder, 'clear', { key: K1 });
  });
});

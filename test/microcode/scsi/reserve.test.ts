/** Persistent reservations: registrations, who holds, what is told to whom. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  attentions,
  CONFLICT,
  GOOD,
  outList,
  persist,
  readFullStatus,
  readKeys,
  readReservation,
  TYPES,
} from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
let three: Initiator;

const name = (n: number): string => `iqn.2026-11.example.test:host${n}`;

beforeEach(async () => {
  array = new ScsiArray([1 << 20, 1 << 20]);
  [one, two, three] = [1, 2, 3].map((n) => new Initiator(array, name(n))) as [Initiator, Initiator, Initiator];
  for (const who of [one, two, three]) for (const lun of [0, 1]) await attentions(who, lun);
});
afterEach(() => array.close());

const K1 = 0x1122_3344_5566_7788n;
const K2 = 0xfedc_ba98_7654_3210n;
const K3 = 7n;
const RELEASED = '6/2a/04';
const REGISTRATIONS_PREEMPTED = '6/2a/05';
const RESERVATIONS_PREEMPTED = '6/2a/03';

/** All three, with keys of their own. */
async function registerAll(): Promise<void> {
  for (const [who, to] of [
    [one, K1],
    [two, K2],
    [three, K3],
  ] as const)
    expect((await persist(who, 'register', { to })).status).toBe(GOOD);
}

describe('REGISTER', () => {
  it('enters a key, changes it by the old one, and takes it away with 0', async () => {
    expect((await persist(one, 'register', { to: K1 })).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 1, keys: [K1] });
    expect((await persist(one, 'register', { key: K1, to: K2 })).status).toBe(GOOD);
    expect(await readKeys(two)).toEqual({ generation: 2, keys: [K2] });
    expect((await persist(one, 'register', { key: K2 })).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 3, keys: [] });
  });

  it('of another unit is another registration', async () => {
    await persist(one, 'register', { to: K1, lun: 1 });
    expect(await readKeys(one, 0)).toEqual({ generation: 0, keys: [] });
    expect(await readKeys(one, 1)).toEqual({ generation: 1, keys: [K1] });
  });

  it('with a wrong key is a conflict, of whom is registered or not, and changes nothing', async () => {
    expect((await persist(one, 'register', { key: 1n, to: K1 })).status).toBe(CONFLICT);
    await persist(one, 'register', { to: K1 });
    expect((await persist(one, 'register', { key: K1 + 1n, to: K2 })).status).toBe(CONFLICT);
    expect((await persist(one, 'register', { key: K1 + (1n << 32n), to: K2 })).status).toBe(CONFLICT);
    expect((await persist(one, 'register', { to: K2 })).status).toBe(CONFLICT);
    expect(await readKeys(one)).toEqual({ generation: 1, keys: [K1] });
  });

  it('of nobody with no key does nothing', async () => {
    expect((await persist(one, 'register')).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([]);
  });

  it('AND IGNORE EXISTING KEY asks for no key', async () => {
    expect((await persist(one, 'registerAndIgnore', { key: 99n, to: K1 })).status).toBe(GOOD);
    expect((await persist(one, 'registerAndIgnore', { key: 99n, to: K2 })).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 2, keys: [K2] });
    expect((await persist(one, 'registerAndIgnore', { key: 99n })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([]);
    expect((await persist(one, 'registerAndIgnore', { key: 99n })).status).toBe(GOOD);
  });

  it('stays when its session ends, and is found again by the name', async () => {
    await persist(one, 'register', { to: K1 });
    await one.close();
    expect((await readKeys(two)).keys).toEqual([K1]);
    const again = new Initiator(array, name(1));
    await attentions(again);
    expect((await persist(again, 'register', { key: K1, to: K2 })).status).toBe(GOOD);
  });

  it('of two keys that are alike are two registrations', async () => {
    await persist(one, 'register', { to: K1 });
    await persist(two, 'register', { to: K1 });
    expect((await readKeys(one)).keys).toEqual([K1, K1]);
  });
});

describe('the parameter list', () => {
  const send = (action: number, out: Buffer, bytes = out.length) =>
    one.command(`5f 0${action} 00 0000 ${bytes.toString(16).padStart(8, '0')} 00`, { out });

  it('has 24 bytes, all of which must have come', async () => {
    const list = outList({ to: K1 });
    for (const [out, bytes] of [
      [list.subarray(0, 23), 23],
      [Buffer.concat([list, list]), 48],
      [list.subarray(0, 20), 24],
    ] as const)
      expect(await send(0, out, bytes)).toMatchObject({ status: 2, sense: '5/1a/00' });
    expect((await readKeys(one)).keys).toEqual([]);
  });

  it('names initiators in REGISTER only', async () => {
    const list = outList({ to: K1 });
    list[20] = 8;
    const answer = await send(6, list);
    expect(answer).toMatchObject({ status: 2, sense: '5/26/00' });
    expect(answer.end.specific.toString(16)).toBe('8b0014');
  });

  it('is for a scope and a type that there are', async () => {
    await persist(one, 'register', { to: K1 });
    for (const type of [0, 2, 4, 9, 15])
      expect((await persist(one, 'reserve', { key: K1, type })).end.specific.toString(16)).toBe('cb0002');
    const scope = await persist(one, 'reserve', { key: K1, type: 0x11 });
    expect(scope).toMatchObject({ status: 2, sense: '5/24/00' });
    expect(scope.end.specific.toString(16)).toBe('cf0002');
  });
});

describe('RESERVE and RELEASE', () => {
  it.each(TYPES)('of type %i: by whom is registered, once for all', async (type) => {
    expect((await persist(one, 'reserve', { type })).status).toBe(CONFLICT);
    await registerAll();
    expect((await persist(one, 'reserve', { key: K2, type })).status).toBe(CONFLICT);
    expect((await persist(one, 'reserve', { key: K1, type })).status).toBe(GOOD);
    const isShared = type >= 7;
    expect(await readReservation(two)).toEqual({ key: isShared ? 0n : K1, scope: 0, type });
    expect((await persist(one, 'reserve', { key: K1, type })).status).toBe(GOOD);
    expect((await persist(one, 'reserve', { key: K1, type: type === 1 ? 3 : 1 })).status).toBe(CONFLICT);
    expect((await persist(two, 'reserve', { key: K2, type })).status).toBe(isShared ? GOOD : CONFLICT);
    expect((await readKeys(one)).generation).toBe(3);
  });

  it.each(TYPES)(
    'of type %i: RELEASE of who does not hold it does nothing, of another type is refused',
    async (type) => {
      await registerAll();
      expect((await persist(two, 'release', { key: K2, type })).status).toBe(GOOD);
      await persist(one, 'reserve', { key: K1, type });
      expect((await persist(one, 'release', { key: 5n, type })).status).toBe(CONFLICT);
      expect(await persist(one, 'release', { key: K1, type: type === 3 ? 1 : 3 })).toMatchObject({ sense: '5/26/04' });
      if (type < 7) {
        expect((await persist(two, 'release', { key: K2, type })).status).toBe(GOOD);
        expect(await readReservation(two)).toBeDefined();
      }
      expect((await persist(one, 'release', { key: K1, type })).status).toBe(GOOD);
      const told = type >= 5 ? [RELEASED] : [];
      expect([await attentions(one), await attentions(two), await attentions(three)]).toEqual([[], told, told]);
      expect(await readReservation(two)).toBeUndefined();
      expect((await readKeys(one)).generation).toBe(3);
    },
  );

  it.each(TYPES)('of type %i: who goes releases what it alone holds', async (type) => {
    await registerAll();
    await persist(one, 'reserve', { key: K1, type });
    await persist(one, 'register', { key: K1 });
    if (type >= 7) {
      expect(await readReservation(two)).toEqual({ key: 0n, scope: 0, type });
      await persist(two, 'register', { key: K2 });
      await persist(three, 'register', { key: K3 });
    }
    const told = type === 5 || type === 6 ? [RELEASED] : [];
    expect([await attentions(one), await attentions(two), await attentions(three)]).toEqual([[], told, told]);
    expect(await readReservation(two)).toBeUndefined();
  });
});

describe('CLEAR', () => {
  it('takes all away and tells the others', async () => {
    await registerAll();
    await persist(two, 'reserve', { key: K2, type: 3 });
    expect((await persist(one, 'clear', { key: K2 })).status).toBe(CONFLICT);
    expect((await persist(one, 'clear', { key: K1 })).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 4, keys: [] });
    expect(await readReservation(one)).toBeUndefined();
    expect([await attentions(one), await attentions(two), await attentions(three)]).toEqual([
      [],
      [RESERVATIONS_PREEMPTED],
      [RESERVATIONS_PREEMPTED],
    ]);
    expect((await persist(one, 'clear', { key: K1 })).status).toBe(CONFLICT);
  });
});

describe('PREEMPT', () => {
  it('takes registrations with a key away; its own, too', async () => {
    await registerAll();
    expect((await persist(one, 'preempt', { key: K1, to: K2, type: 1 })).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 4, keys: [K1, K3] });
    expect([await attentions(one), await attentions(two), await attentions(three)]).toEqual([
      [],
      [REGISTRATIONS_PREEMPTED],
      [],
    ]);
    expect((await persist(one, 'preempt', { key: K1, to: K1, type: 1 })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([K3]);
    expect(await attentions(one)).toEqual([]);
  });

  it('of a key that nobody has is a conflict, of 0 is refused', async () => {
    await registerAll();
    expect((await persist(one, 'preempt', { key: K1, to: 99n, type: 1 })).status).toBe(CONFLICT);
    const zero = await persist(one, 'preempt', { key: K1, type: 1 });
    expect(zero).toMatchObject({ status: 2, sense: '5/26/00' });
    expect(zero.end.specific.toString(16)).toBe('8f0008');
    await persist(two, 'reserve', { key: K2, type: 5 });
    expect(await persist(one, 'preempt', { key: K1, type: 5 })).toMatchObject({ sense: '5/26/00' });
    expect(await readKeys(one)).toEqual({ generation: 3, keys: [K1, K2, K3] });
  });

  it.each([1, 3, 5, 6])('of the holder of type %i takes the reservation', async (type) => {
    await registerAll();
    await persist(two, 'reserve', { key: K2, type });
    expect((await persist(one, 'preempt', { key: K1, to: K2, type })).status).toBe(GOOD);
    expect(await readReservation(one)).toEqual({ key: K1, scope: 0, type });
    expect((await readKeys(one)).keys).toEqual([K1, K3]);
    expect([await attentions(one), await attentions(two), await attentions(three)]).toEqual([
      [],
      [REGISTRATIONS_PREEMPTED],
      [],
    ]);
  });

  it('with another type tells those that stay', async () => {
    await registerAll();
    await persist(two, 'reserve', { key: K2, type: 1 });
    expect(await persist(one, 'preempt', { key: K1, to: K2, type: 2 })).toMatchObject({ sense: '5/24/00' });
    expect((await readReservation(one))?.type).toBe(1);
    expect((await persist(one, 'preempt', { key: K1, to: K2, type: 3 })).status).toBe(GOOD);
    expect(await attentions(three)).toEqual([RELEASED]);
    expect(await attentions(two)).toEqual([REGISTRATIONS_PREEMPTED]);
  });

  it('of itself changes the type of what it holds', async () => {
    await registerAll();
    await persist(one, 'reserve', { key: K1, type: 1 });
    expect((await persist(one, 'preempt', { key: K1, to: K1, type: 6 })).status).toBe(GOOD);
    expect(await readReservation(one)).toEqual({ key: K1, scope: 0, type: 6 });
    expect((await readKeys(one)).keys).toEqual([K1, K2, K3]);
  });

  it.each([7, 8])('of all registrants (type %i): by 0 all others go, by a key those with it', async (type) => {
    await registerAll();
    await persist(two, 'reserve', { key: K2, type });
    expect((await persist(one, 'preempt', { key: K1, to: K2, type: 1 })).status).toBe(GOOD);
    expect(await readReservation(one)).toEqual({ key: 0n, scope: 0, type });
    expect((await readKeys(one)).keys).toEqual([K1, K3]);
    expect((await persist(one, 'preempt', { key: K1, type: 1 })).status).toBe(GOOD);
    expect(await readReservation(one)).toEqual({ key: K1, scope: 0, type: 1 });
    expect((await readKeys(one)).keys).toEqual([K1]);
    expect(await attentions(three)).toEqual([REGISTRATIONS_PREEMPTED]);
  });
});

describe('PERSISTENT RESERVE IN', () => {
  it('tells the length of all keys, whatever the allocation length', async () => {
    await registerAll();
    const { data } = await one.command('5e 00 0000000000 0008 00');
    expect(data.toString('hex')).toBe('0000000300000018');
  });

  it('has service actions 0 to 3', async () => {
    for (let action = 0; action < 32; action++) {
      const { status } = await one.command(`5e ${action.toString(16).padStart(2, '0')} 0000000000 4000 00`);
      expect([action, status]).toEqual([action, action < 4 ? 0 : 2]);
    }
  });

  it('reports what it is capable of, and whether APTPL is set', async () => {
    const caps = async (): Promise<string> => (await one.command('5e 02 0000000000 4000 00')).data.toString('hex');
    expect(await caps()).toBe('00081db0ea010000');
    await persist(one, 'register', { to: K1, aptpl: true });
    expect(await caps()).toBe('00081db1ea010000');
  });

  it('gives the full status of each registrant, with its TransportID', async () => {
    await persist(one, 'register', { to: K1, allPorts: true });
    await persist(two, 'register', { to: K2 });
    await persist(two, 'reserve', { key: K2, type: 5 });
    const id = (n: number): string => `${name(n)},i,0x400001370000`;
    expect(await readFullStatus(three)).toEqual([
      { key: K1, allPorts: true, holds: 0, port: 1, name: id(1) },
      { key: K2, allPorts: false, holds: 5, port: 1, name: id(2) },
    ]);
    await persist(two, 'preempt', { key: K2, to: K2, type: 8 });
    expect((await readFullStatus(three)).map(({ holds }) => holds)).toEqual([8, 8]);
  });
});

describe('power loss', () => {
  const again = async (): Promise<Initiator> => {
    array.losePower();
    const back = new Initiator(array, name(2));
    await attentions(back);
    return back;
  };

  it('ends registrations and reservation', async () => {
    await registerAll();
    await persist(one, 'reserve', { key: K1, type: 3 });
    const back = await again();
    expect(await readKeys(back)).toEqual({ generation: 0, keys: [] });
    expect(await readReservation(back)).toBeUndefined();
    expect((await back.command('28 00 00000000 00 0001 00')).status).toBe(GOOD);
  });

  it.each(TYPES)('leaves them where the last registration asked for that (APTPL), of type %i', async (type) => {
    await registerAll();
    await persist(one, 'register', { key: K1, to: K1, aptpl: true });
    await persist(one, 'reserve', { key: K1, type });
    const back = await again();
    expect(await readKeys(back)).toEqual({ generation: 0, keys: [K1, K2, K3] });
    expect(await readReservation(back)).toEqual({ key: type >= 7 ? 0n : K1, scope: 0, type });
    const { status } = await new Initiator(array, name(9)).command('03 00 0000 60 00');
    expect(status).toBe(GOOD);
    expect((await back.command('2a 00 00000000 00 0001 00', { out: Buffer.alloc(512) })).status).toBe(
      type >= 5 ? GOOD : CONFLICT,
    );
  });
});

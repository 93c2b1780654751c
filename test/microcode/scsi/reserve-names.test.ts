/** Registrations of other initiators by their TransportIDs, and how many initiators an array remembers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  attentions,
  CONFLICT,
  GOOD,
  move,
  outList,
  persist,
  readFullStatus,
  readKeys,
  readReservation,
} from '../../harness/reserve.js';
import { Initiator, ScsiArray, transportId } from '../../harness/scsi-host.js';

const ROOM = 4;
const K1 = 0x11n;
const K2 = 0x22n;
const ISID = '0x400001370000';
const name = (n: number | string): string => `iqn.2026-11.example.test:host${n}`;
/** Of a port; with `longer`, filled up by more than it needs. */
const id = (n: number | string, isid = ISID, longer = 0): Buffer => {
  const bytes = Buffer.concat([transportId(`${name(n)},i,${isid}`), Buffer.alloc(longer)]);
  bytes.writeUInt16BE(bytes.length - 4, 2);
  return bytes;
};
/** Of all ports of a node: format 00b. */
const node = (n: number | string): Buffer => {
  const bytes = transportId(name(n));
  bytes[0] = 5;
  return bytes;
};

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
const join = async (n: number | string, isid = ISID): Promise<Initiator> => {
  const who = new Initiator(array, name(n), isid);
  await attentions(who);
  return who;
};
const names = async (who: Initiator): Promise<string[]> => (await readFullStatus(who)).map((s) => s.name);
const initiators = (): number =>
  Array.from({ length: ROOM }, (_, i) => array.array.machine.get('initiator', 'users', i)).filter((n) => n > 0).length;

beforeEach(async () => {
  array = new ScsiArray([1 << 20], undefined, undefined, { initiators: ROOM });
  one = await join(1);
  two = await join(2);
});
afterEach(() => array.close());

describe('REGISTER with SPEC_I_PT', () => {
  it('registers ports that are here, that were never here, and its own', async () => {
    const list = { to: K1, names: [id(2), id(3), id(2)], allPorts: true, aptpl: true };
    expect((await persist(one, 'register', list)).status).toBe(GOOD);
    expect(await readKeys(one)).toEqual({ generation: 1, keys: [K1, K1, K1] });
    expect(await names(one)).toEqual([1, 2, 3].map((n) => `${name(n)},i,${ISID}`));
    expect((await readFullStatus(one)).every(({ allPorts }) => allPorts)).toBe(true);
    expect((await persist(two, 'register', { key: K1, to: K2 })).status).toBe(GOOD);
    const three = await join(3);
    expect((await persist(three, 'register', { key: K1 })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([K1, K2]);
  });

  it('leaves the key of whom is registered already', async () => {
    await persist(two, 'register', { to: K2 });
    expect((await persist(one, 'register', { to: K1, names: [id(2)] })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([K1, K2]);
  });

  it('means the same port, however long its TransportID is filled up', async () => {
    expect((await persist(one, 'register', { to: K1, names: [id(2, ISID, 8)] })).status).toBe(GOOD);
    expect(initiators()).toBe(2);
    expect((await persist(two, 'register', { key: K1 })).status).toBe(GOOD);
  });

  it('of a node means all of its ports that are known, and no node with a longer name', async () => {
    const other = await join(2, '0x400001370001');
    const longer = await join('20');
    expect((await persist(one, 'register', { to: K1, names: [node(2)] })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toHaveLength(3);
    expect((await persist(other, 'register', { key: K1 })).status).toBe(GOOD);
    expect((await persist(longer, 'register', { key: K1 })).status).toBe(CONFLICT);
  });

  it.each(['', '2', '23', '234', '2345'])('tells a node whose name ends in "%s" from others', async (end) => {
    await join(end);
    expect((await persist(one, 'register', { to: K1, names: [node(end)] })).status).toBe(GOOD);
    expect(await names(one)).toEqual([`${name(1)},i,${ISID}`, `${name(end)},i,${ISID}`]);
    await persist(one, 'clear', { key: K1 });
    expect((await persist(one, 'register', { to: K1, names: [node(`${end}x`)] })).sense).toBe('5/26/00');
  });

  it('is for who is not registered', async () => {
    await persist(one, 'register', { to: K1 });
    const again = await persist(one, 'register', { key: K1, to: K2, names: [id(3)] });
    expect(again).toMatchObject({ status: 2, sense: '5/26/00' });
    expect(again.end.specific.toString(16)).toBe('8b0014');
  });

  it('registers nobody if there is no room for one of them', async () => {
    const list = { to: K1, names: [id(3), id(4), id(5)] };
    expect(await persist(one, 'register', list)).toMatchObject({ status: 2, sense: '5/55/04' });
    expect((await readKeys(one)).keys).toEqual([]);
    expect(initiators()).toBe(2);
    expect((await persist(one, 'register', { to: K1, names: [id(6), id(7)] })).status).toBe(GOOD);
    expect(await names(one)).toEqual([1, 2, 6, 7].filter((n) => n !== 2).map((n) => `${name(n)},i,${ISID}`));
  });

  const odd = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.concat([id(3), Buffer.alloc(64)]);
    bytes.writeUInt16BE(bytes.length - 4, 2);
    change(bytes);
    return bytes;
  };
  it.each([
    ['another protocol', odd((b) => b.writeUInt8(0x46, 0))],
    ['a length that is no multiple of 4', odd((b) => b.writeUInt16BE(b.length - 6, 2))],
    ['too short a length', odd((b) => b.writeUInt16BE(16, 2))],
    ['too long a length', odd((b) => b.writeUInt16BE(1000, 2))],
    ['a length behind the list', odd((b) => b.writeUInt16BE(b.length + 4, 2))],
    ['no terminator', odd((b) => b.fill(0x61, 4))],
    ['less than a TransportID', id(3).subarray(0, 20)],
  ])('refuses %s', async (_, bytes) => {
    expect(await persist(one, 'register', { to: K1, names: [id(2), bytes] })).toMatchObject({ sense: '5/26/00' });
    expect((await readKeys(one)).keys).toEqual([]);
    expect(initiators()).toBe(2);
  });

  it('refuses lists whose lengths do not fit', async () => {
    const list = outList({ to: K1, names: [id(3)] });
    const send = (out: Buffer) => one.command(`5f 00 00 0000 ${out.length.toString(16).padStart(8, '0')} 00`, { out });
    expect(await send(list.subarray(0, 26))).toMatchObject({ sense: '5/1a/00' });
    expect(await send(list.subarray(0, -4))).toMatchObject({ sense: '5/1a/00' });
    expect((await readKeys(one)).keys).toEqual([]);
  });

  it('registers itself alone with an empty list', async () => {
    expect((await persist(one, 'register', { to: K1, names: [] })).status).toBe(GOOD);
    expect((await readKeys(one)).keys).toEqual([K1]);
  });

  it('is one command after the other: what comes meanwhile waits, and may be aborted there', async () => {
    const first = persist(one, 'register', { to: K1, names: [id(3), id(4)] });
    await first;
    array.array.machine.set('scsi', 'naming', 0, 1);
    const waiting = persist(two, 'register', { to: K2 });
    const aborted = two.manage(2);
    array.array.machine.set('scsi', 'naming', 0, 0);
    await persist(one, 'clear', { key: K1 });
    // The next one that names somebody wakes who waits.
    await persist(one, 'register', { to: K1, names: [] });
    expect(await aborted).toBe(0);
    expect((await waiting).status).toBe(0x100);
    array.array.machine.set('scsi', 'naming', 0, 1);
    const later = persist(two, 'register', { to: K2 });
    array.array.machine.set('scsi', 'naming', 0, 0);
    await persist(one, 'clear', { key: K1 });
    await persist(one, 'register', { to: K1, names: [] });
    await later;
    expect((await readKeys(one)).keys).toEqual([K1, K2]);
  });
});

describe('REGISTER AND MOVE', () => {
  beforeEach(async () => {
    await persist(one, 'register', { to: K1 });
    await persist(one, 'reserve', { key: K1, type: 3 });
  });

  it('gives the reservation to a port that was never here, and takes the registration away if that is asked', async () => {
    expect((await move(one, { key: K1, to: K2, name: id(3), aptpl: true })).status).toBe(GOOD);
    expect(await readKeys(two)).toEqual({ generation: 2, keys: [K1, K2] });
    expect(await readReservation(two)).toEqual({ key: K2, scope: 0, type: 3 });
    const three = await join(3);
    expect((await three.command('28 00 00000000 00 0001 00')).status).toBe(GOOD);
    expect((await one.command('28 00 00000000 00 0001 00')).status).toBe(CONFLICT);
    expect((await move(three, { key: K2, to: K1, name: id(1), unregister: true })).status).toBe(GOOD);
    expect((await readKeys(two)).keys).toEqual([K1]);
    expect(await readReservation(two)).toEqual({ key: K1, scope: 0, type: 3 });
    for (const who of [one, two, three]) expect(await attentions(who)).toEqual([]);
  });

  it('is a conflict of who does not hold it, or all hold', async () => {
    await persist(two, 'register', { to: K2 });
    expect((await move(two, { key: K2, to: K1, name: id(3) })).status).toBe(CONFLICT);
    expect((await move(one, { key: K2, to: K1, name: id(3) })).status).toBe(CONFLICT);
    await persist(one, 'preempt', { key: K1, to: K1, type: 7 });
    expect((await move(one, { key: K1, to: K2, name: id(3) })).status).toBe(CONFLICT);
  });

  it.each([
    ['no key for it', { to: 0n }, '5/26/00', '8f0008'],
    ['another target port', { port: 2 }, '5/26/00', '8f0012'],
    ['itself', { name: id(1) }, '5/26/00', '8f0018'],
    ['a node without a port', { name: node(2) }, '5/26/00', '8f0018'],
    ['two names', { name: Buffer.concat([id(2), id(3)]) }, '5/26/00', '8f0018'],
  ])('refuses %s', async (_, wrong, sense, specific) => {
    const answer = await move(one, { key: K1, to: K2, name: id(2), ...wrong });
    expect(answer).toMatchObject({ status: 2, sense });
    expect(answer.end.specific.toString(16)).toBe(specific);
    expect(await readKeys(one)).toEqual({ generation: 1, keys: [K1] });
  });

  it('refuses a list of another length, and a unit that nobody reserved', async () => {
    const out = Buffer.concat([outList({ key: K1, to: K2 }), id(2)]);
    expect(await one.command(`5f 07 00 0000 ${out.length.toString(16).padStart(8, '0')} 00`, { out })).toMatchObject({
      sense: '5/1a/00',
    });
    await persist(one, 'release', { key: K1, type: 3 });
    const free = await move(one, { key: K1, to: K2, name: id(2) });
    expect(free).toMatchObject({ status: 2, sense: '5/24/00' });
    expect(free.end.specific.toString(16)).toBe('cc0001');
  });

  it('refuses a port that there is no room for', async () => {
    await join(3);
    await join(4);
    expect(await move(one, { key: K1, to: K2, name: id(5) })).toMatchObject({ sense: '5/55/04' });
  });
});

describe('initiators that are remembered', () => {
  it('give their record to others when nobody uses it', async () => {
    for (let n = 3; n < 12; n++) {
      const guest = await join(n);
      expect((await persist(guest, 'registerAndIgnore', { to: BigInt(n) })).status).toBe(GOOD);
      await persist(guest, 'registerAndIgnore');
      await guest.close();
    }
    expect(initiators()).toBe(2);
  });

  it('keep it for a registration, also without a session', async () => {
    const three = await join(3);
    await persist(three, 'register', { to: 3n });
    await three.close();
    const four = await join(4);
    const five = await join(5);
    expect((await readKeys(one)).keys).toEqual([3n]);
    // All are in use: it may read and write, and not register.
    expect((await five.command('28 00 00000000 00 0001 00')).status).toBe(GOOD);
    expect(await persist(five, 'register', { to: 5n })).toMatchObject({ status: 2, sense: '5/55/04' });
    expect((await persist(five, 'release', { key: 5n, type: 3 })).status).toBe(CONFLICT);
    await persist(four, 'register', { to: 4n });
    await persist(four, 'reserve', { key: 4n, type: 8 });
    expect((await five.command('28 00 00000000 00 0001 00')).status).toBe(CONFLICT);
    await five.close();
  });
});

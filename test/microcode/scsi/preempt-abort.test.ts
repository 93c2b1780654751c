/** PREEMPT AND ABORT: which commands of whom end, how, and in what order with the others. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HeldWrite, heard, IN_LINE, RUNNING } from '../../harness/held-writes.js';
import { attentions, CONFLICT, GOOD, persist, readKeys, readReservation } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const K1 = 1n;
const K2 = 2n;
const K3 = 3n;
const SIMPLE = 1;
const ORDERED = 2;
const NO_STATUS = 0x100;
const TASK_ABORTED = 0x40;

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
let three: Initiator;
beforeEach(async () => {
  array = new ScsiArray([32 << 16, 1 << 20]);
  [one, two, three] = [1, 2, 3].map((n) => new Initiator(array, `iqn.2026-11.example.test:host${n}`)) as [
    Initiator,
    Initiator,
    Initiator,
  ];
  for (const who of [one, two, three]) for (const lun of [0, 1]) await attentions(who, lun);
  await persist(one, 'register', { to: K1 });
  await persist(two, 'register', { to: K2 });
  await persist(three, 'register', { to: K3 });
});
afterEach(() => array.close());

/** Whether it has ended. */
function under<T>(way: Promise<T>): { isDone: boolean; readonly way: Promise<T> } {
  const state = { isDone: false, way };
  void way.then(() => {
    state.isDone = true;
  });
  return state;
}

it('ends when the commands of whom it preempted have; those of others go on', async () => {
  await persist(two, 'reserve', { key: K2, type: 7 });
  const of2 = new HeldWrite(array, two, 0);
  const of3 = new HeldWrite(array, three, 1);
  const of1 = new HeldWrite(array, one, 2);
  const preempt = under(persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 7 }));
  await heard();
  expect(preempt.isDone).toBe(false);
  // The registration is gone at once.
  expect((await two.command('28 00 00000000 00 0001 00')).sense).toBe('6/2a/05');
  expect((await two.command('35 00 00000000 00 0000 00')).status).toBe(CONFLICT);
  of2.let();
  expect((await preempt.way).status).toBe(GOOD);
  expect(of2.answer?.status).toBe(NO_STATUS);
  expect([of3.state, of1.state]).toEqual([RUNNING, RUNNING]);
  for (const other of [of3, of1]) other.let();
  await heard();
  expect([of3.answer?.status, of1.answer?.status]).toEqual([GOOD, GOOD]);
  expect(await readKeys(one)).toEqual({ generation: 4, keys: [K1, K3] });
});

it('keeps nobody away while it waits, when nobody is registered any more', async () => {
  for (const who of [two, three]) await persist(who, 'registerAndIgnore', { to: K1 });
  await persist(two, 'reserve', { key: K1, type: 8 });
  const of2 = new HeldWrite(array, two, 0);
  const preempt = under(persist(one, 'preemptAndAbort', { key: K1, to: K1, type: 8 }));
  await heard();
  expect(preempt.isDone).toBe(false);
  expect((await three.command('28 00 00000100 00 0001 00')).sense).toBe('6/2a/05');
  expect((await three.command('28 00 00000100 00 0001 00')).status).toBe(GOOD);
  of2.let();
  expect((await preempt.way).status).toBe(GOOD);
  expect(await readReservation(one)).toBe(undefined);
});

it('says TASK ABORTED where the control mode page wants it', async () => {
  array.array.machine.set('unit', 'tas', 0, 1);
  const of2 = new HeldWrite(array, two, 0);
  const preempt = persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 1 });
  of2.let();
  await preempt;
  expect(of2.answer?.status).toBe(TASK_ABORTED);
});

it('ends commands in line behind it, although it is ORDERED itself', async () => {
  const before = new HeldWrite(array, one, 0);
  const preempt = persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 1, attribute: ORDERED });
  const behind = [1, 2, 3].map((track) => new HeldWrite(array, two, track, SIMPLE));
  const third = new HeldWrite(array, three, 4);
  expect(behind.map(({ state }) => state)).toEqual([IN_LINE, IN_LINE, IN_LINE]);
  before.let();
  expect((await preempt).status).toBe(GOOD);
  expect(behind.map(({ answer }) => answer?.status)).toEqual([NO_STATUS, NO_STATUS, NO_STATUS]);
  expect(third.state).toBe(RUNNING);
  third.let();
});

it('leaves other units alone', async () => {
  await persist(two, 'register', { to: K2, lun: 1 });
  // Of unit 1, whose tracks are behind those of unit 0.
  const elsewhere = new HeldWrite(array, two, 32, SIMPLE, 1);
  const preempt = persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 1 });
  expect((await preempt).status).toBe(GOOD);
  elsewhere.let();
  await heard();
  expect(elsewhere.answer?.status).toBe(GOOD);
});

it('of two that preempt each other one is first, and the other finds its registration gone', async () => {
  await persist(three, 'reserve', { key: K3, type: 8 });
  const held = new HeldWrite(array, three, 0);
  const first = persist(one, 'preemptAndAbort', { key: K1, type: 3 });
  const second = persist(two, 'preemptAndAbort', { key: K2, type: 3 });
  held.let();
  expect([(await first).status, (await second).sense]).toEqual([GOOD, '6/2a/05']);
  expect((await persist(two, 'preemptAndAbort', { key: K2, type: 3 })).status).toBe(CONFLICT);
  expect(await readReservation(one)).toEqual({ key: K1, scope: 0, type: 3 });
});

it('that is aborted itself waits for nobody', async () => {
  const of2 = new HeldWrite(array, two, 0);
  const preempt = under(persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 1 }));
  await heard();
  expect(preempt.isDone).toBe(false);
  const reset = under(three.manage(2, 1));
  expect(await reset.way).toBe(0);
  const cleared = under(three.manage(4));
  await heard();
  expect((await preempt.way).status).toBe(NO_STATUS);
  expect(cleared.isDone).toBe(false);
  of2.let();
  expect(await cleared.way).toBe(0);
  expect(await attentions(one)).toEqual(['6/2f/00']);
});

it('does not wait for what has not begun, and that does nothing when it begins', async () => {
  const before = new HeldWrite(array, one, 0);
  const preempt = persist(one, 'preemptAndAbort', { key: K1, to: K2, type: 1, attribute: ORDERED });
  // More than there are tasks for.
  const many = Array.from({ length: 70 }, (_, i) => new HeldWrite(array, two, 1 + (i % 24)));
  expect(many.map(({ state }) => state)).toContain(1);
  before.let();
  expect((await preempt).status).toBe(GOOD);
  await heard();
  expect(new Set(many.map(({ answer }) => answer?.status))).toEqual(new Set([NO_STATUS]));
});

it('hears no more than there is room for: the newest is told in place of one', async () => {
  const { machine } = array.array;
  machine.set('path', 'count', 2, 8);
  machine.set('path', 'first', 2, 3);
  for (let i = 0; i < 8; i++) machine.set('attention', 'sense', 16 + ((3 + i) & 7), 0x06_3f00 + i);
  machine.set('unit', 'attentive', 0, machine.get('unit', 'attentive', 0) + 1);
  machine.set('unit', 'gate', 0, 1);
  await persist(one, 'preempt', { key: K1, to: K2, type: 1 });
  const told = Array.from({ length: 7 }, (_, i) => `6/3f/0${i}`);
  expect(await attentions(two)).toEqual([...told, '6/2a/05']);
});

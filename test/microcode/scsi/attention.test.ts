/** Unit attentions: each once, in order; what a reset makes of those before it; and no more than there is room for. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { attentions, persist } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

let array: ScsiArray;
let one: Initiator;
let two: Initiator;
beforeEach(async () => {
  array = new ScsiArray();
  one = new Initiator(array, 'iqn.2026-11.example.test:one');
  two = new Initiator(array, 'iqn.2026-11.example.test:two');
  await attentions(one);
});
afterEach(() => array.close());

it('hears a power on before a reset after it', async () => {
  await one.manage(5);
  expect(await attentions(two)).toEqual(['6/29/00', '6/29/03']);
});

it('hears a reset in place of all that came before', async () => {
  await attentions(two);
  await persist(one, 'register', { to: 1n });
  await persist(two, 'register', { to: 2n });
  await persist(one, 'preempt', { key: 1n, to: 2n, type: 1 });
  await one.manage(5);
  await one.manage(5);
  expect(await attentions(two)).toEqual(['6/29/03']);
});

it('hears the same once, and different ones in their order', async () => {
  await attentions(two);
  await persist(one, 'register', { to: 1n });
  for (let round = 0; round < 2; round++) {
    await persist(two, 'register', { to: 2n });
    await persist(one, 'preempt', { key: 1n, to: 2n, type: 1 });
    // Told to who asks anything else.
    expect((await two.command('5e 00 0000000000 4000 00')).sense).toBe('6/2a/05');
  }
  await persist(two, 'register', { to: 2n });
  await persist(one, 'reserve', { key: 1n, type: 5 });
  await persist(one, 'release', { key: 1n, type: 5 });
  await persist(one, 'reserve', { key: 1n, type: 5 });
  await persist(one, 'release', { key: 1n, type: 5 });
  await persist(one, 'preempt', { key: 1n, to: 2n, type: 1 });
  expect(await attentions(two)).toEqual(['6/2a/04', '6/2a/05']);
});

it('closes the gate of a unit only while somebody has something to hear', async () => {
  const gate = (): number => array.array.machine.get('unit', 'gate', 0);
  expect(gate()).toBe(1);
  await attentions(two);
  expect(gate()).toBe(0);
  await one.manage(5);
  await attentions(one);
  expect(gate()).toBe(1);
  await two.close();
  expect(gate()).toBe(0);
});

it('does not hear in a new session what was for the one before', async () => {
  await two.close();
  const again = new Initiator(array, 'iqn.2026-11.example.test:two');
  expect(await attentions(again)).toEqual(['6/29/00']);
});

/** Arrays with as many sessions, initiators and commands as a profile may give them: what looks at all of them in one step ends it in time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { HeldWrite, heard } from '../../harness/held-writes.js';
import { attentions, persist } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

interface Limited {
  readonly maximum: number;
}
interface Schema {
  readonly properties: {
    readonly commands: Limited;
    readonly scsi: { readonly properties: { readonly sessions: Limited; readonly initiators: Limited } };
  };
}
const text = readFileSync(join(packageRoot(), 'hw-profiles/schema/array.schema.json'), 'utf8');
const { commands, scsi } = (JSON.parse(text) as Schema).properties;
const { sessions, initiators } = scsi.properties;

/** Commands that begin, as far as tasks are there for them. */
const BEGUN = 40;
const ORDERED = 2;
const HEAD = 3;
const CLEAR_TASK_SET = 4;
const UNIT_RESET = 5;
const WARM_RESET = 6;

/** Sets TAS, or does not. */
const modes = (tas: string): Buffer => Buffer.from(`000000000a0a021000${tas}0000ffff0000`, 'hex');

let array: ScsiArray;
let hosts: readonly Initiator[];
let one: Initiator;
let two: Initiator;
beforeAll(async () => {
  array = new ScsiArray(
    [1 << 20],
    (config) => config,
    (rig) => ({ ...rig, dims: { ...rig.dims, commands: commands.maximum, transferSectors: 1024 } }),
    { nexuses: sessions.maximum, initiators: initiators.maximum, works: 1 },
  );
  hosts = Array.from({ length: sessions.maximum }, (_, i) => new Initiator(array, `iqn.2026-11.example.test:${i}`));
  [one, two] = hosts as [Initiator, Initiator];
  for (const host of hosts) await host.command('00');
}, 60_000);
afterAll(() => array.close());

/** So many commands of all but the first host wait in line behind one of the second. */
function wait(inLine: number): HeldWrite {
  const held = new HeldWrite(array, two, 0, ORDERED);
  for (let n = 0; n < inLine; n++) void hosts[2 + (n % (hosts.length - 2))]?.command('00', { attribute: ORDERED });
  return held;
}

it('preempts and aborts all sessions but one, with attentions waiting for each', async () => {
  await persist(one, 'register', { to: 1n });
  for (const host of hosts.slice(1)) await persist(host, 'register', { to: 2n });
  for (const tas of ['40', '00']) await one.command('15 10 0000 10 00', { out: modes(tas) });
  await attentions(two);
  await persist(two, 'reserve', { key: 2n, type: 5 });
  const held = wait(BEGUN);
  const preempted = persist(one, 'preemptAndAbort', { key: 1n, to: 2n, type: 6, attribute: HEAD });
  held.let();
  expect(await preempted).toMatchObject({ status: 0 });
  await heard();
  expect(held.answer).toMatchObject({ status: 0x100 });
  expect((await persist(one, 'clear', { key: 1n })).status).toBe(0);
});

it('ends as many commands as there may be', async () => {
  await attentions(two);
  const held = wait(commands.maximum - 2);
  const cleared = one.manage(CLEAR_TASK_SET);
  held.let();
  expect(await cleared).toBe(0);
  await heard();
  expect(held.answer).toMatchObject({ status: 0x100 });
  for (const what of [UNIT_RESET, WARM_RESET]) expect(await one.manage(what)).toBe(0);
  expect(await attentions(one)).toEqual(['6/29/03']);
});

it('comes back after a loss of power', () => {
  array.losePower();
  expect(new Initiator(array).nexus).toBe(0);
});

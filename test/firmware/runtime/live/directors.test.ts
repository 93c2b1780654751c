import { afterEach, describe, expect, it } from 'vitest';
import { FLAG } from '../../../../firmware/memory/constants.js';
import { fieldOffset, shiftOf } from '../../../../firmware/memory/tables.js';
import { MICROCODED_ROLES, type Role, roleNumber } from '../../../../firmware/ports/messages.js';
import type { LinkPlan } from '../../../../firmware/runtime/live/director-job.js';
import type { PlacementName } from '../../../../firmware/runtime/live/placement.js';
import { ServedArray } from '../../../../firmware/runtime/live/served-array.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { NbdClient, until } from '../../../adapters/channel/nbd-client.js';
import { singleRig } from './host.js';

const [READ, WRITE] = [0, 1];
const EIO = 5;
const BLOCK = Buffer.alloc(512, 7);

const running: ServedArray[] = [];
const clients: NbdClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((array) => array.close()));
});

interface Died {
  readonly roles: readonly string[];
  readonly reason: string;
}

async function start(
  config: ConstructorParameters<typeof ServedArray>[0]['config'],
  placement: PlacementName,
  link?: LinkPlan,
): Promise<{ array: ServedArray; deaths: Died[] }> {
  const deaths: Died[] = [];
  const array = new ServedArray({
    config,
    images: loadImages(),
    placement,
    nbd: { host: '127.0.0.1', port: 0 },
    shared: true,
    onDead: (roles, reason) => deaths.push({ roles, reason }),
    ...(link && { links: [link] }),
  });
  running.push(array);
  await array.switchOn();
  return { array, deaths };
}

async function attach(array: ServedArray): Promise<NbdClient> {
  const client = await NbdClient.attach(Number(array.nbd.split(':')[1]));
  clients.push(client);
  return client;
}

const write = (client: NbdClient, sector: number) =>
  client.ask({ type: WRITE, offset: sector * 512, length: 512 }, BLOCK).then((r) => r.errno);
const read = (client: NbdClient, sector: number) =>
  client.ask({ type: READ, offset: sector * 512, length: 512 }).then((r) => r.errno);

/** The role finds a task to run that stands in no program: a microcode fault, when it next runs. */
function spoil(array: ServedArray, role: Role): void {
  const { memory } = array.tables;
  const { layout, m } = memory;
  const task = layout.base.task + ((roleNumber(role) * layout.tasksOfRole) << shiftOf('task'));
  m[task + fieldOffset('task', 'pc')] = 0x7_0000;
  array.tables.set('node', 'ready', roleNumber(role), 1);
}

async function startPair(): Promise<Record<'near' | 'far', Awaited<ReturnType<typeof start>>>> {
  const [a, b] = loadRig('tiny-pair').arrays;
  const plan = { trunk: 0, number: 0, secret: Buffer.alloc(32, 1), host: '127.0.0.1', remoteService: true };
  const near = await start(a, 'dedicated', { ...plan, peer: 'B', listens: true, port: 0 });
  const far = await start(b, 'dedicated', { ...plan, peer: 'A', listens: false, port: near.array.links.port(0) });
  await until(() => near.array.tables.get('session', 'agreed', 0) === 1, 'both sides agreed');
  return { near, far };
}

describe('a director that dies', () => {
  it('for the drives: is named with its reason; what is in cache stays readable, the rest is a medium error', async () => {
    const { array, deaths } = await start(singleRig('tiny', 40 * 2048).arrays[0], 'dedicated');
    const client = await attach(array);
    expect(await write(client, 0)).toBe(0);
    array.tables.set('volume', 'drive_base', 0, 1_000_000);
    array.tables.set('track', 'flags', 25, FLAG.WRITTEN);
    expect(await read(client, 100)).toBe(EIO);
    expect(await read(client, 0)).toBe(0);
    expect(await read(client, 100)).toBe(EIO);
    await until(() => deaths.length > 0, 'the death is told');
    expect(deaths[0].roles).toEqual(['disk']);
    expect(deaths[0].reason).toMatch(/^drive port: (read|write) of sectors 1000/);
    expect(array.view.directors.map((d) => d.state)).toEqual(['running', 'running', 'running', 'dead', 'running']);
  });

  it('for the link: hosts go on with one copy, and the other side is owed what they write', async () => {
    const { near, far } = await startPair();
    const client = await attach(near.array);
    expect(await write(client, 0)).toBe(0);
    spoil(near.array, 'remote');
    expect(await write(client, 4)).toBe(0);
    await until(() => near.deaths.length > 0, 'the death is told');
    expect(near.deaths.map((d) => d.roles)).toEqual([['remote']]);
    expect(near.deaths[0].reason).toMatch(/^microcode fault at .*no instruction has opcode/);
    expect(await write(client, 8)).toBe(0);
    await until(() => near.array.tables.get('volume', 'm2_inv', 0) >= 2, 'two tracks are owed');
    await until(() => far.array.links.together('A').state === 'down', 'the other side sees the link go');
    expect(far.deaths).toEqual([]);
  });

  it('for the drives of the other side: the link goes down, and hosts go on with one copy', async () => {
    const { near, far } = await startPair();
    const client = await attach(near.array);
    far.array.tables.set('volume', 'drive_base', 0, 1_000_000);
    expect(await write(client, 0)).toBe(0);
    await until(() => near.array.links.together('B').state === 'down', 'the link goes');
    expect(near.array.links.together('B').reason).toContain('director disk of array B is dead');
    expect(await write(client, 4)).toBe(0);
    expect(far.deaths.map((d) => d.roles)).toEqual([['disk']]);
  });

  it.each(['data', 'cache'] as const)('for %s: hosts get an error instead of none', async (role) => {
    const { array, deaths } = await start(singleRig('tiny', 40 * 2048).arrays[0], 'dedicated');
    const client = await attach(array);
    expect(await write(client, 0)).toBe(0);
    spoil(array, role);
    expect(await write(client, 4)).not.toBe(0);
    expect(await read(client, 0)).not.toBe(0);
    await until(() => deaths.length > 0, 'the death is told');
    expect(deaths.map((d) => d.roles)).toEqual([[role]]);
  });

  it('with all roles on its thread ends the array: hosts are cut off; after a new start they are served', async () => {
    const { array, deaths } = await start(singleRig('tiny', 40 * 2048).arrays[0], 'fused');
    const client = await attach(array);
    expect(await write(client, 0)).toBe(0);
    spoil(array, 'cache');
    void write(client, 4).catch(() => undefined);
    await until(() => client.ended && deaths.length > 0, 'the connection is closed, and the death is told');
    expect(deaths.map((d) => d.roles)).toEqual([[...MICROCODED_ROLES]]);
    await array.crash();
    await array.switchOn();
    expect(await read(await attach(array), 0)).toBe(0);
  });
});

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../../../firmware/ports/messages.js';
import { MICROCODED_ROLES } from '../../../../firmware/ports/messages.js';
import { PLACEMENTS, type PlacementName } from '../../../../firmware/runtime/live/placement.js';
import { ServedArray } from '../../../../firmware/runtime/live/served-array.js';
import { DIRECTORS, type DirectorName } from '../../../../firmware/runtime/machine/director-names.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { NbdClient, until } from '../../../adapters/channel/nbd-client.js';
import { BLOCK_BYTES, NumberedWriter, WriteRecord } from '../../../live/numbered-writer.js';
import { singleRig } from './host.js';

const VOLUME_BYTES = 40 * 2048;
const [READ, WRITE] = [0, 1];

// Each test starts the threads of an array, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const running: ServedArray[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((array) => array.close()));
});

async function start(
  placement: PlacementName,
  roles: Readonly<Partial<Record<Role, DirectorName>>> = {},
): Promise<ServedArray> {
  const array = new ServedArray({
    config: { ...singleRig('tiny', VOLUME_BYTES).arrays[0], roles },
    images: loadImages(),
    placement,
    nbd: { host: '127.0.0.1', port: 0 },
    shared: true,
    onDead: (roles, reason) => {
      throw new Error(`${roles.join('+')} died: ${reason}`);
    },
  });
  running.push(array);
  await array.switchOn();
  return array;
}

/** What is wrong in the volume, by what its host knows. */
async function faultsOf(array: ServedArray, record: WriteRecord): Promise<string[]> {
  const client = await NbdClient.attach(portOf(array));
  const faults: string[] = [];
  for (let block = 0; block < record.blocks; block++) {
    const read = { type: READ, offset: block * BLOCK_BYTES, length: BLOCK_BYTES };
    const { data = Buffer.alloc(0) } = await client.ask(read);
    const fault = record.fault(block, data);
    if (fault !== undefined) faults.push(fault);
  }
  client.close();
  return faults;
}

const portOf = (array: ServedArray): number => Number(array.nbd.split(':')[1]);

describe.each(PLACEMENTS)('roles of a %s array', (placement) => {
  it('may go anywhere in any order while a host works: no error, nothing lost', async () => {
    const array = await start(placement);
    const moves = fc.array(fc.tuple(fc.constantFrom(...DIRECTORS), fc.constantFrom(...MICROCODED_ROLES)), {
      minLength: 20,
      maxLength: 60,
    });
    const record = new WriteRecord(1, VOLUME_BYTES);
    await fc.assert(
      fc.asyncProperty(moves, async (order) => {
        const writer = await NumberedWriter.start(portOf(array), 'data0', record, { depth: 4 });
        for (const [director, role] of order) await array.moveRole(director, role);
        await writer.stop();
        const { errors, faults, disconnected } = writer;
        expect({ errors, faults, disconnected }).toEqual({ errors: [], faults: [], disconnected: false });
        const placed = new Map<Role, string>(order.map(([director, role]) => [role, director]));
        for (const [role, director] of placed) {
          expect(array.view.directors.find(({ name }) => name === director)?.roles).toContain(role);
        }
      }),
      { numRuns: 5 },
    );
    expect(await faultsOf(array, record)).toEqual([]);
  });
});

describe('a role', () => {
  it('runs where the rig puts it, from power on', async () => {
    const array = await start('fused', { data: 'da1', cache: 'da1' });
    expect(array.view.directors.map(({ name, roles, ports }) => [name, roles, ports])).toEqual([
      ['ca1', ['channel', 'disk', 'remote'], ['hostPort', 'drivePort', 'linkPort']],
      ['da1', ['data', 'cache'], []],
    ]);
    const record = new WriteRecord(1, VOLUME_BYTES);
    const writer = await NumberedWriter.start(portOf(array), 'data0', record, { depth: 4 });
    await until(() => writer.writes >= 100 || writer.hasEnded, '100 writes');
    await writer.stop();
    expect(writer.errors).toEqual([]);
    expect(await faultsOf(array, record)).toEqual([]);
  });

  it('cannot be moved while a director is dead, and the others go on as they are', async () => {
    const deaths: string[] = [];
    const array = new ServedArray({
      config: singleRig('tiny', VOLUME_BYTES).arrays[0],
      images: loadImages(),
      placement: 'dedicated',
      nbd: { host: '127.0.0.1', port: 0 },
      shared: true,
      onDead: (_, reason) => deaths.push(reason),
    });
    running.push(array);
    await array.switchOn();
    const client = await NbdClient.attach(portOf(array));
    const ask = (type: number, sector: number, data?: Buffer) =>
      client.ask({ type, offset: sector * 512, length: 512 }, data).then((r) => r.errno);
    expect(await ask(WRITE, 0, Buffer.alloc(512, 1))).toBe(0);
    array.tables.set('volume', 'drive_base', 0, 1_000_000);
    // Its drive's turn comes later.
    expect(await ask(WRITE, 100, Buffer.alloc(512, 1))).toBe(0);
    await until(() => deaths.length > 0, 'the death is told');
    await expect(array.moveRole('ca1', 'data')).rejects.toThrow(/director da1 is dead: drive port/);
    expect(await ask(READ, 0)).toBe(0);
    client.close();
  });
});

/** Roles that go on at other directors while a host writes to a mirrored pair. */
import { afterEach, describe, expect, test } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import type { ArrayView, DirectorView } from '../../firmware/runtime/live/system.js';
import { TIMEOUT_MS } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, expectNothingLost, moreWrites, type ServeProcess, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 4 * 1024 * 1024;
const WRITES = 300;

let bench: Bench;
let served: ServeProcess;

afterEach(() => bench.close(), TIMEOUT_MS);

const move = async (director: string, role: string): Promise<readonly DirectorView[]> =>
  ((await bench.told(`director role ${director} ${role}`)) as ArrayView).directors;

const rolesOf = (directors: readonly DirectorView[], name: string): readonly string[] | undefined =>
  directors.find((director) => director.name === name)?.roles;

describe.each(PLACEMENTS)('%s', (placement) => {
  test('every role of both arrays goes to another director and back under I/O, and the host sees no error', {
    timeout: TIMEOUT_MS,
  }, async () => {
    bench = new Bench();
    served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
    const record = new WriteRecord(1, VOLUME_BYTES);
    const writer = await bench.write(served.port('A'), record);
    await moreWrites(writer, WRITES);
    const homes = { channel: 'ca1', data: 'dd1', cache: 'cc1', disk: 'da1', remote: 'ra1' };
    const away = { channel: 'da1', data: 'ca1', cache: 'ra1', disk: 'ca1', remote: 'cc1' };
    for (const places of [away, homes]) {
      for (const [role, director] of Object.entries(places)) {
        for (const array of ['A', 'B']) {
          expect(rolesOf(await move(`${array}:${director}`, role), director)).toContain(role);
        }
        await moreWrites(writer, WRITES);
      }
    }
    await expectNothingLost(served, writer, record);
  });
});

test('a channel adapter becomes a disk adapter and back; its host stays connected', {
  timeout: TIMEOUT_MS,
}, async () => {
  bench = new Bench();
  served = await bench.serve(await bench.rig(VOLUME_BYTES));
  const record = new WriteRecord(1, VOLUME_BYTES);
  const writer = await bench.write(served.port('A'), record);
  await move('A:da1', 'channel');
  const swapped = await move('A:ca1', 'disk');
  await moreWrites(writer, WRITES);
  expect(swapped.map(({ name, roles, ports }) => [name, roles, ports])).toMatchObject([
    ['ca1', ['disk'], ['hostPort']],
    ['dd1', ['data'], []],
    ['cc1', ['cache'], []],
    ['da1', ['channel'], ['drivePort']],
    ['ra1', ['remote'], ['linkPort']],
  ]);
  await move('A:da1', 'disk');
  await move('A:ca1', 'channel');
  await moreWrites(writer, WRITES);
  await expectNothingLost(served, writer, record);
});

test('roles stay where they were put when power goes and comes', { timeout: TIMEOUT_MS }, async () => {
  bench = new Bench();
  served = await bench.serve(await bench.rig(VOLUME_BYTES));
  expect(await move('A:da1', 'data')).toContainEqual(
    expect.objectContaining({ name: 'dd1', roles: [], ports: [], state: 'idle' }),
  );
  await bench.told('array crash A');
  const { code, stderr } = await bench.ctl('director role A:ca1 data');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('array A has no power') });
  const started = (await bench.told('array start A')) as ArrayView;
  expect(started.directors.map(({ name, roles }) => [name, roles])).toEqual([
    ['ca1', ['channel']],
    ['cc1', ['cache']],
    ['da1', ['data', 'disk']],
    ['ra1', ['remote']],
  ]);
  await untilPaired(served, 'A');
});

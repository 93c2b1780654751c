/** What real NBD clients make of structured replies, metadata contexts, prefetch and several connections: one array. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { type Peer, startArray } from '../../tools/bench/nbd-peers.js';
import { type Extent, expectIdentical, isReadOnly, run, TIMEOUT_MS, withClients } from './clients.js';

const VOLUME_BYTES = 256 * 1024 * 1024;
const TRACK_BYTES = 65_536;
const HOLE = 3;

/** Nothing was written to it yet. */
let array: Peer;
let uri: string;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-maps-'));
  array = await startArray();
  uri = array.uri('data0');
}, TIMEOUT_MS);

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(await array.stop()).toBe(0);
}, TIMEOUT_MS);

async function map(context: string): Promise<Extent[]> {
  const { stdout } = await run('nbdinfo', ['--json', `--map=${context}`, uri]);
  return (JSON.parse(stdout) as Extent[]).map(({ offset, length, type }) => ({ offset, length, type }));
}

/** What qemu-io does, command after command. */
async function io(...commands: string[]): Promise<void> {
  const { stdout } = await run('qemu-io', ['-f', 'raw', ...commands.flatMap((c) => ['-c', c]), uri]);
  expect(stdout).not.toMatch(/failed|error/i);
}

/** A sparse image of the size of the volume, with bytes at its beginning. */
function sparseImage(): { path: string; bytes: Buffer } {
  const path = join(folder, 'sparse.raw');
  const bytes = randomBytes(3 * TRACK_BYTES);
  writeFileSync(path, bytes);
  truncateSync(path, VOLUME_BYTES);
  return { path, bytes };
}

describe('one array', () => {
  withClients(['nbdinfo'], 'tells nbdinfo of structured replies, both contexts, and all that it can do', async () => {
    const { stdout } = await run('nbdinfo', ['--json', uri]);
    const told = JSON.parse(stdout) as { structured: boolean; exports: Record<string, unknown>[] };
    expect(told.structured).toBe(true);
    expect(told.exports[0]).toMatchObject({
      contexts: ['base:allocation', 'arraylab:owed'],
      can_cache: true,
      can_df: true,
      can_fast_zero: true,
      can_multi_conn: true,
    });
    expect(await isReadOnly(uri)).toBe(false);
  });

  withClients(
    ['nbdinfo', 'qemu-io'],
    'shows nbdinfo which tracks ever got bytes, and that nobody lacks any',
    async () => {
      expect(await map('base:allocation')).toEqual([{ offset: 0, length: VOLUME_BYTES, type: HOLE }]);
      await io('write -P 7 1M 512', 'write -P 7 1114112 64k', 'write -z 200M 128k');
      expect(await map('base:allocation')).toEqual([
        { offset: 0, length: 1 << 20, type: HOLE },
        { offset: 1 << 20, length: 2 * TRACK_BYTES, type: 0 },
        { offset: (1 << 20) + 2 * TRACK_BYTES, length: (199 << 20) - 2 * TRACK_BYTES, type: HOLE },
        { offset: 200 << 20, length: 2 * TRACK_BYTES, type: 0 },
        { offset: (200 << 20) + 2 * TRACK_BYTES, length: (56 << 20) - 2 * TRACK_BYTES, type: HOLE },
      ]);
      expect(await map('arraylab:owed')).toEqual([{ offset: 0, length: VOLUME_BYTES, type: 0 }]);
    },
  );

  withClients(['qemu-img', 'qemu-io'], 'shows qemu-img the same', async () => {
    await io('write -P 7 1M 64k');
    const { stdout } = await run('qemu-img', ['map', '--output=json', '-f', 'raw', uri]);
    const extents = JSON.parse(stdout) as { start: number; length: number; data: boolean; zero: boolean }[];
    expect(extents.map(({ start, length, data, zero }) => [start, length, data, zero])).toEqual([
      [0, 1 << 20, false, true],
      [1 << 20, TRACK_BYTES, true, false],
      [(1 << 20) + TRACK_BYTES, (255 << 20) - TRACK_BYTES, false, true],
    ]);
  });

  withClients(['nbdcopy', 'qemu-img'], 'gives a sparse image back sparse, over several connections', async () => {
    const { path, bytes } = sparseImage();
    await run('nbdcopy', ['--connections=4', '--destination-is-zero', '--flush', path, uri]);
    expect((await map('base:allocation'))[0]).toEqual({ offset: 0, length: bytes.length, type: 0 });
    const back = join(folder, 'back.raw');
    await run('nbdcopy', ['--connections=4', uri, back]);
    expect(readFileSync(back).subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(statSync(back).blocks * 512).toBeLessThan(VOLUME_BYTES / 4);
    await expectIdentical(back, uri);
  });

  withClients(['qemu-img', 'qemu-io'], 'is converted by qemu-img to a small image of the same content', async () => {
    await io('write -P 7 1M 1M', 'write -P 9 250M 64k');
    const image = join(folder, 'image.qcow2');
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', uri, image]);
    expect(statSync(image).size).toBeLessThan(16 << 20);
    const { stdout } = await run('qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', image, uri]);
    expect(stdout).toContain('Images are identical');
  });

  withClients(['nbdkit', 'nbdinfo', 'nbdcopy'], 'is served on by nbdkit, with its map and with prefetch', async () => {
    const { path, bytes } = sparseImage();
    await run('nbdcopy', ['--destination-is-zero', '--flush', path, uri]);
    const back = join(folder, 'back.raw');
    const options = ['-U', '-', '--filter=cache', 'nbd', `uri=${uri}`, 'cache-on-read=true'];
    const { stdout } = await run('nbdkit', [...options, '--run', `nbdinfo --map "$uri" && nbdcopy "$uri" ${back}`]);
    expect(stdout).toMatch(new RegExp(`^\\s*0\\s+${bytes.length}\\s+0\\s`));
    expect(readFileSync(back).subarray(0, bytes.length).equals(bytes)).toBe(true);
  });
});

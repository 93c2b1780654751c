/** Real NBD clients against the array as a user starts it. */
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Peer, startArray } from '../../tools/bench/nbd-peers.js';
import { run, TIMEOUT_MS, withClients } from './clients.js';

const VOLUME = 'data0';
const VOLUME_BYTES = 256 * 1024 * 1024;

let array: Peer | undefined;
let folder: string;
let image: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-live-'));
  image = join(folder, 'image.raw');
  const block = Buffer.alloc(VOLUME_BYTES / 16);
  const file = openSync(image, 'w');
  for (let i = 0; i < 16; i++) writeSync(file, randomFillSync(block));
  closeSync(file);
  array = await startArray();
}, TIMEOUT_MS);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (array !== undefined) expect(await array.stop()).toBe(0);
}, TIMEOUT_MS);

/** Where clients find a volume of the array. */
function uri(volume: string): string {
  if (array === undefined) throw new Error('the array did not start');
  return array.uri(volume);
}

describe('one array', () => {
  withClients(['nbdinfo'], 'nbdinfo lists its volumes, with their sizes and what they can do', async () => {
    const { stdout } = await run('nbdinfo', ['--json', '--list', uri('')]);
    const { exports } = JSON.parse(stdout) as { exports: Record<string, unknown>[] };
    expect(exports.find((e) => e['export-name'] === VOLUME)).toMatchObject({
      'export-size': VOLUME_BYTES,
      is_read_only: false,
      can_fua: true,
      can_flush: true,
      can_trim: true,
      can_zero: true,
      can_multi_conn: true,
      block_size_minimum: 512,
      block_size_preferred: 4096,
    });
  });

  withClients(['nbdcopy'], 'nbdcopy puts an image on a volume and takes the same one off', async () => {
    const back = join(folder, 'back.raw');
    await run('nbdcopy', ['--flush', image, uri(VOLUME)]);
    await run('nbdcopy', [uri(VOLUME), back]);
    expect(readFileSync(back).equals(readFileSync(image))).toBe(true);
    rmSync(back);
  });

  withClients(['nbdcopy', 'qemu-img'], 'qemu-img compares a volume with its image', async () => {
    await run('nbdcopy', [image, uri(VOLUME)]);
    const { stdout } = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', image, uri(VOLUME)]);
    expect(stdout).toContain('identical');
  });

  withClients(['qemu-img'], 'qemu-img converts an image onto a volume', async () => {
    await run('qemu-img', ['convert', '-n', '-f', 'raw', '-O', 'raw', image, uri(VOLUME)]);
    const { stdout } = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', image, uri(VOLUME)]);
    expect(stdout).toContain('identical');
  });

  withClients(['fio'], 'fio reads back every block that it wrote at random', async () => {
    const how = ['--rw=randwrite', '--bsrange=512-128k', '--iodepth=16', '--size=64m', '--fsync=64'];
    const verify = ['--verify=crc32c', '--do_verify=1', '--verify_fatal=1', '--verify_state_save=0'];
    const args = ['--name=verify', '--ioengine=nbd', `--uri=${uri(VOLUME)}`, ...how, ...verify];
    await run('fio', args, { cwd: folder });
  });

  withClients(['fio'], 'SIGTERM under load ends it with 0', async () => {
    const other = await startArray();
    const load = ['--rw=randrw', '--bs=4k', '--iodepth=32', '--size=64m', '--time_based', '--runtime=60'];
    const args = ['--name=load', '--ioengine=nbd', `--uri=${other.uri(VOLUME)}`, ...load];
    // fio complains when its server goes; that is what is done to it here.
    const fio = run('fio', args, { cwd: folder }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await other.stop()).toBe(0);
    await fio;
  });
});

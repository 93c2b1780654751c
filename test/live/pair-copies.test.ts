/** Copies of a mirrored pair, as real clients see them. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PLACEMENTS } from '../../firmware/runtime/live/placement.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';
import { expectIdentical, isReadOnly, owedExtents, run, TIMEOUT_MS, withClients } from './clients.js';
import { Bench, eventually, PAIR, TRACK_BYTES, untilPaired } from './pair-harness.js';

const VOLUME_BYTES = 16 * 1024 * 1024;
const TRACKS = VOLUME_BYTES / TRACK_BYTES;

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});

afterEach(() => bench.close(), TIMEOUT_MS);

/** An image of random bytes; its path. */
function image(name: string, bytes = VOLUME_BYTES): string {
  const path = bench.file(name);
  writeFileSync(path, randomBytes(bytes));
  return path;
}

withClients(['nbdcopy', 'qemu-img'], 'the rig that is served by default mirrors an image', async () => {
  const served = await bench.serve('pair');
  const path = image('image.raw', 64 * 1024 * 1024);
  await run('nbdcopy', ['--flush', path, served.uri('A')]);
  await expectIdentical(served.uri('A'), served.uri('B'));
  expect(await served.pair()).toMatchObject({ state: 'PAIR', owedTracks: 0, serves: 'A' });
  served.signal('SIGTERM');
  expect(await served.exit()).toMatchObject({ code: 0 });
});

describe.each(PLACEMENTS)('%s', (placement) => {
  withClients(['nbdcopy', 'qemu-img'], 'an image that is copied onto A is on B', async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
    const path = image('image.raw');
    await run('nbdcopy', ['--flush', path, served.uri('A')]);
    await expectIdentical(path, served.uri('B'));
    const pairs = await bench.told('pairs');
    expect(pairs).toMatchObject([
      { primary: PAIR, secondary: 'B:data0', mode: 'real-time', state: 'PAIR', owedTracks: 0 },
    ]);
  });

  withClients(['nbdcopy', 'nbdinfo', 'qemu-img'], 'the target takes nothing from hosts', async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
    const path = image('image.raw');
    await run('nbdcopy', ['--flush', path, served.uri('A')]);
    expect(await isReadOnly(served.uri('A'))).toBe(false);
    expect(await isReadOnly(served.uri('B'))).toBe(true);
    await expect(run('nbdcopy', [image('other.raw'), served.uri('B')])).rejects.toThrow(/read-only|not permitted/);
    await expectIdentical(path, served.uri('B'));
    await expectIdentical(path, served.uri('A'));
  });

  withClients(['nbdcopy', 'qemu-img'], 'what a point-in-time volume owes goes to B by itself', async () => {
    const rig = await bench.rig(VOLUME_BYTES, false, { mode: 'point-in-time' });
    const served = await bench.serve(rig, ['--placement', placement]);
    const path = image('image.raw');
    await run('nbdcopy', ['--flush', path, served.uri('A')]);
    expect(await untilPaired(served, 'A')).toMatchObject({ mode: 'point-in-time', owedTracks: 0 });
    await expectIdentical(path, served.uri('B'));
  });

  withClients(['nbdinfo', 'qemu-img'], 'nbdinfo maps exactly the tracks that are owed', async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
    expect(await owedExtents(served.uri('A'))).toEqual([]);
    await bench.told('link down A-B');
    const tracks = new Set([0, TRACKS - 1, ...Array.from({ length: 40 }, () => Math.floor(Math.random() * TRACKS))]);
    const client = await NbdClient.attach(served.port('A'));
    for (const track of tracks) {
      // Somewhere in the track: the whole of it is owed.
      const offset = track * TRACK_BYTES + 512 * Math.floor(Math.random() * 120);
      expect(await client.ask({ type: 1, offset, length: 512 }, randomBytes(512))).toMatchObject({ errno: 0 });
    }
    client.close();
    expect(await owedExtents(served.uri('A'))).toEqual(extentsOf(tracks));
    expect(await bench.told(`tracks ${PAIR}`)).toMatchObject({ tracks: TRACKS, B: { invalid: tracks.size } });
    await bench.told('link up A-B');
    await untilPaired(served, 'A');
    expect(await owedExtents(served.uri('A'))).toEqual([]);
    await expectIdentical(served.uri('A'), served.uri('B'));
  });

  withClients(['nbdcopy', 'qemu-img'], 'an image that is copied while the link is down comes with it', async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', placement]);
    const [old, recent] = [image('old.raw'), image('recent.raw')];
    await run('nbdcopy', ['--flush', old, served.uri('A')]);
    await bench.told('link down A-B');
    await run('nbdcopy', ['--flush', recent, served.uri('A')]);
    await expectIdentical(old, served.uri('B'));
    expect((await served.pair()).owedTracks).toBe(TRACKS);
    await bench.told('link up A-B');
    await untilPaired(served, 'A');
    await expectIdentical(recent, served.uri('B'));
  });
});

test('an operator who names what there is not is told what there is', { timeout: TIMEOUT_MS }, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', 'fused']);
  for (const words of ['link down A-C', 'array crash C', 'pair failover A:data7', 'tracks A:data7']) {
    const { code, stderr } = await bench.ctl(words);
    expect({ words, code }).toEqual({ words, code: 1 });
    expect(stderr).toMatch(/A-B|A, B|A:data0/);
  }
  expect((await bench.ctl('array explode A')).code).toBe(2);
  expect(await served.pair()).toMatchObject({ state: 'PAIR', serves: 'A' });
});

test('the end of a process takes its record and its token away', { timeout: TIMEOUT_MS }, async () => {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES), ['--placement', 'fused']);
  expect(bench.runtimeFiles).toHaveLength(2);
  const token = bench.runtimeFiles.find((name) => name.endsWith('.token')) ?? '';
  expect(readFileSync(bench.file(`arraylab/${token}`), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  served.signal('SIGTERM');
  await served.exit();
  await eventually(
    'no files of a process',
    () => bench.runtimeFiles,
    (names) => names.length === 0,
  );
  expect(await bench.ctl('status')).toMatchObject({ code: 1, json: undefined });
});

/** Neighbours joined, in order. */
function extentsOf(tracks: ReadonlySet<number>): { offset: number; length: number }[] {
  const extents: { offset: number; length: number }[] = [];
  for (let track = 0; track < TRACKS; track++) {
    if (!tracks.has(track)) continue;
    if (tracks.has(track - 1)) (extents.at(-1) as { length: number }).length += TRACK_BYTES;
    else extents.push({ offset: track * TRACK_BYTES, length: TRACK_BYTES });
  }
  return extents;
}

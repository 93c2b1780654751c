import { afterEach, describe, expect, it } from 'vitest';
import { COMMAND_OP, FLAG, RESULT, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { busyAt } from '../../../../firmware/memory/layout.js';
import type { LiveArray } from '../../../../firmware/runtime/live/live-array.js';
import { bootArray, Host, type Outcome, singleRig } from './host.js';

const TRACK = 4 * SECTOR_BYTES;
const running: LiveArray[] = [];

function boot(profile: string, ...sizes: number[]): { array: LiveArray; host: Host; faults: Error[] } {
  const { array, faults } = bootArray(singleRig(profile, ...sizes));
  running.push(array);
  return { array, host: new Host(array), faults };
}

afterEach(() => {
  for (const array of running.splice(0)) array.director.close();
});

/** xorshift32: a test that fails fails again. */
function chance(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function randomBytes(random: (below: number) => number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random(256)));
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(holds()).toBe(true);
}

describe('a live array', () => {
  it('is ready after boot, with nothing left to do', () => {
    const { array } = boot('tiny', 12 * TRACK);
    expect(array.machine.get('system', 'ready')).toBe(1);
    expect(array.machine.memory.m[busyAt(0)] & 0xff).toBe(0);
  });

  it('reads zeroes from a new volume, and then what was written', async () => {
    const { array, host } = boot('tiny', 12 * TRACK);
    const zeroes = host.read(0, 3, 2);
    array.director.pump();
    expect(await zeroes).toEqual({ status: RESULT.OK, data: Buffer.alloc(2 * SECTOR_BYTES) });
    const data = randomBytes(chance(7), 6 * SECTOR_BYTES);
    const written = host.write(0, 3, data);
    const read = written.then(() => {
      const again = host.read(0, 3, 6);
      array.director.pump();
      return again;
    });
    array.director.pump();
    expect((await written).status).toBe(RESULT.OK);
    expect((await read).data.equals(data)).toBe(true);
  });

  it('keeps volumes apart', async () => {
    const { array, host } = boot('tiny', 4 * TRACK, 4 * TRACK);
    const [a, b] = [Buffer.alloc(TRACK, 1), Buffer.alloc(TRACK, 2)];
    const written = Promise.all([host.write(0, 4, a), host.write(1, 4, b)]);
    array.director.pump();
    await written;
    const read = Promise.all([host.read(0, 4, 4), host.read(1, 4, 4)]);
    array.director.pump();
    const [ra, rb] = await read;
    expect(ra.data.equals(a)).toBe(true);
    expect(rb.data.equals(b)).toBe(true);
  });

  it('destages by its timer without being asked, and then no track is write pending', async () => {
    const { array, host } = boot('tiny', 12 * TRACK);
    const written = host.write(0, 0, Buffer.alloc(SECTOR_BYTES, 5));
    array.director.pump();
    await written;
    expect(array.machine.get('volume', 'm1_wp', 0)).toBe(1);
    await until(() => array.machine.get('volume', 'm1_wp', 0) === 0);
    expect(array.drives.copied_bytes).toBe(SECTOR_BYTES);
    expect(array.machine.get('pool', 'wp', 0)).toBe(0);
  });

  it('tells who serves hosts after each run of its own', async () => {
    const { array, host } = boot('tiny', 12 * TRACK);
    let told = 0;
    array.director.onPumped = () => {
      told += 1;
    };
    const written = host.write(0, 0, Buffer.alloc(SECTOR_BYTES, 5));
    array.director.pump();
    await written;
    expect(told).toBe(0);
    await until(() => told > 0);
  });

  it('destages more than one pump may, in several', async () => {
    const { array, host } = boot('dmx', 64 * 65536);
    const data = randomBytes(chance(3), 4 * 65536);
    for (let track = 0; track < 40; track += 4) {
      const written = host.write(0, track * 128, data);
      array.director.pump();
      expect((await written).status).toBe(RESULT.OK);
    }
    await until(() => array.machine.get('volume', 'm1_wp', 0) === 0);
    expect(array.drives.copied_bytes).toBeGreaterThanOrEqual(40 * 65536);
    const read = host.read(0, 36 * 128, 4 * 128);
    array.director.pump();
    expect((await read).data.equals(data)).toBe(true);
  });

  it('stops at the first fault, says why once, and runs no more', async () => {
    const { array, host, faults } = boot('tiny', 12 * TRACK);
    array.machine.set('volume', 'drive_base', 0, 1_000_000);
    array.machine.set('track', 'flags', 0, FLAG.WRITTEN);
    void host.read(0, 0, 1);
    array.director.pump();
    array.director.pump();
    expect(array.director.stopped).toBe(true);
    expect(faults.map((f) => f.message)).toEqual([
      expect.stringMatching(/^drive port: read of sectors 1000000 \+ 4 of drive 0 \(48 sectors\)/),
    ]);
  });
});

interface Shape {
  readonly profile: string;
  readonly tracks: number;
  readonly batch: number;
  readonly holds: number;
  readonly rounds: number;
}

/**
 * Batches of commands on ranges that do not touch each other, against a plain buffer; reads that keep their slots while
 * others write to the same tracks must go on seeing what they saw.
 */
async function workload(seed: number, { profile, tracks, batch, holds, rounds }: Shape): Promise<void> {
  const random = chance(seed);
  const { array, host, faults } = boot(profile, tracks * TRACK);
  const sectors = tracks * 4;
  const model = Buffer.alloc(sectors * SECTOR_BYTES);
  const step = (lba: number, most: number): Promise<void> => {
    const n = 1 + random(most);
    const [from, to] = [lba * SECTOR_BYTES, (lba + n) * SECTOR_BYTES];
    const what = random(8);
    const check = (outcome: Outcome): void => expect(outcome.status, `seed ${seed}`).toBe(RESULT.OK);
    if (what < 4) {
      const data = randomBytes(random, to - from);
      data.copy(model, from);
      return host.write(0, lba, data).then(check);
    }
    if (what === 4) {
      model.fill(0, from, to);
      return host.submit(random(2) ? COMMAND_OP.OP_ZERO : COMMAND_OP.OP_TRIM, 0, lba, n, 0).then(check);
    }
    host.holdsMost = random(2) === 0 ? holds : 0;
    return host.read(0, lba, n).then((outcome) => {
      check(outcome);
      expect(outcome.data.equals(model.subarray(from, to)), `seed ${seed}: sectors ${lba} + ${n}`).toBe(true);
    });
  };
  for (let round = 0; round < rounds; round++) {
    const share = Math.floor(sectors / batch);
    const steps = Array.from({ length: batch }, (_, i) => {
      const first = i * share + random(share);
      return step(first, Math.min(12, (i + 1) * share - first));
    });
    array.director.pump();
    if (random(2) === 0) host.letGo();
    for (const { place, was } of host.held) expect(was.equals(place), `seed ${seed}: a pinned slot changed`).toBe(true);
    host.letGo();
    array.director.pump();
    await Promise.all(steps);
  }
  for (let lba = 0; lba < sectors; lba += 4) {
    const read = host.read(0, lba, 4);
    array.director.pump();
    expect((await read).data.equals(model.subarray(lba * SECTOR_BYTES, (lba + 4) * SECTOR_BYTES))).toBe(true);
  }
  await until(() => array.machine.get('system', 'm1_wp') === 0);
  expect(faults).toEqual([]);
  expect(array.hostPort.commandsUnderWay).toBe(0);
  const slots = array.machine.config.dims.hostSlots + array.machine.config.dims.remoteSlots;
  for (let s = 0; s < slots; s++) {
    expect(array.machine.get('entry', 'pins', s)).toBe(0);
    expect(array.machine.get('entry', 'granted', s)).toBe(0);
  }
}

describe('a random workload reads back what it wrote', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  it.each(seeds)('with a cache much smaller than the volume, seed %i', (seed) =>
    workload(seed, { profile: 'tiny', tracks: 40, batch: 6, holds: 2, rounds: 150 }),
  );
  it.each(seeds)('with one slot, seed %i', (seed) =>
    workload(seed, { profile: 'two-slots', tracks: 8, batch: 1, holds: 1, rounds: 200 }),
  );
});

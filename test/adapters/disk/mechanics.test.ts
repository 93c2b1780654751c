/** One drive in time: what the arithmetic of its profile says, and what its buffer does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DriveProfile } from '../../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { DriveMechanics } from '../../../adapters/disk/model/mechanics.js';
import { namesOf } from '../../../firmware/service/profiles.js';
import { driveProfile } from './drive-files.js';

const FAST_BUS = 1000;
const SECTOR_ON_FAST_BUS_NS = 512;

function drive(profile: DriveProfile): DriveMechanics {
  return new DriveMechanics({ m: new Int32Array(DriveMechanics.words + 3), at: 3 }, new DriveGeometry(profile));
}

/** Without overheads and without a buffer worth the name. */
function bare(profile: DriveProfile): DriveProfile {
  return {
    ...profile,
    read_overhead_us: 0,
    write_overhead_us: 0,
    bus_bytes_per_us: FAST_BUS,
    read_ahead_bytes: 0,
    immediate_write_reports: false,
  };
}

const HP = driveProfile('hp-97560');

describe('a read from the platter', () => {
  it('takes overhead, seek, the wait for its sector, its pass, and its last sector on the bus', () => {
    const profile = bare(HP);
    fc.assert(
      fc.property(fc.nat(2_647_079), fc.nat(1e12), fc.nat(14_992_503), (lba, now, phase) => {
        const one = drive({ ...profile, read_overhead_us: 2200 });
        one.phase_ns = phase;
        const done = one.read(now, lba, 1);
        // The published geometry, in floating point.
        const cylinder = Math.floor(lba / 1368);
        const head = Math.floor((lba % 1368) / 72);
        const sector = ((lba % 72) + 8 * (head + 18 * cylinder) + 18 * cylinder) % 72;
        const seek = cylinder === 0 ? 0 : cylinder <= 383 ? 3.24 + 0.4 * Math.sqrt(cylinder) : 8 + 0.008 * cylinder;
        const there = now + 2_200_000 + Math.max(seek * 1e6, head > 0 ? 1_600_000 : 0);
        const turn = one.geometry.turn_ns;
        const wait = done - there - turn / 72 - SECTOR_ON_FAST_BUS_NS;
        expect(wait).toBeGreaterThan(-3);
        expect(wait).toBeLessThan(turn + 3);
        const angle = (there + wait + phase) / turn;
        const off = Math.abs((angle - sector / 72) % 1);
        expect(Math.min(off, 1 - off) * turn).toBeLessThan(3);
      }),
    );
  });

  it('of cylinder after cylinder goes as fast as the platter turns and the skews allow', () => {
    // A cylinder: 19 tracks of 72 sectors, 18 skews of 8 and one of 18, so 1530 seventy-seconds of a turn.
    const times = [1, 2, 3].map((cylinders) => drive(bare(HP)).read(0, 0, cylinders * 1368));
    const turn = new DriveGeometry(HP).turn_ns;
    for (const i of [1, 2]) expect(times[i] - times[i - 1]).toBe(Math.round((turn * 1530) / 72));
  });

  it('is put on the bus when so much of it is in the buffer as the watermark says', () => {
    const profile = { ...bare(HP), bus_bytes_per_us: 0.512 };
    const at = (read_watermark_percent: number): number => drive({ ...profile, read_watermark_percent }).read(0, 0, 8);
    // A sector takes 1 ms on this bus, 0.2 ms under the head.
    const sector_ns = new DriveGeometry(HP).turn_ns / 72;
    expect(at(100) - at(0)).toBeCloseTo(7 * sector_ns, -1);
    expect(at(50) - at(0)).toBeCloseTo(3 * sector_ns, -1);
  });

  it('begins when the command before it is done', () => {
    const both = drive(bare(HP));
    const first = both.read(0, 500_000, 8);
    const queued = both.read(1, 100, 8);
    const alone = drive(bare(HP));
    alone.read(0, 500_000, 8);
    expect(alone.read(first, 100, 8)).toBe(queued);
  });
});

describe('the buffer of a drive that reads on', () => {
  const profile = { ...driveProfile('hp-c2247a') };
  /** Overhead of a hit, data preparation, one sector at 3.01 bytes a µs, completion. */
  const HIT_NS = 953_430 + 25_190 + 170_100 + 56_650;

  it('has the sectors behind a read, so far as the drive came', () => {
    const one = drive(profile);
    let now = one.read(0, 1000, 2) + 5_000_000;
    expect(one.read(now, 1002, 1) - now).toBe(HIT_NS);
    // 96 sectors a turn of 11.1 ms: after 5 ms it cannot be 60 sectors further.
    const far = drive(profile);
    now = far.read(0, 1000, 2) + 5_000_000;
    expect(far.read(now, 1062, 1) - now).toBeGreaterThan(HIT_NS);
  });

  it('has no more than the drive reads on at most', () => {
    const times = [1129, 1130].map((lba) => {
      const one = drive(profile);
      const now = one.read(0, 1000, 2) + 1e9;
      return one.read(now, lba, 1) - now;
    });
    expect(times[0]).toBe(HIT_NS);
    expect(times[1]).toBeGreaterThan(HIT_NS);
  });

  it('is of no use for what was written over since, once that is no longer in it', () => {
    const one = drive(profile);
    let now = one.read(0, 1000, 2) + 1e9;
    now = one.write(now, 1002, 1) + 1e9;
    now = one.write(now, 1_000_000, 1) + 1e9;
    expect(one.read(now, 1002, 1) - now).toBeGreaterThan(HIT_NS);
  });

  it('answers a read of what was just written', () => {
    const one = drive(profile);
    const now = one.write(0, 5000, 4) + 1e9;
    expect(one.read(now, 5001, 1) - now).toBe(HIT_NS);
  });

  it('is empty after a power loss', () => {
    const one = drive(profile);
    const now = one.read(0, 1000, 2) + 1e9;
    one.losePower();
    expect(one.read(now, 1002, 1) - now).toBeGreaterThan(HIT_NS);
  });

  it('has the end of what is longer than one of its segments', () => {
    const times = [1299, 1043].map((lba) => {
      const one = drive({ ...profile, read_ahead_bytes: 0 });
      const now = one.read(0, 1000, 300) + 1e9;
      return one.read(now, lba, 1) - now;
    });
    // 256 sectors: 1044 to 1299.
    expect(times[0]).toBe(HIT_NS);
    expect(times[1]).toBeGreaterThan(HIT_NS);
  });

  it('stops with the next command', () => {
    const one = drive(profile);
    let now = one.read(0, 1000, 2);
    now = one.write(now, 1_500_000, 1) + 1e9;
    expect(one.read(now, 1100, 1) - now).toBeGreaterThan(HIT_NS);
  });
});

describe('a write', () => {
  it('that is reported from the platter waits a turn when it follows the one before it', () => {
    const one = drive({ ...bare(HP), write_overhead_us: 1000 });
    const first = one.write(0, 720, 1);
    const second = one.write(first, 721, 1);
    one.geometry.locate(721);
    expect(second - first).toBe(one.geometry.turn_ns + one.geometry.pass_ns(1));
  });

  it('settles after a seek or a head switch only', () => {
    const settle = (lba: number): number => {
      const [without, with_] = [0, 3000].map((write_settle_us) => {
        // A turn of a microsecond, so that what the head waits does not hide what it settles.
        const one = drive({ ...bare(HP), write_settle_us, rpm: 50_000_000 });
        return one.write(0, lba, 1);
      });
      return Math.round((with_ - without) / 1000);
    };
    expect([settle(3), settle(75), settle(1368)].map((us) => Math.round(us / 100))).toEqual([0, 30, 30]);
  });

  it('waits a turn for what the bus has not brought when it comes under the head', () => {
    fc.assert(
      fc.property(fc.nat(14_992_503), (phase) => {
        const one = drive({ ...bare(HP), bus_bytes_per_us: 0.512 });
        one.phase_ns = phase;
        const done = one.write(0, 0, 8);
        one.geometry.locate(7);
        // 8 sectors of a millisecond each, then the last one passes; at most a turn later.
        const least = 8_000_000 + one.geometry.pass_ns(1);
        expect(done).toBeGreaterThanOrEqual(least);
        expect(done).toBeLessThan(least + one.geometry.turn_ns);
      }),
    );
  });

  it('gets to the platter behind those that were reported before it', () => {
    const one = drive(HP);
    const first = drive(HP);
    const done = one.write(0, 2_000_000, 8);
    const alone = first.sync(first.write(0, 2_000_000, 8));
    // The arm comes back over more than 1400 cylinders: 8 ms + 8 µs for each.
    expect(one.sync(one.write(done, 0, 8))).toBeGreaterThan(alone + 19_000_000);
  });

  it('that is reported from the buffer does not wait for the arm; what comes next does', () => {
    const profile = { ...HP, write_overhead_us: 2200, bus_bytes_per_us: 10 };
    const one = drive(profile);
    const done = one.write(0, 2_000_000, 8);
    expect(done).toBe(2_200_000 + 8 * 51_200);
    expect(one.sync(done)).toBeGreaterThan(done + 8_000_000);
    const read = drive(profile);
    read.write(0, 2_000_000, 8);
    const idle = drive(profile);
    expect(read.read(done, 0, 1) - done).toBeGreaterThan(idle.read(done, 0, 1) - done + 8_000_000);
  });

  it('waits for room in a buffer that is full of what is not on the platter yet', () => {
    const one = drive(HP);
    // 64 KiB a segment: two of 100 sectors do not fit.
    let now = one.write(0, 1_000_000, 100);
    const took = now;
    now = one.write(now, 2_000_000, 100);
    expect(now - took).toBeGreaterThan(took + 5_000_000);
  });

  it('is on the platter when a sync is done, and a second sync has nothing to do', () => {
    const one = drive(HP);
    const done = one.write(0, 1_000_000, 8);
    const synced = one.sync(done);
    expect(synced).toBeGreaterThan(done);
    expect(one.sync(synced)).toBe(synced);
  });
});

it.each(namesOf('drive'))('%s reads its first and its last sector', (name) => {
  const profile = driveProfile(name);
  const one = drive(profile);
  const { sectors } = one.geometry;
  const first = one.read(0, 0, 1);
  const last = one.read(first, sectors - 1, 1);
  // From end to end: longer than a mean seek, shorter than a full one, two turns and a tenth of a second.
  const turn = one.geometry.turn_ns;
  expect(last - first).toBeGreaterThan(one.geometry.meanSeek_us * 1000);
  expect(last - first).toBeLessThan(one.geometry.seek_ns(profile.cylinders - 1) + 2 * turn + 1e8);
});

const commands = fc.array(
  fc.record({
    kind: fc.constantFrom('read', 'write', 'sync'),
    lba: fc.oneof(fc.nat(500), fc.nat(2_000_000)),
    sectors: fc.integer({ min: 1, max: 300 }),
    gap: fc.oneof(fc.constant(0), fc.nat(30_000_000)),
  }),
  { maxLength: 40 },
);

it.each(namesOf('drive'))(
  '%s forgets nothing when its objects are thrown away between commands, and time goes forwards',
  (name) => {
    const geometry = new DriveGeometry(driveProfile(name));
    fc.assert(
      fc.property(commands, (list) => {
        const region = { m: new Int32Array(DriveMechanics.words), at: 0 };
        const one = new DriveMechanics({ m: new Int32Array(DriveMechanics.words), at: 0 }, geometry);
        let now = 0;
        for (const { kind, lba, sectors, gap } of list) {
          const serve = (d: DriveMechanics): number =>
            kind === 'read' ? d.read(now, lba, sectors) : kind === 'write' ? d.write(now, lba, sectors) : d.sync(now);
          const done = serve(one);
          expect(serve(new DriveMechanics(region, geometry))).toBe(done);
          expect(Number.isSafeInteger(done)).toBe(true);
          expect(done).toBeGreaterThanOrEqual(now);
          now = done + gap;
        }
      }),
    );
  },
);

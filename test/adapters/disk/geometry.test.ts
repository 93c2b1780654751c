/** Where sectors are, and how long the arm takes: against the published figures, and against a walk over the platters. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DriveProfile, DriveZone } from '../../../adapters/disk/model/drive-profile.js';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import { driveProfile } from './drive-files.js';

const geometry = (name: string): DriveGeometry => new DriveGeometry(driveProfile(name));
const ms = (us: number): string => (us / 1000).toFixed(2);

describe('the HP 97560', () => {
  it('has 2,647,080 sectors and turns in 14.993 ms', () => {
    const drive = geometry('hp-97560');
    expect([drive.sectors, (drive.turn_ns / 1e6).toFixed(3)]).toEqual([2_647_080, '14.993']);
  });

  it('seeks 12.83 ms in the mean and 23.69 ms from end to end', () => {
    const drive = geometry('hp-97560');
    expect([ms(drive.meanSeek_us), ms(drive.seek_ns(1961) / 1000)]).toEqual(['12.83', '23.69']);
  });

  it('changes from one curve of its seeks to the other behind 383 cylinders', () => {
    const drive = geometry('hp-97560');
    expect([383, 384].map((d) => drive.seek_ns(d))).toEqual([
      Math.round(3_240_000 + 400_000 * Math.sqrt(383)),
      8_000_000 + 8_000 * 384,
    ]);
  });
});

describe('the HP C2247A', () => {
  it('seeks up to ten cylinders as its table says', () => {
    const drive = geometry('hp-c2247a');
    const table = [2.89, 3.68, 3.81, 3.98, 4.27, 4.65, 4.52, 4.65, 4.82, 4.99];
    expect(table.map((_, i) => drive.seek_ns(i + 1))).toEqual(table.map((t) => Math.round(t * 1e6)));
  });

  it('seeks 11.49 ms in the mean, along its two curves behind the table', () => {
    const drive = geometry('hp-c2247a');
    expect(ms(drive.meanSeek_us)).toBe('11.49');
    expect([11, 299, 300].map((d) => drive.seek_ns(d))).toEqual([
      Math.round(3_810_000 + 330_000 * Math.sqrt(11)),
      Math.round(3_810_000 + 330_000 * Math.sqrt(299)),
      7_750_000 + 5_900 * 300,
    ]);
  });
});

it.each([
  ['hp-c2247a', 2_054_864, '11.111'],
  ['cheetah-9lp', 17_783_240, '5.973'],
  ['st41601n', 2_676_846, '11.117'],
  ['cheetah-4lp', 8_887_200, '5.980'],
])('%s has the sectors and the turn that are published', (name, sectors, turn) => {
  const drive = geometry(name);
  expect([drive.sectors, (drive.turn_ns / 1e6).toFixed(3)]).toEqual([sectors, turn]);
});

it('a seek between two measured distances is on the line between them', () => {
  // cheetah9LP.seek: 10, 1.448 ms; 12, 1.449 ms.
  expect(geometry('cheetah-9lp').seek_ns(11)).toBe(1_448_500);
});

const small: DriveProfile = {
  ...driveProfile('hp-97560'),
  cylinders: 40,
  zones: [{ first_cylinder: 0, last_cylinder: 39, sectors_per_track: 72 }],
  seek: { pieces: [{ constant_us: 1000, linear_us: 10 }] },
};

it('the line of the last two rows of a table goes on where no piece follows, as the pieces do where some are', () => {
  const table_us = [
    [2, 100],
    [4, 140],
  ] as const;
  const at = (seek: DriveProfile['seek']): number[] => {
    const drive = new DriveGeometry({ ...small, seek });
    return [0, 1, 2, 3, 4, 5, 39].map((d) => drive.seek_ns(d) / 1000);
  };
  expect(at({ table_us })).toEqual([0, 50, 100, 120, 140, 160, 840]);
  expect(at({ table_us, pieces: [{ constant_us: 7 }] })).toEqual([0, 50, 100, 120, 140, 7, 7]);
});

it('a drive of a million cylinders and a table of ten thousand rows is made at once', () => {
  const table_us = Array.from({ length: 10_000 }, (_, i) => [(i + 1) * 10, 1000 + i] as const);
  const zones = [{ first_cylinder: 0, last_cylinder: 999_999, sectors_per_track: 100 }];
  const drive = new DriveGeometry({ ...small, cylinders: 1_000_000, zones, seek: { table_us } });
  expect(drive.seek_ns(99_990)).toBe((1000 + 9998) * 1000);
});

const zones = fc
  .array(
    fc.record({
      gap: fc.nat(2),
      cylinders: fc.integer({ min: 1, max: 4 }),
      sectors_per_track: fc.integer({ min: 5, max: 12 }),
      track_skew_sectors: fc.nat(20),
      cylinder_skew_sectors: fc.nat(20),
      offset_sectors: fc.nat(11),
      reserved_sectors: fc.nat(3),
      spare_sectors: fc.nat(3),
      spares: fc.oneof(
        fc.record({ spare_sectors_per_cylinder: fc.nat(2) }),
        // More than a cylinder, but not all of the range.
        fc.integer({ min: 1, max: 3 }).chain((range_cylinders) =>
          fc.nat(10 * range_cylinders - 7).map((spare_sectors_per_range) => ({
            range_cylinders,
            spare_sectors_per_range,
          })),
        ),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((list) => {
    let next = 0;
    return list.map(({ gap, cylinders, spares, ...zone }): DriveZone => {
      const first_cylinder = next + gap;
      next = first_cylinder + cylinders;
      return { first_cylinder, last_cylinder: next - 1, ...zone, ...spares };
    });
  });

/** Every data sector in its order: cylinder, head, place on the track. */
function walk(profile: DriveProfile): [number, number, number][] {
  return profile.zones.flatMap((zone) => {
    const n = zone.sectors_per_track;
    const found: [number, number, number][] = [];
    let angle = zone.offset_sectors ?? 0;
    let range: [number, number, number][] = [];
    for (let c = zone.first_cylinder; c <= zone.last_cylinder; c++) {
      for (let h = 0; h < profile.heads; h++) {
        for (let s = 0; s < n; s++) range.push([c, h, (angle + s) % n]);
        angle += (h + 1 < profile.heads ? zone.track_skew_sectors : zone.cylinder_skew_sectors) ?? 0;
      }
      const isWhole = (c + 1 - zone.first_cylinder) % (zone.range_cylinders ?? 1) === 0;
      if (!isWhole && c < zone.last_cylinder) continue;
      const spares = zone.spare_sectors_per_range ?? zone.spare_sectors_per_cylinder ?? 0;
      found.push(...range.slice(0, range.length - (isWhole ? spares : 0)));
      range = [];
    }
    return found.slice(zone.reserved_sectors, found.length - (zone.spare_sectors ?? 0));
  });
}

it('sectors are where a walk over the platters finds them, whatever the zones', () => {
  fc.assert(
    fc.property(zones, fc.integer({ min: 2, max: 4 }), (list, heads) => {
      const profile = { ...small, heads, zones: list };
      const drive = new DriveGeometry(profile);
      const places = walk(profile);
      expect(drive.sectors).toBe(places.length);
      for (const [lba, place] of places.entries()) {
        drive.locate(lba);
        expect([drive.cylinder, drive.head, drive.sector]).toEqual(place);
        const track = places.slice(lba, lba + drive.left);
        expect(track.every(([c, h]) => c === place[0] && h === place[1])).toBe(true);
        const after = places[lba + drive.left];
        if (after) expect(after.slice(0, 2)).not.toEqual(place.slice(0, 2));
      }
    }),
  );
});

it('cylinders that are left behind the last whole range have no spares, however many a range has', () => {
  const shared = { range_cylinders: 3, spare_sectors_per_range: 25 };
  const zone = { first_cylinder: 0, last_cylinder: 4, sectors_per_track: 5, ...shared };
  const drive = new DriveGeometry({ ...small, heads: 2, zones: [zone] });
  // Of three cylinders of 10 sectors the first 5; of the other two all.
  expect(drive.sectors).toBe(25);
  const cylinders = Array.from({ length: 25 }, (_, lba) => {
    drive.locate(lba);
    return drive.cylinder;
  });
  expect(cylinders).toEqual([...Array(5).fill(0), ...Array(10).fill(3), ...Array(10).fill(4)]);
});

it('a track passes in a turn, and of a time the whole sectors that fit in it', () => {
  const drive = geometry('hp-c2247a');
  fc.assert(
    fc.property(fc.nat(drive.sectors - 1), fc.nat(drive.turn_ns), (lba, ns) => {
      drive.locate(lba);
      expect(drive.pass_ns(drive.sectorsPerTrack)).toBe(drive.turn_ns);
      const passed = drive.passed(ns);
      expect(drive.pass_ns(passed)).toBeLessThanOrEqual(ns);
      expect(drive.pass_ns(passed + 1)).toBeGreaterThan(ns);
    }),
  );
});

describe('a profile that is no drive is refused', () => {
  it.each<[string, Partial<DriveProfile>, string]>([
    [
      'zones that overlap',
      { zones: [...small.zones.map((z) => ({ ...z, last_cylinder: 9 })), { ...small.zones[0], last_cylinder: 12 }] },
      'zones[1].first_cylinder is 0; 10 or more is right',
    ],
    [
      'a zone behind the last cylinder',
      { zones: [{ first_cylinder: 0, last_cylinder: 40, sectors_per_track: 9 }] },
      'zones[0].last_cylinder is 40; 0 to 39 is right',
    ],
    [
      'a zone of spares',
      { zones: [{ first_cylinder: 0, last_cylinder: 0, sectors_per_track: 4, spare_sectors: 76 }] },
      'zones[0] holds no sectors once its spares are taken away',
    ],
    [
      'more sectors than there are',
      { zones: [{ first_cylinder: 0, last_cylinder: 0, sectors_per_track: 4 }], sectors: 77 },
      'sectors is 77; at most 76, which the zones hold, is right',
    ],
    [
      'more sectors than a word can say',
      {
        cylinders: 1_000_000,
        zones: [{ first_cylinder: 0, last_cylinder: 999_999, sectors_per_track: 10_000 }],
        seek: { table_us: Array.from({ length: 10_000 }, (_, i) => [i + 1, i] as const) },
      },
      'zones hold 190000000000 sectors; 2147483647 at most is right',
    ],
    [
      'segments without a sector',
      { zones: [{ first_cylinder: 0, last_cylinder: 0, sectors_per_track: 4 }], buffer_bytes: 1023 },
      'buffer_bytes is 1023; 1024 or more is right',
    ],
    [
      'seeks that end too early',
      {
        zones: [{ first_cylinder: 0, last_cylinder: 0, sectors_per_track: 4 }],
        seek: { pieces: [{ to_cylinders: 20, constant_us: 1000 }] },
      },
      'seek.pieces ends before a distance of 21 cylinders; it must go on',
    ],
  ])('%s', (_, change, message) => {
    expect(() => new DriveGeometry({ ...small, ...change })).toThrow(message);
  });

  it('nor does a drive find a sector that it does not have', () => {
    const drive = geometry('hp-97560');
    for (const lba of [-1, drive.sectors]) expect(() => drive.locate(lba)).toThrow(`sector ${lba} of a drive that has`);
  });
});

/** Frames on links of a published kind: when they arrive. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkProfile } from '../../../adapters/link/model/link-profile.js';
import { LinkKind, Wires } from '../../../adapters/link/model/wires.js';
import { RANDOM_WORDS, Random } from '../../../firmware/memory/random.js';
import type { Chance } from '../../../firmware/ports/schedule.js';

const PLAIN: LinkProfile = { bytes_per_us: 100, round_trips_per_write: 1, setup_us: 0, spread_us: 0 };
const NONE: Chance = { below: () => 0 };

function chance(seed: number): Chance {
  const random = new Random(new Int32Array(RANDOM_WORDS), 0);
  random.seed(seed, 1);
  return random;
}

/** A link of two ends on which frames are sent towards end 1, each not before the one before it. */
function line(profile: Partial<LinkProfile>, km: number, by: Chance = NONE, link = 0) {
  const kind = new LinkKind({ ...PLAIN, ...profile }, km);
  const wires = new Wires({ m: new Int32Array(Wires.words(link + 1)), at: 0 });
  let last = 0;
  return {
    kind,
    wires,
    send: (now_ns: number, bytes: number, starts = false): number => {
      last = wires.arrival_ns(kind, link, 1, now_ns, bytes, starts, last, by);
      return last;
    },
  };
}

describe('a frame', () => {
  it('takes 5 µs a km, its bytes, and the equipment', () => {
    expect(line({}, 100).send(7, 1000)).toBe(7 + 500_000 + 10_000);
    expect(line({ setup_us: 12.5 }, 0).send(0, 1000)).toBe(12_500 + 10_000);
  });

  it('that starts an exchange waits for all round trips but the last', () => {
    const arrivals = [1, 2, 3].map((trips) => line({ round_trips_per_write: trips }, 100).send(0, 1000, true));
    expect(arrivals).toEqual([510_000, 1_510_000, 2_510_000]);
    expect(line({ round_trips_per_write: 3 }, 100).send(0, 1000, false)).toBe(510_000);
  });

  it('waits until the wire has sent what came before it, in its direction', () => {
    const one = line({}, 1);
    expect([one.send(0, 1000), one.send(0, 1000)]).toEqual([15_000, 25_000]);
    expect(one.wires.arrival_ns(one.kind, 0, 0, 0, 1000, false, 0, NONE)).toBe(15_000);
  });

  it('that was on its way when the link was cut holds nobody up', () => {
    const one = line({ window_bytes: 1000 }, 100);
    one.send(0, 1000);
    one.wires.cut(0);
    expect(one.wires.arrival_ns(one.kind, 0, 1, 0, 1000, false, 0, NONE)).toBe(510_000);
  });
});

describe('a link droops', () => {
  const droop = { knee_km: 9, half_km: 20 };
  const rate = (km: number): number => new LinkKind({ ...PLAIN, bytes_per_us: 17, droop }, km).bytesPer_us;

  it('not up to its knee, to a half at its half, to a third as far behind it', () => {
    expect([rate(0), rate(9), rate(20), rate(31)].map((r) => r.toFixed(6))).toEqual([
      '17.000000',
      '17.000000',
      '8.500000',
      (17 / 3).toFixed(6),
    ]);
  });

  it('and frames go so much slower', () => {
    const at = (km: number): number => {
      const one = line({ bytes_per_us: 17, droop }, km);
      let last = 0;
      for (let i = 0; i < 100; i++) last = one.send(0, 17_000);
      return last - km * 5000;
    };
    expect(at(20) / at(9)).toBeCloseTo(2, 6);
  });
});

it('a window lets so many bytes be under way: so much goes through as one window a round trip', () => {
  const window_bytes = 64_000;
  const one = line({ bytes_per_us: 1000, window_bytes }, 200);
  let last = 0;
  for (let i = 0; i < 1000; i++) last = one.send(0, 4000);
  // 4 MB, and of each window the time for one of its frames.
  const roundTrip_us = 2 * 200 * 5 + 4;
  expect(last / 1000 / ((4_000_000 / window_bytes) * roundTrip_us)).toBeCloseTo(1, 1);
  const open = line({ bytes_per_us: 1000 }, 200);
  for (let i = 0; i < 1000; i++) last = open.send(0, 4000);
  expect(last).toBe(4_000_000 + 1_000_000);
});

it('what is larger than the window goes alone', () => {
  const one = line({ window_bytes: 1000 }, 100);
  expect([one.send(0, 5000), one.send(0, 5000)]).toEqual([550_000, 1_600_000]);
});

it('what is lost comes a round trip later for each time, and so does what is behind it', () => {
  const frames = 20_000;
  const one = line({ loss_ratio: [1, 10] }, 10, chance(3));
  let late = 0;
  let now = 0;
  for (let i = 0; i < frames; i++) {
    const took = one.send(now, 100) - now;
    late += took - 51_000;
    now += 10_000_000;
  }
  // One in ten once, one in a hundred twice: a ninth of a round trip and a sending for each frame.
  const expected = (frames / 9) * 101_000;
  expect(late / expected).toBeGreaterThan(0.95);
  expect(late / expected).toBeLessThan(1.05);
});

it('frames keep their order, whatever the link and whenever they are sent', () => {
  const profile = fc.record({
    bytes_per_us: fc.integer({ min: 1, max: 1000 }),
    round_trips_per_write: fc.integer({ min: 1, max: 3 }),
    setup_us: fc.nat(50),
    spread_us: fc.nat(100),
    window_bytes: fc.integer({ min: 1, max: 10_000 }),
    loss_ratio: fc.constantFrom<[number, number]>([0, 1], [1, 3], [1, 1]),
  });
  const frames = fc.array(fc.tuple(fc.nat(300_000), fc.integer({ min: 1, max: 5000 }), fc.boolean()), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(profile, fc.nat(300), frames, fc.nat(), (p, km, list, seed) => {
      const one = line(p, km, chance(seed), 2);
      let now = 0;
      let last = 0;
      for (const [gap, bytes, starts] of list) {
        now += gap;
        const arrival = one.send(now, bytes, starts);
        expect(Number.isSafeInteger(arrival)).toBe(true);
        expect(arrival).toBeGreaterThanOrEqual(Math.max(last, now + km * 5000));
        last = arrival;
      }
    }),
  );
});

it.each([
  [-1, undefined, 'distance_km is -1; 0 to any length is right for this link'],
  [301, 300, 'distance_km is 301; 0 to 300 is right for this link'],
])('a link of %d km is refused where %s is the longest', (km, longest_km, message) => {
  expect(() => new LinkKind({ ...PLAIN, ...(longest_km && { longest_km }) }, km)).toThrow(message);
});

/** Rigs are made of arrays and links, arrays of drives; each by reference, of the package or of a user. */
import { describe, expect, it } from 'vitest';
import { rigOf, shelf } from './files.js';

/** A class that is tiny but for this, which nobody has measured. */
const classWith = (more: object): object => {
  const { sources, ...tiny } = shelf('arrays', 'tiny');
  const uncalibrated = Object.fromEntries(Object.keys(more).map((field) => [field, 'uncalibrated']));
  return { ...tiny, ...more, sources: { ...(sources as object), ...uncalibrated } };
};
const volumes = [{ name: 'a', size_bytes: 8192 }];

describe('a rig of a user', () => {
  it('names an array, which names a drive, each relative to the file that refers to it', () => {
    const own = classWith({ drive: '../drives/own.json' });
    const { arrays, sourceText } = rigOf({
      'rig.json': { arrays: [{ name: 'A', profile: './classes/own.json', volumes }] },
      'classes/own.json': { ...own, $schema: 'https://example.org/any' },
      'drives/own.json': { ...shelf('drives', 'hp-97560'), rpm: 7200, $schema: '/anywhere/drive.schema.json' },
    });
    expect(arrays[0].drive?.rpm).toBe(7200);
    expect(arrays[0].drive).not.toHaveProperty('sources');
    expect(sourceText).toContain('"rpm": 7200');
  });

  it('may give an array other drives than its class has', () => {
    const own = classWith({ drive: 'st41601n' });
    const { arrays } = rigOf({
      'rig.json': {
        arrays: [
          { name: 'A', profile: './own.json', drive: 'hp-97560', volumes },
          { name: 'B', profile: './own.json', volumes },
          { name: 'C', profile: 'tiny', volumes },
        ],
      },
      'own.json': own,
    });
    expect(arrays.map(({ drive }) => drive?.cylinders)).toEqual([1962, 2098, undefined]);
  });

  it('gives a link its kind and its length', () => {
    const { links } = rigOf({
      'rig.json': {
        arrays: ['A', 'B'].map((name) => ({ name, profile: 'tiny', volumes })),
        links: [{ between: ['A', 'B'], profile: 'escon', distance_km: 20 }, { between: ['A', 'B'] }],
      },
    });
    expect(links[0]).toEqual({
      between: [0, 1],
      profile: {
        bytes_per_us: 17,
        round_trips_per_write: 2,
        setup_us: 0,
        droop: { knee_km: 9, half_km: 20 },
        spread_us: 0,
      },
      distance_km: 20,
    });
    expect(links[1]).toEqual({ between: [0, 1] });
  });

  it('gives a link that says only how long it is the kind that both arrays have', () => {
    const rig = (b: string) => ({
      'rig.json': {
        arrays: [
          { name: 'A', profile: './own.json', volumes },
          { name: 'B', profile: b, volumes },
        ],
        links: [{ between: ['A', 'B'], distance_km: 30 }, { between: ['A', 'B'] }],
      },
      'own.json': classWith({ link: './near.json' }),
      'near.json': {
        ...shelf('links', 'gbe'),
        longest_km: 40,
        sources: { ...(shelf('links', 'gbe').sources as object), longest_km: 'uncalibrated' },
      },
    });
    const { links } = rigOf(rig('./own.json'));
    expect(links).toEqual([
      { between: [0, 1], profile: expect.objectContaining({ bytes_per_us: 125, longest_km: 40 }), distance_km: 30 },
      { between: [0, 1] },
    ]);
    expect(() => rigOf(rig('tiny'))).toThrow('the classes of A and B do not name the same one');
  });

  it('gives an array the speed of its directors', () => {
    const directors = { clock_mhz: 25, cycles_per_instruction: 4 };
    const { arrays } = rigOf({
      'rig.json': { arrays: [{ name: 'A', profile: './own.json', volumes }] },
      'own.json': classWith({ directors }),
    });
    expect(arrays[0].directors).toEqual(directors);
  });
});

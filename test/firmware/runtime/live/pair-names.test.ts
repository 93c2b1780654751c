/** How pairs are called where a volume is in several, and what of an array's records is a volume to people. */
import { describe, expect, it } from 'vitest';
import { findPair, findVolume, othersOf, pairsOf } from '../../../../firmware/runtime/live/live-rig.js';
import { isCalled, severalCalled } from '../../../../firmware/runtime/live/pair-names.js';
import { driveEnds, hostVolumes } from '../../../../firmware/runtime/machine/config.js';
import { loadRig } from '../../../../firmware/service/rig.js';

const CASCADE = loadRig('tiny-cascade');
const TARGETS = loadRig('tiny-two-targets');
const [A, B, C] = [0, 1, 2];

describe('a pair', () => {
  it('is called by its primary volume, and by the array of its other side where that is not enough', () => {
    expect(pairsOf(CASCADE).map(({ primary, secondary }) => `${primary} ${secondary}`)).toEqual([
      'A:data0 B:data0',
      'A:data1 B:data1',
      'B:data0 C:data0',
      'B:data1 C:data1',
    ]);
    expect(pairsOf(TARGETS).map(({ primary, secondary }) => `${primary} ${secondary}`)).toEqual([
      'A:data0@B B:data0',
      'A:data1@B B:data1',
      'A:data0@C C:data0',
      'A:data1@C C:data1',
      'B:data0 C:data0',
      'B:data1 C:data1',
    ]);
  });

  it('is found by the long name, too, where the short one is enough', () => {
    expect(findPair(CASCADE, 'B:data0@C')).toEqual(findPair(CASCADE, 'B:data0'));
    expect(findPair(CASCADE, 'B:data0').ends.map(({ array }) => array)).toEqual([B, C]);
    expect(() => findPair(CASCADE, 'A:data0@C')).toThrow('rig tiny-cascade has no pair A:data0@C');
    expect(() => findPair(CASCADE, 'C:data0')).toThrow('a pair is named by its primary: B:data0');
  });

  it('is not found by a name that stands for several, which are named', () => {
    expect(() => findPair(TARGETS, 'A:data0')).toThrow(
      'A:data0 is the primary of several pairs; say which: A:data0@B, A:data0@C',
    );
    expect(findPair(TARGETS, 'A:data0@C').ends[1]).toEqual({ array: C, volume: 0 });
    const pairs = [
      { primary: 'A:x@C', arrays: ['A', 'C'] },
      { primary: 'A:x@B', arrays: ['A', 'B'] },
      { primary: 'A:y', arrays: ['A', 'B'] },
    ];
    expect(severalCalled(pairs, 'A:x')).toEqual(['A:x@B', 'A:x@C']);
    expect(severalCalled(pairs, 'A:y')).toEqual([]);
    expect(severalCalled(pairs, 'A:z')).toEqual([]);
    expect(pairs.filter((pair) => isCalled(pair, 'A:y@B'))).toEqual([pairs[2]]);
  });
});

describe('the record of a further pair', () => {
  it('is no volume to hosts, drives and operators', () => {
    const array = CASCADE.arrays[B];
    expect(array.volumes.length).toBeGreaterThan(2);
    expect(hostVolumes(array).map(({ name }) => name)).toEqual(['data0', 'data1']);
    expect(driveEnds(array)).toHaveLength(2 + 2);
    expect(() => findVolume(CASCADE, `B:${array.volumes[2].name}`)).toThrow(
      /has no volume B:data0@C; it has A:data0, A:data1, B:data0, B:data1, C:data0/,
    );
  });

  it('is what its array has for the pair of the volume with the third one', () => {
    expect(othersOf(CASCADE, B, 0)).toEqual([
      { name: 'A', record: 0 },
      { name: 'C', record: 2 },
    ]);
    expect(othersOf(CASCADE, B, 2)).toEqual(othersOf(CASCADE, B, 0));
    expect(othersOf(TARGETS, A, 1)).toEqual([
      { name: 'B', record: 1 },
      { name: 'C', record: 3 },
    ]);
  });
});

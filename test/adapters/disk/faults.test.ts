/** Planned faults of a drive: what it reads and takes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DriveFaults } from '../../../adapters/disk/model/faults.js';

const SECTORS = 70;

function drive(): DriveFaults {
  return new DriveFaults(new Int32Array(3 + DriveFaults.words(SECTORS)), 3, SECTORS);
}

describe('the faults of a drive', () => {
  it('are none at first', () => {
    const faults = drive();
    expect([faults.healthy, faults.lost, faults.unreadable]).toEqual([true, false, 0]);
    expect(faults.reads(0, SECTORS)).toBe(true);
  });

  it('are as a set of sectors, whatever is spoiled and written', () => {
    const range = fc
      .tuple(fc.nat(SECTORS - 1), fc.nat(SECTORS))
      .map(([from, n]) => [from, Math.min(n, SECTORS - from)]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), range)), range, (steps, [from, n]) => {
        const faults = drive();
        const bad = new Set<number>();
        for (const [spoils, [at, count]] of steps) {
          if (spoils) faults.spoil(at, count);
          else expect(faults.writes(at, count)).toBe(true);
          for (let s = at; s < at + count; s++) spoils ? bad.add(s) : bad.delete(s);
        }
        expect(faults.unreadable).toBe(bad.size);
        expect(faults.healthy).toBe(bad.size === 0);
        const any = Array.from({ length: n }, (_, i) => from + i).some((s) => bad.has(s));
        expect(faults.reads(from, n)).toBe(!any);
      }),
    );
  });

  it('of a lost drive are all there is, and end with another one, which has nothing that can be read', () => {
    const faults = drive();
    faults.lost = true;
    expect([faults.reads(0, 1), faults.writes(0, 1)]).toEqual([false, false]);
    faults.replace();
    expect([faults.lost, faults.unreadable, faults.reads(69, 1)]).toEqual([false, SECTORS, false]);
    expect(faults.writes(69, 1)).toBe(true);
    expect(faults.reads(69, 1)).toBe(true);
  });

  it('are of its sectors only', () => {
    expect(() => drive().spoil(69, 2)).toThrow('sectors 69 to 70 of a drive that has 70');
  });
});

import { describe, expect, it } from 'vitest';
import { MemoryDrives } from '../../../../adapters/disk/memory/drive-port.js';
import { RESULT, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { KIND } from '../../../../firmware/ports/messages.js';
import { type DriveDesk, driveDesk } from '../../../harness/drive-desk.js';

/** Drives of 10 and 3 sectors, in buffers of 4, and the disk role's side of their rings. */
function bench(): Omit<DriveDesk, 'memory' | 'mail'> & { bytes: Uint8Array; drives: MemoryDrives } {
  const { memory, mail, ...desk } = driveDesk();
  return { ...desk, bytes: memory.bytes, drives: new MemoryDrives(memory, mail, MemoryDrives.buffers([10, 3], 4), 4) };
}

describe('memory drives', () => {
  it('do nothing when nothing is asked', () => {
    expect(bench().drives.pump()).toBe(false);
  });

  it('give back what was written, over the edges of their buffers, and answer each with its token', () => {
    const { bytes, at, ask, answers, drives } = bench();
    const from = at * SECTOR_BYTES;
    const data = Uint8Array.from({ length: 9 * SECTOR_BYTES }, (_, i) => (i * 7 + (i >> 9)) & 255);
    bytes.set(data, from);
    ask(KIND.DRIVE_WRITE, 11, 0, 1, 9, at);
    ask(KIND.DRIVE_SYNC, 12, 0);
    expect(drives.pump()).toBe(true);
    expect(answers()).toEqual([
      [11, RESULT.OK],
      [12, RESULT.OK],
    ]);
    bytes.fill(0, from);
    ask(KIND.DRIVE_READ, 13, 0, 3, 6, at);
    drives.pump();
    expect(answers()).toEqual([[13, RESULT.OK]]);
    expect(
      Buffer.from(bytes.subarray(from, from + 6 * SECTOR_BYTES)).equals(
        data.subarray(2 * SECTOR_BYTES, 8 * SECTOR_BYTES),
      ),
    ).toBe(true);
    expect(drives.copied_bytes).toBe(15 * SECTOR_BYTES);
  });

  it('are zeroes at first, and apart from each other', () => {
    const { bytes, at, ask, drives } = bench();
    bytes.fill(9, at * SECTOR_BYTES, (at + 3) * SECTOR_BYTES);
    ask(KIND.DRIVE_WRITE, 1, 0, 0, 3, at);
    ask(KIND.DRIVE_READ, 2, 1, 0, 3, at);
    drives.pump();
    expect(bytes.subarray(at * SECTOR_BYTES, (at + 3) * SECTOR_BYTES).every((b) => b === 0)).toBe(true);
  });

  it.each([
    ['past the end', KIND.DRIVE_READ, [0, 8, 3], 'read of sectors 8 + 3 of drive 0 (10 sectors)'],
    ['before the start', KIND.DRIVE_WRITE, [0, -1, 1], 'write of sectors -1 + 1 of drive 0 (10 sectors)'],
    ['on no drive', KIND.DRIVE_READ, [2, 0, 1], 'read of sectors 0 + 1 of drive 2 (0 sectors)'],
  ])('take what is %s for a machine check', (_, kind, [drive, lba, sectors], message) => {
    const { at, ask, drives } = bench();
    ask(kind, 1, drive, lba, sectors, at);
    expect(() => drives.pump()).toThrow(message);
  });
});

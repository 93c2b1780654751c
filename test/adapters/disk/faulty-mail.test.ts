/** Faults before a drive port: it sees nothing of what fails. */
import { expect, test } from 'vitest';
import { FaultyMail } from '../../../adapters/disk/faulty-mail.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import { DriveFaults } from '../../../adapters/disk/model/faults.js';
import { PortMail, Wiring } from '../../../firmware/engine/wiring.js';
import { RESULT } from '../../../firmware/memory/constants.js';
import { attach, layoutOf } from '../../../firmware/memory/layout.js';
import { D_ANSWERS, D_PAYLOAD, KIND, roleNumber } from '../../../firmware/ports/messages.js';

const DISK = roleNumber('disk');
const DRIVES = roleNumber('drivePort');
const SIZE = 10;

test('what a drive cannot do is a medium error, each with its token; the rest is done', () => {
  const layout = layoutOf({
    sectorsPerTrack: 4,
    tracks: [4],
    hostSlots: 4,
    remoteSlots: 1,
    tasks: [1, 1, 2, 1],
    commands: 1,
    transferSectors: 16,
    credits: 1,
  });
  const memory = attach(layout, new SharedArrayBuffer(layout.bytes));
  const wiring = new Wiring(memory, 0);
  const disk = new PortMail(wiring, DISK);
  const { m } = memory;
  const faults = [0, 1].map(() => new DriveFaults(new Int32Array(DriveFaults.words(SIZE)), 0, SIZE));
  const mail = new FaultyMail(new PortMail(wiring, DRIVES), faults);
  const drives = new MemoryDrives(memory, mail, MemoryDrives.buffers([SIZE, SIZE]));
  const ask = (kind: number, token: number, ...payload: number[]): void => {
    m.set(payload, wiring.push(DISK, DRIVES, kind, token, 0) + D_PAYLOAD);
  };
  const answers = (): Record<number, number> => {
    const all: Record<number, number> = {};
    drives.pump();
    for (let d = disk.peek(); d >= 0; d = disk.peek()) {
      all[m[d + D_ANSWERS]] = m[d + D_PAYLOAD];
      disk.drop();
    }
    return all;
  };
  faults[0].spoil(3, 1);
  faults[1].lost = true;
  ask(KIND.DRIVE_READ, 1, 0, 0, 3, layout.slotsAt);
  ask(KIND.DRIVE_READ, 2, 0, 2, 2, layout.slotsAt);
  ask(KIND.DRIVE_WRITE, 3, 1, 0, 1, layout.slotsAt);
  ask(KIND.DRIVE_SYNC, 4, 1);
  ask(KIND.DRIVE_SYNC, 5, 0);
  expect(answers()).toEqual({
    1: RESULT.OK,
    2: RESULT.MEDIUM_ERROR,
    3: RESULT.MEDIUM_ERROR,
    4: RESULT.MEDIUM_ERROR,
    5: RESULT.OK,
  });
  ask(KIND.DRIVE_WRITE, 6, 0, 3, 1, layout.slotsAt);
  ask(KIND.DRIVE_READ, 7, 0, 2, 2, layout.slotsAt);
  expect(answers()).toEqual({ 6: RESULT.OK, 7: RESULT.OK });
});

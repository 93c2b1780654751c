/** Faults before a drive port: it sees nothing of what fails. */
import { expect, test } from 'vitest';
import { FaultyMail } from '../../../adapters/disk/faulty-mail.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import { DriveFaults } from '../../../adapters/disk/model/faults.js';
import { RESULT } from '../../../firmware/memory/constants.js';
import { KIND } from '../../../firmware/ports/messages.js';
import { driveDesk } from '../../harness/drive-desk.js';

const SIZE = 10;

test('what a drive cannot do is a medium error, each with its token; the rest is done', () => {
  const { memory, mail: port, at, ask, answers: done } = driveDesk();
  const faults = [0, 1].map(() => new DriveFaults(new Int32Array(DriveFaults.words(SIZE)), 0, SIZE));
  const mail = new FaultyMail(port, faults);
  const drives = new MemoryDrives(memory, mail, MemoryDrives.buffers([SIZE, SIZE]));
  const answers = (): Record<number, number> => {
    drives.pump();
    return Object.fromEntries(done());
  };
  faults[0].spoil(3, 1);
  faults[1].lost = true;
  ask(KIND.DRIVE_READ, 1, 0, 0, 3, at);
  ask(KIND.DRIVE_READ, 2, 0, 2, 2, at);
  ask(KIND.DRIVE_WRITE, 3, 1, 0, 1, at);
  ask(KIND.DRIVE_SYNC, 4, 1);
  ask(KIND.DRIVE_SYNC, 5, 0);
  expect(answers()).toEqual({
    1: RESULT.OK,
    2: RESULT.MEDIUM_ERROR,
    3: RESULT.MEDIUM_ERROR,
    4: RESULT.MEDIUM_ERROR,
    5: RESULT.OK,
  });
  ask(KIND.DRIVE_WRITE, 6, 0, 3, 1, at);
  ask(KIND.DRIVE_READ, 7, 0, 2, 2, at);
  expect(answers()).toEqual({ 6: RESULT.OK, 7: RESULT.OK });
});

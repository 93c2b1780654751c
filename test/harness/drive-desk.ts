/** The disk role's side of a drive port, for tests of what stands behind it: asks by message, and takes the answers. */
import { PortMail, Wiring } from '../../firmware/engine/wiring.js';
import { type ArrayMemory, attach, layoutOf } from '../../firmware/memory/layout.js';
import { D_ANSWERS, D_HEAD, D_PAYLOAD, KIND, roleNumber } from '../../firmware/ports/messages.js';

const DISK = roleNumber('disk');
const DRIVES = roleNumber('drivePort');

export interface DriveDesk {
  readonly memory: ArrayMemory;
  /** Of the drive port. */
  readonly mail: PortMail;
  /** Sector address of the slots. */
  readonly at: number;
  ask(kind: number, token: number, ...payload: number[]): void;
  /** Since the last time. Errors: Error, if there is another message than DRIVE_DONE. */
  answers(): [token: number, result: number][];
}

/** Over a memory with slots of four sectors. */
export function driveDesk(hostSlots = 4): DriveDesk {
  const layout = layoutOf({
    sectorsPerTrack: 4,
    tracks: [4],
    hostSlots,
    remoteSlots: 1,
    tasks: [1, 1, 1, 1],
    commands: 1,
    transferSectors: 16,
    credits: 1,
  });
  const memory = attach(layout, new SharedArrayBuffer(layout.bytes));
  const wiring = new Wiring(memory, 0);
  const disk = new PortMail(wiring, DISK);
  const { m } = memory;
  return {
    memory,
    mail: new PortMail(wiring, DRIVES),
    at: layout.slotsAt,
    ask: (kind, token, ...payload) => m.set(payload, wiring.push(DISK, DRIVES, kind, token, 0) + D_PAYLOAD),
    answers: () => {
      const all: [number, number][] = [];
      for (let d = disk.peek(); d >= 0; d = disk.peek()) {
        if ((m[d + D_HEAD] & 255) !== KIND.DRIVE_DONE) throw new Error('not DRIVE_DONE');
        all.push([m[d + D_ANSWERS], m[d + D_PAYLOAD]]);
        disk.drop();
      }
      return all;
    },
  };
}

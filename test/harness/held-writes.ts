/** Writes that run until the test lets them go: each on a track of its own, whose lock somebody else has. */
import { fieldOffset } from '../../firmware/memory/tables.js';
import { roleNumber } from '../../firmware/ports/messages.js';
import type { Answer, Initiator, ScsiArray } from './scsi-host.js';

/** `scsi_command.active`. */
export const RUNNING = 2;
export const IN_LINE = 3;

/** Of no task. */
const NOBODY = 4095;
const TRACK_BLOCKS = 128;
const WAITING = fieldOffset('lock', 'waiting') - fieldOffset('lock', 'holder');

export class HeldWrite {
  /** Of its command. */
  readonly number: number;
  answer: Answer | undefined;
  readonly #array: ScsiArray;
  readonly #track: number;

  /** @param track of the array, and of this unit */
  constructor(array: ScsiArray, host: Initiator, track: number, attribute = 1, lun = 0) {
    this.#array = array;
    this.#track = track;
    array.array.machine.set('lock', 'holder', track, NOBODY);
    const before = new Set(host.numbers);
    const base = array.array.machine.get('volume', 'track_base', lun);
    const lba = ((track - base) * TRACK_BLOCKS).toString(16).padStart(8, '0');
    const out = Buffer.alloc(512, track);
    let number = -1;
    void host.command(`2a 00 ${lba} 00 0001 00`, { out, attribute, lun }).then((answer) => {
      this.answer = answer;
    });
    for (const n of host.numbers) if (!before.has(n)) number = n;
    this.number = number;
  }

  /** RUNNING, IN_LINE, 1: it has not begun; of one that has ended, whatever its record is used for now. */
  get state(): number {
    return this.#array.array.machine.get('scsi_command', 'active', this.number);
  }

  /** The lock is given to it, or is free. */
  let(): void {
    const { machine } = this.#array.array;
    const { m } = machine.memory;
    const data = machine.nodes.find(({ role }) => role === roleNumber('data'));
    if (data === undefined) throw new Error('the data role is not here');
    const holder = machine.at('lock', 'holder', this.#track);
    const next = data.queues.shift(holder + WAITING);
    m[holder] = next;
    if (next !== 0) data.queues.ready(next);
    this.#array.pump();
  }
}

/** What has been answered has been heard. */
export const heard = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

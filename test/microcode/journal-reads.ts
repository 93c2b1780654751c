/** What goes over the link when the other side reads a journal. */
import { type PAIR_STATE, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH } from './fixtures.js';
import { bufferAt, FIRST_PEER, GROUP, recordOf, source, write } from './journals.js';

const { OK } = RESULT;
const { SHIP_DATA, SHIP_INFORMATION } = SHIP_FLAG;

/** Memory keeps what it has: nothing goes to the journal volumes by itself. */
export function quiet(group = {}, state: keyof typeof PAIR_STATE = 'PAIR'): Path {
  const p = source(state, group);
  p.set('journaling.spill_at', GROUP, 1_000);
  return p;
}

export interface Sent {
  readonly after: number;
  readonly sectors?: number;
  readonly entries: number;
  readonly buffer?: number;
  readonly peer?: number;
}

/** The next that goes over the link: data, if there are any, then update information. */
export function sent(p: Path, { after, sectors = 0, entries: count, buffer = 0, peer = FIRST_PEER }: Sent): void {
  const at = bufferAt(p, buffer);
  const common = { volume: peer, track: 0, epoch: EPOCH, gen: after };
  if (sectors > 0) p.expect('remote', 'SHIP', { ...common, span: span(0, sectors), at: at + 2, flags: SHIP_DATA });
  p.expect('remote', 'SHIP', {
    ...common,
    span: span(0, Math.ceil(count / 8)),
    at,
    flags: SHIP_INFORMATION | (count << 8) | (sectors > 0 ? SHIP_DATA : 0),
  });
}

/** Both arrived. */
export function arrived(p: Path, messages = 2, result: number = OK): void {
  for (let n = 0; n < messages; n++) p.answer('SHIPPED', { result });
}

/** The words of the n-th piece of update information in a buffer, and of the entry of a number. */
export const piece = (p: Path, n: number, buffer = 0): number[] => {
  const at = bufferAt(p, buffer) * 128 + n * 16;
  return [...p.machine.memory.m.subarray(at, at + 16)];
};
export const update = (p: Path, number: number): number[] => {
  const at = p.machine.memory.layout.base.update + recordOf(number) * 16;
  return [...p.machine.memory.m.subarray(at, at + 16)];
};

/** Entries of four sectors, so that one goes at a time. */
export function tracks(p: Path, count: number): void {
  for (let n = 1; n <= count; n++) write(p, { track: n % 4, sector: 0, sectors: 4, byte: n });
}

/** COMPARE AND WRITE and WRITE ATOMIC in the data role: what is on one track is one step, to a loss of power, too. */
import { describe, expect, test } from 'vitest';
import { INTENT, RESULT, SECTOR_BYTES } from '../../firmware/memory/constants.js';
import { type Path, span } from '../harness/path.js';
import { data } from './fixtures.js';
import { moments } from './moments.js';

const { OK, DIFFERENT } = RESULT;
const SLOT = 2;
const [OLD, NEW] = [0x11, 0xab];
const SECTORS = 4;

/** Track 1 in its slot is OLD throughout; the transfer buffer has what must stand there, and then NEW. */
function begin(p: Path, kind: 'WRITE' | 'REWRITE'): void {
  p.fill(p.slotAt(SLOT), SECTORS, OLD);
  p.set('slot.valid', SLOT, 0b1111);
  p.fill(p.transferAt, SECTORS, OLD);
  p.fill(p.transferAt + SECTORS, SECTORS, NEW);
  p.receive(kind, { volume: 0, track: 1, span: span(0, SECTORS), at: p.transferAt + SECTORS, flags: 0 });
  p.expect('cache', 'GET', { track: 1, intent: kind === 'WRITE' ? INTENT.TO_WRITE : INTENT.TO_CHANGE });
}

/** What a power loss would leave: the bytes, and whether the track is known to be not on its drive. */
const left = (p: Path): string => {
  const bytes = p.slotBytes(SLOT);
  const dirty = p.get('slot.dirty', SLOT) === 0b1111 && p.flags(0, 1) === 'M1_WP';
  if (bytes.every((byte) => byte === OLD)) return 'old';
  return bytes.every((byte) => byte === NEW) && dirty ? 'new' : `torn: ${bytes.join()}`;
};

describe.each(['WRITE', 'REWRITE'] as const)('%s of all of a track', (kind) => {
  test('leaves all of it or nothing when power goes, at any moment', () => {
    const p = data({ sectorsPerTrack: SECTORS });
    begin(p, kind);
    p.answer('GOT', { result: OK, slot: SLOT }, undefined, { ops: 0 });
    const seen = moments(p, () => left(p));
    expect([...new Set(seen)]).toEqual(['old', 'new']);
    expect(seen.lastIndexOf('old')).toBeLessThan(seen.indexOf('new'));
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply(kind === 'WRITE' ? 'WRITTEN' : 'REWRITTEN', { result: OK });
    p.expectDone();
  });
});

describe('REWRITE', () => {
  test.each([0, 1, SECTORS * SECTOR_BYTES - 1])('writes nothing where byte %i is another, and says so', (at) => {
    const p = data({ sectorsPerTrack: SECTORS });
    begin(p, 'REWRITE');
    p.machine.memory.bytes[p.slotAt(SLOT) * SECTOR_BYTES + at] = 0x12;
    const before = p.slotBytes(SLOT);
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('REWRITTEN', { result: DIFFERENT, where: at });
    expect([p.slotBytes(SLOT), p.flags(0, 1), p.get('slot.dirty', SLOT)]).toEqual([before, 'none', 0]);
    p.expectDone();
  });

  test('lets no write of the track in between what is compared and what is written', () => {
    const p = data({ sectorsPerTrack: SECTORS });
    begin(p, 'REWRITE');
    const write = p.receive('WRITE', { volume: 0, track: 1, span: span(0, 1), at: p.transferAt });
    p.expectNothing();
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('REWRITTEN', { result: OK });
    p.expect('cache', 'GET', { track: 1, intent: INTENT.TO_WRITE });
    p.answer('GOT', { result: OK, slot: SLOT });
    p.expect('cache', 'GIVE', { slot: SLOT });
    p.expectReply('WRITTEN', { result: OK }, write);
    p.expectDone();
  });
});

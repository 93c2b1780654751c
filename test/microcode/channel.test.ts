import { describe, test } from 'vitest';
import { COMMAND_FLAGS, COMMAND_OP, RESULT, SHIP_FLAG, TRACK_MAP } from '../../firmware/memory/constants.js';
import { type Path, path, span } from '../harness/path.js';

const { OK, WRITE_PROTECTED, MEDIUM_ERROR, UNALIGNED } = RESULT;

/** Command 1: so many sectors of volume 2, from a sector of track 5. */
function command(op: keyof typeof COMMAND_OP, sector: number, count: number, flags = 0): Path {
  const p = path('channel', { volumes: [{ tracks: 2 }, { tracks: 2 }, { tracks: 40 }] });
  p.set('command.op', 1, COMMAND_OP[op]);
  p.set('command.volume', 1, 2);
  p.set('command.track', 1, 5);
  p.set('command.sector', 1, sector);
  p.set('command.count', 1, count);
  p.set('command.at', 1, p.transferAt);
  p.set('command.flags', 1, flags);
  p.receive('COMMAND', { command: 1 });
  return p;
}

/** Command 1: so many sectors from a sector of track 5 on, of a volume with tracks of eight and blocks of 4096. */
function blocks(sector: number, count: number): Path {
  const p = path('channel', { volumes: [{ tracks: 40 }], sectorsPerTrack: 8 });
  p.set('volume.align', 0, 7);
  const command = { op: COMMAND_OP.OP_WRITE, volume: 0, track: 5, sector, count, at: p.transferAt };
  for (const [field, value] of Object.entries(command)) p.set(`command.${field}`, 1, value);
  p.receive('COMMAND', { command: 1 });
  return p;
}

function ends(p: Path, status: number): void {
  p.expect('hostPort', 'STATUS', { command: 1, status });
  p.expectDone();
}

describe('a host write', () => {
  test('inside one track is one write, and its status is that of the write', () => {
    const p = command('OP_WRITE', 1, 2);
    p.expect('data', 'WRITE', { volume: 2, track: 5, span: span(1, 2), at: p.transferAt, flags: 0 });
    p.answer('WRITTEN', { result: OK });
    p.expect('hostPort', 'STATUS', { command: 1, status: OK });
    p.expectDone({ mostOps: 30 });
  });

  test('over three tracks goes to all of them at once, each with its part of the bytes', () => {
    const p = command('OP_WRITE', 3, 6);
    p.expect('data', 'WRITE', { track: 5, span: span(3, 1), at: p.transferAt });
    p.expect('data', 'WRITE', { track: 6, span: span(0, 4), at: p.transferAt + 1 });
    p.expect('data', 'WRITE', { track: 7, span: span(0, 1), at: p.transferAt + 5 });
    p.answer('WRITTEN', { result: OK });
    p.answer('WRITTEN', { result: OK });
    p.expectNothing();
    p.answer('WRITTEN', { result: OK });
    ends(p, OK);
  });

  test('over twenty tracks goes in windows of eight', () => {
    const p = command('OP_WRITE', 0, 80);
    for (let i = 0; i < 20; i++) {
      p.expect('data', 'WRITE', { track: 5 + i, span: span(0, 4), at: p.transferAt + 4 * i });
      if (i % 8 === 7) {
        p.expectNothing();
        for (let n = 0; n < 8; n++) p.answer('WRITTEN', { result: OK });
      }
    }
    for (let n = 0; n < 4; n++) p.answer('WRITTEN', { result: OK });
    ends(p, OK);
  });

  test('of which one track fails hears the failure after all of the window ended, and goes no further', () => {
    const p = command('OP_WRITE', 0, 80);
    const writes = Array.from({ length: 8 }, () => p.expect('data', 'WRITE'));
    for (const [i, w] of writes.reverse().entries()) {
      p.expectNothing();
      p.answer('WRITTEN', { result: i === 2 ? WRITE_PROTECTED : OK }, w);
    }
    ends(p, WRITE_PROTECTED);
  });

  test.each([
    [4, 12],
    [0, 12],
    [4, 8],
  ])(
    'over several tracks that are no whole blocks (%i, %i) is UNALIGNED before a part of it is written',
    (from, count) => {
      ends(blocks(from, count), UNALIGNED);
    },
  );

  test('over several tracks of whole blocks goes to all of them', () => {
    const p = blocks(0, 16);
    for (const track of [5, 6]) p.expect('data', 'WRITE', { track, span: span(0, 8) });
  });

  test.each([
    ['OP_TRIM', 0, SHIP_FLAG.SHIP_ZERO | SHIP_FLAG.SHIP_UNMAP],
    ['OP_ZERO', 0, SHIP_FLAG.SHIP_ZERO | SHIP_FLAG.SHIP_UNMAP],
    ['OP_ZERO', COMMAND_FLAGS.KEEPS_ROOM, SHIP_FLAG.SHIP_ZERO],
  ] as const)('%s with flags %i is a write that needs no bytes, with flags %i', (op, says, flags) => {
    const p = command(op, 2, 4, says);
    p.expect('data', 'WRITE', { track: 5, span: span(2, 2), flags });
    p.expect('data', 'WRITE', { track: 6, span: span(0, 2), flags });
    p.answer('WRITTEN', { result: OK });
    p.answer('WRITTEN', { result: OK });
    ends(p, OK);
  });
});

describe('a host read', () => {
  test('goes track by track, and each part is pushed as soon as it is there', () => {
    const p = command('OP_READ', 3, 3);
    p.expect('data', 'READ', { volume: 2, track: 5, span: span(3, 1) });
    p.answer('READY', { result: OK, slot: 2 });
    p.expect('hostPort', 'PUSH', { command: 1, slot: 2, at: p.slotAt(2, 3), span: span(3, 1) });
    p.expect('data', 'READ', { track: 6, span: span(0, 2) });
    p.answer('READY', { result: OK, slot: 1 });
    p.expect('hostPort', 'PUSH', { command: 1, slot: 1, at: p.slotAt(1, 0), span: span(0, 2) });
    ends(p, OK);
  });

  test('of which a track cannot be read ends there with its status', () => {
    const p = command('OP_READ', 0, 12);
    p.expect('data', 'READ', { track: 5 });
    p.answer('READY', { result: OK, slot: 2 });
    p.expect('hostPort', 'PUSH', { slot: 2 });
    p.expect('data', 'READ', { track: 6 });
    p.answer('READY', { result: MEDIUM_ERROR });
    ends(p, MEDIUM_ERROR);
  });

  test('keeps its slots pinned until the port has read them', () => {
    const p = path('channel');
    p.receive('PUSHED', { slot: 3 });
    p.expect('cache', 'UNPIN', { slot: 3 });
    p.expectDone({ ops: 2 });
  });
});

describe('a prefetch', () => {
  test('reads track by track, and gives each slot back at once', () => {
    const p = command('OP_CACHE', 3, 3);
    p.expect('data', 'READ', { volume: 2, track: 5, span: span(3, 1) });
    p.answer('READY', { result: OK, slot: 2 });
    p.expect('cache', 'UNPIN', { slot: 2 });
    p.expect('data', 'READ', { track: 6, span: span(0, 2) });
    p.answer('READY', { result: OK, slot: 1 });
    p.expect('cache', 'UNPIN', { slot: 1 });
    ends(p, OK);
  });

  test('ends at the first track that cannot be read', () => {
    const p = command('OP_CACHE', 0, 12);
    p.expect('data', 'READ', { track: 5 });
    p.answer('READY', { result: MEDIUM_ERROR });
    ends(p, MEDIUM_ERROR);
  });
});

describe('a question for the map of a volume', () => {
  test('is answered by one run of tracks and its status', () => {
    const p = path('channel', { volumes: [{ tracks: 40 }] });
    p.set('command.op', 1, COMMAND_OP.OP_MAP);
    p.set('command.track', 1, 7);
    p.set('command.flags', 1, TRACK_MAP.MAP_OWED);
    p.receive('COMMAND', { command: 1 });
    p.expect('data', 'MAP', { volume: 0, track: 7, map: TRACK_MAP.MAP_OWED });
    p.answer('MAPPED', { result: OK, tracks: 9, state: 1 });
    p.expect('hostPort', 'EXTENT', { command: 1, tracks: 9, state: 1 });
    ends(p, OK);
  });

  test('that fails has no run', () => {
    const p = command('OP_MAP', 0, 1);
    p.expect('data', 'MAP', { volume: 2, track: 5 });
    p.answer('MAPPED', { result: RESULT.NOT_READY });
    ends(p, RESULT.NOT_READY);
  });
});

describe('an inquiry', () => {
  test('gets the size of a block and the status of the data role', () => {
    for (const status of [OK, WRITE_PROTECTED]) {
      const p = command('OP_INQUIRE', 0, 0);
      p.expect('data', 'INQUIRE', { volume: 2 });
      p.answer('INQUIRED', { result: status, align: 7 });
      p.expect('hostPort', 'EXTENT', { tracks: 7 });
      ends(p, status);
    }
  });
});

describe('a host sync', () => {
  test('gets the status of the data role', () => {
    for (const status of [OK, RESULT.NOT_READY]) {
      const p = command('OP_SYNC', 0, 0);
      p.expect('data', 'SYNC', { volume: 2 });
      p.answer('SYNCED', { result: status });
      ends(p, status);
    }
  });
});

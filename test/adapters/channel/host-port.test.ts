import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMAND_FUA, type HostListener, HostPort } from '../../../adapters/channel/host-port.js';
import type { ScsiCommand, ScsiListener } from '../../../adapters/channel/scsi-port.js';
import { TransferMemory } from '../../../adapters/channel/transfer-memory.js';
import { PortMail, Wiring } from '../../../firmware/engine/wiring.js';
import { COMMAND_OP, RESULT, TIME_BUCKETS, TRACK_MAP } from '../../../firmware/memory/constants.js';
import { attach, layoutOf, READ_TRACKS_MAX } from '../../../firmware/memory/layout.js';
import { fieldOffset } from '../../../firmware/memory/tables.js';
import { D_PAYLOAD, KIND, roleNumber } from '../../../firmware/ports/messages.js';
import { DIMENSIONS, StandIn } from './stand-in.js';

const { OP_READ, OP_WRITE, OP_SYNC, OP_MAP } = COMMAND_OP;

class Recorder implements HostListener {
  readonly pushes: { command: number; slot: number; at: number; sectors: number }[] = [];
  readonly ends: { command: number; status: number }[] = [];
  pushed(command: number, slot: number, at: number, sectors: number): void {
    this.pushes.push({ command, slot, at, sectors });
  }
  ended(command: number, status: number): void {
    this.ends.push({ command, status });
  }
}

describe('transfer memory', () => {
  test('gives out runs that never overlap, all of it, and refuses only when no run is long enough', () => {
    const step = fc.record({ units: fc.integer({ min: 1, max: 70 }), frees: fc.nat() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(step, { maxLength: 200 }), (units, steps) => {
        const memory = new TransferMemory(units * 8 + 5);
        const taken = new Array<boolean>(units).fill(false);
        const runs: [first: number, count: number][] = [];
        for (const s of steps) {
          const first = memory.allocate(s.units);
          const longest = Math.max(
            ...taken
              .map((t) => (t ? 'x' : '.'))
              .join('')
              .split('x')
              .map((run) => run.length),
          );
          expect(first >= 0).toBe(longest >= s.units);
          if (first >= 0) {
            expect(taken.slice(first, first + s.units)).toEqual(new Array(s.units).fill(false));
            taken.fill(true, first, first + s.units);
            runs.push([first, s.units]);
          }
          if (s.frees % 3 === 0 || first < 0) {
            const [run] = runs.splice(s.frees % Math.max(1, runs.length), 1);
            if (run !== undefined) {
              memory.release(...run);
              taken.fill(false, run[0], run[0] + run[1]);
            }
          }
          expect(memory.unitsFree).toBe(taken.filter((t) => !t).length);
        }
      }),
    );
  });

  test('what is not taken cannot be given back', () => {
    const memory = new TransferMemory(800);
    const first = memory.allocate(3);
    expect(() => memory.release(first, 4)).toThrow(/unit 3 is not taken/);
    memory.release(first, 3);
    expect(() => memory.release(first, 3)).toThrow(RangeError);
    expect(() => memory.release(100, 1)).toThrow(RangeError);
  });
});

describe('host port', () => {
  test('writes a command record and takes it back at its status', () => {
    const standIn = new StandIn();
    const listener = new Recorder();
    const at = standIn.port.allocate(16);
    const command = standIn.port.submit(OP_WRITE, 0, 130, 16, at, COMMAND_FUA, listener);
    expect(standIn.port.commandsUnderWay).toBe(1);
    standIn.pump();
    expect(standIn.seen).toEqual([{ op: OP_WRITE, volume: 0, track: 1, sector: 2, count: 16, flags: COMMAND_FUA }]);
    expect(listener.ends).toEqual([{ command, status: RESULT.OK }]);
    expect(standIn.port.commandsUnderWay).toBe(0);
    standIn.port.release(at, 16);
    expect(standIn.port.transferSectorsFree).toBe(standIn.port.transferSectors);
  });

  test('pushes the parts of a read in order, pinned until done', () => {
    const standIn = new StandIn();
    const listener = new Recorder();
    standIn.port.submit(OP_READ, 0, 100, 300, 0, 0, listener);
    standIn.pump();
    expect(listener.pushes.map((p) => p.sectors)).toEqual([28, 128, 128, 16]);
    expect(listener.pushes.map((p) => p.at - standIn.memory.layout.slotsAt)).toEqual([100, 128, 256, 384]);
    expect(listener.ends).toHaveLength(1);
    expect(standIn.pins).toBe(4);
    for (const p of listener.pushes) standIn.port.done(p.slot);
    standIn.pump();
    expect(standIn.pins).toBe(0);
  });

  test('refuses with -1 when every record is taken, and goes on when one is free', () => {
    const standIn = new StandIn();
    const listener = new Recorder();
    standIn.holds = true;
    for (let i = 0; i < DIMENSIONS.commands; i++) {
      expect(standIn.port.submit(OP_SYNC, 0, 0, 0, 0, 0, listener)).toBeGreaterThanOrEqual(0);
    }
    expect(standIn.port.submit(OP_SYNC, 0, 0, 0, 0, 0, listener)).toBe(-1);
    standIn.pump();
    standIn.release();
    standIn.pump();
    expect(listener.ends).toHaveLength(DIMENSIONS.commands);
    expect(standIn.port.submit(OP_SYNC, 0, 0, 0, 0, 0, listener)).toBeGreaterThanOrEqual(0);
  });

  test('never lets more tracks be promised than the ring to the channel was sized for', () => {
    const standIn = new StandIn();
    const listener = new Recorder();
    const whole = READ_TRACKS_MAX * DIMENSIONS.sectorsPerTrack;
    for (let i = 0; i < DIMENSIONS.commands; i++) {
      expect(standIn.port.submit(OP_READ, 0, 0, whole, 0, 0, listener)).toBeGreaterThanOrEqual(0);
      standIn.pump();
    }
    // Every command has ended, but nothing was given back.
    expect(standIn.port.commandsUnderWay).toBe(0);
    expect(standIn.port.submit(OP_READ, 0, 0, 1, 0, 0, listener)).toBe(-1);
    expect(standIn.port.submit(OP_SYNC, 0, 0, 0, 0, 0, listener)).toBeGreaterThanOrEqual(0);
    for (const p of listener.pushes) standIn.port.done(p.slot);
    standIn.pump();
    expect(standIn.port.submit(OP_READ, 0, 0, whole, 0, 0, listener)).toBeGreaterThanOrEqual(0);
  });

  test('a failed read gives back what it might have pushed', () => {
    const standIn = new StandIn();
    const listener = new Recorder();
    standIn.status = RESULT.MEDIUM_ERROR;
    for (let i = 0; i < 100; i++) {
      expect(standIn.port.submit(OP_READ, 0, 0, 1024, 0, 0, listener)).toBeGreaterThanOrEqual(0);
      standIn.pump();
    }
    expect(listener.ends.every((e) => e.status === RESULT.MEDIUM_ERROR)).toBe(true);
  });

  test('tells the run of a map before its end', () => {
    const standIn = new StandIn();
    const told: string[] = [];
    standIn.maps[1].fill(1, 3, 10);
    standIn.port.submit(OP_MAP, 0, 3 * DIMENSIONS.sectorsPerTrack, 1, 0, TRACK_MAP.MAP_OWED, {
      pushed: () => told.push('pushed'),
      mapped: (_command, tracks, state) => told.push(`${tracks} tracks: ${state}`),
      ended: (_command, status) => told.push(`ended ${status}`),
    });
    standIn.pump();
    expect(told).toEqual(['7 tracks: 1', 'ended 0']);
  });

  test('meters commands with data that ended well, in words that wrap', () => {
    const standIn = new StandIn();
    const { m, layout } = standIn.memory;
    const meter = (): number[] => Array.from(m.subarray(layout.base.meter, layout.base.meter + 4), (n) => n >>> 0);
    const run = (op: number, sectors: number): void => {
      standIn.port.submit(op, 0, 0, sectors, op === OP_WRITE ? layout.transferAt : 0, 0, new Recorder());
      standIn.pump();
    };
    run(OP_READ, 5);
    run(OP_READ, 300);
    run(OP_WRITE, 7);
    run(OP_SYNC, 0);
    run(COMMAND_OP.OP_ZERO, 100);
    standIn.status = RESULT.MEDIUM_ERROR;
    run(OP_WRITE, 9);
    expect(meter()).toEqual([2, 1, 305, 7]);
    standIn.status = RESULT.OK;
    m[layout.base.meter + 2] = -1;
    run(OP_READ, 3);
    expect(meter()).toEqual([3, 1, 2, 7]);
  });

  test('puts the response time of each read and write into one bucket, by powers of two from 8 µs', () => {
    let now_ns = 5e15;
    const standIn = new StandIn(DIMENSIONS, { now_ns: () => now_ns });
    const { m, layout } = standIn.memory;
    const field = (name: string, words: number): number[] => {
      const at = layout.base.meter + fieldOffset('meter', name);
      return Array.from(m.subarray(at, at + words), (n) => n >>> 0);
    };
    const run = (op: number, lasts_ns: number): void => {
      standIn.port.submit(op, 0, 0, 1, op === OP_WRITE ? layout.transferAt : 0, 0, new Recorder());
      now_ns += lasts_ns;
      standIn.pump();
    };
    const expected = new Array<number>(TIME_BUCKETS).fill(0);
    for (const [lasts_ns, bucket] of [
      [0, 0],
      [8000, 0],
      [8001, 1],
      [16_000, 1],
      [17_000, 2],
      [2_097_152_000, TIME_BUCKETS - 2],
      [2_097_152_001, TIME_BUCKETS - 1],
      [9e12, TIME_BUCKETS - 1],
    ]) {
      run(OP_READ, lasts_ns);
      expected[bucket] += 1;
    }
    expect(field('read_times', TIME_BUCKETS)).toEqual(expected);
    expect(field('write_times', TIME_BUCKETS)).toEqual(new Array<number>(TIME_BUCKETS).fill(0));
    run(OP_SYNC, 1000);
    for (let i = 0; i < 2; i++) run(OP_WRITE, 3e12);
    // The sum goes into the second word: 6 000 000 000 µs.
    expect(field('write_us', 2)).toEqual([6e9 % 2 ** 32, 1]);
  });

  test('names what is out of range', () => {
    const { port, sectors } = new StandIn();
    const listener = new Recorder();
    expect(() => port.submit(OP_WRITE, 0, sectors - 1, 2, 0, 0, listener)).toThrow(/no such place/);
    expect(() => port.submit(OP_WRITE, 1, 0, 1, 0, 0, listener)).toThrow(/volume 1/);
    expect(() => port.submit(OP_READ, 0, 1, 1024, 0, 0, listener)).toThrow(/9 tracks/);
    expect(port.readLimit(1)).toBe(1023);
  });
});

describe('task management', () => {
  const ABORT_TASK = 1;
  const COMPLETE = 0;
  const GOOD = 0;
  const command: ScsiCommand = {
    nexus: 0,
    lunHigh: 0,
    lunLow: 0,
    attribute: 1,
    cdb: new Uint8Array(16),
    at: 0,
    outBytes: 0,
    inBytes: 0,
  };
  const scsi = { nexuses: 1, initiators: 1, groups: 1, works: 1, pages: 0, pageSectors: 0, operations: 0 };

  /** A port, and the channel behind it, which says what ends. */
  function scsiPort() {
    const layout = layoutOf({ ...DIMENSIONS, commands: 4, scsi });
    const memory = attach(layout, new SharedArrayBuffer(layout.bytes));
    const wiring = new Wiring(memory, 0);
    const port = new HostPort(memory, new PortMail(wiring, roleNumber('hostPort')));
    const channel = new PortMail(wiring, roleNumber('channel'));
    const end = (number: number, status: number): void => {
      const d = channel.post(KIND.SCSI_STATUS) + D_PAYLOAD;
      memory.m.set([number, status, 0, 0, 0, 0, 0, 0], d);
      port.pump();
    };
    const owner: ScsiListener = { pushed: () => {}, gave: () => {}, scsiEnded: () => {} };
    const submit = (): number => port.submitScsi(command, owner);
    return { port, end, submit, abort: (task: number) => port.manage(0, 0, 0, ABORT_TASK, task, owner) };
  }

  test('a command that ends while it is to be aborted gives its number to no other before that is answered', () => {
    const { port, end, submit, abort } = scsiPort();
    const task = submit();
    const twice = [abort(task), abort(task)];
    end(task, GOOD);
    const others = [submit()];
    expect(others).not.toContain(task);
    expect(submit()).toBe(-1);
    end(twice[0] as number, COMPLETE);
    others.push(submit());
    expect(others).not.toContain(task);
    end(twice[1] as number, COMPLETE);
    others.push(submit(), submit());
    expect(others).toContain(task);
    for (const other of others) end(other, GOOD);
    expect(port.commandsUnderWay).toBe(0);
  });

  test('a command that is aborted is free when both have ended, in either order', () => {
    const { port, end, submit, abort } = scsiPort();
    for (const isFirst of [true, false]) {
      const task = submit();
      const management = abort(task);
      for (const number of isFirst ? [task, management] : [management, task]) end(number, GOOD);
      expect(port.commandsUnderWay).toBe(0);
    }
    expect(new Set([submit(), submit(), submit(), submit()]).size).toBe(4);
  });

  test('a function that names a command which is over, and has got its number, gives it back once', () => {
    const { port, end, submit, abort } = scsiPort();
    const task = submit();
    end(task, GOOD);
    const management = abort(task);
    expect(management).toBe(task);
    end(management, COMPLETE);
    expect(port.commandsUnderWay).toBe(0);
  });
});

/**
 * A whole array whose drives, log and checkpoints are files that forget what was not synced: hosts write and flush, the
 * process is killed or the machine goes down, and the array that starts from what is left has what it must have.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COMMAND_FUA, type HostListener, HostPort } from '../../../../adapters/channel/host-port.js';
import { FileDrives } from '../../../../adapters/disk/file/drive-port.js';
import { BatteryMarks } from '../../../../firmware/memory/battery-marks.js';
import { COMMAND_OP, RESULT, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { D_PAYLOAD, KIND } from '../../../../firmware/ports/messages.js';
import { LIVE_CLOCK } from '../../../../firmware/runtime/live/clock.js';
import { Director, LOG } from '../../../../firmware/runtime/live/director.js';
import { Battery } from '../../../../firmware/runtime/live/state/battery.js';
import { BatteryLog } from '../../../../firmware/runtime/live/state/battery-log.js';
import { LogSync } from '../../../../firmware/runtime/live/state/log-sync.js';
import { ArrayMachine } from '../../../../firmware/runtime/machine/array.js';
import { driveEnds } from '../../../../firmware/runtime/machine/config.js';
import { ArrayTables } from '../../../../firmware/runtime/machine/tables.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { type Choice, LossyDrives, LossyFiles } from '../../../harness/lossy-files.js';
import { singleRig } from './host.js';

const [config] = singleRig('tiny', 32 * 1024).arrays;
const layout = ArrayTables.layoutFor(config);
const SECTORS = config.volumes[0].tracks * config.dims.sectorsPerTrack;
const IMAGES = loadImages();
const FOLDER = 'A';
const LIMIT_BYTES = 8192;
const DEPTH = 4;

/** What hosts know of a sector: its writes in order, and from which one on a flush has promised it. */
interface Known {
  readonly writes: number[];
  acknowledged: number;
  flushed: number;
  isBusy: boolean;
}

const newKnown = (value: number): Known => ({ writes: [value], acknowledged: 0, flushed: 0, isBusy: false });

interface Command {
  ended(status: number): void;
  pushed?(at: number, sectors: number): void;
}

/** A process that serves the array. */
class Life implements HostListener {
  readonly found: string;
  flushes = 0;
  #hasEnded = false;
  readonly #director: Director;
  readonly #hostPort: HostPort;
  readonly #bytes: Uint8Array;
  readonly #commands = new Map<number, Command>();
  #checkpoints = 0;

  constructor(system: LossyFiles, drives: LossyDrives) {
    const files = new Proxy(system, {
      get: (of, name: keyof LossyFiles) => {
        if (this.#hasEnded) throw new Error('the process has ended');
        return of[name];
      },
    });
    const trouble = (text: string): void => {
      if (!this.#hasEnded) throw new Error(text);
    };
    const buffer = new SharedArrayBuffer(layout.bytes);
    const tables = new ArrayTables(config, layout, buffer);
    const battery = new Battery(FOLDER, { files, limit_bytes: LIMIT_BYTES });
    const restored = battery.restore(tables.memory);
    this.found = restored?.found ?? 'fresh';
    if (this.found === 'fresh') tables.format(1);
    if (this.found === 'behind') tables.distrustBattery(2);
    tables.powerOn();
    const marks = new BatteryMarks(layout);
    const machine = new ArrayMachine(config, layout, buffer, IMAGES, LIVE_CLOCK, undefined, 0, marks);
    const { memory, serviceMail } = machine;
    const ring = (): void => void machine.wiring.bell.ring(LOG);
    const plan = battery.start(memory, { ring, onTrouble: trouble });
    const onDue = (): void => {
      this.#checkpoints += 1;
      void battery.checkpoint();
    };
    const log = new BatteryLog({ memory, marks, plan, writer: 0, onDue, files });
    const sync = new LogSync(plan, trouble, files);
    const stable = {
      sync: (done: (ok: boolean) => void): void =>
        sync.sync((ok) => {
          if (this.#hasEnded) return;
          done(ok);
          this.#director.stir();
        }),
    };
    this.#bytes = memory.bytes;
    this.#hostPort = new HostPort(memory, machine.hostMail, LIVE_CLOCK, stable);
    const open = driveEnds(config).map((sectors, fd) => ({ path: `drive-${fd}`, sectors, fd }));
    const drivePort = new FileDrives(memory, machine.driveMail, open, {
      onEnd: () => this.#director.stir(),
      onTrouble: trouble,
      calls: drives,
    });
    this.#director = new Director({
      machine,
      ports: { hostPort: this.#hostPort, drivePort },
      clock: LIVE_CLOCK,
      battery: log,
      onFault: (reason) => trouble(reason.message),
    });
    this.#director.attend();
    serviceMail.ask(KIND.BOOT, 0);
    this.#director.pump();
    expect(memory.m[serviceMail.peek() + D_PAYLOAD]).toBe(RESULT.OK);
    serviceMail.drop();
  }

  get checkpoints(): number {
    return this.#checkpoints;
  }

  end(): void {
    this.#hasEnded = true;
    this.#director.close();
  }

  /** One number all over each sector. False: no more can be taken now. */
  write(first: number, count: number, number: number, fua: boolean, known: readonly Known[]): boolean {
    const at = this.#hostPort.allocate(count);
    if (at < 0) return false;
    for (let word = 0; word < (count * SECTOR_BYTES) / 4; word++) {
      new DataView(this.#bytes.buffer).setUint32(at * SECTOR_BYTES + word * 4, number, true);
    }
    const touched = known.slice(first, first + count);
    const command = this.#hostPort.submit(COMMAND_OP.OP_WRITE, 0, first, count, at, fua ? COMMAND_FUA : 0, this);
    if (command < 0) {
      this.#hostPort.release(at, count);
      return false;
    }
    for (const sector of touched) {
      sector.writes.push(number);
      sector.isBusy = true;
    }
    this.#commands.set(command, {
      ended: (status) => {
        expect(status).toBe(RESULT.OK);
        this.#hostPort.release(at, count);
        for (const sector of touched) {
          sector.isBusy = false;
          sector.acknowledged = sector.writes.length - 1;
          if (fua) sector.flushed = sector.acknowledged;
        }
      },
    });
    this.#director.pump();
    return true;
  }

  flush(known: readonly Known[]): void {
    const places = known.map(({ acknowledged }) => acknowledged);
    const command = this.#hostPort.submit(COMMAND_OP.OP_SYNC, 0, 0, 0, 0, 0, this);
    if (command < 0) return;
    this.#commands.set(command, {
      ended: (status) => {
        expect(status).toBe(RESULT.OK);
        this.flushes += 1;
        for (const [i, sector] of known.entries()) sector.flushed = Math.max(sector.flushed, places[i]);
      },
    });
    this.#director.pump();
  }

  /** The number in each sector; −1: it is torn. */
  async read(): Promise<number[]> {
    const numbers: number[] = [];
    const perTrack = config.dims.sectorsPerTrack;
    for (let first = 0; first < SECTORS; first += perTrack) {
      let isOver = false;
      const command = this.#hostPort.submit(COMMAND_OP.OP_READ, 0, first, perTrack, 0, 0, this);
      this.#commands.set(command, {
        pushed: (at, sectors) => {
          for (let i = 0; i < sectors; i++) numbers.push(this.#numberAt(at + i));
        },
        ended: (status) => {
          expect(status).toBe(RESULT.OK);
          isOver = true;
        },
      });
      this.#director.pump();
      while (!isOver) await nextTurn();
    }
    return numbers;
  }

  pushed(command: number, slot: number, at: number, sectors: number): void {
    this.#commands.get(command)?.pushed?.(at, sectors);
    this.#hostPort.done(slot);
  }

  ended(command: number, status: number): void {
    const own = this.#commands.get(command);
    this.#commands.delete(command);
    own?.ended(status);
  }

  get underWay(): number {
    return this.#commands.size;
  }

  #numberAt(sector: number): number {
    const words = new DataView(this.#bytes.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES).buffer);
    const first = words.getUint32(0, true);
    for (let at = 4; at < SECTOR_BYTES; at += 4) if (words.getUint32(at, true) !== first) return -1;
    return first;
  }
}

function choiceFrom(seed: number): Choice {
  let state = seed | 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 0x1_0000_0000) * below);
  };
}

const seen = { kills: 0, crashes: 0, flushes: 0, checkpoints: 0, lost: 0 };
let number = 0;

async function load(life: Life, known: readonly Known[], steps: number, choice: Choice): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const what = choice(16);
    if (what === 0) life.flush(known);
    else if (what < 8 && life.underWay < DEPTH) {
      const first = choice(SECTORS);
      const count = 1 + choice(Math.min(6, SECTORS - first));
      const isFree = known.slice(first, first + count).every(({ isBusy }) => !isBusy);
      if (isFree) life.write(first, count, ++number, choice(8) === 0, known);
    } else await nextTurn();
  }
}

const lives = fc.array(
  fc.record({ steps: fc.integer({ min: 20, max: 600 }), end: fc.constantFrom('kill', 'crash'), seed: fc.nat() }),
  { minLength: 1, maxLength: 5 },
);

it('what was acknowledged outlives a kill, and what was flushed outlives the machine, whatever was not synced is lost', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (all) => {
      const files = new LossyFiles();
      const drives = new LossyDrives(driveEnds(config).map((sectors) => sectors * SECTOR_BYTES));
      let known = Array.from({ length: SECTORS }, () => newKnown(0));
      let life = new Life(files, drives);
      for (const { steps, end, seed } of all) {
        const choice = choiceFrom(seed);
        await load(life, known, steps, choice);
        life.end();
        seen.flushes += life.flushes;
        seen.checkpoints += life.checkpoints;
        if (end === 'kill') {
          files.kill();
          drives.kill();
          seen.kills += 1;
        } else {
          files.crash(choice);
          drives.crash(choice);
          seen.crashes += 1;
        }
        life = new Life(files, drives);
        expect(life.found).toBe(end === 'kill' ? 'kept' : 'behind');
        const numbers = await life.read();
        for (const [sector, { writes, acknowledged, flushed }] of known.entries()) {
          const may = writes.slice(end === 'kill' ? acknowledged : flushed);
          expect(may, `sector ${sector} after ${end}`).toContain(numbers[sector]);
          if (!writes.slice(acknowledged).includes(numbers[sector])) seen.lost += 1;
        }
        known = numbers.map(newKnown);
      }
      life.end();
      files.kill();
      drives.kill();
    }),
    { numRuns: 25 },
  );
  console.log(JSON.stringify(seen));
  // It has seen what it is about: unflushed writes that were lost, too.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(4);
}, 120_000);

/** The battery's log and checkpoints over files that forget what was not synced. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BatteryMarks } from '../../../../firmware/memory/battery-marks.js';
import { type ArrayMemory, attach } from '../../../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../../../firmware/memory/tables.js';
import { Battery } from '../../../../firmware/runtime/live/state/battery.js';
import { BatteryLog } from '../../../../firmware/runtime/live/state/battery-log.js';
import { C, type LogPlan } from '../../../../firmware/runtime/live/state/log-format.js';
import { LogSync } from '../../../../firmware/runtime/live/state/log-sync.js';
import { ArrayTables } from '../../../../firmware/runtime/machine/tables.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { Journals, setWide, wide } from '../../../../firmware/units/journals.js';
import { Tracks } from '../../../../firmware/units/tracks.js';
import { batteryPrint } from '../../../harness/battery.js';
import { type Choice, LossyFiles } from '../../../harness/lossy-files.js';

const [array] = loadRig('tiny-pair').arrays;
const JOURNAL = { records: 16, windowSectors: 12, volumes: 1 };
const config = { ...array, dims: { ...array.dims, journals: [JOURNAL] } };
const layout = ArrayTables.layoutFor(config);
const WRITERS = 2;
const FOLDER = 'A';
/** So that a checkpoint is due after some batches. */
const LIMIT_BYTES = 1024;
const newMemory = (): ArrayMemory => attach(layout, new SharedArrayBuffer(layout.bytes));

/** Two directors of an array that never runs: each changes tracks and slots of its own. */
class Life {
  readonly memory: ArrayMemory;
  /** What the memory was after each batch; the first: when this life began. */
  readonly history: string[] = [];
  /** Place in the history that a sync answered for. */
  synced = 0;
  readonly #battery: Battery;
  readonly #plan: LogPlan;
  readonly #sync: LogSync;
  readonly #writers: { marks: BatteryMarks; log: BatteryLog; tracks: Tracks; journals: Journals; isRung: boolean }[];
  readonly #first: number;
  #number: number;
  #checkpoint: Promise<void> | undefined;
  #hasEnded = false;

  constructor(system: LossyFiles, memory: ArrayMemory, number: number) {
    // A process that is gone asks nothing of the system any more.
    const files = new Proxy(system, {
      get: (of, name: keyof LossyFiles) => {
        if (this.#hasEnded) throw new Error('the process has ended');
        return of[name];
      },
    });
    this.memory = memory;
    this.#number = number;
    const trouble = (text: string): void => {
      if (!this.#hasEnded) throw new Error(text);
    };
    this.#battery = new Battery(FOLDER, { files, limit_bytes: LIMIT_BYTES });
    const ring = (): void => {
      for (const writer of this.#writers) writer.isRung = true;
    };
    this.#plan = this.#battery.start(memory, { ring, onTrouble: trouble });
    this.#first = new Int32Array(this.#plan.control)[C.generation];
    this.#sync = new LogSync(this.#plan, trouble, files);
    this.#writers = Array.from({ length: WRITERS }, (_, writer) => {
      const marks = new BatteryMarks(layout);
      const onDue = (): void => {
        this.#checkpoint ??= this.#battery.checkpoint().then(() => {
          this.#checkpoint = undefined;
        });
      };
      const log = new BatteryLog({ memory, marks, plan: this.#plan, writer, onDue, files });
      return {
        marks,
        log,
        tracks: new Tracks(memory, () => 0, marks),
        journals: new Journals(memory, marks),
        isRung: false,
      };
    });
    this.#remember();
  }

  get number(): number {
    return this.#number;
  }

  /** Flags first, then the bytes, as microcode does. Not written down yet. */
  change(writer: number, choice: Choice): void {
    const { tracks, marks } = this.#writers[writer];
    const { m } = this.memory;
    const number = ++this.#number;
    const track = choice(layout.records.track / WRITERS) * WRITERS + writer;
    const slot = choice(Math.floor(layout.records.slot / WRITERS)) * WRITERS + writer;
    tracks.bump(track, 1);
    m[tracks.genAt(track)] = number;
    if (choice(3) === 0) return;
    const sector = choice(layout.dims.sectorsPerTrack);
    const sectors = 1 + choice(layout.dims.sectorsPerTrack - sector);
    m[this.at(slot, 2)] = 1;
    const from = layout.transferAt;
    m.fill(number, from * 128, (from + sectors) * 128);
    tracks.merge(slot, sector | (sectors << 16), from, number, 1);
    if (choice(4) !== 0) return;
    // Clean again.
    m.fill(0, this.at(slot, 8), this.at(slot, 12));
    marks.word(this.at(slot, 8));
  }

  /** An entry more, or the oldest less; one director has the journals. */
  journal(choice: Choice): void {
    const { journals, marks } = this.#writers[0];
    const { m } = this.memory;
    const [head, tail] = ['head', 'tail'].map((field) => layout.base.journal + fieldOffset('journal', field));
    const sectors = 1 + choice(layout.dims.sectorsPerTrack);
    if (wide(m, tail) - wide(m, head) > 8 && choice(2) === 0) {
      setWide(m, head, wide(m, head) + sectors);
      marks.word(head);
      return;
    }
    const number = ++this.#number;
    m.fill(number, layout.transferAt * 128, (layout.transferAt + sectors) * 128);
    const place = journals.reserve(0, sectors);
    journals.data(0, place, layout.transferAt, sectors);
    const record = layout.base.update + (journals.find(0, number) << shiftOf('update'));
    setWide(m, record, number);
    setWide(m, record + fieldOffset('update', 'place'), place);
    m[record + fieldOffset('update', 'span')] = sectors << 16;
    marks.record(record, 1 << shiftOf('update'));
  }

  /** A turn of a director: it hears the bell, changes something, and writes it down before anybody hears of it. */
  turn(writer: number, choice: Choice): void {
    this.hear(writer);
    for (let n = choice(3); n >= 0; n--) this.change(writer, choice);
    if (writer === 0) this.journal(choice);
    this.#writers[writer].log.commit();
    this.#remember();
  }

  hear(writer: number): void {
    const own = this.#writers[writer];
    if (!own.isRung) return;
    own.isRung = false;
    own.log.pass();
    // It has written down what was changed before, if anything was.
    this.#remember();
  }

  /** A host asks for it; resolves when it is answered. */
  sync(): void {
    const place = this.history.length - 1;
    this.#sync.sync((ok) => {
      if (this.#hasEnded) return;
      expect(ok).toBe(true);
      this.synced = Math.max(this.synced, place);
    });
  }

  /** Logs that were begun after the first, and checkpoints that took the place of the first. */
  get wentOn(): { readonly logs: number; readonly checkpoints: number } {
    const control = new Int32Array(this.#plan.control);
    return { logs: control[C.generation] - this.#first, checkpoints: control[C.stable] - this.#first };
  }

  at(slot: number, word: number): number {
    return layout.base.slot + (slot << 4) + word;
  }

  /** The process is gone: what it has under way ends nowhere. */
  end(): void {
    this.#hasEnded = true;
    this.#battery.writerDied(0, true);
  }

  #remember(): void {
    this.history.push(batteryPrint(this.memory));
  }
}

const steps = fc.array(fc.constantFrom('turn 0', 'turn 1', 'hear', 'sync', 'part', 'wait', 'wait'), {
  minLength: 5,
  maxLength: 120,
  size: 'max',
});
const lives = fc.array(fc.record({ steps, end: fc.constantFrom('kill', 'crash'), seed: fc.nat() }), {
  minLength: 1,
  maxLength: 4,
});

function choiceFrom(seed: number): Choice {
  let state = seed | 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 0x1_0000_0000) * below);
  };
}

const seen = { kills: 0, crashes: 0, logs: 0, checkpoints: 0, behind: 0 };

async function live(life: Life, script: readonly string[], choice: Choice): Promise<void> {
  for (const step of script) {
    if (step === 'turn 0') life.turn(0, choice);
    else if (step === 'turn 1') life.turn(1, choice);
    else if (step === 'sync') life.sync();
    else if (step === 'hear') for (let writer = 0; writer < WRITERS; writer++) life.hear(writer);
    else if (step === 'wait') await sleep(2);
    else {
      // A checkpoint may see a half of a turn.
      life.change(0, choice);
      await sleep(2);
      life.turn(0, choice);
    }
  }
}

it('after any crash the memory is as it was after some batch, not before the last sync; after a kill, after the last', async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (all) => {
      const files = new LossyFiles();
      let memory = newMemory();
      let number = 0;
      for (const { steps: script, end, seed } of all) {
        const choice = choiceFrom(seed);
        const life = new Life(files, memory, number);
        await live(life, script, choice);
        number = life.number;
        const { logs, checkpoints } = life.wentOn;
        life.end();
        if (end === 'kill') files.kill();
        else files.crash(choice);
        memory = newMemory();
        const restored = new Battery(FOLDER, { files }).restore(memory);
        expect(restored?.found).toBe(end === 'kill' ? 'kept' : 'behind');
        expect(restored?.notes).toEqual([]);
        const place = life.history.lastIndexOf(batteryPrint(memory));
        if (end === 'kill') expect(place).toBe(life.history.length - 1);
        else expect(place).toBeGreaterThanOrEqual(life.synced);
        seen.logs += logs - checkpoints;
        seen.checkpoints += checkpoints;
        seen.behind += place < life.history.length - 1 ? 1 : 0;
        if (end === 'kill') seen.kills += 1;
        else seen.crashes += 1;
      }
    }),
    { numRuns: 80 },
  );
  console.log(JSON.stringify(seen));
  // It has seen what it is about.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(4);
}, 120_000);

/** The task set of a unit and what ends its commands, against a model written from SAM-6, 5.6, 7 and 8.6. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldWrite, heard, IN_LINE, RUNNING } from '../../harness/held-writes.js';
import { attentions } from '../../harness/reserve.js';
import { Initiator, ScsiArray } from '../../harness/scsi-host.js';

const SIMPLE = 1;
const ORDERED = 2;
const HEAD = 3;
const ACA = 4;
const NO_STATUS = 0x100;
const TASK_ABORTED = 0x40;
const CHECK = 2;
const CLEARED = '6/2f/00';
const RESET = '6/29/03';
const FUNCTION = { abort: 1, abortSet: 2, clearSet: 4, reset: 5 } as const;

const TRACKS = 48;
let array: ScsiArray;
let hosts: readonly Initiator[];
let tracks: number;

beforeEach(async () => {
  array = new ScsiArray([TRACKS << 16]);
  hosts = ['one', 'two'].map((name) => new Initiator(array, `iqn.2026-11.example.test:${name}`));
  for (const host of hosts) await attentions(host);
  tracks = 0;
});
afterEach(() => array.close());

const write = (from: number, attribute: number): HeldWrite =>
  new HeldWrite(array, hosts[from] as Initiator, tracks++ % TRACKS, attribute);

const states = (writes: readonly HeldWrite[]): string =>
  writes.map((w) => (w.answer ? '.' : w.state === RUNNING ? 'R' : w.state === IN_LINE ? 'w' : '?')).join('');

interface Task {
  readonly from: number;
  readonly attribute: number;
  state: 'line' | 'running' | 'ended';
  aborted: number;
  outcome: string;
}

/** What a unit does, said by the standard's rules: whose turn it is follows from who came before and has not ended. */
class Model {
  readonly tasks: Task[] = [];
  readonly told: string[][] = [[], []];
  isTas = false;

  send(from: number, attribute: number): void {
    this.tasks.push({ from, attribute, state: 'line', aborted: 0, outcome: '' });
    this.#turns();
  }

  end(task: Task): void {
    task.state = 'ended';
    task.outcome = task.aborted !== 0 ? `${task.aborted}` : '0';
    this.#turns();
  }

  abort(by: number, which: (task: Task) => boolean, code = ''): void {
    const silent = new Set<number>();
    for (const task of this.tasks) {
      if (task.state === 'ended' || task.aborted !== 0 || !which(task)) continue;
      const isOwn = task.from === by;
      task.aborted = isOwn || !this.isTas ? NO_STATUS : TASK_ABORTED;
      if (!isOwn && !this.isTas) silent.add(task.from);
      if (task.state !== 'line') continue;
      task.state = 'ended';
      task.outcome = `${task.aborted}`;
    }
    if (code === CLEARED) for (const from of silent) this.#tell(from, CLEARED);
    if (code === RESET) for (const from of [0, 1]) this.#tell(from, RESET);
    this.#turns();
  }

  #tell(from: number, code: string): void {
    const told = this.told[from] as string[];
    if (code === RESET && told[0] !== RESET) told.length = 0;
    if (!told.includes(code)) told.push(code);
  }

  #turns(): void {
    for (let changes = true; changes; ) {
      changes = false;
      for (const [at, task] of this.tasks.entries()) {
        if (task.state !== 'line' || !this.#mayGo(task, at)) continue;
        changes = true;
        const sense = this.told[task.from]?.shift();
        task.state = sense === undefined ? 'running' : 'ended';
        if (sense !== undefined) task.outcome = `${CHECK} ${sense}`;
      }
    }
  }

  #mayGo({ attribute }: Task, at: number): boolean {
    if (attribute === HEAD) return true;
    const here = this.tasks.filter(({ state }) => state !== 'ended');
    if (here.some((t) => t.attribute === HEAD)) return false;
    const older = this.tasks.slice(0, at).filter(({ state }) => state !== 'ended');
    return attribute === ORDERED ? older.length === 0 : !older.some((t) => t.attribute === ORDERED);
  }
}

const host = fc.nat(1);
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('send' as const), from: host, n: fc.constantFrom(1, 1, 2, 3) }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('end' as const), from: host, n: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('abort' as const), from: host, n: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('abortSet', 'clearSet', 'reset', 'tas'), from: host, n: fc.nat(1) }),
  },
);
type Action = { what: 'send' | 'end' | 'abort' | 'abortSet' | 'clearSet' | 'reset' | 'tas'; from: number; n: number };

/** A function that is under way: whose commands it waits for (-1: everybody's). */
interface Managed {
  readonly of: number;
  isDone: boolean;
  isDue: boolean;
}

/** A run of actions, and the same in the model. */
class Run {
  readonly model = new Model();
  readonly writes: HeldWrite[] = [];
  readonly functions: Managed[] = [];

  do({ what, from, n }: Action): void {
    const { model, writes } = this;
    if (what === 'tas') {
      model.isTas = n === 1;
      array.array.machine.set('unit', 'tas', 0, n);
    } else if (what === 'send') {
      model.send(from, n);
      writes.push(write(from, n));
    } else if (what === 'end') {
      this.#end(n);
    } else if (what === 'abort') {
      const own = model.tasks.filter((t) => t.state !== 'ended' && t.from === from);
      const task = own[n % Math.max(own.length, 1)];
      if (task === undefined) return;
      const { number } = writes[model.tasks.indexOf(task)] as HeldWrite;
      model.abort(from, (t) => t === task);
      this.#manage(from, FUNCTION.abort, from, number);
    } else {
      const isAll = what !== 'abortSet';
      const code = what === 'clearSet' ? CLEARED : what === 'reset' ? RESET : '';
      model.abort(from, (t) => isAll || t.from === from, code);
      this.#manage(from, FUNCTION[what], isAll ? -1 : from);
    }
  }

  #end(n: number): void {
    const running = this.model.tasks.filter(({ state }) => state === 'running');
    const task = running[n % Math.max(running.length, 1)];
    if (task === undefined) return;
    this.model.end(task);
    this.writes[this.model.tasks.indexOf(task)]?.let();
  }

  #manage(from: number, what: number, of: number, number = -1): void {
    const managed: Managed = { of, isDone: false, isDue: false };
    this.functions.push(managed);
    void hosts[from]?.manage(what, 0, number).then((answer) => {
      expect(answer).toBe(0);
      managed.isDone = true;
    });
  }

  async check(): Promise<void> {
    await heard();
    const { model, writes, functions } = this;
    const seen = writes.map(({ answer, state }) => {
      if (answer === undefined) return state === RUNNING ? 'running' : 'line';
      return `${answer.status} ${answer.sense}`.trim();
    });
    expect(seen).toEqual(model.tasks.map(({ state, outcome }) => (state === 'ended' ? outcome : state)));
    for (const managed of functions) {
      const waits = (t: Task): boolean => t.state !== 'ended' && t.aborted !== 0 && [-1, t.from].includes(managed.of);
      if (!model.tasks.some(waits)) managed.isDue = true;
    }
    expect(functions.map(({ isDone }) => isDone)).toEqual(functions.map(({ isDue }) => isDue));
  }

  /** All end; what was not told yet is told. */
  async finish(): Promise<void> {
    while (this.model.tasks.some(({ state }) => state === 'running')) this.#end(0);
    await this.check();
    this.do({ what: 'tas', from: 0, n: 0 });
    for (const from of [0, 1]) expect(await attentions(hosts[from] as Initiator)).toEqual(this.model.told[from]);
    const left = ['gate', 'running', 'heads', 'ordered', 'first', 'last', 'attentive'].map((field) =>
      array.array.machine.get('unit', field, 0),
    );
    expect(left).toEqual([0, 0, 0, 0, 0, 0, 0]);
  }
}

describe('a task set', () => {
  it('does what the model does, whatever two initiators send and abort', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 40 }), async (actions) => {
        const run = new Run();
        for (const next of actions) {
          run.do(next as Action);
          await run.check();
        }
        await run.finish();
      }),
      { numRuns: 150, seed: 8 },
    );
  });

  it('lets ORDERED wait for all before it, and all behind it for that', async () => {
    const all = [SIMPLE, SIMPLE, ORDERED, SIMPLE].map((attribute, i) => write(i % 2, attribute));
    expect(states(all)).toBe('RRww');
    all[1]?.let();
    await heard();
    expect(states(all)).toBe('R.ww');
    all[0]?.let();
    await heard();
    expect(states(all)).toBe('..Rw');
    all[2]?.let();
    await heard();
    expect(states(all)).toBe('...R');
    all[3]?.let();
  });

  it('lets HEAD OF QUEUE go at once, and nothing after it until it has ended', async () => {
    const all = [ORDERED, SIMPLE, HEAD, SIMPLE].map((attribute) => write(0, attribute));
    expect(states(all)).toBe('RwRw');
    all[0]?.let();
    await heard();
    expect(states(all)).toBe('.wRw');
    all[2]?.let();
    await heard();
    expect(states(all)).toBe('.R.R');
    for (const last of [1, 3]) all[last]?.let();
  });

  it('ends what is aborted in line at once, and what runs when it has', async () => {
    const all = [SIMPLE, ORDERED, SIMPLE].map((attribute) => write(0, attribute));
    expect(await hosts[0]?.manage(FUNCTION.abort, 0, all[1]?.number)).toBe(0);
    expect(states(all)).toBe('R.R');
    let isDone = false;
    void hosts[0]?.manage(FUNCTION.abort, 0, all[0]?.number).then(() => {
      isDone = true;
    });
    await heard();
    expect(isDone).toBe(false);
    all[0]?.let();
    await heard();
    expect([isDone, all[0]?.answer?.status]).toEqual([true, NO_STATUS]);
    all[2]?.let();
  });

  it('aborts only what is there, and of the initiator that asks', async () => {
    const one = write(0, SIMPLE);
    expect(await hosts[1]?.manage(FUNCTION.abort, 0, one.number)).toBe(1);
    expect(await hosts[1]?.manage(FUNCTION.abort, 0, -1)).toBe(1);
    expect(await hosts[1]?.manage(FUNCTION.abortSet)).toBe(0);
    expect(states([one])).toBe('R');
    one.let();
    await heard();
    expect(one.answer?.status).toBe(0);
    expect(await hosts[0]?.manage(FUNCTION.abort, 0, one.number)).toBe(1);
  });

  it('has no ACA: no such attribute, no NACA, no CLEAR ACA', async () => {
    expect(await hosts[0]?.command('00 000000 00 00', { attribute: ACA })).toMatchObject({ sense: '5/49/00' });
    expect(await hosts[0]?.command('00 000000 00 04')).toMatchObject({ sense: '5/24/00' });
    expect(await hosts[0]?.manage(3)).toBe(5);
    expect(await hosts[0]?.manage(FUNCTION.reset, 9)).toBe(2);
  });

  it('ends all commands of a session that goes, and of no other', async () => {
    const all = [write(0, SIMPLE), write(1, ORDERED), write(0, SIMPLE)];
    const gone = hosts[0]?.close();
    await heard();
    expect(states(all)).toBe('Rw.');
    all[0]?.let();
    await gone;
    await heard();
    expect(states(all)).toBe('.R.');
    all[1]?.let();
    await heard();
    expect(all.map(({ answer }) => answer?.status)).toEqual([NO_STATUS, 0, NO_STATUS]);
  });

  it('of a reset of all units ends the commands of all', async () => {
    const one = write(1, SIMPLE);
    const done = hosts[0]?.manage(6);
    one.let();
    expect(await done).toBe(0);
    expect(one.answer?.status).toBe(NO_STATUS);
    for (const who of hosts) expect(await attentions(who)).toEqual([RESET]);
  });

  it('does not begin what was aborted before a task was free for it', async () => {
    // More than the array has tasks for.
    const many = Array.from({ length: 70 }, () => write(0, SIMPLE)).slice(0, 70);
    expect(many.map(({ state }) => state)).toContain(1);
    const done = hosts[0]?.manage(FUNCTION.abortSet);
    for (const one of many) one.let();
    expect(await done).toBe(0);
    expect(new Set(many.map(({ answer }) => answer?.status))).toEqual(new Set([NO_STATUS]));
  });
});

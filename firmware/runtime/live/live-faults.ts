/**
 * Faults planned for the arrays of this process: the same words as in the simulator (machine/faults), for what can be done
 * to threads, sockets and drives. Times are those of Node's timers, whole milliseconds; states are looked at once a
 * millisecond while one is waited for, so one that lasts less may be missed. Nothing is kept over the end of the process.
 */
import { RigNames } from '../machine/faults/names.js';
import { type PlannedFault, planFault } from '../machine/faults/plan.js';
import type { ArrayTables } from '../machine/tables.js';
import { ACTIONS, type FaultActions } from './fault-actions.js';
import { type LiveRig, numbered } from './live-rig.js';
import type { ServedArray } from './served-array.js';
import { type FaultView, Refusal, Unknown } from './system.js';

/** That wait or last. */
const WAITING_MOST = 64;
/** With those that are over. */
const LISTED_MOST = 256;
const LOOK_MS = 1;
/** What cannot strike yet is tried again so often. */
const AGAIN_MS = 50;
/** Longest time-out that Node's timers take. */
const TIMER_MOST_NS = 0x7fff_ffff * 1e6;
const NS_PER_MS = 1e6;

/** The text is no fault that can be here; for HTTP a bad request. */
class BadFault extends Error {
  readonly statusCode = 400;
}

interface Entry {
  readonly number: number;
  readonly plan: PlannedFault;
  readonly image: Uint8Array | undefined;
  readonly added: Date;
  state: FaultView['state'];
  /** How often its state began, and whether it held at the last look. */
  seen: number;
  held: boolean;
  struck?: Date;
  note?: string;
  timer?: NodeJS.Timeout;
}

export class LiveFaults {
  readonly #rig: LiveRig;
  readonly #served: readonly ServedArray[];
  readonly #actions: FaultActions;
  #entries: Entry[] = [];
  #last = 0;
  #poll: NodeJS.Timeout | undefined;

  constructor(rig: LiveRig, served: readonly ServedArray[], actions: FaultActions) {
    this.#rig = rig;
    this.#served = served;
    this.#actions = actions;
  }

  get views(): readonly FaultView[] {
    return this.#entries.map(viewOf);
  }

  /** @param image of `microcode-load`: the bytes of its file. Errors: Error for a text that is no fault; Refusal. */
  async add(text: string, image?: Uint8Array): Promise<FaultView> {
    const plan = this.#planned(text);
    if (plan.fault.kind === 'microcode-load' && image === undefined)
      throw new BadFault(`fault '${text}': the bytes of its image must come with it`);
    if (this.#entries.filter(isPending).length >= WAITING_MOST)
      throw new Refusal(`${WAITING_MOST} faults wait or last already; more are not kept`);
    const over = this.#entries.find((entry) => !isPending(entry));
    if (this.#entries.length >= LISTED_MOST && over) this.#forget(over);
    this.#last += 1;
    const entry: Entry = {
      number: this.#last,
      plan,
      image,
      added: new Date(),
      state: 'waits',
      seen: 0,
      held: false,
    };
    this.#entries.push(entry);
    const { start } = plan.fault;
    if (start.at === 'once') await this.#strike(entry);
    else if (start.at === 'time') this.#strikeIn(entry, start.time_ns);
    else this.#watch();
    return viewOf(entry);
  }

  /** Those that wait do not come, those that last end; without a number, all. What is left. Errors: Unknown. */
  async clear(number?: number): Promise<readonly FaultView[]> {
    const chosen = this.#entries.filter((entry) => number === undefined || entry.number === number);
    if (number !== undefined && chosen.length === 0) {
      const there = this.#entries.map((entry) => entry.number).join(', ');
      throw new Unknown(`there is no fault ${number}; there are ${there || 'none'}`);
    }
    for (const entry of chosen) {
      this.#forget(entry);
      if (entry.state === 'lasts') await this.#end(entry);
    }
    return this.views;
  }

  #planned(text: string): PlannedFault {
    const names = new RigNames(
      this.#rig.arrays,
      numbered(this.#rig).map(({ link, number }, index) => ({ index, number, between: link.between })),
    );
    try {
      const plan = planFault(text, names, 'live');
      const { start, for_ns = 0 } = plan.fault;
      const after_ns = start.at === 'time' ? start.time_ns : start.at === 'state' ? start.after_ns : 0;
      if (after_ns > TIMER_MOST_NS || for_ns > TIMER_MOST_NS)
        throw new RangeError(`fault '${text}': its times are longer than 24 days, which no timer here takes`);
      return plan;
    } catch (error) {
      throw new BadFault((error as Error).message);
    }
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.timer);
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#watch();
  }

  #strikeIn(entry: Entry, ns: number): void {
    entry.timer = setTimeout(() => void this.#strike(entry), Math.round(ns / NS_PER_MS)).unref();
  }

  /** Looks at states while one is waited for. */
  #watch(): void {
    const isWatched = this.#entries.some(({ state, plan, timer }) => state === 'waits' && plan.holds && !timer);
    if (isWatched) this.#poll ??= setInterval(() => this.#look(), LOOK_MS).unref();
    else {
      clearInterval(this.#poll);
      this.#poll = undefined;
    }
  }

  #look(): void {
    // Of an array without power, what its battery keeps.
    const tables = this.#rig.arrays.map(
      ({ name }): ArrayTables | undefined => this.#served.find((array) => array.name === name)?.tables,
    );
    for (const entry of this.#entries) {
      const { start } = entry.plan.fault;
      if (entry.state !== 'waits' || entry.timer || start.at !== 'state') continue;
      const holds = entry.plan.holds?.(tables) ?? false;
      const begins = holds && !entry.held;
      entry.held = holds;
      if (begins && ++entry.seen === start.nth) this.#strikeIn(entry, start.after_ns);
    }
    this.#watch();
  }

  async #strike(entry: Entry): Promise<void> {
    const { plan } = entry;
    const { for_ns, kind } = plan.fault;
    const action = ACTIONS[kind];
    try {
      if (!(await action.strike(this.#actions, plan, entry.image))) {
        if (this.#entries.includes(entry)) this.#strikeIn(entry, AGAIN_MS * NS_PER_MS);
        return;
      }
      entry.struck = new Date();
      entry.state = action.end ? 'lasts' : 'done';
    } catch (error) {
      entry.state = 'refused';
      entry.note = (error as Error).message;
    }
    // Cleared meanwhile: it must not last.
    if (entry.state === 'lasts' && !this.#entries.includes(entry)) await this.#end(entry);
    else if (entry.state === 'lasts' && for_ns !== undefined)
      entry.timer = setTimeout(() => void this.#end(entry), Math.max(1, Math.round(for_ns / NS_PER_MS))).unref();
  }

  async #end(entry: Entry): Promise<void> {
    entry.state = 'done';
    try {
      await ACTIONS[entry.plan.fault.kind].end?.(this.#actions, entry.plan);
    } catch (error) {
      entry.note = `it could not be ended: ${(error as Error).message}`;
    }
  }
}

const isPending = ({ state }: Entry): boolean => state === 'waits' || state === 'lasts';

function viewOf({ number, plan, state, added, struck, note }: Entry): FaultView {
  return {
    number,
    fault: plan.text,
    state,
    added: added.toISOString(),
    ...(struck && { struck: struck.toISOString() }),
    ...(note !== undefined && { note }),
  };
}

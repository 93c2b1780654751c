/** Says whether what a director told is a reason to stop: breaks with their conditions and counts, and the user's command. */
import { type Armed, Arms, placeKey } from '../../machine/debug/arms.js';
import type { Inspector } from '../../machine/debug/inspector.js';
import type { Break, BreakState, Stop, TaskRef } from '../../machine/debug/target.js';
import type { DebugEvent, LiveArms, LiveGoal, WatchedWords } from './orders.js';
import { ownerOf } from './spot-owner.js';

/** A stop, but for the moment. */
export type Reason = Omit<Stop, 'moment'>;

export interface JudgeOptions {
  readonly inspector: Inspector;
  layout(array: number): Parameters<typeof ownerOf>[0];
  now_ns(): number;
  /** Are tasks of the array held? */
  holds(array: number): boolean;
  say(line: string): void;
}

/** Of a command: what is waited for, and how often. */
export interface Command {
  readonly goal?: LiveGoal;
  /** Array of the goal. */
  readonly array?: number;
  /** Any of these instructions (`placeKey`), of the microcode that runs then. */
  readonly places?: () => ReadonlySet<number>;
  readonly time_ns?: number;
  left: number;
}

const NOWHERE: ReadonlySet<number> = new Set();

export class LiveJudge {
  readonly #options: JudgeOptions;
  readonly #arms = new Arms();
  #armed: readonly Armed[] = [];
  #command: Command = { left: 1 };
  #places: ReadonlySet<number> = NOWHERE;
  /** By `heldKey`: did the state hold when it was looked at last? */
  #held = new Map<string, boolean>();
  #looked_ns = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  setBreaks(breaks: readonly Break[]): void {
    const wasLooking = this.mustLook;
    const held = this.#held;
    this.#arms.set(breaks);
    this.states();
    this.#hold((armed) => held.get(heldKey(armed)));
    // What was over before somebody asked for it does not come any more.
    if (!wasLooking) this.#looked_ns = this.#options.now_ns();
  }

  /** Places anew, as microcode may be another. */
  states(): BreakState[] {
    const { armed, states } = this.#arms.arm(this.#options.inspector);
    this.#armed = armed;
    this.#places = this.#command.places?.() ?? NOWHERE;
    return states;
  }

  /** @param known of a state that was looked at already. */
  #hold(known: (armed: Armed) => boolean | undefined): void {
    this.#held = new Map();
    for (const armed of this.#armed) if (armed.holds) this.#held.set(heldKey(armed), known(armed) ?? armed.holds());
  }

  get command(): Command {
    return this.#command;
  }

  begin(command: Command): void {
    this.#command = command;
    this.#places = command.places?.() ?? NOWHERE;
    this.#looked_ns = this.#options.now_ns();
    this.#hold(() => undefined);
  }

  stopped(stop: Reason): void {
    this.#arms.stopped(stop.breaks);
    this.#command = { left: 1 };
    this.#places = NOWHERE;
  }

  /** What a director of an array is to stop for. */
  armsOf(array: number): LiveArms {
    const breaks: number[][] = [];
    const first = placeKey(array, 0, 0);
    const end = placeKey(array + 1, 0, 0);
    const keys = this.#armed.flatMap((armed) => armed.keys);
    for (const key of new Set([...keys, ...this.#places])) {
      if (key < first || key >= end) continue;
      const role = ((key - first) / 0x1_0000) | 0;
      breaks[role] = [...(breaks[role] ?? []), (key - first) % 0x1_0000];
    }
    const here = this.#armed.filter((one) => one.array < 0 || one.array === array);
    const { goal, array: of } = this.#command;
    return {
      array,
      breaks: Array.from(breaks, (all) => all ?? []),
      kinds: here.flatMap(({ break: { where }, kind }) => (where.on === 'message' ? [kind] : [])),
      watches: this.#armed.flatMap((armed) => this.#watched(armed, array)),
      faults: this.#armed.some(({ break: { where } }) => where.on === 'fault'),
      holds: this.#options.holds(array),
      ...(goal && (of === undefined || of === array) && { goal }),
    };
  }

  #watched({ break: { id }, spot }: Armed, array: number): WatchedWords[] {
    if (spot?.array !== array) return [];
    const { word, words, mask } = spot;
    return [{ id, role: ownerOf(this.#options.layout(array), word), word, words, mask }];
  }

  /** Is there what only looking tells? */
  get mustLook(): boolean {
    return (
      this.#command.time_ns !== undefined ||
      this.#armed.some(({ break: { where }, holds }) => holds !== undefined || where.on === 'time')
    );
  }

  /** States that begin, and times that come. */
  look(): Reason | undefined {
    const before = this.#looked_ns;
    const now = this.#options.now_ns();
    this.#looked_ns = now;
    const comes = (time_ns: number): boolean => time_ns > before && time_ns <= now;
    for (const armed of this.#armed) {
      const { where } = armed.break;
      if (where.on === 'time' && comes(where.time_ns)) {
        const breaks = this.#met([armed], undefined);
        if (breaks.length > 0) return { reason: 'time', text: 'the time has come', breaks };
      }
      if (where.on !== 'state' || !armed.holds) continue;
      const was = this.#held.get(heldKey(armed)) ?? false;
      const holds = armed.holds();
      this.#held.set(heldKey(armed), holds);
      if (!holds || was) continue;
      const breaks = this.#met([armed], undefined);
      if (breaks.length > 0) return { reason: 'state', text: where.when, breaks };
    }
    const { time_ns } = this.#command;
    return time_ns !== undefined && now >= time_ns ? { reason: 'step', text: '', breaks: [] } : undefined;
  }

  /** Undefined: it goes on. */
  judge(array: number, event: DebugEvent): Reason | undefined {
    if (event.on === 'stands' || event.on === 'left') return undefined;
    const { inspector } = this.#options;
    const { role, task } = event;
    const ref = task > 0 ? { array, role, task } : undefined;
    switch (event.on) {
      case 'instruction': {
        const key = placeKey(array, role, event.pc);
        const armed = this.#armed.filter(({ keys }) => keys.includes(key));
        const stop = { reason: 'break', text: 'a break', place: inspector.place(array, role, event.pc) } as const;
        const breaks = this.#met(armed, ref);
        const isReached = (this.#isGoal(event.goal) || this.#places.has(key)) && this.#counted();
        if (breaks.length > 0) return { ...stop, breaks, ...(ref && { task: ref }) };
        return isReached ? { ...stop, reason: 'step', text: '', breaks, ...(ref && { task: ref }) } : undefined;
      }
      case 'over':
        return this.#isGoal(event.goal) ? { reason: 'step', text: this.#overText, breaks: [] } : undefined;
      case 'message': {
        const armed = this.#armed.filter(
          (one) => one.break.where.on === 'message' && one.kind === event.kind && isAt(one, array),
        );
        const breaks = this.#met(armed, ref);
        const isReached = this.#isGoal(event.goal) && this.#counted();
        if (breaks.length === 0 && !isReached) return undefined;
        const [one] = armed;
        const text = one?.break.where.on === 'message' ? `message ${one.break.where.kind}` : '';
        const reason = breaks.length > 0 ? 'message' : 'step';
        return { reason, text, breaks, ...(ref && { task: ref, place: inspector.placeOf(ref) }) };
      }
      case 'change':
        return this.#changed(array, event, ref);
      case 'fault': {
        const armed = this.#armed.filter(({ break: { where } }) => where.on === 'fault');
        const breaks = this.#met(armed, ref);
        if (breaks.length === 0) return undefined;
        const at = ref && { task: ref, place: inspector.place(array, role, event.pc) };
        return { reason: 'fault', text: event.text, breaks, ...at };
      }
    }
  }

  #changed(array: number, event: Extract<DebugEvent, { on: 'change' }>, by: TaskRef | undefined): Reason | undefined {
    const armed = this.#armed.find(({ break: { id } }) => id === event.id);
    if (!armed?.spot || armed.break.where.on !== 'watch') return undefined;
    const breaks = this.#met([armed], by);
    if (breaks.length === 0) return undefined;
    const { inspector } = this.#options;
    const { what } = armed.break.where;
    const [before, after] = [armed.spot.show(event.before), armed.spot.show(event.after)];
    const place = by && inspector.place(array, by.role, event.pc);
    const moment = { time_ns: this.#options.now_ns(), step: 0, operations: 0 };
    return {
      reason: 'watch',
      text: `${what}: ${before} → ${after}`,
      breaks,
      ...(by && event.isThere && { task: by, place: inspector.placeOf(by) }),
      change: { what, before, after, moment, ...(by && { by }), ...(place && { place }) },
    };
  }

  get #overText(): string {
    if (this.#command.goal?.on !== 'peer') return 'the task is done';
    return 'the task is done, and none of what it sent was taken up at another array of this process';
  }

  #isGoal(id: number): boolean {
    return id !== 0 && this.#command.goal?.id === id;
  }

  #counted(): boolean {
    this.#command.left -= 1;
    return this.#command.left <= 0;
  }

  /** Those that stop it. */
  #met(all: readonly Armed[], task: TaskRef | undefined): number[] {
    const breaks: number[] = [];
    for (const { break: one, condition } of all) {
      if (condition !== undefined && condition(task) === 0) continue;
      if (!this.#arms.meet(one)) continue;
      if (one.log === undefined) breaks.push(one.id);
      else this.#options.say(this.#options.inspector.format(one.log, task));
    }
    return breaks;
  }
}

const heldKey = ({ break: { id, where } }: Armed): string => `${id} ${where.on === 'state' ? where.when : ''}`;

const isAt = (armed: Armed, array: number): boolean => armed.array < 0 || armed.array === array;

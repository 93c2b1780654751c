/**
 * Says where a run is to stop: at breaks, at changes of what is watched, and where a command's goal is reached. Forwards it
 * stops at the first such moment; backwards a part of the run is run once more, and the last ones before now are kept.
 */
import { CLASS_OF, IS_REPLY, type Node } from '../../../firmware/engine/node.js';
import { N_FREE, T_SELF, TASK_SHIFT, TOKEN_BITS, TOKEN_MASK } from '../../../firmware/engine/tasks.js';
import { D_ANSWERS, D_HEAD, D_TOKEN, KINDS, roleNumber } from '../../../firmware/ports/messages.js';
import { type Armed, placeKey } from '../../../firmware/runtime/machine/debug/arms.js';
import type { Inspector } from '../../../firmware/runtime/machine/debug/inspector.js';
import type { Break, Change, StopReason, TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import type { ArrayTables } from '../../../firmware/runtime/machine/tables.js';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { type Goal, NO_GOAL, type Surroundings, type Taken } from './goal.js';
import type { Watching } from './past.js';
import { compare, type Position } from './position.js';

const MANY = 0x7fff_ffff;
const LINK_PORT = roleNumber('linkPort');
const NOTHING_YET: Position = { edits: -1, step: -1, op: -1 };

/** A moment at which the run is to stop. */
export interface Hit {
  readonly reason: StopReason;
  readonly text: string;
  /** Where it stands then. */
  readonly at: Position;
  /** Of a change: before the instruction, or the step, that made it. */
  readonly before?: Position;
  readonly task?: TaskRef;
  readonly breaks: readonly number[];
  readonly change?: Change;
}

/** Whom the judge asks, and tells. */
export interface Scene {
  readonly sim: Sim;
  /** Over the world that is in the sim now. */
  readonly inspector: Inspector;
  arm(): readonly Armed[];
  /** Its condition is asked next. */
  about(one: Break): void;
  /** A break was met, forwards. True: it stops. */
  meet(one: Break): boolean;
  say(line: string): void;
}

/** What a watched place was when it was looked at last. */
interface Seen {
  readonly armed: Armed;
  words: readonly number[];
}

export class Judge implements Watching, Surroundings {
  readonly #scene: Scene;
  #goal: Goal = NO_GOAL;
  /** How often it must still be reached. */
  #left = 1;
  #armed: readonly Armed[] = [];
  /** By `placeKey`. */
  readonly #byPlace = new Map<number, Armed[]>();
  readonly #seen: Seen[] = [];
  readonly #held = new Map<Armed, boolean>();
  /** Up to here everything was judged already. */
  #quietUntil = NOTHING_YET;
  /** Backwards: so many hits are kept of those before this moment. */
  #keeps = 0;
  #until = NOTHING_YET;
  #isForwards = true;
  #kept: Hit[] = [];
  #hit: Hit | undefined;
  /** Who did something last, which instruction was his, and when. */
  #task: TaskRef | undefined;
  #pc = 0;
  #at = NOTHING_YET;
  /** What is done next was done before, and is only to come to the moment from which a goal is looked for. */
  #isAgain = false;
  /** In the step that is under way. */
  #ran = false;
  #message: { readonly armed: readonly Armed[]; readonly task: TaskRef | undefined; readonly text: string } | undefined;
  readonly #troubles: { readonly reason: 'fault' | 'violation'; readonly text: string }[] = [];
  #over: string | undefined;
  #nothingBefore: string | undefined;
  #time_ns = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get time_ns(): number {
    return this.#scene.sim.world.events.now_ns();
  }

  get operations(): number {
    return this.#scene.sim.world.operations;
  }

  /** Forwards: what it stopped for. */
  get hit(): Hit | undefined {
    return this.#hit;
  }

  /** Backwards: the last before the moment that was given, in their order. */
  get kept(): readonly Hit[] {
    return this.#kept;
  }

  /** Looks for breaks, and for a goal that must be reached `count` times, behind a moment. */
  forwards(goal: Goal, count: number, from: Position): void {
    this.#begin(goal, true);
    this.#left = count;
    this.#quietUntil = from;
  }

  /** Keeps the last hits before a moment, `count` at most: of a goal, or of breaks where there is none. */
  backwards(goal: Goal | undefined, count: number, until: Position): void {
    this.#begin(goal ?? NO_GOAL, false);
    this.#quietUntil = NOTHING_YET;
    this.#keeps = count;
    this.#until = until;
    this.#kept = [];
  }

  #begin(goal: Goal, isForwards: boolean): void {
    this.#goal = goal;
    this.#isForwards = isForwards;
    this.#hit = undefined;
    this.#isAgain = false;
    this.#over = undefined;
    this.#message = undefined;
    this.#troubles.length = 0;
    this.placed();
  }

  // ── what happens

  /** Backwards: why there is nothing before what is run again now. */
  get nothingBefore(): string | undefined {
    return this.#nothingBefore;
  }

  placed(): void {
    this.#armed = this.#isForwards || this.#goal === NO_GOAL ? this.#scene.arm() : [];
    this.#byPlace.clear();
    for (const armed of this.#armed)
      for (const key of armed.keys) this.#byPlace.set(key, [...(this.#byPlace.get(key) ?? []), armed]);
    const { arrays } = this.#scene.sim.world;
    const keys = [...this.#byPlace.keys()];
    for (const [a, array] of arrays.entries())
      for (const node of array.nodes) {
        const first = placeKey(a, node.role, 0);
        node.breakAt(keys.map((key) => key - first).filter((pc) => pc >= 0 && pc < node.code.length / 2));
      }
    this.#look();
    this.#time_ns = this.time_ns;
  }

  begins(): void {
    this.placed();
    const { arrays } = this.#scene.sim.world;
    this.#nothingBefore = this.#goal.before?.((array, role) => arrays[array]?.nodes.find((node) => node.role === role));
  }

  /** What is watched, and states, as they are now. */
  #look(): void {
    this.#seen.length = 0;
    this.#held.clear();
    for (const armed of this.#armed) {
      if (armed.spot) this.#seen.push({ armed, words: this.#wordsOf(armed) });
      if (armed.holds) this.#held.set(armed, armed.holds());
    }
  }

  #wordsOf({ spot }: Armed): number[] {
    if (!spot) return [];
    const m = this.#memory(spot.array);
    return Array.from({ length: spot.words }, (_, i) => (m[spot.word + i] as number) & spot.mask);
  }

  edited(): void {
    this.#look();
  }

  piece(array: number, node: Node): number {
    return this.#seen.length > 0 ? 1 : this.#goal.piece(array, node, this);
  }

  instruction(array: number, node: Node, at: Position): boolean {
    const isQuiet = compare(at, this.#quietUntil) <= 0;
    this.#isAgain = compare(at, this.#quietUntil) < 0;
    const task = { array, role: node.role, task: node.first };
    let stops = this.#changes(at, isQuiet, task);
    if (!isQuiet) {
      const armed = this.#byPlace.get(placeKey(array, node.role, node.next));
      if (armed) stops = this.#met(armed, { reason: 'break', text: 'a break', at, task, breaks: [] }) || stops;
      if (this.#goal.instruction?.(array, node, this)) stops = this.#reached(at, task) || stops;
    }
    this.#task = task;
    this.#pc = node.next;
    this.#at = at;
    return stops;
  }

  ran(array: number, node: Node, done: number): void {
    if (done > 0) this.#ran = true;
    if (!this.#isAgain) this.#over ??= this.#goal.over?.(array, node);
  }

  message(array: number, role: number, at: number): void {
    const kind = ((this.#memory(array)[at + D_HEAD] as number) & 255) as number;
    const armed = this.#armed.filter((one) => one.kind === kind && (one.array < 0 || one.array === array));
    if (armed.length === 0 && !this.#goal.message) return;
    const taken = this.#taken(array, role, at);
    this.#goal.message?.(taken);
    const name = KINDS.find(({ id }) => id === kind)?.name ?? kind;
    this.#message = { armed, task: taken.task, text: `message ${name}` };
  }

  #memory(array: number): Int32Array {
    return (this.#scene.sim.world.arrays[array] as ArrayTables).memory.m;
  }

  #taken(array: number, role: number, at: number): Taken {
    const m = this.#memory(array);
    const { world } = this.#scene.sim;
    const head = m[at + D_HEAD] as number;
    const kind = head & 255;
    const from = (head >> 8) & 255;
    const token = m[at + D_TOKEN] as number;
    const node = world.arrays[array]?.nodes.find((one) => one.role === role) as Node;
    const own = CLASS_OF[kind] as number;
    const isReply = IS_REPLY[kind] !== 0;
    const number = isReply
      ? (m[at + D_ANSWERS] as number) & TOKEN_MASK
      : (m[node.at + N_FREE + (own === 255 ? (head >> 16) & 255 : own)] as number);
    const self = m[node.tasks + (number << TASK_SHIFT) + T_SELF] as number;
    return {
      array,
      role,
      kind,
      from,
      token,
      task: number === 0 ? undefined : { array, role, task: number },
      self: isReply ? self : (self + (1 << TOKEN_BITS)) | 0,
      far: from === LINK_PORT && !isReply ? (world.link?.askerOf(array, token) ?? 0) : 0,
    };
  }

  fault(_array: number, _node: number, text: string): void {
    this.#troubles.push({ reason: 'fault', text });
  }

  violation(text: string): void {
    this.#troubles.push({ reason: 'violation', text });
  }

  stepped(at: Position): boolean {
    const isQuiet = compare(at, this.#quietUntil) <= 0;
    let stops = this.#changes(at, isQuiet);
    const message = this.#message;
    const troubles = this.#troubles.splice(0);
    const isReached = this.#goal.stepped?.(this) ?? false;
    this.#message = undefined;
    this.#ran = false;
    if (!isQuiet) {
      if (message && message.armed.length > 0) {
        const { armed, task, text } = message;
        stops = this.#met(armed, { reason: 'message', text, at, breaks: [], ...(task && { task }) }) || stops;
      }
      for (const { reason, text } of troubles) {
        const armed = this.#armed.filter(({ break: { where } }) => where.on === reason);
        const task = this.#task;
        stops =
          this.#met(armed, { reason, text, at, breaks: [], ...(reason === 'fault' && task && { task }) }) || stops;
      }
      if (isReached) stops = this.#reached(at, message?.task) || stops;
      else if (this.#over !== undefined && this.#isForwards)
        stops = this.#found({ reason: 'step', text: this.#over, at, breaks: [] }) || stops;
    }
    stops = this.#states(at, isQuiet) || stops;
    return this.#times(at, isQuiet) || stops;
  }

  #states(at: Position, isQuiet: boolean): boolean {
    let stops = false;
    for (const [armed, was] of this.#held) {
      const holds = armed.holds?.() ?? false;
      this.#held.set(armed, holds);
      const { where } = armed.break;
      if (!holds || was || isQuiet || where.on !== 'state') continue;
      stops = this.#met([armed], { reason: 'state', text: where.when, at, breaks: [] }) || stops;
    }
    return stops;
  }

  #times(at: Position, isQuiet: boolean): boolean {
    const before = this.#time_ns;
    this.#time_ns = this.time_ns;
    if (isQuiet || this.#time_ns === before) return false;
    const armed = this.#armed.filter(
      ({ break: { where } }) => where.on === 'time' && where.time_ns > before && where.time_ns <= this.#time_ns,
    );
    return this.#met(armed, { reason: 'time', text: 'the time has come', at, breaks: [] });
  }

  /** What is watched was changed since the last look, by the instruction before this one or by what the step did besides. */
  #changes(at: Position, isQuiet: boolean, next?: TaskRef): boolean {
    let stops = false;
    for (const seen of this.#seen) {
      const words = this.#wordsOf(seen.armed);
      if (words.every((word, i) => word === seen.words[i])) continue;
      const before = seen.words;
      seen.words = words;
      if (isQuiet && this.#isForwards) continue;
      stops =
        this.#met([seen.armed], { ...this.#changed(seen.armed, before, words, at), ...(next && { task: next }) }) ||
        stops;
    }
    return stops;
  }

  #changed(armed: Armed, before: readonly number[], after: readonly number[], at: Position): Hit {
    const { spot, break: one } = armed;
    const what = one.where.on === 'watch' ? one.where.what : '';
    const by = this.#ran ? this.#task : undefined;
    const place = by && this.#scene.inspector.place(by.array, by.role, this.#pc);
    const moment = { time_ns: this.time_ns, step: at.step, operations: this.operations };
    const [was, is] = [spot?.show(before) ?? '', spot?.show(after) ?? ''];
    return {
      reason: 'watch',
      text: `${what}: ${was} → ${is}`,
      at,
      before: by ? this.#at : { edits: at.edits, step: at.step - 1, op: Number.MAX_SAFE_INTEGER },
      breaks: [],
      change: { what, before: was, after: is, moment, ...(by && { by }), ...(place && { place }) },
    };
  }

  #met(all: readonly Armed[], hit: Hit): boolean {
    const breaks: number[] = [];
    for (const { break: one, condition } of all) {
      this.#scene.about(one);
      if (condition !== undefined && condition(hit.task ?? this.#task) === 0) continue;
      if (this.#isForwards && !this.#scene.meet(one)) continue;
      if (one.log === undefined) breaks.push(one.id);
      else if (this.#isForwards) this.#scene.say(this.#scene.inspector.format(one.log, hit.task ?? this.#task));
    }
    return breaks.length > 0 && this.#found({ ...hit, breaks });
  }

  #reached(at: Position, task: TaskRef | undefined): boolean {
    if (this.#isForwards && --this.#left > 0) return false;
    return this.#found({ reason: 'step', text: '', at, breaks: [], ...(task && { task }) });
  }

  #found(hit: Hit): boolean {
    if (this.#isForwards) {
      this.#hit = this.#hit ? { ...this.#hit, breaks: [...this.#hit.breaks, ...hit.breaks] } : hit;
      return true;
    }
    if (compare(hit.before ?? hit.at, this.#until) >= 0) return false;
    this.#kept.push(hit);
    if (this.#kept.length > this.#keeps) this.#kept.shift();
    return false;
  }
}

export const NOTHING: Watching = {
  instruction: () => false,
  ran: () => undefined,
  message: () => undefined,
  fault: () => undefined,
  violation: () => undefined,
  stepped: () => false,
  begins: () => undefined,
  placed: () => undefined,
  edited: () => undefined,
  piece: () => MANY,
};

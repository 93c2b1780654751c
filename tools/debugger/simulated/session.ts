/**
 * A simulated run under a debugger. It stands inside the run, which is on this thread, and asks there what to do next: to the
 * script of a scenario, a step takes long. Moments before the present are shown in a world of the past.
 */
import type { Node } from '../../../firmware/engine/node.js';
import { type Armed, Arms, arm, placeKey } from '../../../firmware/runtime/machine/debug/arms.js';
import { Inspector } from '../../../firmware/runtime/machine/debug/inspector.js';
import type {
  AnswerOf,
  AskOf,
  Break,
  BreakState,
  Change,
  Moment,
  Question,
  Resume,
  Stop,
  TaskRef,
} from '../../../firmware/runtime/machine/debug/target.js';
import { linksOf } from '../../../firmware/runtime/simulated/faults/faults.js';
import type { Probe } from '../../../firmware/runtime/simulated/probe.js';
import type { Sim, SimParts } from '../../../firmware/runtime/simulated/sim.js';
import { Edits } from './edits.js';
import {
  ANY,
  type Goal,
  Incarnation,
  MessageGoal,
  NO_GOAL,
  operationGoal,
  PeerGoal,
  PlaceGoal,
  TaskGoal,
  timeGoal,
} from './goal.js';
import { type Hit, Judge, NOTHING, type Scene } from './judge.js';
import { Past } from './past.js';
import { takePicture, viewsOf } from './picture.js';
import { compare, type Position, STEP_END } from './position.js';
import { type Snapshot, Snapshots } from './snapshots.js';

/** What a session is asked, while its run stands. */
export type Request =
  | { readonly what: 'resume'; readonly how: Resume }
  | { readonly what: 'breaks'; readonly breaks: readonly Break[] }
  | { readonly what: 'states' }
  | { readonly what: 'stop' }
  | { readonly what: 'ask'; readonly question: Question; readonly ask: unknown };

/** The other end: who asks. */
export interface Talk {
  /** Waits for the next request, and gives its answer to `answer`. */
  next(): { readonly request: Request; answer(value: unknown): void; refuse(error: Error): void };
  /** Somebody wants a run that goes on to stop. Asked often. */
  readonly wantsPause: boolean;
  /** The one request that may come while it runs; undefined: there is none. */
  poll(): { readonly request: Request; answer(value: unknown): void; refuse(error: Error): void } | undefined;
  say(line: string): void;
}

/** Steps between two snapshots, at least. */
const STEPS_APART = 4096;
/** However dear they are. */
const STEPS_APART_MOST = 100_000;
/** Of the time of a run, snapshots take no more than a part: then they are further apart. */
const SNAPSHOT_PART = 0.2;
const LOOKS_APART = 256;

type Answer = { answer(value: unknown): void; refuse(error: Error): void };

export class Session implements Probe, Scene {
  readonly sim: Sim;
  readonly #talk: Talk;
  readonly #edits = new Edits();
  readonly #snapshots: Snapshots;
  readonly #arms = new Arms();
  readonly #judge: Judge;
  /** Breaks of the session's own, in the place of the user's. */
  #own: readonly Break[] | undefined;
  #past: Past | undefined;
  /** Parts and moment of the present, while the past is shown. */
  #present: { readonly parts: SimParts; readonly untilLook: number; readonly position: Position } | undefined;
  #op = STEP_END;
  #nextSnapshot = 0;
  #snapshot_ms = 0;
  #untilPoll = LOOKS_APART;
  #stop: Stop;
  /** Who waits for the next stop. */
  #waiting: Answer | undefined;
  #inspector: { readonly of: unknown; readonly inspector: Inspector } | undefined;
  #isBegun = false;
  /** For expressions: of the break whose condition is asked. */
  #hits = 0;
  #startedAt = performance.now();

  /** @param bytes what snapshots may have of memory. */
  constructor(sim: Sim, talk: Talk, bytes: number) {
    this.sim = sim;
    this.#talk = talk;
    this.#snapshots = new Snapshots(bytes);
    this.#judge = new Judge(this);
    this.#stop = this.#stopFor({ reason: 'entry', text: 'the run begins', at: this.#here, breaks: [] });
    sim.probe = this;
  }

  /** The run is over; it can still be looked at, and gone back in. Returns when nobody wants to any more. */
  end(text: string): void {
    this.#op = STEP_END;
    for (;;) this.#stand({ reason: 'end', text, at: this.#here, breaks: [] });
  }

  // ── where it is

  /** Of the world that is shown. */
  get #here(): Position {
    return this.#present && this.#past ? this.#past.position : this.#now;
  }

  get #now(): Position {
    if (this.#present) return this.#present.position;
    return { edits: this.#edits.count, step: this.sim.world.steps, op: this.#op };
  }

  get inspector(): Inspector {
    const { world } = this.sim;
    if (this.#inspector?.of !== world) this.#inspector = { of: world, inspector: new Inspector(this.#machines()) };
    return this.#inspector.inspector;
  }

  #machines() {
    const { sim } = this;
    const stop = (): Stop => this.#stop;
    return {
      arrays: sim.world.arrays.map((tables) => ({
        name: tables.config.name,
        tables,
        // Microcode may be changed meanwhile.
        get images() {
          return Object.fromEntries(tables.nodes.map(({ program: { image } }) => [image.role, image]));
        },
      })),
      links: linksOf(sim.rig),
      now_ns: () => sim.world.events.now_ns(),
      get current() {
        return stop().task;
      },
      count: (name: string) => this.#count(name),
    };
  }

  #count(name: string): number | undefined {
    const { world } = this.sim;
    return { operations: world.operations, step: world.steps, hits: this.#hits }[name];
  }

  /** A break is looked at, which was met so often, with this time. */
  about(one: Break): void {
    this.#hits = this.#arms.hits(one.id) + 1;
  }

  arm(): readonly Armed[] {
    if (this.#own) return this.#own.map((one) => arm(one, this.inspector));
    return this.#arms.arm(this.inspector).armed;
  }

  meet(one: Break): boolean {
    return this.#arms.meet(one);
  }

  say(line: string): void {
    this.#talk.say(line);
  }

  // ── the present, as it runs

  piece(array: number, node: Node): number {
    if (this.#judge.instruction(array, node, this.#now)) this.#stand(this.#judge.hit as Hit);
    return this.#judge.piece(array, node);
  }

  ran(array: number, node: Node, done: number): void {
    this.#op += done;
    this.#judge.ran(array, node, done);
  }

  message(array: number, node: number, at: number): void {
    this.#judge.message(array, node, at);
  }

  fault(array: number, node: number, text: string): void {
    this.#judge.fault(array, node, text);
  }

  violation(text: string): void {
    this.#judge.violation(text);
  }

  placed(): void {
    this.#judge.placed();
  }

  stepped(): void {
    this.#op = STEP_END;
    const at = this.#now;
    if (at.step >= this.#nextSnapshot) this.#keep(at);
    const stops = this.#judge.stepped(at);
    if (--this.#untilPoll <= 0) this.#look(at);
    if (stops) this.#stand(this.#judge.hit as Hit);
    this.#op = 0;
  }

  scriptWaits(): void {
    const views = viewsOf(this.sim.world.buffers);
    this.#op = STEP_END;
    this.#edits.scriptWaits(views, this.sim.world.steps);
    this.#judge.edited();
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#keep(this.#now);
      this.#stand({ reason: 'entry', text: 'the run begins', at: this.#now, breaks: [] });
    }
    this.#op = 0;
  }

  scriptGoesOn(): void {
    this.#op = STEP_END;
    this.#edits.begin(viewsOf(this.sim.world.buffers));
  }

  /** What may come while it runs. */
  #look(at: Position): void {
    this.#untilPoll = LOOKS_APART;
    for (let polled = this.#talk.poll(); polled; polled = this.#talk.poll()) this.#serve(polled.request, polled);
    if (this.#talk.wantsPause) this.#stand({ reason: 'pause', text: 'paused', at, breaks: [] });
  }

  #keep(position: Position): void {
    const { world, untilLook } = this.sim;
    const from = performance.now();
    const picture = takePicture(viewsOf(world.buffers), this.#snapshots.last?.picture);
    const { operations } = world;
    this.#snapshots.add({ position, operations, time_ns: world.events.now_ns(), untilLook, picture });
    const now = performance.now();
    this.#snapshot_ms += now - from;
    const step_ms = (now - this.#startedAt - this.#snapshot_ms) / Math.max(1, position.step);
    const dear = this.#snapshot_ms / this.#snapshots.taken / (SNAPSHOT_PART * step_ms);
    this.#nextSnapshot = position.step + Math.max(STEPS_APART, Math.min(dear, STEPS_APART_MOST));
  }

  // ── standing

  /** Says why it stands, and does what it is asked, until it is to go on from the present. */
  #stand(hit: Hit): void {
    this.#arms.stopped(hit.breaks);
    this.#say(hit);
    for (;;) {
      const asked = this.#talk.next();
      if (asked.request.what !== 'resume') {
        this.#serve(asked.request, asked);
        continue;
      }
      this.#waiting = asked;
      const shown = this.#present && this.#past?.position;
      try {
        if (this.#resume(asked.request.how)) return;
      } catch (error) {
        this.#waiting = undefined;
        if (shown) this.#show(shown);
        else this.#toPresent();
        asked.refuse(error as Error);
      }
    }
  }

  #say(hit: Hit): void {
    this.#stop = this.#stopFor(hit);
    this.#waiting?.answer(this.#stop);
    this.#waiting = undefined;
  }

  #stopFor({ reason, text, at, task, breaks, change }: Hit): Stop {
    return {
      reason,
      text,
      moment: this.#moment(at),
      breaks,
      ...(task && { task, place: this.inspector.placeOf(task) }),
      ...(change && { change }),
    };
  }

  #moment({ step }: Position): Moment {
    const { world } = this.sim;
    return { time_ns: world.events.now_ns(), step, operations: world.operations };
  }

  #serve(request: Request, asked: Answer): void {
    try {
      asked.answer(this.#answer(request));
    } catch (error) {
      asked.refuse(error as Error);
    }
  }

  #answer(request: Request): unknown {
    switch (request.what) {
      case 'breaks':
        this.#arms.set(request.breaks);
        return this.#states();
      case 'states':
        return this.#states();
      case 'stop':
        return this.#stop;
      case 'ask':
        return this.#ask(request.question, request.ask as AskOf<Question>);
      default:
        throw new RangeError('the run does not stand');
    }
  }

  #states(): BreakState[] {
    const { states } = this.#arms.arm(this.inspector);
    this.#judge.placed();
    return states;
  }

  #ask(question: Question, ask: AskOf<Question>): AnswerOf<Question> {
    if (question === 'when') return this.#when(ask as AskOf<'when'>);
    if (question !== 'assign' && question !== 'setMemory') return this.inspector.answer(question, ask);
    if (this.#present)
      throw new RangeError(
        'the past cannot be changed; go on to the present first (continue), or set it when it was the present',
      );
    const views = viewsOf(this.sim.world.buffers);
    this.#edits.begin(views);
    const answer = this.inspector.answer(question, ask as AskOf<'assign'> & AskOf<'setMemory'>);
    this.#edits.set(views, this.#now);
    return answer;
  }

  // ── going on

  /** True: the present goes on. */
  #resume(how: Resume): boolean {
    if ('back' in how && how.back) {
      this.#back(how);
      return false;
    }
    if (how.how === 'time' && how.time_ns <= this.#moment(this.#here).time_ns) return this.#toTime(how.time_ns);
    if (how.how === 'operation') {
      const { operations } = this.#moment(this.#here);
      if (how.operations < operations) return this.#toOperation(how.operations);
      if (how.operations === operations) return this.#stay();
    }
    return this.#onwards(this.#goal(how), 'count' in how ? (how.count ?? 1) : 1);
  }

  /** It is there already. */
  #stay(): boolean {
    this.#waiting?.answer(this.#stop);
    this.#waiting = undefined;
    return false;
  }

  #goal(how: Resume): Goal {
    switch (how.how) {
      case 'continue':
        return NO_GOAL;
      case 'time':
        return timeGoal(how.time_ns);
      case 'operation':
        return operationGoal(how.operations);
      case 'any':
        return ANY;
      case 'place': {
        const found = this.inspector.places({ on: 'line', file: how.file, line: how.line });
        return new PlaceGoal(new Set(found.map(({ array, role, instruction }) => placeKey(array, role, instruction))));
      }
      default:
        return this.#taskGoal(how);
    }
  }

  #taskGoal(how: Extract<Resume, { task?: TaskRef }>): Goal {
    const ref = how.task ?? this.#stop.task;
    if (!ref) {
      if (how.how === 'instruction' || how.how === 'over') return ANY;
      throw new RangeError('it stands between tasks: name one, or step to any (any)');
    }
    if (how.how === 'message') return new MessageGoal(ref.array, ref.role);
    const node = this.sim.world.arrays[ref.array]?.nodes.find(({ role }) => role === ref.role);
    if (!node) throw new RangeError('there is no such task');
    const task = new Incarnation(ref, node);
    if (how.how === 'peer') {
      if (how.back) throw new RangeError('what was sent is followed forwards only');
      return new PeerGoal(task);
    }
    return new TaskGoal(task, how.how === 'over' ? task.depth : how.how === 'out' ? task.depth - 1 : undefined);
  }

  /** Forwards, from what is shown. */
  #onwards(goal: Goal, count: number): boolean {
    const from = this.#here;
    if (this.#present) {
      const { position: end } = this.#present;
      const snapshot = this.#before(from, true);
      const judge = this.#judge;
      const past = this.#past as Past;
      judge.forwards(goal, count, from);
      if (past.run(snapshot, end, judge)) {
        if (compare(past.position, end) === 0) this.#toPresent();
        this.#say(judge.hit as Hit);
        return false;
      }
      this.#agree();
      this.#toPresent();
      judge.placed();
      return true;
    }
    this.#judge.forwards(goal, count, from);
    return true;
  }

  /** What was run again came to the same. Errors: RangeError if not. */
  #agree(): void {
    const { hash } = this.sim.world;
    const is = this.#present?.parts.world.hash;
    if (hash !== is) throw new RangeError(`the run did not come again as it was: its hash is ${hash}, and was ${is}`);
  }

  #toPresent(): void {
    if (!this.#present) return;
    const { parts, untilLook } = this.#present;
    this.#present = undefined;
    this.sim.probe = this;
    this.sim.exchange(parts);
    this.sim.untilLook = untilLook;
  }

  #toPast(): Past {
    this.#present ??= { parts: this.sim.parts, untilLook: this.sim.untilLook, position: this.#now };
    this.#past ??= new Past(this.sim, this.#edits);
    return this.#past;
  }

  // ── backwards

  /** The last snapshot before a moment, or of it. */
  #before(at: Position, orOf: boolean): Snapshot {
    return this.#snapshots.lastWhere(({ position }) => compare(position, at) < (orOf ? 1 : 0));
  }

  #back(how: Resume): void {
    const goal = how.how === 'continue' ? undefined : this.#goal(how);
    const count = 'count' in how ? (how.count ?? 1) : 1;
    const hit = this.#last(goal, count);
    if (hit) this.#goTo(hit.before ?? hit.at, hit);
    else this.#toBeginning();
  }

  /** The last moments before what is shown, and of these the first. */
  #last(goal: Goal | undefined, count: number): Hit | undefined {
    const until = this.#here;
    let left = count;
    let end = until;
    const { all } = this.#snapshots;
    const past = this.#toPast();
    for (let i = all.length - 1; i >= 0; i--) {
      const snapshot = all[i] as Snapshot;
      if (compare(snapshot.position, end) >= 0) continue;
      this.#judge.backwards(goal, left, until);
      past.run(snapshot, end, this.#judge);
      const { kept, nothingBefore } = this.#judge;
      if (kept.length >= left) return kept[0];
      if (nothingBefore !== undefined) throw new RangeError(nothingBefore);
      left -= kept.length;
      end = snapshot.position;
    }
    return undefined;
  }

  #toBeginning(): void {
    const first = this.#snapshots.all[0] as Snapshot;
    this.#goTo(first.position, {
      reason: 'beginning',
      text: 'the run begins: there is nothing before it',
      at: first.position,
      breaks: [],
    });
  }

  /** Shows a moment, and says so. */
  #goTo(at: Position, hit: Hit): void {
    this.#show(at);
    const task = at.op === STEP_END ? undefined : this.#taskHere;
    this.#say({ ...hit, at, ...(task && { task }) });
  }

  #show(at: Position): void {
    this.#toPast().run(this.#before(at, true), at, NOTHING);
  }

  /** The task before whose next instruction the past stands. */
  get #taskHere(): TaskRef | undefined {
    return this.#past?.task;
  }

  #toTime(time_ns: number): boolean {
    const snapshot = this.#snapshots.lastWhere((one) => one.time_ns < time_ns);
    return this.#towards(snapshot, timeGoal(time_ns));
  }

  #toOperation(operations: number): boolean {
    const snapshot = this.#snapshots.lastWhere((one) => one.operations <= operations);
    return this.#towards(snapshot, operationGoal(operations));
  }

  #towards(snapshot: Snapshot, goal: Goal): boolean {
    const end = this.#now;
    const past = this.#toPast();
    this.#own = [];
    try {
      this.#judge.forwards(goal, 1, snapshot.position);
      if (past.run(snapshot, end, this.#judge)) {
        this.#say(this.#judge.hit as Hit);
        return false;
      }
    } finally {
      this.#own = undefined;
    }
    this.#toPresent();
    this.#say({ reason: 'step', text: 'the present', at: this.#now, breaks: [] });
    return false;
  }

  #when({ what, task }: AskOf<'when'>): Change | null {
    const was = this.#here;
    const shown = this.#present !== undefined;
    this.#own = [{ id: -1, where: { on: 'watch', what, ...(task && { task }) } }];
    try {
      const hit = this.#last(undefined, 1);
      return hit?.change ? { ...hit.change, what } : null;
    } finally {
      this.#own = undefined;
      if (shown) this.#show(was);
      else this.#toPresent();
    }
  }
}

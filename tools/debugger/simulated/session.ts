/**
 * A simulated run under a debugger. It stands inside the run, which is on this thread, and asks there what to do next: to the
 * script of a scenario, a step takes long. Moments before the present are shown in a world of the past.
 */
import type { Node } from '../../../firmware/engine/node.js';
import { type Armed, Arms, arm } from '../../../firmware/runtime/machine/debug/arms.js';
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
} from '../../../firmware/runtime/machine/debug/target.js';
import { linksOf } from '../../../firmware/runtime/simulated/faults/faults.js';
import type { Probe } from '../../../firmware/runtime/simulated/probe.js';
import type { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { directorsOf } from './directors.js';
import { Edits } from './edits.js';
import { type Goal, operationGoal, timeGoal } from './goal.js';
import { type Hit, Judge, type Scene } from './judge.js';
import { Keeper } from './keeper.js';
import { Interrupted } from './past.js';
import { viewsOf } from './picture.js';
import { type Position, STEP_END } from './position.js';
import { goalOf } from './resume-goal.js';
import type { Snapshot } from './snapshots.js';
import { Travel } from './travel.js';

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

/** Steps between two looks at what may come while a run goes on. */
const LOOKS_APART = 256;

type Answer = { answer(value: unknown): void; refuse(error: Error): void };

export class Session implements Probe, Scene {
  readonly sim: Sim;
  readonly #talk: Talk;
  readonly #edits = new Edits();
  readonly #keeper: Keeper;
  readonly #travel: Travel;
  readonly #arms = new Arms();
  readonly #judge: Judge;
  /** Breaks of the session's own, in the place of the user's. */
  #own: readonly Armed[] | undefined;
  /** Micro-operations of the step of the present that is under way. */
  #op = STEP_END;
  #untilPoll = LOOKS_APART;
  #stop: Stop;
  /** Who waits for the next stop. */
  #waiting: Answer | undefined;
  #inspector: { readonly of: unknown; readonly inspector: Inspector } | undefined;
  #isBegun = false;
  /** For expressions: of the break whose condition is asked. */
  #hits = 0;

  /** @param bytes what snapshots may have of memory. */
  constructor(sim: Sim, talk: Talk, bytes: number) {
    this.sim = sim;
    this.#talk = talk;
    this.#keeper = new Keeper(bytes);
    this.#judge = new Judge(this);
    this.#travel = new Travel(sim, this, this.#edits, this.#judge, this.#keeper.snapshots, {
      now: () => this.#now,
      wantsPause: () => talk.wantsPause,
    });
    this.#stop = this.#stopFor({ reason: 'entry', text: 'the run begins', at: this.#now, breaks: [] });
    sim.probe = this;
  }

  /** The run is over; it can still be looked at, and gone back in. Does not return: who has enough ends the thread. */
  end(text: string): void {
    this.#op = STEP_END;
    for (;;) this.#stand({ reason: 'end', text, at: this.#now, breaks: [] });
  }

  // ── where it is

  /** Of the present, while it is shown. */
  get #now(): Position {
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
      directors: directorsOf(() => sim.world),
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
    if (this.#own) return this.#own;
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
    this.#keeper.stepped(this.sim, at);
    const stops = this.#judge.stepped(at);
    if (--this.#untilPoll <= 0) this.#look(at);
    if (stops) this.#stand(this.#judge.hit as Hit);
    this.#op = 0;
  }

  rests(): boolean {
    const { held } = this.inspector;
    if (held === '') return false;
    this.#op = STEP_END;
    this.#stand({
      reason: 'pause',
      text: `nothing happens any more while this is held: ${held}`,
      at: this.#now,
      breaks: [],
    });
    this.#op = 0;
    return this.inspector.held !== held;
  }

  scriptWaits(): void {
    const views = viewsOf(this.sim.world.buffers);
    this.#op = STEP_END;
    this.#edits.scriptWaits(views, this.sim.world.steps);
    this.#judge.edited();
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#keeper.take(this.sim, this.#now);
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
      const travel = this.#travel;
      const shown = travel.isPast ? travel.here : undefined;
      try {
        if (this.#resume(asked.request.how)) return;
      } catch (error) {
        this.#waiting = undefined;
        if (shown) travel.show(shown);
        else travel.toPresent();
        if (error instanceof Interrupted) asked.answer({ ...this.#stop, reason: 'pause', text: error.message });
        else asked.refuse(error as Error);
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
    if (question !== 'assign' && question !== 'setMemory' && question !== 'hold')
      return this.inspector.answer(question, ask);
    if (this.#travel.isPast)
      throw new RangeError(
        'the past cannot be changed; go on to the present first (continue), or set it when it was the present',
      );
    const views = viewsOf(this.sim.world.buffers);
    this.#edits.begin(views);
    const answer = this.inspector.answer(question, ask as AskOf<'assign'> & AskOf<'setMemory'> & AskOf<'hold'>);
    this.#edits.set(views, this.#now);
    return answer;
  }

  // ── going on

  /** True: the present goes on. */
  #resume(how: Resume): boolean {
    const count = 'count' in how ? (how.count ?? 1) : 1;
    if ('back' in how && how.back) return this.#back(how.how === 'continue' ? undefined : this.#goal(how), count);
    const { snapshots } = this.#keeper;
    const { time_ns, operations } = this.#moment(this.#travel.here);
    if (how.how === 'time' && how.time_ns <= time_ns)
      return this.#towards(
        snapshots.lastWhere((one) => one.time_ns < how.time_ns),
        timeGoal(how.time_ns),
      );
    if (how.how === 'operation' && how.operations < operations)
      return this.#towards(
        snapshots.lastWhere((one) => one.operations <= how.operations),
        operationGoal(how.operations),
      );
    if (how.how === 'operation' && how.operations === operations) return this.#stay();
    return this.#onwards(this.#goal(how), count);
  }

  #goal(how: Resume): Goal {
    return goalOf(how, { world: this.sim.world, inspector: this.inspector, task: this.#stop.task });
  }

  /** It is there already. */
  #stay(): boolean {
    this.#waiting?.answer(this.#stop);
    this.#waiting = undefined;
    return false;
  }

  #onwards(goal: Goal, count: number): boolean {
    const from = this.#travel.here;
    if (!this.#travel.isPast) this.#judge.forwards(goal, count, from);
    else if (this.#travel.onwards(from, goal, count)) {
      this.#say(this.#judge.hit as Hit);
      return false;
    }
    return true;
  }

  #back(goal: Goal | undefined, count: number): boolean {
    const hit = this.#travel.last(goal, count);
    const [first] = this.#keeper.snapshots.all as [Snapshot];
    const at = hit ? (hit.before ?? hit.at) : first.position;
    this.#travel.show(at);
    const { task } = this.#travel;
    const text = 'the run begins: there is nothing before it';
    const found: Hit = hit ?? { reason: 'beginning', text, at, breaks: [] };
    this.#say({ ...found, at, ...(task && at.op !== STEP_END && { task }) });
    return false;
  }

  /** To a moment before the present, from a snapshot that is before it; past all breaks. */
  #towards(snapshot: Snapshot, goal: Goal): boolean {
    this.#own = [];
    try {
      const isThere = this.#travel.onwards(snapshot.position, goal, 1, snapshot);
      this.#say(
        isThere ? (this.#judge.hit as Hit) : { reason: 'step', text: 'the present', at: this.#now, breaks: [] },
      );
      return false;
    } finally {
      this.#own = undefined;
    }
  }

  #when({ what, task }: AskOf<'when'>): Change | null {
    const travel = this.#travel;
    const shown = travel.isPast ? travel.here : undefined;
    // What its registers name now is meant, whatever they named before.
    this.#own = [arm({ id: -1, where: { on: 'watch', what, ...(task && { task }) } }, this.inspector)];
    try {
      return travel.last(undefined, 1)?.change ?? null;
    } finally {
      this.#own = undefined;
      if (shown) travel.show(shown);
      else travel.toPresent();
    }
  }
}

/**
 * The arrays of this process under a debugger: they run, or all of them stand, each director between two turns or where it
 * was stopped in one. While they stand nothing runs but this thread, and the machine's clock stands.
 *
 * A director that meets something stands by itself and is judged here while others run on; only if it is a reason to stop
 * do they come to a stand as well. What another director meets meanwhile is told when all go on.
 */
import { anyHeld } from '../../../engine/held-tasks.js';
import { batteryTables } from '../../../memory/battery-marks.js';
import type { Inspector } from '../../machine/debug/inspector.js';
import type {
  About,
  AnswerOf,
  AskOf,
  Break,
  BreakState,
  Question,
  Resume,
  Stop,
  TaskRef,
} from '../../machine/debug/target.js';
import { clockGoes, clockStands, clockStood, LIVE_CLOCK } from '../clock.js';
import type { DirectorThread } from '../director-thread.js';
import type { LiveRig } from '../live-rig.js';
import type { ServedArray } from '../served-array.js';
import { Refusal } from '../system.js';
import { commandOf } from './commands.js';
import { LiveJudge, type Reason } from './live-judge.js';
import { aboutOf, inspectorOf, peersOf, type SourceOf, sourceText } from './looking.js';
import type { DebugEvent } from './orders.js';
import { ownerOf } from './spot-owner.js';
import { Standing } from './standing.js';

const LOOK_MS = 1;
const LINES_MOST = 1000;

/** `alone`: one director runs, until its task gives up the engine. */
type State = 'off' | 'runs' | 'halts' | 'stands' | 'alone';

export class LiveDebugger {
  readonly #rig: LiveRig;
  readonly #served: readonly ServedArray[];
  readonly #sourceOf: SourceOf;
  readonly #standing: Standing;
  #state: State = 'off';
  /** Raised by each attach and detach: what was begun before has nothing to say. */
  #turn = 0;
  #goals = 0;
  #judge: LiveJudge | undefined;
  #inspector: Inspector | undefined;
  #stop: Stop | undefined;
  /** Directors that met something that nobody was told, by `key`. */
  readonly #untold = new Set<number>();
  /** Who stands inside of a turn, at the last stop. */
  #here: { readonly key: number; readonly task: TaskRef } | undefined;
  /** Who runs, where one does alone. */
  #runner = -1;
  #poll: NodeJS.Timeout | undefined;
  #lines: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(rig: LiveRig, served: readonly ServedArray[], sourceOf: SourceOf = () => undefined) {
    this.#rig = rig;
    this.#sourceOf = sourceOf;
    this.#served = served;
    this.#standing = new Standing(() => this.#posts);
    for (const [a, array] of served.entries()) array.onDebug = (director, event) => this.#heard(a, director, event);
  }

  get isAttached(): boolean {
    return this.#state !== 'off';
  }

  // ── attach, detach

  /** Everything comes to a stand. Errors: Refusal when it does not. */
  async attach(): Promise<Stop> {
    this.#turn += 1;
    this.#inspector = inspectorOf(this.#rig, this.#served, () => this.#stop?.task);
    this.#judge = new LiveJudge({
      inspector: this.#inspector,
      layout: (array) => this.#served[array].tables.memory.layout,
      now_ns: LIVE_CLOCK.now_ns,
      holds: (array) => anyHeld(this.#served[array].tables.memory),
      say: (line) => {
        if (this.#lines.length < LINES_MOST) this.#lines.push(line);
      },
    });
    this.#judge.states();
    this.#lines = [];
    this.#stop = undefined;
    try {
      await this.#halt({ reason: 'entry', text: 'a debugger is attached', breaks: [] });
    } catch (error) {
      this.detach();
      throw error;
    }
    return this.stop;
  }

  /** Goes on as if nobody had looked. */
  detach(): void {
    this.#turn += 1;
    this.#state = 'off';
    this.#standing.giveUp();
    clearInterval(this.#poll);
    this.#poll = undefined;
    const stood_ns = clockStood();
    clockGoes(stood_ns);
    for (const { directors } of this.#served) {
      directors.isLookedAt = false;
      directors.held.clear();
      for (const thread of directors.alive) thread.debug({ what: 'leave', stood_ns });
    }
    this.#untold.clear();
    this.#here = undefined;
    this.#judge = undefined;
    this.#inspector = undefined;
    this.#wake();
  }

  // ── what it is asked

  about(): About {
    return aboutOf(this.#rig, this.#served);
  }

  /** Undefined: it is not known. */
  source(file: string): string | undefined {
    return sourceText(this.#served, this.#stop?.task?.array, file, this.#sourceOf);
  }

  /** Where it stands. Errors: Refusal while it runs. */
  get stop(): Stop {
    if (this.#state !== 'stands' || !this.#stop) throw new Refusal('the rig runs; pause it first');
    return this.#stop;
  }

  /** What log points said since the last call. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  /** Without breaks: how it is with those that are set. */
  breaks(breaks?: readonly Break[]): readonly BreakState[] {
    const judge = this.#needs();
    if (breaks === undefined) return judge.states();
    judge.setBreaks(breaks);
    const states = judge.states();
    if (this.#state === 'runs') this.rearm();
    return states;
  }

  /** Errors: Refusal while it runs; RangeError. */
  ask<Q extends Question>(question: Q, ask: AskOf<Q>): AnswerOf<Q> {
    this.#needs();
    void this.stop;
    if (question === 'when') throw new Refusal('a live rig has no past: `when` is for simulated ones');
    const inspector = this.#inspector as Inspector;
    if (question === 'setMemory') this.#checkKept(ask as AskOf<'setMemory'>);
    const answer = inspector.answer(question as Exclude<Q, 'when'>, ask as never) as AnswerOf<Q>;
    if (question === 'assign') this.#keep((answer as AnswerOf<'assign'>).at);
    return answer;
  }

  /** The battery's log is told of what the debugger changed. */
  #keep(at: AnswerOf<'assign'>['at']): void {
    if (!at) return;
    const array = this.#served[at.array] as ServedArray;
    const { layout } = array.tables.memory;
    const [from, to] = batteryTables(layout);
    if (!array.isKept || at.word < from || at.word >= to) return;
    const role = ownerOf(layout, at.word);
    const director = array.tables.get('node', 'director', role);
    const thread = array.directors.living.find(({ number }) => number === director);
    thread?.debug({ what: 'wrote', word: at.word, words: at.words });
  }

  #checkKept({ array, byte, base64 }: AskOf<'setMemory'>): void {
    const served = this.#served[array];
    if (!served?.isKept) return;
    const { volatile } = served.tables.memory.layout;
    const [, tables] = volatile;
    const end = byte + Math.floor((base64.length * 3) / 4);
    if (tables && byte >= tables[0] * 4 && end <= tables[1] * 4) return;
    throw new Refusal(
      `array ${served.name} is kept in a folder (--state), whose log would not have these bytes; set a field by its name instead`,
    );
  }

  // ── going on

  /** Errors: Refusal for what a live rig cannot do. */
  resume(how: Resume): void {
    const judge = this.#needs();
    const command = commandOf(how, ++this.#goals, {
      inspector: this.#inspector as Inspector,
      task: this.stop.task,
      memory: (array) => this.#served[array].tables.memory,
      peers: peersOf(this.#rig, this.#served),
    });
    const here = this.#here;
    judge.states();
    judge.begin(command);
    const { goal } = command;
    const isHis =
      here !== undefined &&
      !this.#isHeld(here.key) &&
      (goal?.on === 'any' || (goal?.on === 'task' && goal.task === here.task.task && goal.role === here.task.role)) &&
      (command.array === undefined || command.array === here.task.array);
    if (isHis) this.#alone(here.key);
    else this.#release();
  }

  pause(): void {
    if (this.#state === 'runs') void this.#halt({ reason: 'pause', text: 'paused', breaks: [] }).catch(() => undefined);
  }

  /** Resolves when it stands, or so much later. */
  async wait(most_ms: number): Promise<Stop | undefined> {
    this.#needs();
    // Who ran alone has died of it: nothing is to be heard of it any more.
    if (this.#state === 'alone' && !this.#posts.some(({ key }) => key === this.#runner)) this.#release();
    if (this.#state !== 'stands') {
      let late: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        late = setTimeout(resolve, most_ms);
      });
      clearTimeout(late);
    }
    return this.#state === 'stands' ? this.#stop : undefined;
  }

  /** Directors, roles or images are others now. */
  rearm(): void {
    const judge = this.#judge;
    if (!judge || this.#state === 'off') return;
    judge.states();
    for (const { array, thread } of this.#posts) thread.debug({ what: 'arm', arms: judge.armsOf(array) });
    this.#look();
  }

  #release(): void {
    const judge = this.#needs();
    const stood_ns = clockStood();
    clockGoes(stood_ns);
    this.#state = 'runs';
    this.#here = undefined;
    const untold = new Set(this.#untold);
    for (const key of untold) if (!this.#isHeld(key)) this.#untold.delete(key);
    for (const { directors } of this.#served) directors.isLookedAt = false;
    for (const { key, array, thread } of this.#posts) {
      if (this.#isHeld(key)) continue;
      thread.debug({ what: 'arm', arms: judge.armsOf(array) });
      thread.debug({ what: 'go', stood_ns, again: untold.has(key) });
    }
    this.#look();
  }

  #alone(key: number): void {
    const judge = this.#needs();
    const post = this.#posts.find((one) => one.key === key);
    // It died meanwhile.
    if (!post) {
      this.#release();
      return;
    }
    this.#state = 'alone';
    this.#runner = key;
    this.#here = undefined;
    post.thread.debug({ what: 'arm', arms: judge.armsOf(post.array) });
    post.thread.debug({ what: 'alone' });
  }

  // ── what directors tell

  #heard(array: number, director: number, event: DebugEvent): void {
    const key = keyOf(array, director);
    if (event.on === 'stands') {
      this.#standing.stands(key, event.number);
      return;
    }
    const post = this.#posts.find((one) => one.key === key);
    const judge = this.#judge;
    if (this.#state === 'off' || !judge) {
      post?.thread.debug({ what: 'leave', stood_ns: clockStood() });
      return;
    }
    if (this.#state === 'halts' || this.#state === 'stands') {
      this.#untold.add(key);
      return;
    }
    if (event.on === 'left') {
      this.#release();
      return;
    }
    const reason = judge.judge(array, event);
    if (!reason) {
      post?.thread.debug(
        this.#state === 'alone' ? { what: 'alone' } : { what: 'go', stood_ns: clockStood(), again: false },
      );
      return;
    }
    const isInTurn = event.on === 'instruction' || (event.on === 'change' && event.isThere);
    const here = isInTurn ? { key, task: { array, role: event.role, task: event.task } } : undefined;
    if (this.#state === 'alone') this.#stands(reason, here);
    else void this.#halt(reason, here).catch(() => undefined);
  }

  /** Everybody comes to a stand, for this. Errors: Refusal when one does not; then all go on. */
  async #halt(reason: Reason, here?: { readonly key: number; readonly task: TaskRef }): Promise<void> {
    const turn = this.#turn;
    this.#state = 'halts';
    clearInterval(this.#poll);
    this.#poll = undefined;
    try {
      await this.#standing.all();
    } catch (error) {
      if (turn === this.#turn) {
        this.#lines.push((error as Error).message);
        this.#release();
      }
      throw error;
    }
    if (turn !== this.#turn) return;
    const now_ns = LIVE_CLOCK.now_ns();
    clockStands(now_ns);
    for (const { directors } of this.#served) directors.isLookedAt = true;
    for (const { thread } of this.#posts) thread.debug({ what: 'time', now_ns });
    this.#stands(reason, here);
  }

  #stands(reason: Reason, here: { readonly key: number; readonly task: TaskRef } | undefined): void {
    this.#state = 'stands';
    this.#here = here;
    this.#judge?.stopped(reason);
    this.#stop = { ...reason, moment: { time_ns: LIVE_CLOCK.now_ns(), step: 0, operations: 0 } };
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** States and times are looked at while any is waited for. */
  #look(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    if (this.#state !== 'runs' || !this.#judge?.mustLook) return;
    this.#poll = setInterval(() => {
      const reason = this.#state === 'runs' ? this.#judge?.look() : undefined;
      if (reason) void this.#halt(reason).catch(() => undefined);
    }, LOOK_MS).unref();
  }

  // ── what there is

  get #posts(): { readonly key: number; readonly array: number; readonly thread: DirectorThread }[] {
    return this.#served.flatMap(({ directors }, array) =>
      directors.living.map((thread) => ({ key: keyOf(array, thread.number), array, thread })),
    );
  }

  #isHeld(key: number): boolean {
    const post = this.#posts.find((one) => one.key === key);
    return post !== undefined && this.#served[post.array].directors.held.has(post.thread);
  }

  #needs(): LiveJudge {
    if (!this.#judge) throw new Refusal('no debugger is attached');
    return this.#judge;
  }
}

const keyOf = (array: number, director: number): number => array * 16 + director;

/**
 * What a person who debugs has before them: the target, the task that is looked at, breaks, what is shown at each stop. All
 * commands act on it; what they print goes through `say`.
 */

import { ROLES } from '../../../firmware/ports/messages.js';
import type {
  About,
  AnswerOf,
  AskOf,
  Change,
  Place,
  Question,
  Resume,
  Stop,
  Target,
  TaskRef,
} from '../../../firmware/runtime/machine/debug/target.js';
import { Breaks } from './breaks.js';
import { Code, placeText } from './code.js';
import { Displays } from './displays.js';
import { Sources } from './sources.js';
import type { Style } from './style.js';
import { timeText } from './time.js';
import type { Here } from './where.js';
import { CommandError } from './words.js';

/** Lines of a command's output that `expect` sees. */
const SAID_MOST = 10_000;

export interface Screen {
  readonly print: (line: string) => void;
  readonly style: Style;
}

export class Session {
  readonly code = new Code();
  readonly sources: Sources;
  readonly breaks: Breaks;
  readonly displays = new Displays();
  /** Commands as they were given, the oldest first. */
  readonly history: string[] = [];
  /** The one that is looked at: that of the stop, until another is chosen. */
  task: TaskRef | undefined;
  /** What `when` found last. */
  change: Change | undefined;
  /** Where `list` goes on. */
  listed: { readonly file: string; readonly line: number } | undefined;
  isRunning = false;
  /** The user is done. */
  isOver = false;
  /** Does commands, one a line, from a script of this name; set by who reads them. */
  script: (file: string) => Promise<void> = () => Promise.reject(new CommandError('there is nobody to read a script'));
  #said: string[] = [];

  private constructor(
    readonly target: Target,
    /** What it was when the session began. */
    readonly about: About,
    public stop: Stop,
    readonly screen: Screen,
  ) {
    this.task = stop.task;
    this.sources = new Sources(target);
    this.breaks = new Breaks(target);
  }

  static async begin(target: Target, screen: Screen): Promise<Session> {
    const session = new Session(target, await target.about(), await target.stop(), screen);
    target.onOutput = (line) => session.say(line);
    return session;
  }

  say(text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) {
      if (this.#said.length < SAID_MOST) this.#said.push(line);
      this.screen.print(line);
    }
  }

  /** What the last command said. */
  get said(): string {
    return this.#said.join('\n');
  }

  forgetSaid(): void {
    this.#said = [];
  }

  /** Asks with the task that is looked at, where the question takes one. */
  ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> {
    return this.target.ask(question, ask);
  }

  /** `{ task }` where one is looked at, for questions. */
  get ofTask(): { readonly task?: TaskRef } {
    return this.task === undefined ? {} : { task: this.task };
  }

  /** Errors: CommandError when none is looked at. */
  get current(): TaskRef {
    if (this.task === undefined)
      throw new CommandError('no task is current here: "task A.data 3" chooses one, "info tasks" has all');
    return this.task;
  }

  taskText({ array, role, task }: TaskRef): string {
    return `${this.about.arrays[array]?.name ?? array}.${ROLES[role] ?? role} ${task}`;
  }

  /** Where the current task stands; undefined where none is, or it is gone. */
  async place(): Promise<Place | undefined> {
    if (this.task === undefined) return undefined;
    if (sameTask(this.task, this.stop.task)) return this.stop.place;
    return (await this.ask('frames', { task: this.task }))[0]?.place;
  }

  async here(): Promise<Here> {
    const about = await this.target.about();
    const current = (await this.place())?.file;
    return {
      arrays: about.arrays.map(({ name }) => name),
      file: (text) => this.code.file(about, text),
      now_ns: this.stop.moment.time_ns,
      ...(current !== undefined && { current }),
    };
  }

  /** What may take long, and ends early when the target is paused. */
  async pausable<T>(work: () => Promise<T>): Promise<T> {
    this.isRunning = true;
    try {
      return await work();
    } finally {
      this.isRunning = false;
    }
  }

  /** Goes on, and says where it stopped. */
  async resume(how: Resume): Promise<void> {
    this.stop = await this.pausable(() => this.target.resume(how));
    this.task = this.stop.task;
    this.change = undefined;
    this.listed = undefined;
    await this.breaks.met(this.stop.breaks);
    await this.sayStop();
  }

  async sayStop(): Promise<void> {
    const { reason, text, task, place, moment, change } = this.stop;
    const { style } = this.screen;
    if (change) await this.sayChange(change);
    if (reason === 'end') {
      this.say(text);
      return;
    }
    const why = reasonText(this.stop);
    if (why !== '') this.say(style.strong(why));
    const where = task && place ? `${this.taskText(task)} at ${style.place(placeText(place))}` : 'between tasks';
    this.say(`${timeText(moment.time_ns)}  ${where}`);
    if (task && place) await this.saySource(place);
    await this.sayDisplays();
  }

  async sayDisplays(): Promise<void> {
    const evaluate = async (text: string) => (await this.ask('evaluate', { text, ...this.ofTask })).text;
    for (const line of await this.displays.lines(evaluate)) this.say(line);
  }

  /** Who changed what, before → after. */
  async sayChange({ what, before, after, by, place }: Change): Promise<void> {
    const { style } = this.screen;
    const who = by ? this.taskText(by) : 'no microcode';
    const where = place ? ` at ${style.place(placeText(place))}` : '';
    this.say(`${style.strong(`${what}: ${before} → ${after}`)}, by ${who}${where}`);
    if (place) await this.saySource(place);
  }

  async saySource({ file, line }: Place): Promise<void> {
    const text = await this.sources.line(file, line);
    if (text !== undefined) this.say(this.screen.style.current(`${line}\t${text}`));
  }
}

/** `break 2: message WRITE`. Nothing of a step, which is what was asked for; what a change was is said before it. */
function reasonText({ reason, text, breaks, change }: Stop): string {
  const why = change || (reason === 'break' && breaks.length > 0) ? '' : text || (reason === 'step' ? '' : reason);
  const which = breaks.length === 0 ? '' : `break ${breaks.join(', ')}`;
  return [which, why].filter((part) => part !== '').join(': ');
}

export const sameTask = (a: TaskRef | undefined, b: TaskRef | undefined): boolean =>
  a !== undefined && b !== undefined && a.array === b.array && a.role === b.role && a.task === b.task;

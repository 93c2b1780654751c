/** What the requests of a session share: what is debugged, and what the client was told about it. */
import type { Stop } from '../../../firmware/runtime/machine/debug/target.js';
import { Breaks } from './breaks.js';
import type { Debuggee } from './debuggee.js';
import { Fields } from './fields.js';
import { Threads } from './threads.js';
import { Variables } from './variables.js';

/** Answers a request. What it returns is the body of the response; what it throws is told to the user. */
export type Handler = (context: Context, args: Fields) => Promise<object | undefined> | object | undefined;
export type Requests = Readonly<Record<string, Handler>>;

export class Context {
  readonly breaks = new Breaks();
  readonly threads = new Threads();
  readonly variables = new Variables();
  /** What the client said of itself in `initialize`. */
  client = new Fields('initialize', {});
  debuggee: Debuggee | undefined;
  /** What it was opened with, for a restart. */
  opened: Fields | undefined;
  /** The run that is under way; settled when it was told that it stopped. */
  run: Promise<void> | undefined;
  /** Where it stopped last; absent: it never ran. */
  lastStop: Stop | undefined;
  /** Of progress reports so far. */
  progress = 0;
  /** Nobody wants to hear where it stops. */
  isOver = false;
  readonly #afterwards: (() => void)[] = [];

  constructor(
    /** Sends an event. */
    readonly event: (event: string, body?: object) => void,
    /** From so long on one sees that a way back takes its time. */
    readonly patience_ms: number,
  ) {}

  /** Errors: Error before there is one. */
  get it(): Debuggee {
    if (this.debuggee) return this.debuggee;
    throw new Error('nothing is debugged yet: launch or attach comes first');
  }

  /** Only what stands can be looked at. */
  get standing(): Debuggee {
    if (this.run) throw new Error('the rig runs; pause it first');
    return this.it;
  }

  output(category: 'console' | 'stdout' | 'stderr' | 'important', text: string): void {
    this.event('output', { category, output: `${text}\n` });
  }

  /** A line as the client counts it. */
  shownLine(line: number): number {
    return line - 1 + this.#firstLine;
  }

  /** A line of the client's, counted from 1. */
  ownLine(line: number): number {
    return line + 1 - this.#firstLine;
  }

  get #firstLine(): number {
    return this.client.raw('linesStartAt1') === false ? 0 : 1;
  }

  /** Words of the rig were set by hand: what the client shows of them is old. */
  changed(): void {
    if (this.client.flag('supportsInvalidatedEvent')) this.event('invalidated', { areas: ['variables'] });
  }

  /** Done when the response to the request that is carried out has gone. */
  afterwards(what: () => void): void {
    this.#afterwards.push(what);
  }

  responded(): void {
    for (const what of this.#afterwards.splice(0)) what();
  }
}

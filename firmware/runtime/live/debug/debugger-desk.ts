/**
 * One debugger at a time, for as long as it lets itself be heard: then the arrays go on as if nobody had looked. What it asks
 * is of the rig (live-debugger.ts).
 */
import { randomBytes } from 'node:crypto';
import type { About, AnswerOf, AskOf, Break, BreakState, Question, Resume } from '../../machine/debug/target.js';
import type { LiveRig } from '../live-rig.js';
import type { ServedArray } from '../served-array.js';
import { type DebugAttached, type DebugDesk, type DebugProgress, Refusal } from '../system.js';
import { LiveDebugger } from './live-debugger.js';
import type { SourceOf } from './looking.js';

/** So long may a debugger be silent, if it does not say otherwise. */
const LEASE_MS = 30_000;
/** A request waits for a stop no longer: then it is asked again. */
const WAIT_MS = 5000;
const SESSION_BYTES = 16;

interface Session {
  readonly id: string;
  readonly lease_ms: number;
  heard_ms: number;
  /** Requests that wait for a stop: as long as there are any, it is not silent. */
  waits: number;
}

export class DebuggerDesk implements DebugDesk {
  readonly #debugger: LiveDebugger;
  #session: Session | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(rig: LiveRig, served: readonly ServedArray[], sourceOf?: SourceOf) {
    this.#debugger = new LiveDebugger(rig, served, sourceOf);
  }

  async attach(lease_ms = LEASE_MS): Promise<DebugAttached> {
    if (this.#session) {
      const { lease_ms: most, heard_ms } = this.#session;
      const silent = ((performance.now() - heard_ms) / 1000).toFixed(1);
      throw new Refusal(
        `a debugger is attached already, which was heard ${silent} s ago; after ${most / 1000} s of silence it is let go`,
      );
    }
    const session = {
      id: randomBytes(SESSION_BYTES).toString('hex'),
      lease_ms,
      heard_ms: performance.now(),
      waits: 0,
    };
    this.#session = session;
    this.#watch = setInterval(() => this.#look(), Math.max(50, lease_ms / 10)).unref();
    try {
      const stop = await this.#debugger.attach();
      return { session: session.id, about: this.#debugger.about(), stop };
    } catch (error) {
      this.#letGo(session);
      throw error;
    }
  }

  detach(session: string): void {
    this.#letGo(this.#heard(session));
  }

  about(session: string): About {
    this.#heard(session);
    return this.#debugger.about();
  }

  source(session: string, file: string): { readonly text?: string } {
    this.#heard(session);
    const text = this.#debugger.source(file);
    return text === undefined ? {} : { text };
  }

  /** The process ends. */
  close(): void {
    if (this.#session) this.#letGo(this.#session);
  }

  /** Directors, roles or images are others now. */
  rearm(): void {
    this.#debugger.rearm();
  }

  breaks(session: string, breaks?: readonly Break[]): readonly BreakState[] {
    this.#heard(session);
    return said(() => this.#debugger.breaks(breaks));
  }

  ask<Q extends Question>(session: string, question: Q, ask: AskOf<Q>): AnswerOf<Q> {
    this.#heard(session);
    return said(() => this.#debugger.ask(question, ask));
  }

  resume(session: string, how: Resume): Promise<DebugProgress> {
    this.#heard(session);
    said(() => this.#debugger.resume(how));
    return this.progress(session, true);
  }

  pause(session: string): void {
    this.#heard(session);
    this.#debugger.pause();
  }

  async progress(session: string, waits: boolean): Promise<DebugProgress> {
    const one = this.#heard(session);
    one.waits += 1;
    try {
      const stop = await this.#debugger.wait(waits ? WAIT_MS : 0);
      return { running: stop === undefined, lines: this.#debugger.takeLines(), ...(stop && { stop }) };
    } finally {
      one.waits -= 1;
      one.heard_ms = performance.now();
    }
  }

  #heard(id: string): Session {
    const session = this.#session;
    if (session?.id !== id)
      throw new Refusal('this debugger is not attached any more: it was silent too long, or let go; attach again');
    session.heard_ms = performance.now();
    return session;
  }

  #look(): void {
    const session = this.#session;
    if (session && session.waits === 0 && performance.now() - session.heard_ms > session.lease_ms) this.#letGo(session);
  }

  #letGo(session: Session): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    clearInterval(this.#watch);
    this.#debugger.detach();
  }
}

/** What is wrong with the words of a user is a refusal. */
function said<T>(answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    throw error instanceof RangeError ? new Refusal(error.message) : error;
  }
}

/**
 * A target without a rig: one task of A.data that goes through the instructions of WRITE one by one, and what it answers is
 * fixed. For what lies above targets, and for moments that a real rig seldom shows: a run that takes long.
 */
import { encodeImage, type Image } from '../../firmware/engine/image.js';
import { roleNumber } from '../../firmware/ports/messages.js';
import type {
  About,
  AnswerOf,
  AskOf,
  Break,
  BreakState,
  Place,
  Question,
  Questions,
  Resume,
  Stop,
  StopReason,
  Target,
} from '../../firmware/runtime/machine/debug/target.js';
import { loadImages } from '../../firmware/service/microcode.js';

const INSTRUCTIONS = 40;
const TASK = { array: 0, role: roleNumber('data'), task: 1 };

type Answers = { [Q in Question]?: (ask: AskOf<Q>) => AnswerOf<Q> };

export interface Script {
  readonly can?: Partial<About['can']>;
  readonly kind?: About['kind'];
  /** What it is asked beside tasks and frames. */
  readonly answers?: Answers;
  /** `continue` goes on until it is paused. */
  readonly isEndless?: boolean;
  readonly sources?: Readonly<Record<string, string>>;
}

export class ScriptedTarget implements Target {
  onOutput: (line: string) => void = () => {};
  isClosed = false;
  breaksSet: readonly Break[] = [];
  resumed: Resume[] = [];
  /** Instructions that it has done. */
  at = 0;
  readonly image: Image = loadImages().data as Image;
  readonly first: number;
  #paused: (() => void) | undefined;

  constructor(readonly script: Script = {}) {
    this.first = this.image.labels.find(({ scope, kind }) => kind === 'on' && scope === 'on WRITE')?.at as number;
  }

  about(): Promise<About> {
    const bytes = Buffer.from(encodeImage(this.image)).toString('base64');
    const arrays = [{ name: 'A', volumes: ['data0'], images: { data: bytes }, bytes: 4096 }];
    const can = { run: true, back: true, write: true, ...this.script.can };
    return Promise.resolve({ kind: this.script.kind ?? 'simulated', title: 'a script', arrays, can });
  }

  place(at = this.at): Place {
    const instruction = this.first + at;
    const word = this.image.lines[instruction] as number;
    const file = this.image.files[word >>> 20] as string;
    return { array: 'A', role: 'data', instruction, file, line: word & 0xfffff, scope: 'on WRITE' };
  }

  setBreaks(breaks: readonly Break[]): Promise<readonly BreakState[]> {
    this.breaksSet = breaks;
    return Promise.resolve(
      breaks.map(({ id, where }) => {
        if (where.on !== 'line') return { id, places: [], hits: 0 };
        const at = Array.from({ length: INSTRUCTIONS }, (_, i) => i).find((i) => this.place(i).line >= where.line);
        return at === undefined
          ? { id, error: 'no instruction there', places: [], hits: 0 }
          : { id, places: [this.place(at)], hits: 0 };
      }),
    );
  }

  breaks(): Promise<readonly BreakState[]> {
    return this.setBreaks(this.breaksSet);
  }

  #stop(reason: StopReason, text: string = reason, breaks: readonly number[] = []): Stop {
    const moment = { time_ns: this.at * 100, step: this.at, operations: this.at };
    return { reason, text, moment, task: TASK, place: this.place(), breaks };
  }

  async resume(how: Resume): Promise<Stop> {
    this.resumed.push(how);
    const back = 'back' in how && how.back === true;
    if (how.how === 'continue' && this.script.isEndless) {
      await new Promise<void>((resolve) => {
        this.#paused = resolve;
      });
      return this.#stop('pause');
    }
    // As every target: whoever asked hears of it later.
    await Promise.resolve();
    if (how.how !== 'continue') {
      this.at = Math.max(0, this.at + (back ? -1 : 1));
      return this.#stop('step');
    }
    for (;;) {
      this.at += back ? -1 : 1;
      if (this.at <= 0) return this.#stop('beginning');
      if (this.at >= INSTRUCTIONS) return this.#stop('end', 'FAIL: one violation');
      const { line } = this.place();
      const met = this.breaksSet.filter(({ where }) => where.on === 'line' && where.line === line);
      for (const { log } of met) if (log !== undefined) this.onOutput(log);
      const stops = met.filter(({ log }) => log === undefined).map(({ id }) => id);
      if (stops.length > 0) return this.#stop('break', 'breakpoint', stops);
    }
  }

  pause(): void {
    this.#paused?.();
  }

  stop(): Promise<Stop> {
    return Promise.resolve(this.#stop('entry'));
  }

  async ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> {
    const own: Answers = {
      tasks: () => [{ ref: TASK, name: 'A.data 1', state: 'ready', kind: 'WRITE', place: this.place() }],
      frames: () => [{ place: this.place() }],
      registers: () => [{ name: 'volume', number: 0, value: 7 }],
      ...this.script.answers,
    };
    const answer = own[question] as ((ask: Questions[Q]['ask']) => AnswerOf<Q>) | undefined;
    if (!answer) throw new Error(`${question} is not answered here`);
    return answer(ask);
  }

  source(file: string): Promise<string | undefined> {
    return Promise.resolve(this.script.sources?.[file]);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

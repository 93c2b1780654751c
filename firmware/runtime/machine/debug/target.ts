/**
 * What a debugger can do with a rig, whatever the rig is: simulated (all of it), live (all but going back) or a dump
 * (looking only). The command line and the debug adapter know nothing below this; everything here can be sent as JSON.
 *
 * Time: a target runs or stands. While it runs, only `pause` and `setBreaks` are taken; whatever else is asked is refused.
 */
import type { Role } from '../../../ports/messages.js';

/** A task of a role: `array` and `role` are numbers (rig, ROLES), `task` counts from 1 as in the tables. */
export interface TaskRef {
  readonly array: number;
  readonly role: number;
  readonly task: number;
}

/** Where in its run a rig stands. Live, steps and operations are 0. */
export interface Moment {
  readonly time_ns: number;
  /** Choices of the simulated world so far. */
  readonly step: number;
  /** Micro-operations of all arrays so far: the same one stands for one moment, but for steps of ports. */
  readonly operations: number;
}

/** An instruction, and where its source stands. */
export interface Place {
  readonly array: string;
  readonly role: Role;
  readonly instruction: number;
  /** Begins with `microcode/`. */
  readonly file: string;
  readonly line: number;
  /** `on WRITE`, `sub acked`. */
  readonly scope: string;
}

/** At what a run stops. `array` absent: at any. */
export type Where =
  | { readonly on: 'line'; readonly file: string; readonly line: number; readonly array?: string }
  /** A label (`merged`), a scope (`WRITE`, `owe`), either with its file before it: `base/data/write.uc:merged`. */
  | { readonly on: 'label'; readonly label: string; readonly array?: string }
  | { readonly on: 'instruction'; readonly role: Role; readonly instruction: number; readonly array?: string }
  /** A role takes a message of the kind. */
  | { readonly on: 'message'; readonly kind: string; readonly array?: string }
  /** Words change: an expression that stands for a place (`M2 A:data0:17`, `A:pair.state[data0]`), as it is when it is set; registers in it are the task's. */
  | { readonly on: 'watch'; readonly what: string; readonly task?: TaskRef }
  /** A microcode fault or a machine check. */
  | { readonly on: 'fault' }
  /** The oracle, or a check of the simulator, found something. */
  | { readonly on: 'violation' }
  /** A state begins, as faults say it: `pair A:data0 is PSUE`. */
  | { readonly on: 'state'; readonly when: string }
  | { readonly on: 'time'; readonly time_ns: number };

export interface Break {
  /** The client's own; not two alike. */
  readonly id: number;
  readonly where: Where;
  /** Stops only where this expression is not 0. */
  readonly condition?: string;
  /** So many times it is passed by, before it stops. */
  readonly ignore?: number;
  /** A log point: says this and does not stop; what stands in {braces} is evaluated. */
  readonly log?: string;
  /** Gone after the first stop. */
  readonly once?: boolean;
}

/** What became of a break. */
export interface BreakState {
  readonly id: number;
  /** Why it cannot be, if it cannot. */
  readonly error?: string;
  /** Where it stands, if it stands somewhere: also of another line, where the wanted one has no instruction. */
  readonly places: readonly Place[];
  /** How often it was met. */
  readonly hits: number;
}

/** How a target goes on. `back` only where `can.back`. */
export type Resume =
  | { readonly how: 'continue'; readonly back?: boolean }
  /**
   * `count` times, a task (the current one when absent): its next instruction; the same, without going into calls; until it
   * comes back to its caller, or ends; until its role takes its next message; until what it sends over a link is taken at the
   * other array, at whose task it stops then.
   */
  | {
      readonly how: 'instruction' | 'over' | 'out' | 'message' | 'peer';
      readonly count?: number;
      readonly task?: TaskRef;
      readonly back?: boolean;
    }
  /** The next instruction of any task. */
  | { readonly how: 'any'; readonly count?: number; readonly back?: boolean }
  /** Before or after the present. */
  | { readonly how: 'time'; readonly time_ns: number }
  | { readonly how: 'operation'; readonly operations: number }
  | { readonly how: 'place'; readonly file: string; readonly line: number; readonly back?: boolean };

export type StopReason =
  | 'entry'
  | 'step'
  | 'break'
  | 'watch'
  | 'message'
  | 'state'
  | 'time'
  | 'fault'
  | 'violation'
  | 'pause'
  /** Nothing will ever happen again: the script is over, and says PASS or FAIL in `text`. */
  | 'end'
  /** The first moment of the run: there is nothing before it. */
  | 'beginning';

/** What a watched place was and is. */
export interface Change {
  /** As the user wrote it. */
  readonly what: string;
  /** As people read them: flags by name, numbers. */
  readonly before: string;
  readonly after: string;
  /** Who changed it; absent: nobody's microcode (power, a port, a drive). */
  readonly by?: TaskRef;
  /** The instruction that did it. */
  readonly place?: Place;
  readonly moment: Moment;
}

export interface Stop {
  readonly reason: StopReason;
  /** One line for people. */
  readonly text: string;
  readonly moment: Moment;
  /** Stands before its next instruction; absent: between tasks. */
  readonly task?: TaskRef;
  readonly place?: Place;
  /** Breaks that stopped it. */
  readonly breaks: readonly number[];
  readonly change?: Change;
}

export interface TaskView {
  readonly ref: TaskRef;
  /** `A.data 3`. */
  readonly name: string;
  /** `ready`, `waits for GOT`, `sleeps`, `stands in line`; `, held` behind it. */
  readonly state: string;
  /** Message that it carries out, as far as it owes an answer; `WRITE`. */
  readonly kind?: string;
  /** Its next instruction. */
  readonly place: Place;
}

/** Where a task is, and who called; the innermost first. */
export interface FrameView {
  readonly place: Place;
}

export interface RegisterView {
  /** As the source calls it there, several with commas; its number where nothing names it. */
  readonly name: string;
  readonly number: number;
  readonly value: number;
}

export interface Value {
  /** `0x41 (M1_WP|WRITTEN)`, `PAIR`, `17`. */
  readonly text: string;
  /** Absent of what is more than one word, or two. */
  readonly number?: number;
  /** Where it stands, if somewhere: it can be watched and set. */
  readonly at?: { readonly array: number; readonly word: number; readonly words: number };
  /** What it has inside: the fields of a record. */
  readonly parts?: readonly { readonly name: string; readonly expression: string; readonly text: string }[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What `look` shows; each takes words that say of what: `slots A`, `track A:data0:17`. */
export const LOOKS = [
  'tasks',
  'directors',
  'slots',
  'track',
  'flags',
  'rings',
  'pairs',
  'links',
  'locks',
  'groups',
  'trace',
] as const;
export type Look = (typeof LOOKS)[number];

/** Questions that a target answers while it stands, and their answers. Registers by name need a task; the current one else. */
export interface Questions {
  tasks: { ask: Record<never, never>; answer: readonly TaskView[] };
  frames: { ask: { task: TaskRef }; answer: readonly FrameView[] };
  registers: { ask: { task: TaskRef; frame?: number }; answer: readonly RegisterView[] };
  evaluate: { ask: { text: string; task?: TaskRef }; answer: Value };
  /** Changes what an expression stands for. In the past of a simulated run it is refused. */
  assign: { ask: { text: string; value: string; task?: TaskRef }; answer: Value };
  /** How the last word of a text may go on: fields, labels, volumes, kinds, registers. */
  complete: { ask: { text: string; task?: TaskRef }; answer: readonly string[] };
  look: { ask: { what: Look; words: readonly string[]; task?: TaskRef }; answer: Table };
  /**
   * The director of a role, or task `number` of it, is to stand while the rest goes on (the task from the end of its turn on),
   * or may go on again; says so for people. Without a role all go on that are held. In the past of a simulated run it is refused.
   */
  hold: { ask: { isHeld: boolean; array?: number; role?: number; number?: number }; answer: string };
  /** Base64. */
  memory: { ask: { array: number; byte: number; bytes: number }; answer: string };
  setMemory: { ask: { array: number; byte: number; base64: string }; answer: number };
  /** Instructions that a line has; of a label. For who asks before a break is set. */
  places: { ask: { where: Where }; answer: readonly Place[] };
  /** The last change of a place before the present; null: there was none. Only where `can.back`. */
  when: { ask: { what: string; task?: TaskRef }; answer: Change | null };
}
export type Question = keyof Questions;
export type AskOf<Q extends Question> = Questions[Q]['ask'];
export type AnswerOf<Q extends Question> = Questions[Q]['answer'];

/** A rig as its debugger sees it. */
export interface About {
  readonly kind: 'simulated' | 'live' | 'dump';
  /** One line for people: `scenario storm, rig tiny-pair, seed 1`. */
  readonly title: string;
  readonly arrays: readonly {
    readonly name: string;
    readonly volumes: readonly string[];
    /** What its roles run, as `encodeImage` makes it, in base64. */
    readonly images: Readonly<Partial<Record<Role, string>>>;
    /** Of its memory. */
    readonly bytes: number;
  }[];
  readonly can: { readonly run: boolean; readonly back: boolean; readonly write: boolean };
}

/** Errors of all: Error with a sentence for the user. */
export interface Target {
  about(): Promise<About>;
  /** These and no others, from now on; also while it runs. */
  setBreaks(breaks: readonly Break[]): Promise<readonly BreakState[]>;
  /** Hits since they were set. */
  breaks(): Promise<readonly BreakState[]>;
  /** Goes on, until it stops. */
  resume(how: Resume): Promise<Stop>;
  /** The one that runs is to stop; `resume` says so. */
  pause(): void;
  /** Where it stands. */
  stop(): Promise<Stop>;
  ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>>;
  /** Text of a source file (`microcode/…`) as it was assembled; undefined: it is not known. */
  source(file: string): Promise<string | undefined>;
  /** What log points, and a script, say. One listener. */
  onOutput: (line: string) => void;
  /** Lets go: a simulated run ends, a live rig goes on as if nobody had looked. */
  close(): Promise<void>;
}

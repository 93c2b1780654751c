/** What passes between the service processor and a director's thread while a debugger looks. */
import type { MessagePort } from 'node:worker_threads';

/** Words that are watched: `role` is the one that owns them. */
export interface WatchedWords {
  /** Number of the break. */
  readonly id: number;
  readonly role: number;
  readonly word: number;
  readonly words: number;
  readonly mask: number;
}

/** What a task sends over a link is taken up at the other array. */
export interface PeerGoal {
  readonly on: 'peer';
  readonly id: number;
  /** See followed.ts; shared. */
  readonly followed: Int32Array;
  /** By array and trunk: the array there; −1: another process has it. */
  readonly peers: readonly (readonly number[])[];
}

/** What a command of the user waits for. `id` is another for each command. */
export type LiveGoal =
  /** The next instruction of a task that carries out one request (its own token is `self`), no deeper in calls than that. */
  | {
      readonly on: 'task';
      readonly id: number;
      readonly role: number;
      readonly task: number;
      readonly self: number;
      readonly depth: number;
    }
  /** The next instruction of any task. */
  | { readonly on: 'any'; readonly id: number }
  /** A role takes its next message. */
  | { readonly on: 'message'; readonly id: number; readonly role: number }
  | PeerGoal;

/** What a director stops for. */
export interface LiveArms {
  /** Number of its array. */
  readonly array: number;
  /** By role: instructions. */
  readonly breaks: readonly (readonly number[])[];
  /** Kinds of messages. */
  readonly kinds: readonly number[];
  readonly watches: readonly WatchedWords[];
  /** It says of a fault before it dies of it. */
  readonly faults: boolean;
  readonly goal?: LiveGoal;
  /** Tasks of the array are held, which their records say. */
  readonly holds: boolean;
}

export const NOTHING_ARMED: LiveArms = { array: 0, breaks: [], kinds: [], watches: [], faults: false, holds: false };

/** To a director: heard between two turns, and while it stands. */
export type DebugOrder =
  | { readonly what: 'arm'; readonly arms: LiveArms }
  /** Come to a stand; it answers `stands` with the number. */
  | { readonly what: 'stand'; readonly number: number }
  /** The debugger changed words that a battery keeps. */
  | { readonly what: 'wrote'; readonly word: number; readonly words: number }
  /** Nobody runs now: the clock stands at that. */
  | { readonly what: 'time'; readonly now_ns: number }
  /** `again`: what it told last was not heard; it tells it once more if it still is so. */
  | { readonly what: 'go'; readonly stood_ns: number; readonly again: boolean }
  /** It alone goes on, until its task gives up the engine (it tells `left` then), or it has something else to tell. */
  | { readonly what: 'alone' }
  /** Nobody looks any more. */
  | { readonly what: 'leave'; readonly stood_ns: number };

interface InTask {
  readonly role: number;
  readonly task: number;
}

/** From a director, which stands from then on until it may go on. */
export type DebugEvent =
  /** Of an order: it stood already, or does now. */
  | { readonly on: 'stands'; readonly number: number }
  /** Before an instruction, at which a break stands, or which is the goal. */
  | ({ readonly on: 'instruction'; readonly pc: number; readonly goal: number } & InTask)
  /** The task that is the goal's is done, and all that it asked for. */
  | ({ readonly on: 'over'; readonly goal: number } & InTask)
  /** A role has taken a message. `task` 0: it waits for one. */
  | ({ readonly on: 'message'; readonly kind: number; readonly goal: number } & InTask)
  /** `task` 0: no microcode did it. `pc`: the instruction that did. */
  | ({
      readonly on: 'change';
      readonly id: number;
      readonly before: readonly number[];
      readonly after: readonly number[];
      readonly pc: number;
      /** The task stands before its next instruction; else it gave up the engine. */
      readonly isThere: boolean;
    } & InTask)
  | ({ readonly on: 'left' } & InTask)
  /** It dies of this when it goes on. `task` 0: of what no microcode did. */
  | ({ readonly on: 'fault'; readonly text: string; readonly pc: number } & InTask);

/** How orders come to a thread that may stand. */
export interface DebugLine {
  /** How many were sent; the thread sleeps on it. */
  readonly sent: Int32Array;
  readonly orders: MessagePort;
}

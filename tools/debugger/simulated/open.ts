/** What is debugged: a run, as `arraylab sim` takes it. */
import type { About } from '../../../firmware/runtime/machine/debug/target.js';
import type { Request } from './session.js';

/** As the options of `arraylab sim`. */
export interface SimulatedOptions {
  readonly scenario: string;
  readonly rig?: string | undefined;
  readonly seed?: number | undefined;
  readonly settings?: Readonly<Record<string, number>> | undefined;
  readonly faults?: readonly string[] | undefined;
  readonly plant?: string | undefined;
  readonly microcode?: string | undefined;
  readonly image?: string | undefined;
  /** What snapshots may have of memory. */
  readonly memory_mb?: number | undefined;
}

export const MEMORY_MB = 512;

/** From the thread that asks to the one that runs, and back. */
export interface Asked {
  readonly id: number;
  readonly request: Request;
}

export type Told =
  | { readonly what: 'ready'; readonly about: About }
  | { readonly what: 'failed'; readonly error: string }
  | { readonly what: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly what: 'refused'; readonly id: number; readonly error: string }
  | { readonly what: 'line'; readonly line: string };

/** Words of the memory that both threads see: requests so far, and does somebody want a pause? */
export const SIGNALS = 2;
export const ASKED = 0;
export const PAUSE = 1;

/** How a subcommand of `ctl` is described, and how it asks the processes that it is for. */
import { ARRAY_NAME, type NameForm } from '../../../firmware/service/http/names.js';
import type { ProcessRecord } from '../../../firmware/service/http/registry.js';
import { NoAnswer } from '../../../firmware/service/http/request.js';
import { ask, type Question, Refused, type Target } from './processes.js';

export const LOOK_MS = 10_000;
export const ACT_MS = 30_000;

/** What is done, as the interface says it and for people. */
export interface Outcome {
  readonly json: unknown;
  readonly text: string;
  /** What is missing in it. */
  readonly notes: readonly string[];
}

export interface Subcommand {
  readonly words: readonly string[];
  readonly help: string;
  /** What follows the words, and how usage writes it. */
  readonly argument?: { readonly name: string; readonly form: NameForm; readonly isOptional?: boolean };
  /** What follows the argument. */
  readonly value?: { readonly name: string; readonly form: NameForm };
  /** All words that follow are one argument: those with spaces in quotes. */
  readonly takesRest?: boolean;
  readonly takesForce?: boolean;
  readonly takesPort?: boolean;
  /** Options of its own, each with what its value must be. */
  readonly takes?: Readonly<Record<string, NameForm>>;
  /** May be asked for again and again: what it answers is pairs. */
  readonly takesWatch?: boolean;
  /** Whether a process has what the argument names. */
  knows?(record: ProcessRecord, name: string): boolean;
  /** Errors: Refused; NoAnswer. */
  run(
    targets: readonly Target[],
    name: string,
    force: boolean,
    value: string,
    port?: number,
    options?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
}

export const outcome = (json: unknown, text: string, notes: readonly string[] = []): Outcome => ({ json, text, notes });

/** Of those that answer; each other one is a note. Errors: Refused; NoAnswer when none answers. */
export async function askAll<View>(
  targets: readonly Target[],
  path: string,
  askOne: (target: Target, question: Question) => Promise<View> = ask,
): Promise<{ views: View[]; notes: string[] }> {
  const question: Question = { method: 'GET', path, timeout_ms: LOOK_MS };
  // What said nothing just now is not waited for again, if there is another.
  const silent = targets.some((target) => target.answers) ? targets.filter((target) => !target.answers) : [];
  const asked = targets.filter((target) => !silent.includes(target));
  const settled = await Promise.allSettled(asked.map((target) => askOne(target, question)));
  const failures = settled.flatMap((s) => (s.status === 'rejected' ? [s.reason as Error] : []));
  const fatal = failures.find((error) => !(error instanceof NoAnswer)) ?? failures[0];
  const views = settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  if (fatal && (views.length === 0 || !(fatal instanceof NoAnswer))) throw fatal;
  const notes = silent.map(({ url, record }) => `array ${record?.arrays.join(', ')}: ${url} says nothing`);
  return { views, notes: [...notes, ...failures.map((error) => error.message)] };
}

/** The process that serves an array. Errors: Refused. */
export function targetOf(targets: readonly Target[], array: string): Target {
  // With one process only, it knows best.
  const found = targets.length === 1 ? targets[0] : targets.find(({ record }) => record?.arrays.includes(array));
  if (found) return found;
  const names = targets.flatMap(({ record }) => record?.arrays ?? []);
  throw new Refused(`no process here serves an array ${array}; there are ${[...names].sort().join(', ')}`);
}

export const ARRAY = { name: 'ARRAY', form: ARRAY_NAME };

export const hasArray = (record: ProcessRecord, name: string): boolean => record.arrays.includes(name);

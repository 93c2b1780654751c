/**
 * The breakpoints of a session. The protocol sets them in groups (a source's, the function breakpoints, …), each group at
 * once; a target has one list of all. One that is set again unchanged keeps its number, and with it its hits.
 */
import type { Break, BreakState, Target, Where } from '../../../firmware/runtime/machine/debug/target.js';
import { TIME_UNITS } from '../../../firmware/runtime/machine/faults/fault.js';
import type { Fields } from './fields.js';

/** `source FILE`, or what is set as a whole; it also says why a run stopped. */
export type Group = 'function' | 'data' | 'instruction' | 'exception' | `source ${string}`;

/** One that the client wants: as a break, or why it cannot be one. */
export type Wanted = Omit<Break, 'id'> | { readonly error: string };

interface Held {
  readonly id: number;
  readonly group: Group;
  readonly wanted: Wanted;
  /** Had `once`, and stopped the run. */
  spent: boolean;
}

export class Breaks {
  #nextId = 1;
  #held: Held[] = [];

  /** The group is these, from now on; what became of each, in order. */
  async replace(target: Target, group: Group, wanted: readonly Wanted[]): Promise<BreakState[]> {
    const before = new Map(this.#held.filter((h) => h.group === group).map((h) => [keyOf(h.wanted), h]));
    const now = wanted.map((w): Held => {
      const key = keyOf(w);
      const same = before.get(key);
      before.delete(key);
      return same ?? { id: this.#nextId++, group, wanted: w, spent: false };
    });
    this.#held = [...this.#held.filter((h) => h.group !== group), ...now];
    const states = await this.apply(target);
    return now.map(({ id, wanted: w }) =>
      'error' in w ? { id, error: w.error, places: [], hits: 0 } : (states.get(id) ?? { id, places: [], hits: 0 }),
    );
  }

  /** All of them, to a target that may be a new one. */
  async apply(target: Target): Promise<ReadonlyMap<number, BreakState>> {
    const breaks = this.#held.flatMap(({ id, wanted, spent }): Break[] =>
      'error' in wanted || spent ? [] : [{ id, ...wanted }],
    );
    return new Map((await target.setBreaks(breaks)).map((state) => [state.id, state]));
  }

  /** For a new run: those that are gone after one stop may stop it again. */
  renew(): void {
    for (const held of this.#held) held.spent = false;
  }

  /** The run stopped at these; the group of the first is returned. */
  met(ids: readonly number[]): Group | undefined {
    const met = this.#held.filter(({ id }) => ids.includes(id));
    for (const held of met) if ('where' in held.wanted && held.wanted.once) held.spent = true;
    return met[0]?.group;
  }
}

const keyOf = (wanted: Wanted): string => JSON.stringify(wanted);

/** With what the protocol lets a breakpoint say beside where it is: `condition`, `hitCondition`, `logMessage`. */
export function breakOf(where: Where, fields: Fields): Wanted {
  const condition = fields.maybeText('condition')?.trim();
  const log = fields.maybeText('logMessage');
  const hits = hitsOf(fields.maybeText('hitCondition')?.trim() ?? '');
  if ('error' in hits) return hits;
  return { where, ...(condition && { condition }), ...(log && { log }), ...hits };
}

/** `5` and `>= 5`: from the fifth time on; `> 5`: from the sixth; `= 5`: the fifth time and no other. */
function hitsOf(text: string): Pick<Break, 'ignore' | 'once'> | { readonly error: string } {
  if (text === '') return {};
  const [, sign = '', digits = ''] = /^(>=|>|==?|)\s*(\d{1,9})$/.exec(text) ?? [];
  const ignore = Number(digits) - (sign === '>' ? 0 : 1);
  if (digits === '' || ignore < 0)
    return { error: `hit condition "${text}": N or >= N (from the Nth time on), > N, or = N is wanted, N from 1` };
  return { ...(ignore > 0 && { ignore }), ...(sign.startsWith('=') && { once: true }) };
}

/**
 * What a function breakpoint's name stands for: a label or a scope (`merged`, `WRITE`, `base/data/write.uc:merged`), or,
 * after a word that says so, what the protocol has no breakpoints for: `message GET`, `state pair A:data0 PSUE`,
 * `time 5ms`, `watch M2 A:data0:17`. `A/` before a label or a message: at that array only.
 */
export function whereOf(name: string, arrays: readonly string[]): Where | { readonly error: string } {
  const [, word = '', rest = ''] = /^(message|state|time|watch)\s+(\S.*)$/.exec(name.trim()) ?? [];
  if (word === 'state') return { on: 'state', when: rest };
  if (word === 'watch') return { on: 'watch', what: rest };
  if (word === 'time') return timeOf(rest);
  const text = word === 'message' ? rest.trim() : name.trim();
  const before = arrays.find((a) => text.startsWith(`${a}/`));
  const what = before === undefined ? text : text.slice(before.length + 1);
  const at = before === undefined ? {} : { array: before };
  if (what === '') return { error: 'a label, a scope, "message KIND", "state …", "watch …" or "time 5ms" is wanted' };
  return word === 'message' ? { on: 'message', kind: what, ...at } : { on: 'label', label: what, ...at };
}

function timeOf(text: string): Where | { readonly error: string } {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? [];
  const size_ns = TIME_UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN;
  const time_ns = Math.round(Number(digits) * size_ns);
  if (digits === '' || !Number.isSafeInteger(time_ns))
    return { error: `"${text}" is no time of the run; write 250us, 5ms or 1.5s` };
  return { on: 'time', time_ns };
}

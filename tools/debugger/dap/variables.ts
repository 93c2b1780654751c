/**
 * What the client opens in its tree: registers of a task, the parts of a record. A reference stands for an expression, so
 * nothing is kept here but which; all of them are forgotten when the rig goes on.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { RegisterView, TaskRef, Value } from '../../../firmware/runtime/machine/debug/target.js';
import type { Debuggee } from './debuggee.js';

/** Something that can be opened. */
export type Holder =
  /** The registers of a task, as the scope of a frame names them. */
  | { readonly task: TaskRef; readonly frame: number }
  /** The fields of records, one after the other, and what else is named. */
  | {
      readonly records: readonly string[];
      readonly named?: readonly { readonly name: string; readonly expression: string }[];
      readonly task?: TaskRef;
    };

/** A part of a holder. `task` absent: its expression means the same of every task. */
export interface Part {
  readonly name: string;
  readonly expression: string;
  readonly task?: TaskRef;
}

export class Variables {
  #holders: Holder[] = [];
  #references = new Map<string, number>();

  /** The rig goes on: no reference means anything any more. */
  forget(): void {
    this.#holders = [];
    this.#references.clear();
  }

  reference(holder: Holder): number {
    const key = JSON.stringify(holder);
    const known = this.#references.get(key);
    if (known !== undefined) return known;
    const reference = this.#holders.push(holder);
    this.#references.set(key, reference);
    return reference;
  }

  /** Errors: RangeError for a reference that is none, or was one before the rig went on. */
  async partsOf({ target }: Debuggee, reference: number): Promise<Part[]> {
    const holder = this.#holders[reference - 1];
    if (!holder) throw new RangeError(`there is no variable ${reference}: the rig went on since, or it never was`);
    if ('frame' in holder) {
      const registers = await target.ask('registers', holder);
      return registers.map((register) => registerPart(register, holder));
    }
    const { records, named = [], task } = holder;
    const parts: Part[] = [];
    for (const text of records) {
      const { parts: fields = [] } = await target.ask('evaluate', { text, task });
      // Of two records that have a field of one name, the second says whose it is.
      for (const { name, expression } of fields) {
        const isTaken = parts.some((part) => part.name === name);
        parts.push({ name: isTaken ? `${text.slice(0, text.indexOf('['))}.${name}` : name, expression });
      }
    }
    return [...parts, ...named];
  }

  /** @param page which of them; absent: all */
  async list(
    it: Debuggee,
    reference: number,
    page?: { start: number; count: number },
  ): Promise<DebugProtocol.Variable[]> {
    const parts = await this.partsOf(it, reference);
    const { start, count } = page ?? { start: 0, count: parts.length };
    const list: DebugProtocol.Variable[] = [];
    for (const { name, expression, task } of parts.slice(start, start + count)) {
      const value = await it.target.ask('evaluate', { text: expression, task });
      list.push({ name, evaluateName: expression, ...this.shown(it, value, expression, task) });
    }
    return list;
  }

  /** By its name among the parts of a holder. Errors: RangeError when there is none. */
  async part(it: Debuggee, reference: number, name: string): Promise<Part> {
    const parts = await this.partsOf(it, reference);
    const part = parts.find((p) => p.name === name);
    if (!part) throw new RangeError(`there is no "${name}" here; there are ${parts.map((p) => p.name).join(', ')}`);
    return part;
  }

  /** A value as the protocol shows it, whether it is a variable's or an expression's. */
  shown(it: Debuggee, value: Value, expression: string, task?: TaskRef) {
    const { at, parts = [] } = value;
    const isFixed = at === undefined || !it.about.can.write;
    return {
      value: value.text,
      variablesReference: parts.length > 0 ? this.reference({ records: [expression], task }) : 0,
      ...(parts.length > 0 && { namedVariables: parts.length }),
      ...(at && { memoryReference: memoryReference(it.arrays[at.array] as string, at.word * 4) }),
      ...(isFixed && parts.length === 0 && { presentationHint: { attributes: ['readOnly'] } }),
    };
  }
}

const HALF = 2 ** 32;

/** By its name where the task stands, as that says what it stands for; in a caller by its number. */
function registerPart({ name, number, value }: RegisterView, { task, frame }: { task: TaskRef; frame: number }): Part {
  const [first = name] = name.split(', ');
  const own = value >= -HALF / 2 && value < HALF ? `r${number}` : `u64(r${number})`;
  return { name, expression: frame === 0 ? first : own, task };
}

/** A byte of an array's memory: `A:0x1f40`. */
export const memoryReference = (array: string, byte: number): string => `${array}:0x${byte.toString(16)}`;

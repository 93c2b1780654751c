/**
 * What the client opens in its tree: registers of a task, the parts of a record. A reference stands for an expression, so
 * nothing is kept here but which; all of them are forgotten when the rig goes on.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { TaskRef, Value } from '../../../firmware/runtime/machine/debug/target.js';
import type { Debuggee } from './debuggee.js';

/** `expression` absent: the registers of the task. */
interface Holder {
  readonly expression?: string;
  readonly task?: TaskRef;
  readonly frame?: number;
}

/** A part of a holder. */
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

  registers(task: TaskRef, frame: number): number {
    return this.#reference({ task, frame });
  }

  record(expression: string, task?: TaskRef): number {
    return this.#reference({ expression, task });
  }

  #reference(holder: Holder): number {
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
    const { expression, task, frame } = holder;
    if (expression !== undefined) {
      const { parts = [] } = await target.ask('evaluate', { text: expression, task });
      return parts.map((part) => ({ name: part.name, expression: part.expression, task }));
    }
    const registers = await target.ask('registers', { task: task as TaskRef, frame });
    return registers.map(({ name, number }) => ({ name, expression: `r${number}`, task }));
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
      variablesReference: parts.length > 0 ? this.record(expression, task) : 0,
      ...(parts.length > 0 && { namedVariables: parts.length }),
      ...(at && { memoryReference: memoryReference(it.arrays[at.array] as string, at.word * 4) }),
      ...(isFixed && parts.length === 0 && { presentationHint: { attributes: ['readOnly'] } }),
    };
  }
}

/** A byte of an array's memory: `A:0x1f40`. */
export const memoryReference = (array: string, byte: number): string => `${array}:0x${byte.toString(16)}`;

/** What a hook may rely on and must keep, read from its row in the instruction set. */
import { HOOKS, type HookContract } from '../../../firmware/engine/isa.js';
import { CONSTANTS } from '../../../firmware/memory/constants.js';

export interface Arrival {
  readonly name: string;
  readonly register: number;
  /** What it must hold, by its name too; undefined: anything. */
  readonly holds?: { readonly number: number; readonly said: string };
}

export interface Contract {
  readonly name: string;
  readonly held: readonly string[];
  readonly maybe: readonly string[];
  readonly arrives: readonly Arrival[];
  /** Registers that keep what they had. */
  readonly kept: readonly number[];
  readonly changes: string;
}

function read(word: string): Arrival[] {
  const match = /^(?:(\w+)=)?r(\d+)(?:-r(\d+))?(?::(\w+))?$/.exec(word);
  if (!match) throw new RangeError(`"${word}" is no register of a hook`);
  const [, name, first, last = first, said] = match;
  const number = said === undefined ? undefined : (CONSTANTS[said] as number);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => ({
    name: name ?? `r${Number(first) + i}`,
    register: Number(first) + i,
    ...(number !== undefined && { holds: { number, said: said as string } }),
  }));
}

const all = (text: string): Arrival[] => text.split(' ').filter(Boolean).flatMap(read);

function contractOf({ name, held, maybe = [], arrives, changes }: HookContract): Contract {
  const changed = new Set(all(changes).map((a) => a.register));
  const kept = Array.from({ length: 16 }, (_, r) => r).filter((r) => !changed.has(r));
  return { name, held, maybe, arrives: all(arrives), kept, changes };
}

const contracts = new Map(HOOKS.map((hook) => [hook.name as string, contractOf(hook)]));

export const hookContract = (name: string): Contract | undefined => contracts.get(name);

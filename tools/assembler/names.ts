/** The names that stand for registers and numbers. */
import { CONSTANTS } from '../../firmware/memory/constants.js';
import type { Role } from '../../firmware/ports/messages.js';
import { type At, didYouMean } from './errors.js';
import type { Named, Term } from './syntax.js';

export const REGISTERS = 16;
export type Report = (at: At, text: string) => void;

/** Number of a register's own name (`r5`); undefined for another name, -1 for one that is too high. */
export function ownRegister(name: string): number | undefined {
  const match = /^r(\d+)$/.exec(name);
  if (!match) return undefined;
  return Number(match[1]) < REGISTERS ? Number(match[1]) : -1;
}

/** What a statement may name, where it stands. */
export interface Names {
  readonly role: Role;
  /** `on WRITE`, for errors. */
  readonly title: string;
  /** Instruction numbers. */
  readonly labels: ReadonlyMap<string, number>;
  readonly subs: ReadonlyMap<string, number>;
  readonly registers: ReadonlyMap<string, number>;
  readonly constants: ReadonlyMap<string, number>;
  readonly report: Report;
}

/** Number of a register; undefined after an error. */
export function register(names: Names, node: Named): number | undefined {
  const named = names.registers.get(node.text);
  if (named !== undefined) return named;
  const own = ownRegister(node.text);
  if (own !== undefined && own >= 0) return own;
  const known = [...names.registers.keys()];
  const right = own === -1 ? 'registers are r0 to r15' : `this scope has ${known.join(', ') || 'r0 to r15 only'}`;
  names.report(node, `unknown register "${node.text}"; ${right}${didYouMean(node.text, known)}`);
  return undefined;
}

/** Value of `#A|B|0x10`; undefined after an error. */
export function number(
  constants: ReadonlyMap<string, number>,
  terms: readonly Term[],
  report: Report,
): number | undefined {
  let value: number | undefined;
  for (const term of terms) {
    const known = term.name === undefined ? term.value : (constants.get(term.name) ?? CONSTANTS[term.name]);
    if (known === undefined) {
      const all = [...constants.keys(), ...Object.keys(CONSTANTS)];
      report(term, `unknown constant "${term.name}"${didYouMean(term.name ?? '', all)}`);
      return undefined;
    }
    value = value === undefined ? known : value | known;
  }
  return value;
}

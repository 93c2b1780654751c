/** A scope's instructions as the checks read them: which registers each reads and writes, and where it goes. */

import type { Unit } from '../checks.js';
import type { Encoded } from '../resolve.js';
import { type Doing, HOLDINGS, RELIES } from './holdings.js';

export interface Step {
  readonly encoded: Encoded;
  readonly name: string;
  readonly line: number;
  /** Registers, in the order in which they are named. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Instruction of the same scope that it may go to. */
  readonly target?: number;
  /** Sub or hook that it calls. */
  readonly callee?: string;
  readonly number?: number;
  /** Message kind, and the registers that are named for it. */
  readonly kind?: number;
  readonly registers: readonly number[];
  /** `table.field`. */
  readonly field?: string;
  /** A register beside those of a message: a deadline, or what only some answers are cancelled for. */
  readonly extra?: number;
  /** It goes on behind itself, whatever registers hold, or elsewhere. */
  readonly isBranch: boolean;
  /** It does nothing but write registers, with what nobody follows. */
  readonly isPlain: boolean;
  /** A branch goes to it. */
  readonly isTarget: boolean;
}

/** What is more than writing registers. */
const FOLLOWED = new Set([
  'end',
  'ret',
  'call',
  'call.hook',
  'send',
  'post',
  'reply',
  'wait',
  'waitn',
  'cancel',
  'ldi',
  'mov',
  'flag.set',
  ...Object.keys(RELIES),
]);
const DOINGS = HOLDINGS.flatMap((h) => [...h.taken, ...h.given]);
/** Whether it takes or gives something that is held. */
export const isDoing = (name: string, field: string | undefined, list: readonly Doing[] = DOINGS): boolean =>
  list.some((d) => d.does === name && (d.field === undefined || d.field === field));
const isBranch = (name: string): boolean => name.startsWith('br') || name === 'case';

/** Instructions after which nothing goes on. */
const LEAVES = ['end', 'ret', 'br'];

function stepOf(encoded: Encoded, from: number): Step {
  const { row, operands, statement } = encoded;
  const name = row?.name ?? '';
  const reads: number[] = [];
  const writes: number[] = [];
  const of: { target?: number; callee?: string; number?: number; kind?: number; field?: string; extra?: number } = {};
  let registers: readonly number[] = [];
  for (const node of operands) {
    const { operand, resolved } = node;
    const { value } = resolved;
    switch (operand.form) {
      case 'reg':
      case 'pair': {
        const list = operand.form === 'pair' ? [value, value + 1] : [value];
        (operand.name === 'rd' ? writes : reads).push(...list);
        if (operand.optional) of.extra = value;
        break;
      }
      case 'num':
        of.number = value;
        break;
      case 'label':
        of.target = value - from;
        break;
      case 'sub':
      case 'hook':
        if (node.shape === 'name') of.callee = node.text;
        break;
      case 'field':
        if (node.shape === 'field') of.field = `${node.table}.${node.field}`;
        if (node.shape === 'field' && node.index && resolved.index !== undefined) reads.push(resolved.index);
        break;
      case 'message':
      case 'names':
        if (operand.form === 'message') of.kind = value;
        registers = resolved.registers ?? [];
    }
  }
  if (name === 'wait') writes.push(...registers);
  else if (name === 'waitn') {
    reads.push(registers[0]);
    writes.push(...registers);
  } else reads.push(...registers);
  const kindOf = {
    isBranch: isBranch(name),
    isTarget: false,
    isPlain: !isBranch(name) && !FOLLOWED.has(name) && !isDoing(name, of.field),
  };
  return { encoded, name, line: statement.line, reads, writes, registers, ...of, ...kindOf };
}

const steps = new WeakMap<Unit, readonly Step[]>();

/** Of a unit without errors. */
export function stepsOf(unit: Unit): readonly Step[] {
  let list = steps.get(unit);
  if (!list) {
    const bare = unit.code.map((encoded) => stepOf(encoded, unit.at));
    const targets = new Set(bare.flatMap((step, at) => (step.isBranch ? nextOf(step, at) : [])));
    list = bare.map((step, at) => ({ ...step, isTarget: targets.has(at) }));
    steps.set(unit, list);
  }
  return list;
}

/** Where the code may go on behind an instruction of its scope; a call goes on behind itself. */
export function nextOf({ name, target, number }: Step, at: number): readonly number[] {
  if (name === 'case') return Array.from({ length: (number ?? 0) + 1 }, (_, i) => at + 1 + i);
  const to = target === undefined ? [] : [target];
  return LEAVES.includes(name) ? to : [at + 1, ...to];
}

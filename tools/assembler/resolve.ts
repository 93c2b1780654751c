/** Gives the names of a statement their meaning, and the statement its two words. */
import { HOOKS, INSTRUCTIONS, type Instruction, type Operand } from '../../firmware/engine/isa.js';
import { field, message } from './access.js';
import { putOperand, range, usage, type Value, type Words } from './encoding.js';
import { type At, didYouMean } from './errors.js';
import { type Names, number, register } from './names.js';
import type { Named, OperandNode, Statement } from './syntax.js';

/** An instruction with its operands in numbers. `row` is undefined when the statement has an error. */
export interface Encoded {
  readonly statement: Statement;
  readonly words: Words;
  readonly row?: Instruction;
  readonly operands: readonly (OperandNode & { readonly operand: Operand; readonly resolved: Value })[];
}

const ROWS = new Map<string, readonly Instruction[]>();
for (const row of INSTRUCTIONS) ROWS.set(row.name, [...(ROWS.get(row.name) ?? []), row]);

/** True when what was written can be this operand; what it names is looked up later. */
function fits(operand: Operand, node: OperandNode): boolean {
  switch (operand.form) {
    case 'num':
    case 'field':
    case 'names':
      return node.shape === operand.form;
    case 'message':
      return node.shape === 'message' || node.shape === 'name';
    default:
      return node.shape === 'name';
  }
}

function rowFits(row: Instruction, nodes: readonly OperandNode[]): boolean {
  const needed = row.operands.filter((o) => !o.optional).length;
  if (nodes.length < needed || nodes.length > row.operands.length) return false;
  return nodes.every((node, i) => fits(row.operands[i], node));
}

function findRow(names: Names, statement: Statement): Instruction | undefined {
  const { mnemonic, operands } = statement;
  const rows = ROWS.get(mnemonic) ?? [];
  if (rows.length === 0) {
    const all = INSTRUCTIONS.filter((i) => !i.role || i.role === names.role).map((i) => i.name);
    names.report(statement, `unknown instruction "${mnemonic}"${didYouMean(mnemonic, all)}`);
    return undefined;
  }
  const owner = rows[0].role;
  if (owner && owner !== names.role) {
    names.report(statement, `${mnemonic} is an instruction of role ${owner}; this file is role ${names.role}`);
    return undefined;
  }
  if (!operands) return undefined;
  const row = rows.find((r) => rowFits(r, operands));
  if (!row) {
    const right = rows.map((r) => `"${usage(r)}"`).join(' or ');
    names.report(statement, `${mnemonic} does not take these operands; it is written ${right}`);
  }
  return row;
}

function inRange(names: Names, operand: Operand, at: At, value: number): Value | undefined {
  const [least, greatest] = range(operand);
  if (value >= least && value <= greatest) return { value };
  names.report(at, `${value} does not fit ${operand.name}; it holds ${least} to ${greatest}`);
  return undefined;
}

/** An instruction number by its label or sub. */
function place(names: Names, operand: Operand, node: OperandNode & Named): Value | undefined {
  const isSub = operand.form === 'sub';
  const known = isSub ? names.subs : names.labels;
  const at = known.get(node.text);
  if (at !== undefined) return inRange(names, operand, node, at);
  const all = [...known.keys()];
  const where = isSub ? `role ${names.role}` : names.title;
  const has = all.length > 0 ? `${where} has ${all.join(', ')}` : `${where} has none`;
  names.report(node, `unknown ${operand.form} "${node.text}"; ${has}${didYouMean(node.text, all)}`);
  return undefined;
}

function hook(names: Names, node: OperandNode & Named): Value | undefined {
  const value = HOOKS.findIndex((h) => h.name === node.text);
  if (value >= 0) return { value };
  const all = HOOKS.map((h) => h.name);
  names.report(node, `unknown hook "${node.text}"; hooks are ${all.join(', ')}${didYouMean(node.text, all)}`);
  return undefined;
}

function pair(names: Names, node: Named): Value | undefined {
  const value = register(names, node);
  if (value === undefined) return undefined;
  if (value % 2 === 0) return { value };
  names.report(
    node,
    `${node.text === `r${value}` ? '' : `"${node.text}" is `}r${value}: a pair begins at an even register`,
  );
  return undefined;
}

function resolve(names: Names, row: Instruction, operand: Operand, node: OperandNode): Value | undefined {
  switch (node.shape) {
    case 'num': {
      const value = number(names.constants, node.terms, names.report);
      return value === undefined ? undefined : inRange(names, operand, node, value);
    }
    case 'field':
      return field(names, row, node);
    case 'message':
      return message(names, row, node);
    case 'names':
      return message(names, row, { ...node, text: '' });
    case 'name':
      switch (operand.form) {
        case 'label':
        case 'sub':
          return place(names, operand, node);
        case 'hook':
          return hook(names, node);
        case 'pair':
          return pair(names, node);
        case 'message':
          return message(names, row, { ...node, registers: [] });
        default: {
          const value = register(names, node);
          return value === undefined ? undefined : { value };
        }
      }
  }
}

/** Encodes a statement; problems are told to `names.report`. */
export function encode(names: Names, statement: Statement): Encoded {
  const row = findRow(names, statement);
  const nodes = statement.operands ?? [];
  if (!row) return { statement, words: [0, 0], operands: [] };
  const words: Words = [row.op, 0];
  const operands: Encoded['operands'][number][] = [];
  for (const [i, node] of nodes.entries()) {
    const operand = row.operands[i];
    const resolved = resolve(names, row, operand, node);
    if (!resolved) continue;
    putOperand(words, operand, resolved);
    operands.push({ ...node, operand, resolved });
  }
  return operands.length === nodes.length ? { statement, words, row, operands } : { statement, words, operands };
}

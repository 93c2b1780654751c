/** The steps that an expression comes to, on a stack of numbers. */
import { type Binary, type FieldTree, isWord, type RecordTree, type RegisterTree, type Tree } from './tree.js';

export type Step =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'negate' | 'not' | 'invert' | 'truth' | 'unsigned' }
  | { readonly op: Exclude<Binary, '&&' | '||'> }
  /** Goes on at `to` with 0, or with 1, if the top is so; else the top is gone. */
  | { readonly op: 'and' | 'or'; to: number }
  | { readonly op: 'register'; readonly of: RegisterTree }
  /** With the number of a record on the stack, if `isIndexed`. */
  | { readonly op: 'field'; readonly of: FieldTree; readonly isIndexed: boolean }
  | { readonly op: 'record'; readonly of: RecordTree; readonly hasPlus: boolean }
  | { readonly op: 'ring'; readonly of: Tree & { readonly is: 'ring' } }
  | { readonly op: 'count'; readonly name: string };

const COMPARES: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const SIGN = 0x8000_0000;
const UNARY = { '-': 'negate', '!': 'not', '~': 'invert' } as const;

/** Errors: RangeError for what has no number. */
export function stepsOf(tree: Tree): Step[] {
  const steps: Step[] = [];
  put(tree, steps);
  return steps;
}

function put(tree: Tree, steps: Step[]): void {
  switch (tree.is) {
    case 'number':
      steps.push({ op: 'number', value: tree.value });
      return;
    case 'unary':
      put(tree.of, steps);
      steps.push({ op: UNARY[tree.op] });
      return;
    case 'binary':
      putBinary(tree, steps);
      return;
    case 'register':
      steps.push({ op: 'register', of: tree });
      return;
    case 'record':
      if (tree.plus) put(tree.plus, steps);
      steps.push({ op: 'record', of: tree, hasPlus: tree.plus !== undefined });
      return;
    case 'field':
      if (tree.words > 2)
        throw new RangeError(
          `${tree.name} has ${tree.words} words, so it is no number; ${tree.name}+0 is the first of them`,
        );
      if (tree.index) put(tree.index, steps);
      steps.push({ op: 'field', of: tree, isIndexed: tree.index !== undefined });
      return;
    case 'fields':
      throw new RangeError(`${tree.text} is a record, not a number; ${tree.table}.FIELD[RECORD] is a number`);
    case 'ring':
      steps.push({ op: 'ring', of: tree });
      return;
    case 'count':
      steps.push({ op: 'count', name: tree.name });
      return;
  }
}

function putBinary({ op, left, right }: Tree & { readonly is: 'binary' }, steps: Step[]): void {
  put(left, steps);
  if (op === '&&' || op === '||') {
    const jump: Step = { op: op === '&&' ? 'and' : 'or', to: 0 };
    steps.push(jump);
    put(right, steps);
    steps.push({ op: 'truth' });
    jump.to = steps.length;
    return;
  }
  const isCompared = COMPARES.has(op);
  if (isCompared && isWord(left) && isLarge(right)) steps.push({ op: 'unsigned' });
  put(right, steps);
  if (isCompared && isWord(right) && isLarge(left)) steps.push({ op: 'unsigned' });
  steps.push({ op });
}

/** A number that a word with a sign never is. */
const isLarge = (tree: Tree): boolean => tree.is === 'number' && tree.value >= SIGN && tree.value < 2 * SIGN;

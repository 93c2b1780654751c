/** An expression after its names were looked up. */
import type { Meaning } from '../meanings.js';

/** The higher, the closer it binds. */
export const PRECEDENCE = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
} as const;
export type Binary = keyof typeof PRECEDENCE;
export type Unary = '-' | '!' | '~';

/** Which array: its number, or that of the task. */
export type Whose = number | 'task';

/** A register of the task, by number or by what the source calls it where the task stands. */
export type RegisterTree = {
  readonly is: 'register';
  readonly name: string;
  /** Absent: by its name. */
  readonly register?: number;
  /** Two words are one number; 'named': where its name says so. */
  readonly words: 1 | 2 | 'named';
};

/** Number of a record by a name that arrays have; −1 in those that have none of that name. */
export type RecordTree = {
  readonly is: 'record';
  readonly name: string;
  readonly array: Whose;
  /** Of each array the record that they are counted from; of those that there are the least and the greatest. */
  readonly first: readonly number[];
  readonly least: number;
  readonly most: readonly number[];
  /** So much behind the first one, divided by this. */
  readonly plus?: Tree;
  readonly divided: number;
};

export type FieldTree = {
  readonly is: 'field';
  /** `track.flags`. */
  readonly name: string;
  readonly table: string;
  readonly array: Whose;
  /** Of each array: where it stands in record 0, and how many records there are. A record has 2^shift words. */
  readonly at: readonly number[];
  readonly records: readonly number[];
  readonly shift: number;
  readonly words: number;
  /** These bits of it alone. */
  readonly mask: number;
  readonly index?: Tree;
  readonly meaning?: Meaning;
};

export type Tree =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'unary'; readonly op: Unary; readonly of: Tree }
  | { readonly is: 'binary'; readonly op: Binary; readonly left: Tree; readonly right: Tree }
  | RegisterTree
  | RecordTree
  | FieldTree
  /** All fields of a record: stands alone. */
  | {
      readonly is: 'fields';
      readonly table: string;
      readonly array: Whose;
      readonly index?: Tree;
      readonly text: string;
    }
  /** Messages that wait in a ring or a backlog. */
  | { readonly is: 'ring'; readonly array: number; readonly base: number }
  | { readonly is: 'count'; readonly name: string };

/** Is it a word of memory, as far as is known before it runs? */
export const isWord = (tree: Tree): boolean =>
  (tree.is === 'field' && tree.words === 1) || (tree.is === 'register' && tree.words !== 2);

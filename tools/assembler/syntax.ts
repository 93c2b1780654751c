/** The parsed form of microcode source: shapes only; what the names mean is for `resolve.ts`. */
import type { At } from './errors.js';

/** A source file; `path` begins with microcode/, wherever it lies: `microcode/base/data/write.uc`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** As errors shall name it; absent: by its path. */
  readonly shown?: string;
}

export interface Named extends At {
  readonly text: string;
}

/** `name=r5` of a frame or a `use`. */
export interface Binding extends Named {
  readonly register: Named;
}

/** A number, or the name of a constant when `name` is set. */
export interface Term extends At {
  readonly value: number;
  readonly name?: string;
}

export type OperandNode = At &
  (
    | { readonly shape: 'num'; readonly terms: readonly Term[] }
    | { readonly shape: 'name'; readonly text: string }
    | {
        readonly shape: 'field';
        readonly table: string;
        readonly field: string;
        readonly plus: number;
        readonly index?: Named;
      }
    | { readonly shape: 'message'; readonly text: string; readonly registers: readonly Named[] }
    | { readonly shape: 'names'; readonly registers: readonly Named[] }
  );

export interface Statement extends At {
  readonly is: 'statement';
  readonly mnemonic: string;
  /** Undefined when the line could not be read: it still takes its place, so that labels stay right. */
  readonly operands?: readonly OperandNode[];
}
/** `needs ack dec lock.unacked "why"`: the code of the recipe at that hook comes to the instruction. */
export interface NeedNode extends At {
  readonly is: 'needs';
  readonly hook: Named;
  readonly does?: { readonly mnemonic: Named; readonly operand: OperandNode };
  readonly why: string;
}
/** What a scope says for the checks of `flow/`, each with its reason but `zero`. */
export interface SaysNode extends At {
  readonly is: 'says';
  readonly word: 'zero' | 'holds' | 'gives' | 'keeps' | 'alone';
  readonly names: readonly Named[];
}
export type ScopeItem =
  | Statement
  | NeedNode
  | SaysNode
  | ({ readonly is: 'includes'; readonly module: string } & At)
  | ({ readonly is: 'label' } & Named)
  | ({ readonly is: 'use'; readonly bindings: readonly Binding[] } & At);

export interface Scope extends At {
  readonly kind: 'on' | 'sub' | 'hook';
  readonly name: Named;
  readonly using?: Named;
  readonly items: ScopeItem[];
}

export interface Frame extends Named {
  readonly base?: Named;
  readonly bindings: readonly Binding[];
}

export interface Constant extends Named {
  readonly terms: readonly Term[];
}

export interface ParsedFile {
  readonly path: string;
  readonly role?: Named;
  readonly constants: readonly Constant[];
  readonly frames: readonly Frame[];
  readonly scopes: readonly Scope[];
}

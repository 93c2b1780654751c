/** An image made ready for one array's memory: fields are addresses, hooks are looked up by recipe. */
import type { ArrayMemory } from '../memory/layout.js';
import { TABLE_LIST } from '../memory/tables.js';
import type { Image } from './image.js';
import { hookTable, type Recipe } from './recipe.js';

export interface Program {
  readonly image: Image;
  readonly code: Int32Array;
  /** Instruction number by kind; -1: none. */
  readonly handlers: Int32Array;
  /** `[recipe * HOOKS.length + hook]` → instruction number; -1: base behaviour. */
  readonly hooks: Int32Array;
}

/** Relocates: `table id << 16 | offset` becomes a word address. */
export function load(image: Image, memory: ArrayMemory, recipes: readonly Recipe[]): Program {
  const code = image.code.slice();
  for (const instruction of image.fields) {
    const at = instruction * 2 + 1;
    const imm = code[at] as number;
    const table = TABLE_LIST[imm >>> 16];
    if (!table)
      throw new RangeError(
        `${image.role} image: instruction ${instruction} names table ${imm >>> 16}, which does not exist`,
      );
    code[at] = memory.layout.base[table.name] + (imm & 0xffff);
  }
  return { image, code, handlers: image.handlers, hooks: hookTable(image, recipes) };
}

/** `microcode/base/data/write.uc:12 (WRITE)`: where an instruction stands, for people. */
export function whereIs(image: Image, instruction: number): string {
  const line = image.lines[instruction] ?? 0;
  const scope = image.labels.filter((l) => l.kind !== 'label' && l.at <= instruction).sort((a, b) => b.at - a.at)[0];
  return `${image.files[line >>> 20] ?? '?'}:${line & 0xfffff} (${scope?.name ?? '?'})`;
}

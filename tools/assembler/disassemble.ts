/**
 * Source text from an image: assembled again it gives the same code, handlers, hooks and subs. Constants are numbers, because
 * an image does not hold their names; registers are r0 to r15, as it has no frames; labels are the image's own.
 */

import type { Image, ImageLabel } from '../../firmware/engine/image.js';
import { HOOKS, type Instruction, type Operand } from '../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';
import { KINDS } from '../../firmware/ports/messages.js';
import { getOperand, instructionAt, NO_INDEX, type Value } from './encoding.js';
import type { Source } from './syntax.js';

const fileOf = (image: Image, at: number): number => image.lines[at] >>> 20;

function fieldText({ value, index }: Value): string {
  const table = TABLE_LIST[value >>> 16];
  const offset = value & 0xffff;
  const field = [...(table?.fields.values() ?? [])].find((f) => offset >= f.offset && offset < f.offset + f.words);
  const plus = field && offset > field.offset ? `+${offset - field.offset}` : '';
  const indexed = index === NO_INDEX ? '' : `[r${index}]`;
  return `${table?.name ?? value >>> 16}.${field?.name ?? offset}${plus}${indexed}`;
}

function operandText(
  operand: Operand,
  value: Value,
  label: (at: number) => string,
  sub: (at: number) => string,
): string {
  const registers = `(${(value.registers ?? []).map((r) => `r${r}`).join(', ')})`;
  switch (operand.form) {
    case 'num':
      return `#${value.value}`;
    case 'field':
      return fieldText(value);
    case 'names':
      return registers;
    case 'message': {
      const kind = KINDS[value.value]?.name ?? String(value.value);
      return value.registers?.length ? `${kind} ${registers}` : kind;
    }
    case 'label':
      return label(value.value);
    case 'sub':
      return sub(value.value);
    case 'hook':
      return HOOKS[value.value]?.name ?? String(value.value);
    default:
      return `r${value.value}`;
  }
}

/** Instruction numbers that some branch goes to. */
function targets(image: Image): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < image.lines.length; at++) {
    const { words, row } = instructionAt(image.code, at);
    for (const o of row?.operands ?? []) if (o.form === 'label') found.add(getOperand(words, o)?.value ?? -1);
  }
  return found;
}

class Disassembly {
  /** Labels that do not begin a scope, by address. Of several at one address the first stands for all. */
  private readonly labels = new Map<number, string>();
  private readonly scopes = new Map<number, ImageLabel>();

  constructor(private readonly image: Image) {
    const given = new Map<number, string>();
    for (const l of image.labels) {
      if (l.kind !== 'label') this.scopes.set(l.at, l);
      else if (!given.has(l.at)) given.set(l.at, l.name);
    }
    for (const at of targets(image)) this.labels.set(at, given.get(at) ?? `l${at}`);
  }

  private readonly label = (at: number): string => this.labels.get(at) ?? `l${at}`;
  private readonly sub = (at: number): string => this.scopes.get(at)?.name ?? `sub${at}`;

  instruction(at: number): string {
    const { words, row } = instructionAt(this.image.code, at);
    if (!row) return `; opcode ${words[0] & 255} does not exist`;
    return `${row.name} ${this.operands(row, words)}`.trimEnd();
  }

  private operands(row: Instruction, words: ReturnType<typeof instructionAt>['words']): string {
    return row.operands
      .flatMap((o) => {
        const value = getOperand(words, o);
        return value ? [operandText(o, value, this.label, this.sub)] : [];
      })
      .join(', ');
  }

  file(number: number): Source {
    const { image } = this;
    const out = [`role ${image.role}`];
    for (let at = 0; at < image.lines.length; at++) {
      if (fileOf(image, at) !== number) continue;
      const scope = this.scopes.get(at);
      if (scope) out.push('', `${scope.kind} ${scope.name}`);
      const label = this.labels.get(at);
      if (label !== undefined) out.push(`${label}:`);
      out.push(`    ${this.instruction(at)}`);
    }
    return { path: image.files[number], text: `${out.join('\n')}\n` };
  }
}

/** Sources that assemble to the same code, handlers, hooks and subs; files without code are left as bare headings. */
export function disassemble(image: Image): Source[] {
  const disassembly = new Disassembly(image);
  return image.files.map((_, number) => disassembly.file(number));
}

/** One instruction as source text, for debuggers and traces. */
export function disassembleAt(image: Image, at: number): string {
  return new Disassembly(image).instruction(at);
}

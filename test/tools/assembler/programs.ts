/** Random programs that the assembler must accept. `pick(n)` gives a number from 0 to n − 1 and is all the chance there is. */
import { HOOKS, INSTRUCTIONS, type Instruction, type Operand } from '../../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../../firmware/memory/tables.js';
import { KINDS, type Kind, kindByName, type Role } from '../../../firmware/ports/messages.js';
import type { Source } from '../../../tools/assembler/assemble.js';

export type Pick = (n: number) => number;

const SUBS = ['first', 'second'];
const hearer = (k: Kind): Role => k.handler ?? k.to;

/** What a scope allows. */
interface Rules {
  readonly waits: boolean;
  readonly calls: boolean;
  /** Fields of the answer; undefined: nothing to answer. */
  readonly answer?: number;
}

/** Every `table.field+k[reg]` that the row may name in an image of the role. */
export function fieldsFor(row: Instruction, role: Role): string[] {
  const reads = row.name.startsWith('ld');
  const wide = row.name.endsWith('64');
  const queue = row.name === 'park' || row.name.startsWith('wake');
  return TABLE_LIST.flatMap((t) => {
    const readers: readonly string[] = t.spec.readers ?? [];
    const may = t.spec.owner === role || (reads && (t.name === 'system' || readers.includes(role)));
    if (!may) return [];
    return [...t.fields.values()].flatMap((f) => {
      if (queue) return f.words === 2 ? [`${t.name}.${f.name}`] : [];
      return Array.from({ length: f.words }, (_, k) => k)
        .filter((k) => !wide || (k + 1 < f.words && (f.offset + k) % 2 === 0))
        .map((k) => `${t.name}.${f.name}${k > 0 ? `+${k}` : ''}`);
    });
  });
}

/** Every kind that the row may name in an image of the role. */
export function kindsFor(row: Instruction, role: Role): Kind[] {
  return KINDS.slice(1).filter((k) => {
    if (row.name === 'send') return k.reply !== undefined && k.from.includes(role);
    if (row.name === 'post') return !k.reply && !k.isReply && k.from.includes(role);
    return k.isReply && hearer(k) === role;
  });
}

function registers(pick: Pick, count: number): string {
  return Array.from({ length: count }, () => `r${pick(16)}`).join(', ');
}

function messageText(pick: Pick, row: Instruction, role: Role): string {
  const kinds = kindsFor(row, role);
  const kind = kinds[pick(kinds.length)];
  const count = row.name === 'waitn' ? 2 : row.name === 'cancel' ? 0 : pick(Math.min(8, kind.fields.length) + 1);
  return count > 0 ? `${kind.name} (${registers(pick, count)})` : kind.name;
}

function numberText(pick: Pick, row: Instruction, o: Operand): string {
  if (row.name === 'case') return `#${1 + pick(3)}`;
  if (o.place === 'c') return `#${pick(0x100)}`;
  if (o.place === 'imm.hi') return `#${pick(0x1_0000)}`;
  return [`#-${pick(0x8000_0000)}`, `#${pick(0x7fff_ffff)}`, `#0x${pick(0x7fff_ffff).toString(16)}`, '#M1_WP|M2_WP'][
    pick(4)
  ];
}

function operandText(pick: Pick, row: Instruction, o: Operand, role: Role, rules: Rules, label: () => string): string {
  switch (o.form) {
    case 'reg':
      return `r${pick(16)}`;
    case 'pair':
      return `r${pick(8) * 2}`;
    case 'num':
      return numberText(pick, row, o);
    case 'label':
      return label();
    case 'sub':
      return SUBS[pick(SUBS.length)];
    case 'hook':
      return HOOKS[pick(HOOKS.length)].name;
    case 'field': {
      const fields = fieldsFor(row, role);
      return `${fields[pick(fields.length)]}${pick(4) === 0 ? '' : `[r${pick(16)}]`}`;
    }
    case 'message':
      return messageText(pick, row, role);
    case 'names':
      return `(${registers(pick, pick((rules.answer ?? 0) + 1))})`;
  }
}

/** True when the row may stand in such a scope of the role. */
function allowed(row: Instruction, role: Role, rules: Rules): boolean {
  if (row.role && row.role !== role) return false;
  if (row.name === 'ret') return false;
  if (row.waits && !rules.waits) return false;
  if (row.name.startsWith('call') && !rules.calls) return false;
  if (row.name === 'reply' && rules.answer === undefined) return false;
  if (row.operands.some((o) => o.form === 'field')) return fieldsFor(row, role).length > 0;
  if (row.operands.some((o) => o.form === 'message')) return kindsFor(row, role).length > 0;
  return true;
}

/** One instruction of the row, as source text. */
export function instruction(pick: Pick, row: Instruction, role: Role, rules: Rules, label: () => string): string {
  const operands = row.operands.filter((o) => !o.optional || pick(2) === 0);
  const texts = operands.map((o) => operandText(pick, row, o, role, rules, label));
  return `${row.name} ${texts.join(', ')}`.trimEnd();
}

/** Lines of a scope; every label that stands in it is used. */
function body(pick: Pick, role: Role, rules: Rules): string[] {
  const rows = INSTRUCTIONS.filter((row) => allowed(row, role, rules));
  // What follows last is room for the tables of `case`.
  const count = pick(12) + 4;
  const targets = new Set<number>();
  const label = (): string => {
    const at = pick(count);
    targets.add(at);
    return `to${at}`;
  };
  const lines = Array.from({ length: count }, (_, i) =>
    i < count - 4 ? instruction(pick, rows[pick(rows.length)], role, rules, label) : 'mov r1, r1',
  );
  return [...lines.flatMap((line, i) => (targets.has(i) ? [`to${i}:`, `    ${line}`] : [`    ${line}`])), '    end'];
}

/** Sources of an image: a few handlers, two subs, and a recipe module with one or two hooks. */
export function program(pick: Pick, role: Role): Source[] {
  const kinds = KINDS.slice(1).filter((k) => hearer(k) === role && !k.isReply);
  const first = pick(kinds.length);
  const handled = kinds.slice(first, first + 1 + pick(3));
  const base = [`role ${role}`];
  for (const kind of handled) {
    const mayWait = kind.class !== 'completion';
    const answer = kind.reply ? kindByName(kind.reply)?.fields.length : undefined;
    base.push(`on ${kind.name}`, ...body(pick, role, { waits: mayWait, calls: mayWait, answer }));
  }
  for (const sub of SUBS) base.push(`sub ${sub}`, ...body(pick, role, { waits: true, calls: false }));
  const module = [`role ${role}`];
  const hook = pick(HOOKS.length);
  for (const h of HOOKS.slice(hook, hook + 2)) {
    module.push(`hook ${h.name}`, ...body(pick, role, { waits: h.mayWait, calls: false }));
  }
  return [
    { path: `microcode/base/${role}/random.uc`, text: base.join('\n') },
    { path: 'microcode/commit/random.uc', text: module.join('\n') },
  ];
}

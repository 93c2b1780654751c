/**
 * `node dist/tools/assembler/manual.js [--check]`: writes microcode/ISA.md, the reference manual of the microcode, and what
 * the extension for VS Code knows of it, from the tables that assembler and engine read; with --check it only says whether
 * the files are what it would write.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HOOKS, INSTRUCTIONS, type Instruction } from '../../firmware/engine/isa.js';
import { CONSTANTS, INTENT, RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';
import { KINDS } from '../../firmware/ports/messages.js';
import { grammar, words } from './editor.js';
import { usage } from './encoding.js';
import { GUARANTORS } from './flow/guarantors.js';
import { HANDS, HOLDINGS, type Holding, type Test } from './flow/holdings.js';
import { RULES } from './flow/rules.js';
import { PACKAGE_ROOT } from './load-sources.js';

/** A Markdown table; a bar in a cell is escaped. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text: string): string => `\`${text}\``;

/** First opcode of each group, in order; a group ends where the next begins. */
const GROUPS: readonly (readonly [from: number, title: string])[] = [
  [0x00, 'Flow'],
  [0x18, 'Arithmetic'],
  [0x30, 'Tables'],
  [0x40, 'Messages and time'],
  [0x50, 'Data'],
  [0x5a, 'Slots'],
  [0x60, 'Cache'],
];

function encodingOf(i: Instruction): string {
  const parts = i.operands.map((o) => {
    const text = { message: 'b, imm', names: 'b', field: 'b, c' }[o.form as string];
    return `${o.name}${o.form === 'pair' ? ' (pair)' : ''} in ${text ? `${o.place}, ${text}` : o.place}`;
  });
  return parts.join('; ');
}

function instructions(): string {
  return GROUPS.map(([from, title], g) => {
    const to = GROUPS[g + 1]?.[0] ?? 256;
    const rows = INSTRUCTIONS.filter((i) => i.op >= from && i.op < to).map((i) => [
      code(`0x${i.op.toString(16).padStart(2, '0')}`),
      code(usage(i)),
      encodingOf(i),
      String(i.cycles),
      i.role ?? 'all',
      i.waits ? `${i.help}. *May give up the engine.*` : i.help,
    ]);
    return `### ${title}\n\n${table(['op', 'written', 'encoded', 'cycles', 'role', 'meaning'], rows)}`;
  }).join('\n\n');
}

function messages(): string {
  const rows = KINDS.slice(1).map((k) => [
    String(k.id),
    code(k.name),
    k.from.join(', '),
    k.handler ? `${k.to} (handled by ${k.handler})` : k.to,
    k.isReply ? 'answer' : (k.class ?? 'port'),
    k.reply ? code(k.reply) : k.bound ? `none; bound: ${k.bound}` : '',
    k.fields.join(', '),
    k.help,
  ]);
  return table(['kind', 'name', 'from', 'to', 'class', 'answer', 'fields', 'meaning'], rows);
}

function tables(): string {
  return TABLE_LIST.map(({ name, spec, shift, fields }) => {
    const readers = spec.readers?.length ? `, read by ${spec.readers.join(', ')}` : '';
    const head = `**${name}**: ${spec.help}. Owner ${spec.owner}${readers}; ${spec.kept}; ${1 << shift} words a record.`;
    const list = [...fields.values()].map((f) => code(f.words > 1 ? `${f.name}:${f.words}` : f.name));
    return `${head}\nFields: ${list.join(' ')}`;
  }).join('\n\n');
}

/** Names of a field's numbers. */
const NAMES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  result: RESULT,
  intent: INTENT,
  flags: SHIP_FLAG,
};

function saidTest({ field, is, also = [], not = [], none }: Test): string {
  const said = (n: number): string => Object.entries(NAMES[field]).find(([, value]) => value === n)?.[0] ?? String(n);
  if (none !== undefined) return `${field} without ${said(none)}`;
  return is ? `${field} ${[...is, ...also].map(said).join(' or ')}` : `${field} not ${not.map(said).join(' nor ')}`;
}

/** What may be held, and which message hands it to whom. */
function holdings(): string {
  const doing = (list: Holding['taken']): string =>
    list.map((d) => code([d.does, d.field].filter(Boolean).join(' '))).join(', ');
  const rows = HOLDINGS.map((h) => {
    const of = Object.entries(HANDS).flatMap(([kind, hands]) =>
      (hands ?? [])
        .filter((hand) => hand.what === h.name)
        .map(({ when, asked, only }) => {
          const tests = [...(when ? [saidTest(when)] : []), ...(asked ? [`asked with ${saidTest(asked)}`] : [])];
          const side = only ? `${only} only` : '';
          const more = [...tests, side].filter(Boolean).join(', ');
          return more ? `${code(kind)} (${more})` : code(kind);
        }),
    );
    return [code(h.name), h.said, doing(h.taken), doing(h.given), of.join(', ')];
  });
  return table(['name', 'what it is', 'taken by', 'given back by', 'handed over with'], rows);
}

function guarantors(): string {
  const rows = Object.entries(GUARANTORS).map(([kind, { by, ends }]) => [code(kind), by, ends ? code(ends) : '']);
  return table(['answer', 'comes from', 'the wait is cancelled in'], rows);
}

const rules = (): string =>
  Object.values(RULES)
    .flatMap(({ rule }) => (rule === '' ? [] : [`- ${rule}`]))
    .join('\n');

/** Text of microcode/ISA.md. */
export function manual(): string {
  const hooks = HOOKS.map((h) => [
    code(h.name),
    h.mayWait ? 'yes' : 'no',
    h.held.join(', ') || 'nothing',
    h.arrives,
    h.changes,
    h.help,
  ]);
  const constants = Object.entries(CONSTANTS).map(([name, value]) => [code(`#${name}`), String(value)]);
  return `<!-- Made by tools/assembler/manual.ts from the tables that it describes; do not edit. -->
# Microcode reference

An instruction is two words: \`op | a << 8 | b << 16 | c << 24\`, then an immediate. A register is a number from 0 to 15;
a pair is its even register (low word) and the next (high word). \`imm.lo\` and \`imm.hi\` are the halves of the immediate.
A message stands as kind in a, number of registers in b, and the registers as nibbles in imm, the first one lowest. A field
stands as \`table number << 16 | word offset\` in imm, index register in b (255: none), the table's shift in c. An optional
register is stored as number + 1.

## Instructions

${instructions()}

## Messages

${messages()}

## Hooks

${table(['hook', 'may wait', 'held', 'arrives in', 'may change', 'meaning'], hooks)}

## Checks

\`npx arraylab asm\` follows every way through the code from each handler and each hook, calls included, and tells where one breaks a
rule, with the lines of the branches that lead there. What registers hold it knows from \`ldi\`, \`mov\`, branches and answers; ways that
agree in what is held and what is written are one. A hook is walked by itself, by its row above.

${rules()}

A word that is set and cleared (\`st\`) is held while it is not 0. A message hands over what its sender holds to whoever it goes to.

${holdings()}

Guarantors: who answers, and what ends a wait for it when that is dead or gone.

${guarantors()}

## Tables

${tables()}

## Constants

${table(['name', 'value'], constants)}
`;
}

const json = (value: object): string => `${JSON.stringify(value, null, 1)}\n`;

/** By path in the package. */
const MADE: Readonly<Record<string, () => string>> = {
  'microcode/ISA.md': manual,
  'tools/vscode/syntaxes/arraylab-uc.tmLanguage.json': () => json(grammar()),
  'tools/vscode/words.json': () => json(words()),
};

/** Exit status: 0, or 1 when a file is not what it should be. */
function main(check: boolean): number {
  let status = 0;
  for (const [name, make] of Object.entries(MADE)) {
    const path = join(PACKAGE_ROOT, name);
    const text = make();
    if (!check) writeFileSync(path, text);
    // A file that is missing differs as well.
    else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      process.stderr.write(`${name} differs from the tables; run: node dist/tools/assembler/manual.js\n`);
      status = 1;
    }
  }
  return status;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.includes('--check'));

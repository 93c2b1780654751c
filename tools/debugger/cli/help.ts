/** `help`: the commands, and what the tables of the machine say of instructions, messages, fields, hooks and constants. */

import { BY_OPCODE, HOOKS } from '../../../firmware/engine/isa.js';
import { CONSTANTS } from '../../../firmware/memory/constants.js';
import { TABLE_LIST, tableByName } from '../../../firmware/memory/tables.js';
import { kindByName } from '../../../firmware/ports/messages.js';
import { EXPRESSION_HELP } from '../../../firmware/runtime/machine/debug/expressions/help.js';
import { usage } from '../../assembler/encoding.js';
import { type Command, type CommandGroup, commandNamed, namesOf } from './command.js';
import { CommandError } from './words.js';

const formOf = ({ name, takes }: Command): string => (takes === undefined ? name : `${name} ${takes}`);

/** What is longer stands out. */
const FORM_WIDTH = 28;

/** All commands, a line each, by groups. */
export function commandList(groups: readonly CommandGroup[]): string[] {
  return groups.flatMap(({ title, commands }, i) => [
    ...(i > 0 ? [''] : []),
    title,
    ...commands.map((command) => {
      const { aliases = [], help } = command;
      const also = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
      return `  ${formOf(command).padEnd(FORM_WIDTH)}  ${help}${also}`;
    }),
  ]);
}

function instructionHelp(name: string): string[] {
  const rows = BY_OPCODE.flatMap((row) => (row?.name === name ? [row] : []));
  return rows.flatMap((row) => {
    const { help, cycles, role, waits } = row;
    const who = role === undefined ? 'every role' : `role ${role} only`;
    return [
      `${usage(row)}    instruction of ${who}, ${cycles} cycle${cycles === 1 ? '' : 's'}`,
      `  ${help}${waits ? '; may give up the engine' : ''}`,
    ];
  });
}

function kindHelp(name: string): string[] {
  const kind = kindByName(name);
  if (!kind) return [];
  const { from, to, handler, reply, isReply, fields, help } = kind;
  const roles = `${from.join(', ')} to ${to}${handler === undefined ? '' : ` (handled by ${handler})`}`;
  const answer = isReply ? ', an answer' : reply === undefined ? ', one way' : `, answered by ${reply}`;
  return [`${name} (${fields.join(', ')})    message from ${roles}${answer}`, `  ${help}`];
}

function tableHelp(name: string): string[] {
  const [, tableName = '', field] = /^(\w+)(?:\.(\w+))?$/.exec(name) ?? [];
  const table = tableByName(tableName);
  if (!table) return [];
  const found = [...table.fields.values()];
  const one = found.find((f) => f.name === field);
  if (field !== undefined && !one) return [];
  const { owner, readers = [], kept, help } = table.spec;
  const who = `owner ${owner}${readers.length === 0 ? '' : `, read by ${readers.join(', ')}`}; ${kept}`;
  const head = one
    ? `${tableName}.${one.name}    ${one.words * 32} bits at word ${one.offset} of the record; ${who}`
    : `${tableName}    table of ${found.map((f) => f.name).join(', ')}; ${who}`;
  return [head, `  ${help}`];
}

function hookHelp(name: string): string[] {
  const hook = HOOKS.find((one) => one.name === name);
  if (!hook) return [];
  const { mayWait, held, arrives, changes, help } = hook;
  return [
    `${name}    hook of a recipe; ${mayWait ? 'may wait' : 'must not wait'}; holds ${held.join(', ') || 'nothing'}`,
    `  ${help}`,
    `  arrives ${arrives}; may change ${changes}`,
  ];
}

function constantHelp(name: string): string[] {
  const plain = name.replace(/^#/, '');
  const value = (CONSTANTS as Readonly<Record<string, number>>)[plain];
  return value !== undefined && Object.hasOwn(CONSTANTS, plain) ? [`#${plain} = ${value}    constant`] : [];
}

const EXPRESSIONS = 'expressions';

function expressionHelp(name: string): string[] {
  if (name !== EXPRESSIONS) return [];
  const widest = Math.max(...EXPRESSION_HELP.map(({ example }) => example.length));
  return EXPRESSION_HELP.map(({ example, means }) => `${example.padEnd(widest)}  ${means}`);
}

/** What else than commands `help` knows: for completion. */
export const topics = (): string[] => [
  ...new Set(BY_OPCODE.flatMap((row) => (row ? [row.name] : []))),
  ...HOOKS.map(({ name }) => name),
  EXPRESSIONS,
  ...TABLE_LIST.flatMap((table) => [table.name, ...[...table.fields.keys()].map((f) => `${table.name}.${f}`)]),
];

/** Errors: CommandError for a field that its table has not. */
function checkField(word: string): void {
  const [, name = '', field] = /^(\w+)\.(\w+)$/.exec(word) ?? [];
  const table = tableByName(name);
  if (table && field !== undefined)
    throw new CommandError(`table ${name} has no field ${field}; it has ${[...table.fields.keys()].join(', ')}`);
}

function commandHelp(word: string, commands: readonly Command[]): string[] {
  const command = commandNamed(word, commands);
  const { aliases = [], help, more } = command;
  const also = aliases.length === 0 ? '' : `; also ${aliases.join(', ')}`;
  return [`${formOf(command)}    command${also}`, `  ${help}`, ...(more === undefined ? [] : more.split('\n'))];
}

/** Errors: CommandError for what is nothing of these. */
export function helpOn(word: string, groups: readonly CommandGroup[]): string[] {
  const commands = groups.flatMap((group) => group.commands);
  const found = [instructionHelp, kindHelp, tableHelp, hookHelp, constantHelp, expressionHelp].flatMap((of) =>
    of(word),
  );
  if (found.length === 0) {
    checkField(word);
    return commandHelp(word, commands);
  }
  const exact = commands.some((command) => namesOf(command).includes(word));
  return exact ? [...commandHelp(word, commands), ...found] : found;
}

/** The command itself; it is one of them. */
export const helpCommand = (groups: () => readonly CommandGroup[]): Command => ({
  name: 'help',
  aliases: ['h', '?'],
  takes: '[COMMAND|INSTRUCTION|MESSAGE|TABLE.FIELD|HOOK|CONSTANT|expressions]',
  help: 'the commands; what one of these is',
  run(session, rest) {
    for (const line of rest === '' ? commandList(groups()) : helpOn(rest, groups())) session.say(line);
  },
});

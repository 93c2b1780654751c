/** Commands for scripts: checks, notes, other scripts; and the way out. */
import type { Command } from './command.js';
import type { Session } from './session.js';
import { splitOutside } from './value-commands.js';
import { CommandError, nothing } from './words.js';

/** What stands between comparisons and connectives, but numbers: `a == 3 && b` has a and b. */
const operandsOf = (text: string): string[] => [
  ...new Set(
    splitOutside(text, /&&?|\|\||[=!<>]=|[<>](?![<>])/).filter(
      (one) => one !== '' && one !== text && !/^-?(0x[0-9a-f]+|\d+)$/i.test(one),
    ),
  ),
];

async function assert(session: Session, rest: string): Promise<void> {
  if (rest === '') throw new CommandError('assert what? for example: assert M2 A:data0:17 == 0');
  const value = await session.ask('evaluate', { text: rest, ...session.ofTask });
  if (value.number === undefined)
    throw new CommandError(`assert ${rest}: it is ${value.text}, which is neither true nor false`);
  if (value.number !== 0) return;
  const values: string[] = [];
  for (const text of operandsOf(rest)) {
    const operand = await session.ask('evaluate', { text, ...session.ofTask }).catch(() => undefined);
    if (operand) values.push(`${text} = ${operand.text}`);
  }
  throw new CommandError(`assert ${rest}: it is not so${values.length === 0 ? '' : `; ${values.join(', ')}`}`);
}

const SHOWN = 400;

function expectSaid(session: Session, rest: string): void {
  if (rest === '') throw new CommandError('expect what? a text, or /REGULAR EXPRESSION/');
  const [, source] = /^\/(.*)\/$/.exec(rest) ?? [];
  let pattern: RegExp | undefined;
  try {
    if (source !== undefined) pattern = new RegExp(source, 'm');
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  const { said } = session;
  if (pattern ? pattern.test(said) : said.includes(rest)) return;
  const shown = said.length > SHOWN ? `${said.slice(0, SHOWN)} …` : said;
  throw new CommandError(`expected ${rest}; the last command said ${shown === '' ? 'nothing' : `\n${shown}`}`);
}

function end(session: Session, rest: string): void {
  nothing(rest);
  session.isOver = true;
}

/** Commands whose output `expect` does not look at. */
export const SILENT: readonly string[] = ['expect', 'assert', 'echo'];

export const SCRIPT_COMMANDS: readonly Command[] = [
  {
    name: 'source',
    takes: 'SCRIPT',
    help: 'do the commands of a file, one a line; a line that begins with # is a comment',
    run(session, rest) {
      if (rest === '') throw new CommandError('which file?');
      return session.script(rest);
    },
  },
  {
    name: 'assert',
    takes: 'EXPRESSION',
    help: 'an error, with the values, where it is 0',
    run: assert,
  },
  {
    name: 'expect',
    takes: 'TEXT|/REGEXP/',
    help: 'an error where the command before it did not say this',
    run: expectSaid,
  },
  { name: 'echo', takes: 'TEXT', help: 'say this', run: (session, rest) => session.say(rest) },
  {
    name: 'history',
    help: 'the commands so far',
    run(session, rest) {
      nothing(rest);
      for (const [i, line] of session.history.entries()) session.say(`${String(i + 1).padStart(4)}  ${line}`);
    },
  },
  { name: 'quit', aliases: ['q', 'exit'], help: 'end', run: end },
  { name: 'detach', help: 'end too: a live rig goes on as if nobody had looked', run: end },
];

/** Does what a line says, and lines after lines of a script. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { About } from '../../../firmware/runtime/machine/debug/target.js';
import type { Command } from './command.js';
import { commandNamed } from './command.js';
import { COMMANDS } from './commands.js';
import { SILENT } from './script-commands.js';
import type { Session } from './session.js';
import { CommandError } from './words.js';

const HISTORY_MOST = 10_000;
const SCRIPTS_DEEP = 16;

const CANNOT: Readonly<Record<NonNullable<Command['needs']>, string>> = {
  run: 'does not run',
  back: 'cannot go back',
  write: 'cannot be changed',
};
const KINDS: Readonly<Record<About['kind'], string>> = {
  simulated: 'a simulated run',
  live: 'a live rig',
  dump: 'a dump',
};

/** The command of a line, and what follows it; undefined for an empty line and a comment. Errors: as `commandNamed`. */
export function parseLine(line: string): { readonly command: Command; readonly rest: string } | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const [, word = '', rest = ''] = /^([^\s/]*)\s*(.*)$/.exec(text) ?? [];
  return { command: commandNamed(word, COMMANDS), rest };
}

/** Errors: Error with a sentence for the user. */
export async function doLine(session: Session, line: string): Promise<void> {
  const parsed = parseLine(line);
  if (!parsed) return;
  const { command, rest } = parsed;
  session.history.push(line.trim());
  if (session.history.length > HISTORY_MOST) session.history.shift();
  const { kind, can } = session.about;
  if (command.needs !== undefined && !can[command.needs])
    throw new CommandError(`${command.name}: this is ${KINDS[kind]}, which ${CANNOT[command.needs]}`);
  if (!SILENT.includes(command.name)) session.forgetSaid();
  await command.run(session, rest);
}

/** How a script goes on after an error. */
export interface Manner {
  /** With the next line; else it ends there. */
  readonly keepGoing: boolean;
  readonly complain: (text: string) => void;
}

/** Reads scripts for a session. */
export class Scripts {
  /** Errors of lines so far, where it keeps going. */
  failures = 0;
  readonly #open: string[] = [];

  constructor(
    private readonly session: Session,
    private readonly manner: Manner,
  ) {
    session.script = (file) => this.file(file);
  }

  /** Errors: Error that names file and line. */
  async file(path: string): Promise<void> {
    const whole = resolve(path);
    if (this.#open.includes(whole)) throw new CommandError(`script ${path} would do itself again and again`);
    if (this.#open.length >= SCRIPTS_DEEP) throw new CommandError(`more than ${SCRIPTS_DEEP} scripts, one in another`);
    let text: string;
    try {
      text = await readFile(whole, 'utf8');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new CommandError(code === 'ENOENT' ? `there is no script ${path}` : message);
    }
    this.#open.push(whole);
    try {
      await this.lines(text.split('\n'), (line) => `${path}:${line}`);
    } finally {
      this.#open.pop();
    }
  }

  /** `name` says where a line is, counted from 1. Errors: Error that begins with it. */
  async lines(lines: Iterable<string> | AsyncIterable<string>, name: (line: number) => string): Promise<void> {
    if (this.session.isOver) return;
    let number = 0;
    for await (const line of lines) {
      number++;
      try {
        await doLine(this.session, line);
      } catch (error) {
        const said = `${name(number)}: ${(error as Error).message}`;
        if (!this.manner.keepGoing) throw new CommandError(said);
        this.failures++;
        this.manner.complain(said);
      }
      if (this.session.isOver) return;
    }
  }
}

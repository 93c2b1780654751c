/** How a line that is being typed may go on. */
import { CONSTANTS } from '../../../firmware/memory/constants.js';
import { KINDS } from '../../../firmware/ports/messages.js';
import { commandNamed, namesOf } from './command.js';
import { COMMANDS } from './commands.js';
import { topics } from './help.js';
import { SUBJECTS } from './look-commands.js';
import type { Session } from './session.js';
import { SPECIAL_WHERES } from './where.js';
import { wordsOf } from './words.js';

const PLACES = ['break', 'tbreak', 'log', 'until', 'back-until', 'list', 'disas'];
/** As targets part words: `track.flags[vol` ends with `vol`. */
const LAST = /[\w#./:-]*$/;
const kinds = (): string[] => KINDS.slice(1).map(({ name }) => name);
const commandNames = (): string[] => COMMANDS.flatMap(namesOf);

async function candidates(session: Session, name: string, rest: string): Promise<readonly string[]> {
  const before = wordsOf(rest.replace(LAST, ''));
  if (name === 'help') return [...commandNames(), ...topics(), ...kinds(), ...Object.keys(CONSTANTS)];
  if (name === 'info' && before.length === 0) return SUBJECTS.map((subject) => subject.name);
  const isWhere = PLACES.includes(name) && !before.includes('if');
  if (isWhere && before.at(-1) === 'on') return session.about.arrays.map((array) => array.name);
  if (isWhere && before.at(-1) === 'message') return kinds();
  const text = name === 'info' ? rest.replace(/^\S+\s+/, '') : rest;
  const known = await session.ask('complete', { text, ...session.ofTask });
  if (!isWhere) return known;
  return [...known, ...(before.length > 0 ? ['if', 'ignore', 'on'] : SPECIAL_WHERES)];
}

/** The words that may stand in the place of the last one, and that one: as `node:readline` wants them. */
export async function complete(session: Session, line: string): Promise<[string[], string]> {
  const [, first = '', rest] = /^\s*(\S*)(?:\s+(.*))?$/.exec(line) ?? [];
  const matching = (all: readonly string[], word: string): [string[], string] => [
    [...new Set(all.filter((one) => one.startsWith(word)))].sort(),
    word,
  ];
  if (session.isRunning) return [[], line];
  if (rest === undefined) return matching(commandNames(), first);
  const [word = ''] = LAST.exec(rest) ?? [];
  try {
    const { name } = commandNamed(first.replace(/\/.*$/, ''), COMMANDS);
    return matching(await candidates(session, name, rest), word);
  } catch {
    // Of a command that is none, or an expression that is not understood yet, nothing is known.
    return [[], word];
  }
}

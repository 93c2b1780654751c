/** Commands that show microcode: its source, its instructions. */

import { MICROCODED_ROLES, ROLES } from '../../../firmware/ports/messages.js';
import type { Place } from '../../../firmware/runtime/machine/debug/target.js';
import { instructionsOf } from './code.js';
import type { Command } from './command.js';
import type { Session } from './session.js';
import { splitBreak, whereOf } from './where.js';
import { CommandError, countOf, wordsOf } from './words.js';

const LINES = 10;
const BEFORE = 4;
const INSTRUCTIONS = 12;
const MOST = 10_000;

/** What a line, a label or an instruction stands for. Errors: CommandError when nothing stands there. */
async function placeOf(session: Session, text: string): Promise<Place> {
  const here = await session.here();
  const line = splitBreak(text, here.arrays);
  const [place] = await session.ask('places', { where: whereOf(line, here) });
  if (!place) throw new CommandError(`no instruction stands at ${text}`);
  return place;
}

async function sayLines(session: Session, file: string, from: number): Promise<void> {
  const lines = await session.sources.lines(file);
  if (lines === undefined)
    throw new CommandError(`the source of ${file} is not known: no tree at hand gives what runs; disas shows that`);
  const first = Math.max(1, from);
  if (first > lines.length) throw new CommandError(`${file} ends with line ${lines.length}`);
  const last = Math.min(lines.length, first + LINES - 1);
  const place = await session.place();
  session.say(session.screen.style.place(`${file}:${first}-${last}`));
  const width = String(last).length;
  for (let line = first; line <= last; line++) {
    const isHere = place?.file === file && place.line === line;
    const text = `${isHere ? '>' : ' '} ${String(line).padStart(width)}  ${lines[line - 1]}`.trimEnd();
    session.say(isHere ? session.screen.style.current(text) : text);
  }
  session.listed = { file, line: first };
}

/** FILE:LINE stands for itself, even where no instruction does. */
async function list(session: Session, rest: string): Promise<void> {
  const { listed } = session;
  if ((rest === '' || rest === '-') && listed)
    return sayLines(session, listed.file, rest === '-' ? listed.line - LINES : listed.line + LINES);
  const here = await session.here();
  const [, file, line] = /^(?:(.+):)?(\d{1,7})$/.exec(rest) ?? [];
  if (line !== undefined) {
    const whole = file === undefined ? (listed?.file ?? here.current) : here.file(file);
    if (whole === undefined) throw new CommandError(`line ${line} of which file? no task is current: FILE:${line}`);
    return sayLines(session, whole, Number(line) - BEFORE);
  }
  const place = rest === '' || rest === '-' ? await session.place() : await placeOf(session, rest);
  if (!place) throw new CommandError('list what? no task is current: list FILE:LINE, or a label');
  return sayLines(session, place.file, place.line - BEFORE);
}

async function disassemble(session: Session, rest: string): Promise<void> {
  const words = wordsOf(rest);
  const count = words.length > 1 ? countOf(words.pop() as string, 'N') : INSTRUCTIONS;
  if (count > MOST) throw new CommandError(`N is ${count}; ${MOST} is the most`);
  const here = await session.place();
  const from = words.join(' ');
  const isNumber = /^\d{1,9}$/.test(from);
  const place = from === '' || isNumber ? here : await placeOf(session, from);
  if (!place) throw new CommandError('disassemble what? no task is current: disas LABEL, or data@123');
  const first = isNumber ? Number(from) : from === '' ? Math.max(0, place.instruction - BEFORE) : place.instruction;
  const about = await session.target.about();
  const array = about.arrays.findIndex(({ name }) => name === place.array);
  const image = session.code.image(about, array, place.role);
  if (first >= image.lines.length)
    throw new CommandError(
      `instruction ${first}: the image of ${place.array}.${place.role} has ${image.lines.length}, from 0 on`,
    );
  for (const { at, text, file, line, labels } of instructionsOf(image, first, count)) {
    for (const label of labels) session.say(`${label}:`);
    const isHere = here?.array === place.array && here.role === place.role && here.instruction === at;
    const said = `${isHere ? '>' : ' '} ${String(at).padStart(5)}  ${text.padEnd(44)}  ${file}:${line}`;
    session.say(isHere ? session.screen.style.current(said) : said);
  }
}

export const SOURCE_COMMANDS: readonly Command[] = [
  {
    name: 'list',
    aliases: ['l'],
    takes: '[FILE:LINE|LABEL|-]',
    help: 'source there, or around the task; again: the next lines; -: those before',
    repeats: true,
    run: list,
  },
  {
    name: 'disas',
    aliases: ['disassemble'],
    takes: '[FROM [N]]',
    help: `instructions from a number, a label or a line on; ${INSTRUCTIONS} around the task`,
    more: `FROM is an instruction number of the task's role, a label, FILE:LINE, or ROLE@NUMBER of another (${ROLES.slice(0, MICROCODED_ROLES.length).join(', ')}).`,
    run: disassemble,
  },
];

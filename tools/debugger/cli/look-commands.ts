/** Commands that look at where the rig stands: tasks, tables, registers. */

import { MICROCODED_ROLES, ROLES } from '../../../firmware/ports/messages.js';
import { LOOK_HELP } from '../../../firmware/runtime/machine/debug/look.js';
import { LOOKS, type Table, type TaskRef } from '../../../firmware/runtime/machine/debug/target.js';
import { sayBreaks } from './break-commands.js';
import { placeText } from './code.js';
import type { Command } from './command.js';
import type { Session } from './session.js';
import { columns } from './style.js';
import { timeText } from './time.js';
import { CommandError, nothing, oneNamed, wordsOf } from './words.js';

/**
 * `3` is of the role that is looked at, `data 3` of its array; `A.data 3`, `A.data.3`. Errors: CommandError that says what is
 * wanted.
 */
export function taskOf(session: Session, text: string): TaskRef {
  const [, array, role, number] = /^(?:(?:([A-Za-z]\w*)\.)?([a-z]\w*)[\s.]+)?(\d{1,9})$/.exec(text.trim()) ?? [];
  if (number === undefined)
    throw new CommandError(`the task is "${text}"; for example: task 3 (of this role), task data 3, task A.data 3`);
  const { arrays } = session.about;
  const index = array === undefined ? (session.task?.array ?? -1) : arrays.findIndex(({ name }) => name === array);
  if (array !== undefined && index < 0)
    throw new CommandError(`there is no array "${array}"; there are ${arrays.map(({ name }) => name).join(', ')}`);
  const named = MICROCODED_ROLES.find((one) => one === role);
  if (role !== undefined && named === undefined)
    throw new CommandError(`there is no role "${role}"; there are ${MICROCODED_ROLES.join(', ')}`);
  const of = named === undefined ? session.task?.role : ROLES.indexOf(named);
  if (index < 0 || of === undefined)
    throw new CommandError(`no task is current, so say the whole: task ${arrays[0]?.name ?? 'A'}.data ${number}`);
  return { array: index, role: of, task: Number(number) };
}

async function chooseTask(session: Session, rest: string): Promise<void> {
  const before = session.task;
  if (rest !== '') session.task = taskOf(session, rest);
  try {
    const task = session.current;
    const place = await session.place();
    session.say(`${session.taskText(task)}${place === undefined ? '' : ` at ${placeText(place)}`}`);
    if (place) await session.saySource(place);
    session.listed = undefined;
  } catch (error) {
    session.task = before;
    throw error;
  }
}

function sayTable(session: Session, { columns: head, rows }: Table): void {
  if (rows.length === 0) {
    session.say('none');
    return;
  }
  // Units stay as they are.
  const titles = head.map((title) => title.replace(/(?<!µ)[a-z]+/g, (word) => word.toUpperCase()));
  for (const line of columns(titles, rows)) session.say(line);
}

async function sayRegisters(session: Session, rest: string): Promise<void> {
  const task = rest === '' ? session.current : taskOf(session, rest);
  const registers = await session.ask('registers', { task });
  const rows = registers.map(({ name, number, value }) => [
    `r${number}`,
    name === String(number) || name === `r${number}` ? '' : name,
    String(value),
    `0x${(value < 0 ? value >>> 0 : value).toString(16)}`,
  ]);
  sayTable(session, { columns: ['register', 'name', 'value', 'hex'], rows });
}

async function sayAbout(session: Session): Promise<void> {
  const about = await session.target.about();
  const { moment } = session.stop;
  session.say(`${about.kind}: ${about.title}`);
  session.say(`at ${timeText(moment.time_ns)}, step ${moment.step}, operation ${moment.operations}`);
  for (const { name, volumes, bytes } of about.arrays)
    session.say(`array ${name}: ${bytes} bytes; volumes ${volumes.join(', ')}`);
  for (const { array, image } of session.code.images(about)) {
    const crc = image.crc.toString(16).padStart(8, '0');
    session.say(`${array}.${image.role}: ${image.lines.length} instructions, version ${image.version}, CRC ${crc}`);
  }
}

function sayDisplayed(session: Session): void {
  const { all } = session.displays;
  for (const { id, text } of all) session.say(`${id}: ${text}`);
  if (all.length === 0) session.say('no displays');
}

interface Subject {
  readonly name: string;
  /** Of what, as help writes it. */
  readonly words?: string;
  readonly help: string;
  say(session: Session, rest: string): Promise<void> | void;
}

export const SUBJECTS: readonly Subject[] = [
  ...LOOKS.map((what) => ({
    name: what,
    words: LOOK_HELP[what].words,
    help: LOOK_HELP[what].shows,
    say: async (session: Session, rest: string) =>
      sayTable(session, await session.ask('look', { what, words: wordsOf(rest), ...session.ofTask })),
  })),
  {
    name: 'registers',
    words: '[ARRAY.ROLE N]',
    help: 'of the task, by the names that the source has there',
    say: sayRegisters,
  },
  { name: 'breaks', help: 'breaks, and how often they were met', say: sayBreaks },
  { name: 'displays', help: 'what is shown at each stop', say: sayDisplayed },
  { name: 'about', help: 'what is debugged, and the microcode that it runs', say: sayAbout },
];

function info(session: Session, rest: string): Promise<void> | void {
  const [, word = '', more = ''] = /^(\S*)\s*(.*)$/.exec(rest) ?? [];
  if (word === '') throw new CommandError(`about what? ${SUBJECTS.map(({ name }) => name).join(', ')}`);
  return oneNamed(word, SUBJECTS, ({ name }) => [name], 'subject of info').say(session, more);
}

async function backtrace(session: Session, rest: string): Promise<void> {
  const task = rest === '' ? session.current : taskOf(session, rest);
  const frames = await session.ask('frames', { task });
  for (const [i, { place }] of frames.entries())
    session.say(`#${i} ${place.array}.${place.role} ${session.screen.style.place(placeText(place))}`);
}

const formOf = ({ name, words = '' }: Subject): string => `${name} ${words}`;
const WIDTH = Math.max(...SUBJECTS.map((subject) => formOf(subject).length)) + 2;

export const LOOK_COMMANDS: readonly Command[] = [
  {
    name: 'task',
    aliases: ['t'],
    takes: '[ARRAY.ROLE] [N]',
    help: 'look at another task, and step it: task A.data 3; task 3, of the same role',
    run: chooseTask,
  },
  {
    name: 'info',
    aliases: ['i'],
    takes: 'SUBJECT [OF]',
    help: `look at ${SUBJECTS.map(({ name }) => name).join(', ')}`,
    more: SUBJECTS.map((subject) => `  ${formOf(subject).padEnd(WIDTH)}${subject.help}`).join('\n'),
    run: info,
  },
  {
    name: 'bt',
    aliases: ['backtrace', 'where'],
    takes: '[ARRAY.ROLE N]',
    help: 'where the task is, and who called; the innermost first',
    run: backtrace,
  },
  {
    name: 'stop',
    help: 'where it stands and why, once more',
    run(session, rest) {
      nothing(rest);
      return session.sayStop();
    },
  },
];

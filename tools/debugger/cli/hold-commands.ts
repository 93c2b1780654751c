/** Commands that let a director, or a task, stand while the rest goes on. */
import { MICROCODED_ROLES, ROLES } from '../../../firmware/ports/messages.js';
import type { AskOf } from '../../../firmware/runtime/machine/debug/target.js';
import type { Command } from './command.js';
import { taskOf } from './look-commands.js';
import type { Session } from './session.js';
import { CommandError } from './words.js';

/** `A.data`, or `data` of the array that is looked at: a director; with a number behind it a task. Errors: CommandError. */
function whomOf(session: Session, text: string): Omit<AskOf<'hold'>, 'isHeld'> {
  if (/\d$/.test(text)) {
    const { array, role, task } = taskOf(session, text);
    return { array, role, number: task };
  }
  const [, name, role = ''] = /^(?:([A-Za-z]\w*)\.)?([a-z]\w*)$/.exec(text) ?? [];
  const { arrays } = session.about;
  if (role === '')
    throw new CommandError(`"${text}" is no role; for example: A.data, its director; A.data 3, a task of it`);
  const array = name === undefined ? (session.task?.array ?? -1) : arrays.findIndex((one) => one.name === name);
  if (array < 0)
    throw new CommandError(
      name === undefined
        ? `no task is current, so say of which array: ${arrays[0]?.name ?? 'A'}.${role}`
        : `there is no array "${name}"; there are ${arrays.map((one) => one.name).join(', ')}`,
    );
  const named = MICROCODED_ROLES.find((one) => one === role);
  if (!named) throw new CommandError(`there is no role "${role}"; there are ${MICROCODED_ROLES.join(', ')}`);
  return { array, role: ROLES.indexOf(named) };
}

async function hold(session: Session, rest: string): Promise<void> {
  if (rest === '') throw new CommandError('hold what? for example: hold A.data, its director; hold A.data 3, a task');
  session.say(await session.ask('hold', { isHeld: true, ...whomOf(session, rest) }));
}

async function release(session: Session, rest: string): Promise<void> {
  session.say(await session.ask('hold', { isHeld: false, ...(rest === '' ? {} : whomOf(session, rest)) }));
}

export const HOLD_COMMANDS: readonly Command[] = [
  {
    name: 'hold',
    takes: '[ARRAY.]ROLE [TASK]',
    help: "the role's director, or one task, stands when the rest goes on, until it is released",
    more: `A director stands with all its roles and ports: rings to it fill, and nothing is lost; hosts wait, or hear what their array
says of a director that is silent; of arrays that are served, the other side misses a link after 2.5 seconds if the director of
the remote role stands, and suspends the pairs that it serves. A task ends its turn first, if it is in one; what it has locked stays locked,
and others of its role go on. A hold ends with the power of its array, that of a task with what it carries out. A simulated run
shows it when it is gone back in; of arrays that are served, all that is held goes on when the debugger is gone.
info directors and info tasks show who is held.`,
    needs: 'run',
    run: hold,
  },
  {
    name: 'release',
    takes: '[[ARRAY.]ROLE [TASK]]',
    help: 'let it go on; all that are held',
    needs: 'run',
    run: release,
  },
];

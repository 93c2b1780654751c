/** Commands that let the rig go on, or back. */
import type { Command } from './command.js';
import type { Session } from './session.js';
import { timeOf, timeText } from './time.js';
import { splitBreak, whereOf } from './where.js';
import { CommandError, countOf, nothing } from './words.js';

type Step = 'instruction' | 'over' | 'out' | 'message' | 'peer';

const count = (rest: string): { readonly count?: number } => (rest === '' ? {} : { count: countOf(rest, 'N') });

/** Steps of the task that is looked at. */
const stepping =
  (how: Step, back?: true): Command['run'] =>
  (session, rest) =>
    session.resume({ how, ...count(rest), ...session.ofTask, ...(back && { back }) });

async function until(session: Session, rest: string, back?: true): Promise<void> {
  const here = await session.here();
  const line = splitBreak(rest, here.arrays);
  if (line.condition !== undefined || line.ignore !== undefined || line.array !== undefined)
    throw new CommandError('until takes a line or a label only; tbreak takes conditions');
  const where = whereOf(line, here);
  if (where.on !== 'line' && where.on !== 'label' && where.on !== 'instruction')
    throw new CommandError(`until takes a line or a label; "break ${rest}" stops there`);
  const [place] = await session.ask('places', { where });
  if (!place) throw new CommandError(`no instruction stands at ${rest}`);
  await session.resume({ how: 'place', file: place.file, line: place.line, ...(back && { back }) });
}

async function goTo(session: Session, rest: string): Promise<void> {
  if (rest === '' && session.change === undefined)
    throw new CommandError('where to? "goto N" takes a number of operations; without it goes to what "when" found');
  const { change } = session;
  // What microcode changed is seen after its instruction: it stops before that.
  const found = (change?.moment.operations ?? 0) - (change?.by ? 1 : 0);
  const operations = rest === '' ? found : countOf(rest, 'the operation', 0);
  await session.resume({ how: 'operation', operations });
}

async function when(session: Session, rest: string): Promise<void> {
  const [, what = rest, go] = /^(.*\S)\s+(go)$/.exec(rest) ?? [];
  if (what === '') throw new CommandError('when what? for example: when M2 A:data0:17');
  const found = await session.pausable(() => session.ask('when', { what, ...session.ofTask }));
  if (found === null) {
    session.say(`nothing changed ${what} before this`);
    return;
  }
  await session.sayChange(found);
  const { time_ns, operations } = found.moment;
  session.change = found;
  session.say(`at ${timeText(time_ns)}, operation ${operations}${go === undefined ? '; goto goes there' : ''}`);
  if (go !== undefined) await goTo(session, '');
}

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: 'continue',
    aliases: ['c'],
    help: 'go on until something stops it; at the end, PASS or FAIL and the hash of the run',
    repeats: true,
    needs: 'run',
    run(session, rest) {
      nothing(rest);
      return session.resume({ how: 'continue' });
    },
  },
  {
    name: 'step',
    aliases: ['s', 'stepi', 'si'],
    takes: '[N]',
    help: 'the next instruction of the task; N of them',
    repeats: true,
    needs: 'run',
    run: stepping('instruction'),
  },
  {
    name: 'next',
    aliases: ['n', 'over', 'nexti', 'ni'],
    takes: '[N]',
    help: 'the same, without going into calls',
    repeats: true,
    needs: 'run',
    run: stepping('over'),
  },
  {
    name: 'finish',
    aliases: ['out'],
    takes: '[N]',
    help: 'until the task comes back to its caller, or ends',
    repeats: true,
    needs: 'run',
    run: stepping('out'),
  },
  {
    name: 'message',
    aliases: ['m'],
    takes: '[N]',
    help: "until the task's role takes its next message",
    repeats: true,
    needs: 'run',
    run: stepping('message'),
  },
  {
    name: 'peer',
    takes: '[N]',
    help: 'until what the task sends over a link is taken at the other array; then its task there is current',
    repeats: true,
    needs: 'run',
    run: stepping('peer'),
  },
  {
    name: 'any',
    takes: '[N]',
    help: 'the next instruction of any task',
    repeats: true,
    needs: 'run',
    run: (session, rest) => session.resume({ how: 'any', ...count(rest) }),
  },
  {
    name: 'until',
    aliases: ['u'],
    takes: 'FILE:LINE|LABEL',
    help: 'until any task comes there',
    needs: 'run',
    run: (session, rest) => until(session, rest),
  },
  {
    name: 'time',
    takes: 'T',
    help: 'to a virtual time, 5ms; so much further, +20us, or back, -20us',
    needs: 'run',
    run: (session, rest) => session.resume({ how: 'time', time_ns: timeOf(rest, session.stop.moment.time_ns) }),
  },
  {
    name: 'goto',
    takes: '[OPERATION]',
    help: 'to where so many micro-operations were done, before or after this; without a number, before what "when" found',
    needs: 'run',
    run: goTo,
  },
];

export const BACK_COMMANDS: readonly Command[] = [
  {
    name: 'back',
    aliases: ['reverse-step', 'reverse-stepi', 'rs'],
    takes: '[N]',
    help: 'one instruction of the task back; N of them',
    repeats: true,
    needs: 'back',
    run: stepping('instruction', true),
  },
  {
    name: 'back-over',
    aliases: ['reverse-next', 'rn'],
    takes: '[N]',
    help: 'the same, without going into calls',
    repeats: true,
    needs: 'back',
    run: stepping('over', true),
  },
  {
    name: 'back-out',
    aliases: ['reverse-finish'],
    takes: '[N]',
    help: 'back to the call',
    repeats: true,
    needs: 'back',
    run: stepping('out', true),
  },
  {
    name: 'back-any',
    takes: '[N]',
    help: 'one instruction of any task back',
    repeats: true,
    needs: 'back',
    run: (session, rest) => session.resume({ how: 'any', ...count(rest), back: true }),
  },
  {
    name: 'back-until',
    takes: 'FILE:LINE|LABEL',
    help: 'back to when a task was there last',
    needs: 'back',
    run: (session, rest) => until(session, rest, true),
  },
  {
    name: 'reverse-continue',
    aliases: ['rc', 'back-continue'],
    help: 'back until something stops it, or the run begins',
    repeats: true,
    needs: 'back',
    run(session, rest) {
      nothing(rest);
      return session.resume({ how: 'continue', back: true });
    },
  },
  {
    name: 'when',
    takes: 'PLACE [go]',
    help: 'who changed it last, where and when; "goto" after it, or "go" behind it, goes there',
    more: 'For example: when M2 A:data0:17',
    needs: 'back',
    run: when,
  },
];

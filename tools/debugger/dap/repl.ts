/**
 * The debug console: expressions, and the commands of `arraylab debug` that look and set. Where it runs and where it stops is
 * the editor's, with its buttons and breakpoints.
 */
import type {
  AnswerOf,
  AskOf,
  Question,
  Stop,
  Target,
  TaskRef,
} from '../../../firmware/runtime/machine/debug/target.js';
import { namesOf } from '../cli/command.js';
import { COMMANDS } from '../cli/commands.js';
import { complete } from '../cli/complete.js';
import { doLine } from '../cli/interpreter.js';
import { Session } from '../cli/session.js';
import { styleFor } from '../cli/style.js';
import type { Context } from './context.js';
import { patiently } from './running.js';

/** What the commands see of a target: they can look and set. */
class Looked implements Target {
  onOutput: (line: string) => void = () => {};

  constructor(private readonly target: Target) {}

  readonly about = () => this.target.about();
  readonly stop = () => this.target.stop();
  readonly breaks = () => this.target.breaks();
  readonly source = (file: string) => this.target.source(file);
  readonly pause = (): void => {};
  readonly close = () => Promise.resolve();
  readonly ask = <Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> =>
    this.target.ask(question, ask);
  readonly resume = (): Promise<never> => refused('it goes on, and back, with the buttons of the editor');
  readonly setBreaks = (): Promise<never> => refused('breakpoints are set in the editor');
}

const refused = (why: string): Promise<never> => Promise.reject(new Error(`at the console one looks and sets; ${why}`));

/** One for each stop, so that `list` goes on where it was. */
const consoles = new WeakMap<Stop, { readonly session: Session; readonly lines: string[] }>();

async function consoleOf(context: Context, task?: TaskRef) {
  const stop = context.lastStop;
  let found = stop && consoles.get(stop);
  if (!found) {
    const lines: string[] = [];
    const screen = { print: (line: string) => void lines.push(line), style: styleFor({}, {}) };
    found = { session: await Session.begin(new Looked(context.it.target), screen), lines };
    if (stop) consoles.set(stop, found);
  }
  found.session.task = task ?? stop?.task;
  return found;
}

/** Does a command. Undefined: the text begins with no command's name. Errors: Error with a sentence for the user. */
export async function command(context: Context, text: string, task?: TaskRef): Promise<string | undefined> {
  const [name = ''] = /^[\w-]+|^\?/.exec(text) ?? [];
  if (!COMMANDS.some((one) => namesOf(one).includes(name))) return undefined;
  const { session, lines } = await consoleOf(context, task);
  lines.length = 0;
  await patiently(context, text, () => doLine(session, text));
  if (['set', 'hold', 'release'].includes(name)) context.changed();
  return lines.join('\n');
}

/** How a line at the console may go on as a command: whole words, and the last one, in whose place they stand. */
export async function commandWords(context: Context, text: string, task?: TaskRef): Promise<[string[], string]> {
  return complete((await consoleOf(context, task)).session, text);
}

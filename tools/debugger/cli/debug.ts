/** A debugger's session on a target from its beginning to its end: scripts, then a terminal or the lines of stdin. */
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';
import { Scripts } from './interpreter.js';
import { Session } from './session.js';
import { styleFor } from './style.js';
import { converse } from './terminal.js';
import { CommandError } from './words.js';

/** What is done before anything is read. */
export interface Given {
  readonly is: 'script' | 'command';
  /** A file, or a command. */
  readonly text: string;
}

export interface Options {
  /** In this order. */
  readonly given: readonly Given[];
  /** Ends after what is given. */
  readonly batch: boolean;
  /** Off a terminal: with the next line after one that fails. */
  readonly keepGoing: boolean;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (text: string): void => void process.stderr.write(`arraylab debug: ${text}\n`);

async function doGiven(scripts: Scripts, given: readonly Given[]): Promise<void> {
  for (const { is, text } of given) {
    if (is === 'script') await scripts.file(text);
    else await scripts.lines([text], () => `-ex '${text}'`);
  }
}

/** While scripts run, Ctrl-C stops what runs; with nothing running it ends the process as it does elsewhere. */
function pauseOnInterrupt(session: Session): () => void {
  const heard = (): void => {
    if (session.isRunning) session.target.pause();
    else process.exit(130);
  };
  process.on('SIGINT', heard);
  return () => process.off('SIGINT', heard);
}

async function converseAfter(session: Session, scripts: Scripts, { given, batch }: Options): Promise<void> {
  if (!batch) print(session.about.title);
  const done = pauseOnInterrupt(session);
  try {
    await doGiven(scripts, given);
  } catch (error) {
    if (batch) throw error;
    complain((error as Error).message);
  } finally {
    done();
  }
  if (batch || session.isOver) return;
  await session.sayStop();
  await converse(session, complain);
}

async function read(scripts: Scripts, { given, batch }: Options): Promise<void> {
  await doGiven(scripts, given);
  if (batch) return;
  await scripts.lines(createInterface({ input: process.stdin }), (line) => `line ${line}`);
}

/** A process that is told to end lets go first: a live rig would stand until it has heard nothing for long enough. */
function letGoOnSignals(target: Target, isTerminal: boolean): void {
  const signals = ['SIGTERM', 'SIGHUP', ...(isTerminal ? [] : ['SIGINT' as const])] as const;
  for (const signal of signals)
    process.once(signal, () => {
      const end = (): never => process.exit(128 + constants.signals[signal]);
      target.close().then(end, end);
    });
}

/** Lets go of the target in the end. Exit status: 0; 1 when a command of a script failed, which stderr names. */
export async function debug(target: Target, options: Options): Promise<number> {
  const style = styleFor(process.stdout, process.env);
  const isTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  letGoOnSignals(target, isTerminal);
  try {
    const session = await Session.begin(target, { print, style });
    const scripts = new Scripts(session, { keepGoing: options.keepGoing, complain });
    await (isTerminal ? converseAfter(session, scripts, options) : read(scripts, options));
    return scripts.failures > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    complain(error.message);
    return 1;
  } finally {
    await target.close();
  }
}

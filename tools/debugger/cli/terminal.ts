/** A conversation at a terminal: prompt, history, completion; Ctrl-C stops what runs, Ctrl-D ends. */
import { createInterface, type Interface } from 'node:readline';
import { complete } from './complete.js';
import { HISTORY_LINES, historyFile, loadHistory, saveHistory } from './history.js';
import { doLine, parseLine } from './interpreter.js';
import type { Session } from './session.js';

/** Lines as they are typed, one at a time; undefined when there will be no more. */
class Typed {
  readonly #lines: string[] = [];
  #isClosed = false;
  #waiting: (() => void) | undefined;

  constructor(readonly readline: Interface) {
    readline.on('line', (line) => {
      this.#lines.push(line);
      this.#waiting?.();
    });
    readline.once('close', () => {
      this.#isClosed = true;
      this.#waiting?.();
    });
  }

  /** What was typed ahead is not meant any more. */
  forget(): void {
    this.#lines.length = 0;
  }

  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#isClosed)
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    return this.#lines.shift();
  }
}

/** The task that is looked at, and where it stands: `(A.data 3 write.uc:66) `. */
async function promptOf(session: Session): Promise<string> {
  const { task } = session;
  if (task === undefined) return '(between tasks) ';
  // Where a task is gone its number is all there is.
  const place = await session.place().catch(() => undefined);
  const at = place === undefined ? '' : ` ${place.file.replace(/^.*\//, '')}:${place.line}`;
  return `(${session.taskText(task)}${at}) `;
}

/** Does the lines as they come. An empty one does the last one again, where that is a step. */
async function answer(session: Session, typed: Typed, complain: (text: string) => void): Promise<void> {
  let last = '';
  while (!session.isOver) {
    typed.readline.setPrompt(await promptOf(session));
    typed.readline.prompt();
    const line = await typed.next();
    if (line === undefined) {
      session.screen.print('');
      return;
    }
    const wanted = line.trim() === '' ? last : line;
    try {
      last = parseLine(wanted)?.command.repeats ? wanted : '';
      // `list 66` again is the next lines, not the same ones.
      if (parseLine(last)?.command.name === 'list') last = 'list';
      await doLine(session, wanted);
    } catch (error) {
      complain((error as Error).message);
    }
  }
}

/** Ends when the user is done. */
export async function converse(session: Session, complain: (text: string) => void): Promise<void> {
  const file = historyFile(process.env);
  let history = loadHistory(file);
  const readline = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...history],
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, found: [string[], string]) => void) => {
      complete(session, line).then(
        (found) => done(null, found),
        () => done(null, [[], line]),
      );
    },
  });
  readline.on('history', (newest: string[]) => {
    history = [...newest];
  });
  const typed = new Typed(readline);
  readline.on('SIGINT', () => {
    typed.forget();
    if (session.isRunning) session.target.pause();
    else {
      readline.write(null, { ctrl: true, name: 'e' });
      readline.write(null, { ctrl: true, name: 'u' });
      session.screen.print('');
      readline.prompt();
    }
  });
  readline.once('close', () => {
    if (session.isRunning) session.target.pause();
  });
  try {
    await answer(session, typed, complain);
  } finally {
    readline.close();
  }
  try {
    saveHistory(file, history);
  } catch (error) {
    complain(`the history is not kept: ${(error as Error).message}`);
  }
}

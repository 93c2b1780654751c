/**
 * Commands of `arraylab` in this process, as main.ts calls them. Users start one each time, and so do tests of what a process is;
 * where a test is about something else, starting it takes longer than all the rest.
 */

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** One after the other: what is written while a command runs is the command's. */
let last: Promise<unknown> = Promise.resolve();

/** @param run of a file in tools/cli/commands/ */
export function here(run: (argv: string[]) => Promise<number>, argv: readonly string[]): Promise<Said> {
  const said = last.then(() => listened(run, argv));
  last = said.catch(() => undefined);
  return said;
}

async function listened(run: (argv: string[]) => Promise<number>, argv: readonly string[]): Promise<Said> {
  const heard = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const writes = streams.map((name) => process[name].write);
  for (const name of streams)
    process[name].write = (text) => {
      heard[name] += String(text);
      return true;
    };
  try {
    return { status: await run([...argv]), out: heard.stdout, err: heard.stderr };
  } finally {
    for (const [i, name] of streams.entries()) process[name].write = writes[i] as typeof process.stdout.write;
  }
}

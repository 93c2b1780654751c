/**
 * `arraylab ctl` in this process. Operators start one each time, and so does its own test (tools/cli/ctl.test.ts); where a test
 * is about what arrays do when they are told, a process for each word takes longer than all the rest.
 */
import { run } from '../../tools/cli/commands/ctl.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One after the other: what is written while a command runs is the command's. */
let last: Promise<unknown> = Promise.resolve();

export function ctl(argv: readonly string[]): Promise<Said> {
  const said = last.then(() => listened(argv));
  last = said.catch(() => undefined);
  return said;
}

async function listened(argv: readonly string[]): Promise<Said> {
  const heard = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const writes = streams.map((name) => process[name].write);
  for (const name of streams)
    process[name].write = (text) => {
      heard[name] += String(text);
      return true;
    };
  try {
    return { code: await run([...argv]), out: heard.stdout, err: heard.stderr };
  } finally {
    for (const [i, name] of streams.entries()) process[name].write = writes[i] as typeof process.stdout.write;
  }
}

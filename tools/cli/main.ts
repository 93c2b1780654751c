#!/usr/bin/env node
/** `arraylab COMMAND …`: finds the command, loads only that, and ends with its exit status. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../firmware/service/package-root.js';
import { nearest } from '../../firmware/service/profile/nearest.js';

interface Command {
  run(argv: string[]): Promise<number>;
}

/** Name of each file in commands/ and what it does. */
const COMMANDS: Readonly<Record<string, string>> = {
  serve: 'boot the arrays of a rig and serve their volumes to hosts over NBD',
  ctl: 'operate the arrays that run on this machine: look, cut links, cut power, command pairs',
  sim: 'run a rig in virtual time, everything from a seed',
  debug: 'stop a rig anywhere, step through its microcode, go back, ask who changed what',
  regress: 'run scenarios on rigs with many seeds, and say what fails',
  mutate: 'change one microinstruction at a time, and say which changes no check notices',
  coverage: 'say which lines and branches of the microcode ran; where its cycles go',
  systems: 'list the ways of mirroring; show their modules, choices and the states of their pairs',
  profile: 'list, show and check what arrays, drives, links and rigs are like',
  drive: 'replay measured traces on the models of drives; records a track of CKD devices',
  dap: 'a debug adapter: step through microcode from an editor',
  asm: 'assemble microcode, or check it',
  disasm: 'print the microcode source of an image',
  trace: 'print, compare and export the trace of a run, or of arrays that served hosts',
};

const WRONG_USAGE = 2;
/** As a shell tells of a process that SIGPIPE ended. */
const NOBODY_READS = 141;

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, help]) => `  ${name.padEnd(9)}${help}`);
  return `usage: arraylab COMMAND [ARGUMENT...]\n\n${lines.join('\n')}\n
  arraylab COMMAND --help tells about a command; arraylab --version prints the version.\n`;
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
    const meant = name ? nearest(name, Object.keys(COMMANDS), 2) : undefined;
    const said = name === undefined ? 'name a command' : `there is no command "${name}"`;
    process.stderr.write(`arraylab: ${said}${meant ? `; did you mean "${meant}"?` : ''}\n\n${usage()}`);
    return WRONG_USAGE;
  }
  const command = (await import(new URL(`./commands/${name}.js`, import.meta.url).href)) as Command;
  return command.run(rest);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // As `| head` does: whoever read has what they wanted.
  if (error.code === 'EPIPE') process.exit(NOBODY_READS);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Not an error of the user's: commands tell those themselves.
  process.stderr.write(`arraylab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}

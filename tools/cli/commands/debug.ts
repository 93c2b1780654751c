/** `arraylab debug`: steps through the microcode of a rig, forwards and backwards; a conversation, or a script. */
import { parseArgs } from 'node:util';
import { GROUPS } from '../../debugger/cli/commands.js';
import { debug, type Given } from '../../debugger/cli/debug.js';
import { commandList } from '../../debugger/cli/help.js';
import { openTarget, TARGET_HELP, TARGET_OPTIONS, TARGET_USAGE } from '../../debugger/targets.js';

const USAGE = `usage: ${TARGET_USAGE}

Stops a rig anywhere, and says who changed what. At a terminal it asks for commands, with history and completion: "help" lists
them, Ctrl-C stops what runs, Ctrl-D ends. Elsewhere it reads commands from stdin, a line each, and prints what they print.

${TARGET_HELP}
  -x SCRIPT        do the commands of this file first; may be given again
  -ex COMMAND      do this command; they and scripts are done in their order
  --batch          end then
  --keep-going     go on after a command of a script that fails
  --help           print this
  --help-commands  print the commands

Exit status: 0; 1 when a command of a script failed: stderr has its file and line; 2 for what cannot be debugged as asked.
`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  script: { type: 'string', short: 'x', multiple: true },
  ex: { type: 'string', multiple: true },
  batch: { type: 'boolean', default: false },
  'keep-going': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  'help-commands': { type: 'boolean', default: false },
} as const;

async function start(argv: string[]): Promise<number> {
  // As gdb has it: one dash, two letters.
  const args = argv.map((arg) => (arg === '-ex' ? '--ex' : arg));
  const { values, positionals, tokens } = parseArgs({ args, allowPositionals: true, options: OPTIONS, tokens: true });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values['help-commands']) {
    process.stdout.write(`${commandList(GROUPS).join('\n')}\n`);
    return 0;
  }
  const given = tokens.flatMap((token): Given[] => {
    if (token.kind !== 'option' || token.value === undefined) return [];
    if (token.name === 'script') return [{ is: 'script', text: token.value }];
    return token.name === 'ex' ? [{ is: 'command', text: token.value }] : [];
  });
  const target = await openTarget(values, positionals);
  return debug(target, { given, batch: values.batch, keepGoing: values['keep-going'] });
}

export async function run(argv: string[]): Promise<number> {
  try {
    return await start(argv);
  } catch (error) {
    process.stderr.write(`arraylab debug: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

/** `arraylab systems`: the ways of mirroring that this build has, what each is made of, and what becomes of a pair in each. */
import { parseArgs } from 'node:util';
import { isPath, namesOf } from '../../../firmware/service/profiles.js';
import { listText, showJson, showText, systemOf } from '../systems/text.js';

const USAGE = `usage: arraylab systems list [--json]
       arraylab systems show NAME|FILE [--microcode DIR] [--json]

list   the systems: a pair of a rig names one as its recipe. What each is, the hooks that it fills, what a pair may choose
show   the modules that it is made of, each with its contract; what each choice puts in their place; the hooks that are
       left to base behaviour; and the states of its pairs: what each event makes of each state. FILE: a recipe of your own

  --microcode DIR  where modules of your own are, laid out as microcode/ is
  --json           for programs
  --help           print this
`;

class UsageError extends Error {}

function answer(argv: string[]): string {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      microcode: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return USAGE;
  const [what, name, ...more] = positionals;
  const surplus = what === 'list' ? positionals.slice(1) : more;
  if (surplus.length > 0) throw new UsageError(`${what}: "${surplus.join(' ')}" is too much`);
  const names = namesOf('recipe');
  if (what === 'list') {
    const all = names.map((each) => systemOf(each));
    if (!values.json) return listText(all);
    const brief = all.map(({ name, help, hooks, choices }) => ({
      name,
      help,
      hooks: Object.keys(hooks),
      choices: Object.keys(choices),
    }));
    return `${JSON.stringify(brief)}\n`;
  }
  if (what !== 'show') throw new UsageError(what === undefined ? 'say list or show' : `there is no command "${what}"`);
  const right = `it must be ${names.join(' or ')}`;
  if (name === undefined) throw new UsageError(`show: NAME is missing; ${right}`);
  if (!names.includes(name) && !isPath(name))
    throw new Error(`NAME is "${name}"; ${right}, or a path to a recipe's file, with a "/" or .json at its end`);
  const system = systemOf(name, values.microcode);
  return values.json ? `${JSON.stringify(showJson(system))}\n` : showText(system);
}

/** Exit status: 0 done; 1 there is no such system, or its recipe is not in order; 2 wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    process.stdout.write(answer(argv));
    return 0;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`arraylab systems: ${message}\n${isUsage ? `\n${USAGE}` : ''}`);
    return isUsage ? 2 : 1;
  }
}

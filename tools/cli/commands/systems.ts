/** `arraylab systems`: the ways of mirroring that this build has, and what becomes of a pair in each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readRecipe } from '../../../firmware/engine/image.js';
import { PAIR_EVENTS, PAIR_STATES, type PairState } from '../../../firmware/memory/pair-states.js';
import { MICROCODE_ROOT } from '../../assembler/load-sources.js';
import { table } from '../ctl/text.js';

const USAGE = `usage: arraylab systems list [--json]
       arraylab systems show NAME [--json]

list   names of the systems: a pair of a rig names one as its recipe
show   the microcode that it is made of, and the states of its pairs: what each event makes of each state

  --json  for programs
  --help  print this
`;

class UsageError extends Error {}

const FOLDER = join(MICROCODE_ROOT, 'systems');

const systems = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();

/** The module at each hook. Errors: Error when the recipe is not in order. */
function hooksOf(name: string): Readonly<Record<string, string>> {
  const file = join(FOLDER, `${name}.json`);
  return readRecipe(JSON.parse(readFileSync(file, 'utf8')), file).hooks;
}

function showText(name: string): string {
  const hooks = Object.entries(hooksOf(name)).map(([hook, module]) => [hook, `microcode/${module}.uc`]);
  const rows = (Object.keys(PAIR_STATES) as PairState[]).map((state) => [
    state,
    ...PAIR_EVENTS.map((event) => PAIR_STATES[state][event] ?? '-'),
  ]);
  return `${name}

${table(['HOOK', 'MODULE'], hooks)}
What an event makes of a pair, by its state as its source has it. "-": refused, and nothing changes. The other side can
be asked, unless its link is down. A session that opens makes COPY of SSWS, and PAIR of COPY when nothing is owed.

${table(['STATE', ...PAIR_EVENTS.map((event) => event.toUpperCase())], rows)}`;
}

function answer(argv: string[]): string {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return USAGE;
  const [what, name, ...more] = positionals;
  const surplus = what === 'list' ? positionals.slice(1) : more;
  if (surplus.length > 0) throw new UsageError(`${what}: "${surplus.join(' ')}" is too much`);
  const names = systems();
  if (what === 'list') return values.json ? `${JSON.stringify(names)}\n` : `${names.join('\n')}\n`;
  if (what !== 'show') throw new UsageError(what === undefined ? 'say list or show' : `there is no command "${what}"`);
  const right = `it must be ${names.join(' or ')}`;
  if (name === undefined) throw new UsageError(`show: NAME is missing; ${right}`);
  if (!names.includes(name)) throw new Error(`NAME is "${name}"; ${right}`);
  if (!values.json) return showText(name);
  // A refusal is null.
  const states = Object.fromEntries(
    Object.entries(PAIR_STATES).map(([state, row]) => [
      state,
      Object.fromEntries(PAIR_EVENTS.map((event) => [event, row[event] ?? null])),
    ]),
  );
  return `${JSON.stringify({ name, hooks: hooksOf(name), states })}\n`;
}

/** Exit status: 0 done; 1 there is no such system; 2 wrong usage. */
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

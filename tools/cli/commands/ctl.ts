/** `arraylab ctl`: what an operator does to the arrays that run on this machine. */
import { parseArgs } from 'node:util';
import type { PairView } from '../../../firmware/runtime/live/system.js';
import { faultHelp } from '../../../firmware/runtime/machine/faults/kinds.js';
import { ARRAY_NAME } from '../../../firmware/service/http/names.js';
import type { Subcommand } from '../ctl/asking.js';
import { chooseTargets, UsageError, type Where } from '../ctl/processes.js';
import { SUBCOMMANDS } from '../ctl/subcommands.js';
import { watchPairs, watchText } from '../ctl/watch.js';

const FORMS = SUBCOMMANDS.map(({ words, argument, value, takesForce, takesPort, takes, takesWatch }) =>
  [
    ...words,
    ...(argument ? [argument.isOptional ? `[${argument.name}]` : argument.name] : []),
    ...(value ? [value.name] : []),
    ...(takesForce ? ['[--force]'] : []),
    ...(takesPort ? ['[--port N]'] : []),
    ...(takes ? ['OPTIONS'] : []),
    ...(takesWatch ? ['[--watch]'] : []),
  ].join(' '),
);
const WIDTH = Math.max(...FORMS.map((form) => form.length)) + 2;

const USAGE = `usage: arraylab ctl [--url URL] [--token-file FILE] [--array ARRAY] [--json] COMMAND

Tells the arrays that \`arraylab serve\` runs on this machine what to do. Several processes that serve arrays of one rig
are one system. Exit status: 0 done; 1 refused, and why; 2 wrong usage.

${SUBCOMMANDS.map(({ help }, i) => `  ${FORMS[i].padEnd(WIDTH)}${help}`).join('\n')}

A pair is named by its primary volume, whichever array serves it now; where that volume is the primary of two pairs,
with the array of the other side, too: A:data0@C. With --force it takes over, or is deleted on one side, although the
other side cannot be asked, or does not agree: what only that side has may be lost. A pair is created over a secondary
that holds data only with --force. What one pair of a journal group is told, but for create and delete, all of them
are. Options may stand anywhere.

  --url URL          the process at this URL only, as \`serve\` said it
  --token-file FILE  with --url: where its token is; default: as the process itself has left word
  --array ARRAY      over the link: the process of the array at its other end asks the service processor of ARRAY for
                     status, pairs, volumes, tracks, format, directors, microcode, and all that begins with director,
                     microcode, pair, volume or group
  --json             print what the HTTP interface answers
  --port N           where an added link listens: 1 to 65535
  --number N         of group restore: the sequence number, as pairs has it, of the newest write that shall be there
  --time T           instead: what was written until this ISO time
  --onto D=S,...     of group restore: volume S becomes what D was, and so on
  -o FILE            of trace: where to; default: ARRAY.altrace
  --watch            every second until SIGINT, with how fast what is owed goes over, and how long that takes still
  --help             print this
  --help-faults      how faults are written
`;

interface Asked extends Where {
  readonly subcommand: Subcommand;
  /** What the words are about; "" where they take nothing. */
  readonly name: string;
  readonly value: string;
  readonly force: boolean;
  readonly port?: number;
  /** Of its own. */
  readonly options: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly watch: boolean;
}

function options(argv: string[]): Asked | undefined {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      'token-file': { type: 'string' },
      array: { type: 'string' },
      json: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      port: { type: 'string' },
      number: { type: 'string' },
      time: { type: 'string' },
      onto: { type: 'string' },
      out: { type: 'string', short: 'o' },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const subcommand = find(positionals);
  const { takesForce = false, takesPort = false, takesWatch = false, takes = {}, words } = subcommand;
  const wanted: NonNullable<Subcommand['argument']>[] = [subcommand.argument, subcommand.value].flatMap(
    (one) => one ?? [],
  );
  const given = subcommand.takesRest ? oneOf(positionals.slice(words.length)) : positionals.slice(words.length);
  const said = words.join(' ');
  if (values.force && !takesForce)
    throw new UsageError(`${said}: --force is for pair failover, create and delete only`);
  if (values.port !== undefined && !takesPort) throw new UsageError(`${said}: --port is for link add only`);
  if (values.watch && !takesWatch) throw new UsageError(`${said}: --watch is for pairs only`);
  const own = ownOptions(said, takes, { number: values.number, time: values.time, onto: values.onto, out: values.out });
  for (const [i, { name, form, isOptional }] of wanted.entries()) {
    const found = given[i] ?? '';
    if (found === '' && isOptional) continue;
    if (found === '') throw new UsageError(`${said}: ${name} is missing; it must be ${form.right}`);
    if (!form.pattern.test(found)) throw new UsageError(`${said}: ${name} is "${found}"; it must be ${form.right}`);
  }
  const surplus = given.slice(wanted.length);
  const [name = '', value = ''] = given;
  if (surplus.length > 0) throw new UsageError(`${said}: "${surplus.join(' ')}" is too much`);
  const { force, json, watch, url, 'token-file': tokenFile, array } = values;
  if (array !== undefined && !ARRAY_NAME.pattern.test(array))
    throw new UsageError(`--array is "${array}"; it must be ${ARRAY_NAME.right}`);
  const port = values.port === undefined ? undefined : portOf(values.port);
  return {
    subcommand,
    name,
    value,
    force,
    options: own,
    json,
    watch,
    ...(port !== undefined && { port }),
    ...(url !== undefined && { url }),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(array !== undefined && { array }),
  };
}

/** Errors: UsageError for one that the command has not, or of another form. */
function ownOptions(
  said: string,
  takes: NonNullable<Subcommand['takes']>,
  given: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [option, value] of found) {
    const form = takes[option];
    if (form === undefined)
      throw new UsageError(`${said}: --${option} is for ${option === 'out' ? 'trace' : 'group restore'} only`);
    if (!form.pattern.test(value)) throw new UsageError(`${said}: --${option} is "${value}"; it must be ${form.right}`);
  }
  return Object.fromEntries(found);
}

/** As the shell had it: what held spaces stood in quotes. */
function oneOf(words: readonly string[]): string[] {
  if (words.length < 2) return [...words];
  return [words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')];
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new UsageError(`--port is "${text}"; it must be a number from 1 to 65535`);
  return port;
}

function find(positionals: readonly string[]): Subcommand {
  const found = SUBCOMMANDS.find(({ words }) => words.every((word, i) => word === positionals[i]));
  if (found) return found;
  const [first] = positionals;
  if (first === undefined) throw new UsageError('name a command');
  const seconds = SUBCOMMANDS.filter(({ words }) => words[0] === first).map(({ words }) => words[1]);
  if (seconds.length === 0) throw new UsageError(`there is no command "${first}"`);
  const second = positionals[1];
  throw new UsageError(
    `after "${first}" comes ${seconds.join(' or ')}${second === undefined ? '' : `, not "${second}"`}`,
  );
}

/** Pairs again and again. A process that starts or ends meanwhile is found, or missed, at the next look. */
async function watch({ subcommand, json, options: _options, ...where }: Asked): Promise<void> {
  const note = (text: string): void => void process.stderr.write(`arraylab ctl: ${text.replace(/\s*\n\s*/g, ' ')}\n`);
  await watchPairs(
    async () => {
      const { json: pairs, notes } = await subcommand.run(await chooseTargets(where), '', false, '');
      for (const text of notes) note(`left out: ${text}`);
      return pairs as readonly PairView[];
    },
    (pairs) => process.stdout.write(json ? `${JSON.stringify(pairs)}\n` : `${watchText(pairs)}\n`),
    ({ message }) => note(message),
  );
}

async function operate({ subcommand, name, value, force, port, options: own, json, ...where }: Asked): Promise<void> {
  const { knows } = subcommand;
  const targets = await chooseTargets(where, knows && ((record) => knows(record, name)));
  const outcome = await subcommand.run(targets, name, force, value, port, own);
  for (const note of outcome.notes) process.stderr.write(`arraylab ctl: left out: ${note}\n`);
  process.stdout.write(json ? `${JSON.stringify(outcome.json)}\n` : outcome.text);
}

/** Exit status: 0 done; 1 refused; 2 wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    if (argv.includes('--help-faults')) {
      process.stdout.write(`Faults of arrays that are served (ctl fault add):\n\n${faultHelp('live')}`);
      return 0;
    }
    const asked = options(argv);
    if (asked?.watch) await watch(asked);
    else if (asked) await operate(asked);
    else process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
    // One line each, whatever a message holds.
    process.stderr.write(`arraylab ctl: ${message.replace(/\s*\n\s*/g, ' ')}\n${isUsage ? `\n${USAGE}` : ''}`);
    return isUsage ? 2 : 1;
  }
}

/** `arraylab profile`: lists, shows and checks descriptions of hardware. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  checkProfile,
  figuresOf,
  findProfile,
  type Profile,
  withReferences,
} from '../../../firmware/service/profile/catalog.js';
import { computedOf } from '../../../firmware/service/profile/computed.js';
import { type Problem, Problems, ProfileError } from '../../../firmware/service/profile/problems.js';
import { KINDS, type Kind, schemaPath } from '../../../firmware/service/profile/schema.js';
import { namesOf, openReference } from '../../../firmware/service/profiles.js';
import { table } from '../ctl/text.js';
import { checkedText, LEGEND, type Section, sectionText } from '../profile/text.js';

const USAGE = `usage: arraylab profile list [--kind KIND] [--json]
       arraylab profile show NAME|PATH [--kind KIND] [--json]
       arraylab profile check NAME|PATH... [--kind KIND] [--strict] [--json]
       arraylab profile schema KIND [--path]

list    profiles of this package
show    every figure of a profile and of those that it refers to, with unit, source and confidence, and what follows from them
check   is it in order, and all that it refers to? Every error with file, line, field and what would be right
schema  the JSON Schema of a kind: its fields, units and ranges. For an editor: "$schema" in a file, with its path

KIND is ${KINDS.join(', ')}. PATH has a "/" or ends with .json; what a file refers to is relative to it.

  --kind KIND  where names or "$schema" do not say it
  --strict     uncalibrated figures are listed and make the exit status 1
  --path       only where the schema is
  --json       for programs
  --help       print this

Exit status: 0 in order; 1 it is not, or there is none; 2 wrong usage.
`;

class UsageError extends Error {}

interface Asked {
  readonly kind?: Kind;
  readonly json: boolean;
  readonly strict: boolean;
  readonly path: boolean;
}

interface Answer {
  readonly text: string;
  readonly status: number;
}

function kindNamed(name: string, option: string): Kind {
  const kind = KINDS.find((k) => k === name);
  if (kind === undefined) throw new UsageError(`${option} is "${name}"; it must be ${KINDS.join(' or ')}`);
  return kind;
}

const helpOf = (text: string): string => (JSON.parse(text) as { help?: string }).help ?? '';

function list({ kind, json }: Asked): Answer {
  const all = (kind === undefined ? KINDS : [kind]).flatMap((k) =>
    namesOf(k).map((name) => ({ kind: k, name, help: helpOf(openReference(k, name).text) })),
  );
  const rows = all.map((one) => [one.kind, one.name, one.help]);
  return { text: json ? `${JSON.stringify(all)}\n` : table(['KIND', 'NAME', 'WHAT IT IS'], rows), status: 0 };
}

function sectionOf(profile: Profile): Section {
  const { kind, file } = profile;
  // First, as it says what is wrong with a file.
  const figures = figuresOf(profile);
  const help = helpOf(file.text);
  return {
    kind,
    file: file.name,
    ...(help !== '' && { help }),
    figures,
    computed: computedOf(profile),
  };
}

/** Errors: ProfileError when it is not in order. */
function show(references: readonly string[], { kind, json }: Asked): Answer {
  const [reference, ...more] = references;
  if (reference === undefined || more.length > 0) throw new UsageError('show: name one profile');
  const problems = new Problems();
  const files = withReferences(findProfile(reference, kind), problems);
  const sections = files.map((file) => problems.of(() => sectionOf(file)));
  problems.throwIfAny();
  if (json) return { text: `${JSON.stringify(sections)}\n`, status: 0 };
  return { text: [...(sections as Section[]).map(sectionText), LEGEND].join('\n'), status: 0 };
}

function check(references: readonly string[], { kind, json, strict }: Asked): Answer {
  if (references.length === 0) throw new UsageError('check: name a profile');
  const problems = new Problems();
  const checked = references.flatMap((one) => problems.of(() => checkProfile(findProfile(one, kind))) ?? []);
  const lines = checked.map((one) => checkedText(one, strict)).join('');
  const all: Problem[] = [...problems.all, ...checked.flatMap((one) => one.problems)];
  const uncalibrated = checked.flatMap((one) => one.uncalibrated);
  const status = all.length > 0 || (strict && uncalibrated.length > 0) ? 1 : 0;
  if (json) return { text: `${JSON.stringify({ problems: all, uncalibrated })}\n`, status };
  const unknown = problems.count > 0 ? `${new ProfileError(problems.all).message}\n` : '';
  return { text: `${unknown}${lines}`, status };
}

function schema(kinds: readonly string[], { path }: Asked): Answer {
  const [name, ...more] = kinds;
  if (name === undefined || more.length > 0)
    throw new UsageError(`schema: name one KIND; it must be ${KINDS.join(' or ')}`);
  const file = schemaPath(kindNamed(name, 'KIND'));
  return { text: path ? `${file}\n` : readFileSync(file, 'utf8'), status: 0 };
}

function answer(argv: string[]): Answer {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      kind: { type: 'string' },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      path: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { text: USAGE, status: 0 };
  const [what, ...rest] = positionals;
  const { kind: name, json, strict, path } = values;
  const asked: Asked = { json, strict, path, ...(name !== undefined && { kind: kindNamed(name, '--kind') }) };
  if (what === 'list' && rest.length > 0) throw new UsageError(`list: "${rest.join(' ')}" is too much`);
  if (what === 'list') return list(asked);
  if (what === 'show') return show(rest, asked);
  if (what === 'check') return check(rest, asked);
  if (what === 'schema') return schema(rest, asked);
  throw new UsageError(what === undefined ? 'say list, show, check or schema' : `there is no command "${what}"`);
}

export async function run(argv: string[]): Promise<number> {
  try {
    const { text, status } = answer(argv);
    process.stdout.write(text);
    return status;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
    const said = error instanceof ProfileError ? message : `arraylab profile: ${message}`;
    process.stderr.write(`${said}\n${isUsage ? `\n${USAGE}` : ''}`);
    return isUsage ? 2 : 1;
  }
}

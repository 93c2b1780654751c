/** What the user of `npm run conformance` asks for. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { familyOf, type Test, type Unit } from './suite.js';
import { SPECIALS, type Special, type Target } from './units.js';

export class UsageError extends Error {}

export const USAGE = `usage: npm run conformance -- [OPTION]...

Runs iscsi-test-cu (of libiscsi; Debian's libiscsi-bin) against the array of the rig conformance, and against tgtd where
it is installed: each test in a process of its own, then all of them in one. The suite counts what it skipped as passed;
here that is counted apart. Exit status 1 when a test failed, or was skipped and it is not written down why.

  --url URL        another target than ours: iscsi://[USER[%SECRET]@]HOST[:PORT]/IQN/LUN. Whatever that unit holds is
                   OVERWRITTEN AND ERASED; that a test was skipped is no failure then
  --url2 URL       the same unit by another path; default: by the same one once more
  --removable URL  a unit of it with a removable medium, for the tests that need one
  --read-only URL  a unit of it that nobody may write, for the tests that need one
  --large-block URL  a unit of it whose physical blocks have several logical ones, for the tests that need one
  --skips FILE     a JSON object, { "Family.Test": "why it is left out" }: of the target at URL, any other skip, and any
                   of these that was not skipped, is a failure
  --only NAMES     these families or tests, with commas between them: Inquiry,Read10.BeyondEol
  --share I/N      every N-th test, from the I-th: I from 1 to N
  --apart          only each test in a process of its own
  --together       only all of them in one process
  --no-peer        only the target, nothing beside it
  --json FILE      write all outcomes to FILE, too
  --logs FOLDER    keep what the suite said, a file for each test
  --help           print this
`;

export interface Options {
  readonly target?: Omit<Target, 'stop'>;
  readonly skips?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly share?: { readonly part: number; readonly of: number };
  readonly ways: readonly ('apart' | 'together')[];
  readonly hasPeer: boolean;
  readonly json?: string;
  readonly logs?: string;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

function valuesOf(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        url: text,
        url2: text,
        removable: text,
        'read-only': text,
        'large-block': text,
        skips: text,
        only: text,
        share: text,
        apart: flag,
        together: flag,
        'no-peer': flag,
        json: text,
        logs: text,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The suite takes anything else for a device of this machine, and would erase that. */
const URL_FORM = /^iscsi:\/\/([^@/\s]+@)?[^@/\s]+\/[^/\s]+\/\d+$/;

function unitOf(option: string, url: string, url2 = url): Unit {
  for (const one of [url, url2]) {
    if (!URL_FORM.test(one)) {
      throw new UsageError(`${option} is "${one}"; it must be iscsi://[USER[%SECRET]@]HOST[:PORT]/IQN/LUN`);
    }
  }
  return { url, url2 };
}

type Values = ReturnType<typeof valuesOf>;

function targetOf(values: Values): Omit<Target, 'stop'> | undefined {
  const { url, url2 } = values;
  if (url === undefined) {
    const alone = (['url2', ...SPECIALS, 'skips'] as const).find((name) => values[name] !== undefined);
    if (alone !== undefined) throw new UsageError(`--${alone} is of a target that --url names; there is none`);
    return undefined;
  }
  const special: Partial<Record<Special, Unit>> = {};
  for (const kind of SPECIALS) {
    const at = values[kind];
    if (at !== undefined) special[kind] = unitOf(`--${kind}`, at);
  }
  const plain =
    url2 === undefined ? unitOf('--url', url) : { ...unitOf('--url', url), url2: unitOf('--url2', url2).url };
  return { name: 'target', plain, special };
}

function shareOf(asked: string | undefined): Options['share'] {
  if (asked === undefined) return undefined;
  const [, part, of] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(asked) ?? [];
  if (part === undefined || of === undefined || Number(part) > Number(of)) {
    throw new UsageError(`--share is "${asked}"; it must be I/N, I from 1 to N, as 2/5`);
  }
  return { part: Number(part), of: Number(of) };
}

function skipsOf(file: string | undefined): Options['skips'] {
  if (file === undefined) return undefined;
  let skips: unknown;
  try {
    skips = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--skips ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isRight =
    typeof skips === 'object' &&
    skips !== null &&
    !Array.isArray(skips) &&
    Object.values(skips).every((why) => typeof why === 'string');
  if (!isRight) throw new UsageError(`--skips ${file}: it must be an object of texts, { "Family.Test": "why" }`);
  return skips as Record<string, string>;
}

/** undefined: help. Errors: UsageError. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  const values = valuesOf(argv);
  if (values.help) return undefined;
  const { apart, together, json, logs } = values;
  if (logs !== undefined && existsSync(logs) && !statSync(logs).isDirectory()) {
    throw new UsageError(`--logs is "${logs}", which is no folder`);
  }
  const ways = (['apart', 'together'] as const).filter((way) => (apart === together ? true : values[way]));
  return {
    target: targetOf(values),
    skips: skipsOf(values.skips),
    only: values.only?.split(','),
    share: shareOf(values.share),
    ways,
    hasPeer: !values['no-peer'],
    json,
    logs,
  };
}

/** The tests that were asked for, in the suite's order. Errors: UsageError for a name that the suite does not have. */
export function selected(all: readonly Test[], { only, share }: Pick<Options, 'only' | 'share'>): Test[] {
  const unknown = only?.find((name) => !all.some((test) => test === name || familyOf(test) === name));
  if (unknown !== undefined) {
    const families = [...new Set(all.map(familyOf))].join(', ');
    throw new UsageError(
      `--only names "${unknown}", which is no family and no test (Family.Test); families: ${families}`,
    );
  }
  const named = all.filter((test) => only?.some((name) => test === name || familyOf(test) === name) ?? true);
  return named.filter((_, i) => share === undefined || i % share.of === share.part - 1);
}

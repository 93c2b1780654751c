/** Where a run is to stop, as people write it: `write.uc:66 on A if t == 17 ignore 2`. */

import { KINDS, kindByName, MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import type { Where } from '../../../firmware/runtime/machine/debug/target.js';
import { nearest } from '../../../firmware/service/profile/nearest.js';
import { timeOf } from './time.js';
import { CommandError, countOf, wordsOf } from './words.js';

/** What names mean where the user stands. */
export interface Here {
  readonly arrays: readonly string[];
  /** The whole path of a source file; errors as of `Code.file`. */
  readonly file: (text: string) => string;
  /** File in which the current task stands. */
  readonly current?: string;
  readonly now_ns: number;
}

/** The parts of a break's line. */
export interface BreakLine {
  readonly words: readonly string[];
  readonly array?: string;
  readonly condition?: string;
  readonly ignore?: number;
}

export const WHERE_HELP = `WHERE is one of
  write.uc:66, base/data/write.uc:66   a line; 66 alone: of the file where the task stands
  merged, write.uc:merged              a label
  WRITE, sub acked, hook ack           a handler, a sub, what recipes have at a hook
  data@123                             instruction 123 of the data role's image
  message WRITE                        a role takes a message of the kind
  fault                                a microcode fault or a machine check
  violation                            the oracle, or another check of the simulator, finds something
  state pair A:data0 PSUE              a state begins, as faults say it (arraylab sim --help-faults)
  time 5ms                             a virtual time; +5ms: from now on
then, as far as wanted, \`on ARRAY\`, \`if EXPRESSION\` (only where it is not 0), \`ignore N\` (passes by N times).`;

/** Errors: CommandError for an array that is not there, a count that is none, an empty condition. */
export function splitBreak(text: string, arrays: readonly string[]): BreakLine {
  const [, place = text, tail] = /^(.*?)(?:^|\s)if(?:\s+(.*))?$/.exec(text) ?? [];
  const isIf = place !== text;
  let [, condition = tail ?? '', ignore] = /^(.*?)\s*\bignore\s+(\S+)$/.exec(tail ?? '') ?? [];
  if (isIf && condition.trim() === '') throw new CommandError('an expression must follow "if"');
  const words = wordsOf(place);
  let array: string | undefined;
  for (let again = true; again; ) {
    again = false;
    const [name, value] = words.slice(-2);
    if (name === 'ignore' && words.length > 2 && ignore === undefined) {
      ignore = value;
      again = true;
    } else if (name === 'on' && words.length > 2 && array === undefined) {
      if (value === undefined || !arrays.includes(value))
        throw new CommandError(`there is no array "${value}"; there are ${arrays.join(', ')}`);
      array = value;
      again = true;
    }
    if (again) words.length -= 2;
  }
  if (words.length === 0) throw new CommandError('where? `help break` says what can stand here');
  return {
    words,
    ...(array !== undefined && { array }),
    ...(isIf && { condition: condition.trim() }),
    ...(ignore !== undefined && { ignore: countOf(ignore, 'ignore', 0) }),
  };
}

function messageKind(name = ''): string {
  const upper = name.toUpperCase();
  if (kindByName(upper)) return upper;
  const near = nearest(
    upper,
    KINDS.slice(1).map((kind) => kind.name),
    3,
  );
  throw new CommandError(
    `there is no kind of message "${name}"${near === undefined ? '; help KIND has one, microcode/ISA.md all' : `; did you mean ${near}?`}`,
  );
}

type Special = (rest: readonly string[], here: Here) => Where;

const alone =
  (on: 'fault' | 'violation'): Special =>
  (rest) => {
    if (rest.length > 0) throw new CommandError(`"${rest.join(' ')}" is too much behind ${on}`);
    return { on };
  };

const SPECIAL: Readonly<Record<string, Special>> = {
  message: ([kind, ...more]) => {
    if (more.length > 0) throw new CommandError(`"${more.join(' ')}" is too much behind message ${kind}`);
    return { on: 'message', kind: messageKind(kind) };
  },
  fault: alone('fault'),
  violation: alone('violation'),
  state: (rest) => {
    if (rest.length === 0) throw new CommandError('which state? for example: state pair A:data0 PSUE');
    return { on: 'state', when: rest.join(' ') };
  },
  time: ([time = '', ...more], { now_ns }) => {
    if (more.length > 0) throw new CommandError(`"${more.join(' ')}" is too much behind time ${time}`);
    return { on: 'time', time_ns: timeOf(time, now_ns) };
  },
};

/** The kinds of places that begin with a word of their own. */
export const SPECIAL_WHERES: readonly string[] = Object.keys(SPECIAL);
const OF_ARRAYS: readonly Where['on'][] = ['line', 'label', 'instruction', 'message'];

function lineOrLabel(word: string, here: Here): Where {
  const [, role, instruction] = /^(\w+)@(\d{1,9})$/.exec(word) ?? [];
  if (role !== undefined) {
    const found = MICROCODED_ROLES.find((one) => one === role);
    if (!found) throw new CommandError(`there is no role "${role}"; there are ${MICROCODED_ROLES.join(', ')}`);
    return { on: 'instruction', role: found, instruction: Number(instruction) };
  }
  const [, file, rest = word] = /^(.+):([^:]*)$/.exec(word) ?? [];
  if (/^\d{1,7}$/.test(rest)) {
    const whole = file === undefined ? here.current : here.file(file);
    if (whole === undefined) throw new CommandError(`line ${rest} of which file? no task is current: FILE:${rest}`);
    return { on: 'line', file: whole, line: Number(rest) };
  }
  // Labels are sought by the end of the file's path, as faults seek them.
  const label = file === undefined ? rest : `${here.file(file).replace(/^microcode\//, '')}:${rest}`;
  return { on: 'label', label };
}

/** Before the name of a scope: `sub acked`. */
const SCOPES: readonly string[] = ['on', 'sub', 'hook'];

/** Errors: CommandError that says what stands there and what would be right. */
export function whereOf({ words, array }: BreakLine, here: Here): Where {
  const [first = '', ...rest] = words;
  const special = Object.hasOwn(SPECIAL, first) ? SPECIAL[first] : undefined;
  const isScope = SCOPES.includes(first) && rest.length === 1;
  if (!special && !isScope && rest.length > 0)
    throw new CommandError(`"${rest.join(' ')}" is too much behind ${first}`);
  const one = (): Where => (isScope ? { on: 'label', label: words.join(' ') } : lineOrLabel(first, here));
  const where = special ? special(rest, here) : one();
  if (array === undefined) return where;
  if (!OF_ARRAYS.includes(where.on)) throw new CommandError(`"on ${array}" is not for ${where.on}`);
  return { ...where, array } as Where;
}

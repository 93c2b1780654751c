/**
 * Forms of what a debugger asks. Schemas have all fields of all members of a union, so that an error names a field; which of them
 * a member must have, and takes, is looked at here.
 */
import {
  type AskOf,
  type Break,
  LOOKS,
  type Question,
  type Resume,
  type Where,
} from '../../runtime/machine/debug/target.js';
import { count, flag, list, object, oneOf, optional, type Schema, text } from './schema.js';

const COUNT_MAX = 1_000_000;
const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

/** The form of a request is wrong; for HTTP a bad request. */
class BadForm extends Error {
  readonly statusCode = 400;
}

/** All fields of the members of a union; which of them one must have is looked at by `whole`. */
interface Flat {
  readonly array?: string;
  readonly file?: string;
  readonly line?: number;
  readonly label?: string;
  readonly role?: string;
  readonly instruction?: number;
  readonly kind?: string;
  readonly what?: string;
  readonly task?: TaskForm;
  readonly when?: string;
  readonly time_ns?: number;
}

interface TaskForm {
  readonly array: number;
  readonly role: number;
  readonly task: number;
}

const number = (description: string): Schema<number> => ({ ...count(description), maximum: NUMBER_MAX });

const TASK = object<TaskForm>({
  array: count('number of the array among those of this process'),
  role: count('number of the role'),
  task: count('number of the task, from 1'),
});

/** What each member must have, and may have besides. */
interface Members {
  readonly [name: string]: { readonly must: readonly string[]; readonly may: readonly string[] };
}

const WHERES = {
  line: { must: ['file', 'line'], may: ['array'] },
  label: { must: ['label'], may: ['array'] },
  instruction: { must: ['role', 'instruction'], may: ['array'] },
  message: { must: ['kind'], may: ['array'] },
  watch: { must: ['what'], may: ['task'] },
  fault: { must: [], may: [] },
  violation: { must: [], may: [] },
  state: { must: ['when'], may: [] },
  time: { must: ['time_ns'], may: [] },
} as const satisfies Members;

const STEP = ['count', 'task', 'back'] as const;
const HOWS = {
  continue: { must: [], may: ['back'] },
  instruction: { must: [], may: STEP },
  over: { must: [], may: STEP },
  out: { must: [], may: STEP },
  message: { must: [], may: STEP },
  peer: { must: [], may: STEP },
  any: { must: [], may: ['count', 'back'] },
  time: { must: ['time_ns'], may: [] },
  operation: { must: ['operations'], may: [] },
  place: { must: ['file', 'line'], may: ['back'] },
} as const satisfies Members;

const ASKS = {
  tasks: { must: [], may: [] },
  frames: { must: ['task'], may: [] },
  registers: { must: ['task'], may: ['frame'] },
  evaluate: { must: ['text'], may: ['task'] },
  assign: { must: ['text', 'value'], may: ['task'] },
  complete: { must: ['text'], may: ['task'] },
  look: { must: ['what', 'words'], may: ['task'] },
  hold: { must: ['isHeld'], may: ['array', 'role', 'number'] },
  memory: { must: ['array', 'byte', 'bytes'], may: [] },
  setMemory: { must: ['array', 'byte', 'base64'], may: [] },
  places: { must: ['where'], may: [] },
  when: { must: ['what'], may: ['task'] },
} as const satisfies { readonly [Q in Question]: Members[string] };

/** Errors: BadForm that names the field. */
function whole(what: string, members: Members, name: string, fields: object): void {
  const member = members[name];
  const { must = [], may = [] } = member ?? {};
  for (const field of must) {
    if (!(field in fields)) throw new BadForm(`${what} "${name}" is without ${field}, which it must have`);
  }
  for (const field of Object.keys(fields)) {
    if (![...must, ...may].includes(field)) {
      const all = [...must, ...may].join(', ') || 'none';
      throw new BadForm(`${what} "${name}" has ${field}; it takes ${all}`);
    }
  }
}

const names = <T extends object>(members: T): (keyof T & string)[] => Object.keys(members) as (keyof T & string)[];

export const QUESTIONS: readonly Question[] = names(ASKS);

interface WhereForm extends Flat {
  readonly on: Where['on'];
}

const PLACE_FIELDS = {
  array: optional(text('name of an array: there only')),
  file: optional(text('source file, from its folder microcode on')),
  line: optional(count('line of the file')),
  label: optional(text('a label, or a scope')),
  role: optional(text('name of a role')),
  instruction: optional(count('number of an instruction')),
  kind: optional(text('name of a message')),
  what: optional(text('an expression that stands for words of memory')),
  task: optional(TASK),
  when: optional(text('a state, as faults say it')),
  time_ns: optional(number("time of the machine's clock")),
};

const WHERE = object<WhereForm>({ on: oneOf(...names<typeof WHERES>(WHERES)), ...PLACE_FIELDS });

function whereOf({ on, ...fields }: WhereForm): Where {
  whole('where', WHERES, on, fields);
  return { on, ...fields } as Where;
}

export interface BreakForm {
  readonly id: number;
  readonly where: WhereForm;
  readonly condition?: string;
  readonly ignore?: number;
  readonly log?: string;
  readonly once?: boolean;
}

export const BREAK = object<BreakForm>({
  id: number("the client's own number"),
  where: WHERE,
  condition: optional(text('it stops only where this is not 0')),
  ignore: optional(number('so often it is passed by before')),
  log: optional(text('says this, and does not stop')),
  once: optional(flag('true: gone after the first stop')),
});

export function breaksOf(breaks: readonly BreakForm[]): Break[] {
  const ids = breaks.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new BadForm(`two breaks have the number ${twice}`);
  return breaks.map((one): Break => ({ ...one, where: whereOf(one.where) }));
}

export interface HowForm {
  readonly how: Resume['how'];
  readonly count?: number;
  readonly task?: TaskForm;
  readonly back?: boolean;
  readonly time_ns?: number;
  readonly operations?: number;
  readonly file?: string;
  readonly line?: number;
}

export const HOW = object<HowForm>({
  how: oneOf(...names(HOWS)),
  count: optional({ ...count('so many times'), minimum: 1, maximum: COUNT_MAX }),
  task: optional(TASK),
  back: optional(flag('a live rig refuses true')),
  time_ns: optional(number("time of the machine's clock")),
  operations: optional(number('micro-operations; a live rig refuses them')),
  file: optional(text('source file, from its folder microcode on')),
  line: optional(count('line of the file')),
});

export function howOf({ how, ...fields }: HowForm): Resume {
  whole('how', HOWS, how, fields);
  return { how, ...fields } as Resume;
}

export interface AskForm {
  readonly task?: TaskForm;
  readonly frame?: number;
  readonly text?: string;
  readonly value?: string;
  readonly what?: string;
  readonly words?: readonly string[];
  readonly isHeld?: boolean;
  readonly array?: number;
  readonly role?: number;
  readonly number?: number;
  readonly byte?: number;
  readonly bytes?: number;
  readonly base64?: string;
  readonly where?: WhereForm;
}

export const ASK = object<AskForm>({
  task: optional(TASK),
  frame: optional(count('number of a frame; 0: the innermost')),
  text: optional(text('an expression')),
  value: optional(text('an expression for what it shall be')),
  what: optional(text(`one of ${LOOKS.join(', ')}; of when, an expression`)),
  words: optional(list(text('says of what'))),
  isHeld: optional(flag('true: it is to stand while the rest goes on')),
  array: optional(count('number of the array among those of this process')),
  role: optional(count('number of a role')),
  number: optional(count('number of a task of it, from 1; without: its director')),
  byte: optional(number('the first byte')),
  bytes: optional(number('how many')),
  base64: optional(text('bytes')),
  where: optional(WHERE),
});

export function askOf(question: Question, { where, ...fields }: AskForm): AskOf<Question> {
  const all = { ...fields, ...(where && { where }) };
  whole('question', ASKS, question, all);
  return { ...fields, ...(where && { where: whereOf(where) }) } as AskOf<Question>;
}

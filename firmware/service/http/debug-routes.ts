/** What a debugger asks, beside what operators do: one at a time, with the session that it was given. */
import type { DebugAttached, DebugProgress } from '../../runtime/live/system.js';
import type { AnswerOf, Question } from '../../runtime/machine/debug/target.js';
import {
  ASK,
  type AskForm,
  askOf,
  BREAK,
  type BreakForm,
  breaksOf,
  HOW,
  type HowForm,
  howOf,
  QUESTIONS,
} from './debug-forms.js';
import { type Route, route } from './route.js';
import { count, flag, list, type Optional, object, oneOf, optional, type Schema, text } from './schema.js';

/** Many breaks, or a megabyte of memory. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
const LEASE_MS = { minimum: 500, maximum: 3_600_000 };

interface Said {
  readonly session: string;
}

const session = text('what attach answered');
const SAID = object<Said>({ session });

/** Its parts are those of target.ts. */
const any = <T>(description: string): Schema<T> => ({ description });
const STOP = any<DebugAttached['stop']>('where and why it stands');

const PROGRESS = object<DebugProgress>({
  running: flag('it runs; ask again with progress'),
  lines: list(text('what a log point said')),
  stop: optional(STOP),
});

const OK = object<{ readonly ok: boolean }>({ ok: flag('true') });

interface Asking {
  readonly session: string;
  readonly question: Question;
  readonly ask: AskForm;
}

interface DebugAnswer {
  readonly answer: AnswerOf<Question>;
}

const breaksField: Optional<readonly BreakForm[]> = optional({ ...list(BREAK), maxItems: 1000 });

export const DEBUG_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/debug/attach',
    id: 'debugAttach',
    help: 'lets a debugger look at all arrays of this process: they stand, with their clock, until it says otherwise. One at a time; silent for longer than its lease, it is let go',
    body: object<{ readonly lease_ms?: number }>({
      lease_ms: optional({ ...count('milliseconds that it may be silent; 30000 if nothing is said'), ...LEASE_MS }),
    }),
    answer: object<DebugAttached>({ session: text('says who asks, from now on'), about: any('the rig'), stop: STOP }),
    run: ({ debug }, _name, { lease_ms }) => debug.attach(lease_ms),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/detach',
    id: 'debugDetach',
    help: 'the arrays go on as if nobody had looked',
    body: SAID,
    answer: OK,
    run: ({ debug }, _name, { session }) => {
      debug.detach(session);
      return { ok: true };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/debug/about',
    id: 'debugAbout',
    help: 'what the arrays are and run: microcode may have been loaded since the debugger was attached',
    body: SAID,
    answer: any<DebugAttached['about']>('the rig'),
    run: ({ debug }, _name, { session }) => debug.about(session),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/source',
    id: 'debugSource',
    help: 'the text of a source file that what runs was assembled from, where that is known',
    body: object<{ readonly session: string; readonly file: string }>({
      session,
      file: text('source file, from its folder microcode on'),
    }),
    answer: object<{ readonly text?: string }>({ text: optional(text('all of it; absent: it is not known')) }),
    run: ({ debug }, _name, { session, file }) => debug.source(session, file),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/breaks',
    id: 'debugBreaks',
    help: 'sets these breaks and no others; without any, says how it is with those that are set',
    body: object<{ readonly session: string; readonly breaks?: readonly BreakForm[] }>({
      session,
      breaks: breaksField,
    }),
    bodyMost: BODY_BYTES_MAX,
    answer: list(any<object>('what became of a break')),
    run: ({ debug }, _name, { session, breaks }) => debug.breaks(session, breaks && breaksOf(breaks)),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/resume',
    id: 'debugResume',
    help: 'goes on, and answers when it stands, or after five seconds',
    body: object<{ readonly session: string; readonly how: HowForm }>({ session, how: HOW }),
    answer: PROGRESS,
    run: ({ debug }, _name, { session, how }) => debug.resume(session, howOf(how)),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/progress',
    id: 'debugProgress',
    help: 'says whether it runs, and shows that the debugger is there; waits five seconds for a stop if it is to',
    body: object<{ readonly session: string; readonly waits?: boolean }>({
      session,
      waits: optional(flag('true or false')),
    }),
    answer: PROGRESS,
    run: ({ debug }, _name, { session, waits = false }) => debug.progress(session, waits),
  }),
  route({
    method: 'POST',
    path: '/v1/debug/pause',
    id: 'debugPause',
    help: 'lets everything come to a stand',
    body: SAID,
    answer: OK,
    run: ({ debug }, _name, { session }) => {
      debug.pause(session);
      return { ok: true };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/debug/ask',
    id: 'debugAsk',
    help: 'looks at tasks, registers, tables and memory of the arrays while they stand, and changes them',
    body: object<Asking>({ session, question: oneOf(...QUESTIONS), ask: ASK }),
    bodyMost: BODY_BYTES_MAX,
    // In an object: some are words or numbers.
    answer: object<DebugAnswer>({ answer: any('as the question has it') }),
    run: ({ debug }, _name, { session, question, ask }) => ({
      answer: debug.ask(session, question, askOf(question, ask)),
    }),
  }),
];

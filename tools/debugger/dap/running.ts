/** The requests that let the rig go on, and what the client is told when it stops. */
import { ROLES } from '../../../firmware/ports/messages.js';
import type { Resume, Stop, StopReason } from '../../../firmware/runtime/machine/debug/target.js';
import type { Context, Requests } from './context.js';
import type { Debuggee } from './debuggee.js';
import type { Fields } from './fields.js';

/** As the protocol calls them; those of breakpoints depend on which it was. */
const REASONS: Readonly<Record<StopReason, string>> = {
  entry: 'entry',
  step: 'step',
  break: 'breakpoint',
  watch: 'data breakpoint',
  message: 'function breakpoint',
  state: 'function breakpoint',
  time: 'function breakpoint',
  fault: 'exception',
  violation: 'exception',
  pause: 'pause',
  end: 'end',
  beginning: 'beginning',
};
/** What one wants to read beside the place: what changed, what is wrong, how it ended. */
const TOLD: readonly StopReason[] = ['watch', 'state', 'fault', 'violation', 'end', 'beginning'];

function reasonOf(stop: Stop, group: string | undefined): string {
  const isPlain = stop.reason === 'break' && group !== undefined && ['function', 'instruction'].includes(group);
  return isPlain ? `${group} breakpoint` : REASONS[stop.reason];
}

/** Where it stopped, as an event; and whatever was known of frames is forgotten. */
export async function tellStop(context: Context, stop: Stop): Promise<void> {
  const { it } = context;
  context.threads.forget();
  context.variables.forget();
  context.lastStop = stop;
  const threads = await context.threads.list(it.target, it.code, it.arrays);
  const group = context.breaks.met(stop.breaks);
  if (TOLD.includes(stop.reason)) context.output('console', stop.text);
  context.event('stopped', {
    reason: reasonOf(stop, group),
    ...(stop.text !== '' && { description: stop.text }),
    ...(['fault', 'violation'].includes(stop.reason) && { text: stop.text }),
    threadId: stop.task ? context.threads.idOf(stop.task) : threads[0]?.id,
    allThreadsStopped: true,
    ...(stop.breaks.length > 0 && { hitBreakpointIds: stop.breaks }),
  });
}

/** The session is over; the client says `disconnect` then. */
export function tellEnd(context: Context, exitCode?: number): void {
  if (context.isOver) return;
  context.isOver = true;
  if (exitCode !== undefined) context.event('exited', { exitCode });
  context.event('terminated');
}

/** Of a scenario: as `arraylab sim` ends. */
const exitCodeOf = (stop: Stop): number => (/^FAIL\b/m.test(stop.text) ? 1 : 0);

/**
 * The rig goes on when the response has gone; whoever waits is told where it stops. Forward from the end there is nothing:
 * then the session is over.
 */
export function goOn(context: Context, how: Resume, title?: string): void {
  const it = context.standing;
  if (!it.about.can.run) throw new Error(`a ${it.about.kind} does not run: it is looked at`);
  const isBack = 'back' in how && how.back === true;
  if (context.lastStop?.reason === 'end' && !isBack) {
    const { lastStop } = context;
    context.afterwards(() => tellEnd(context, exitCodeOf(lastStop)));
    return;
  }
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  context.afterwards(begin);
  context.run = begun.then(() => run(context, it, how, title));
}

async function run(context: Context, it: Debuggee, how: Resume, title: string | undefined): Promise<void> {
  let stop: Stop | undefined;
  try {
    const resumed = (): Promise<Stop> => it.target.resume(how);
    stop = await (title === undefined ? resumed() : patiently(context, title, resumed, true));
  } catch (error) {
    context.output('stderr', (error as Error).message);
  }
  context.run = undefined;
  if (context.isOver || context.debuggee !== it) return;
  try {
    if (stop?.reason === 'end' && (it.manners.noDebug || !it.manners.stopAtEnd)) {
      context.output('console', stop.text);
      tellEnd(context, exitCodeOf(stop));
    } else await tellStop(context, stop ?? (await it.target.stop()));
  } catch (error) {
    context.output('stderr', (error as Error).message);
    tellEnd(context);
  }
}

/** Shows that something takes its time, if it does. `cancellable`: a pause ends it. */
export async function patiently<T>(
  context: Context,
  title: string,
  what: () => Promise<T>,
  cancellable = false,
): Promise<T> {
  if (!context.client.flag('supportsProgressReporting')) return what();
  const progressId = `progress ${++context.progress}`;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    context.event('progressStart', { progressId, title, cancellable });
  }, context.patience_ms);
  try {
    return await what();
  } finally {
    clearTimeout(timer);
    if (isShown) context.event('progressEnd', { progressId });
  }
}

/** A step of a thread; of a role that has no task, the next instruction of any. */
function stepping(how: 'instruction' | 'over' | 'out', back = false) {
  return (context: Context, args: Fields): undefined => {
    const { about, arrays } = context.standing;
    const { task, array, role } = context.threads.of(args.whole('threadId'));
    if (back && !about.can.back) throw new Error('only a simulated run goes back');
    const isFine = how === 'over' && args.maybeText('granularity') === 'instruction';
    const target = args.maybeWhole('targetId');
    const chosen = target === undefined ? undefined : INTO[target - 1]?.how;
    const step = chosen ?? (isFine ? 'instruction' : how);
    const title = `Step back in ${arrays[array]}.${ROLES[role]}`;
    goOn(
      context,
      task ? { how: step, task, ...(back && { back }) } : { how: 'any', ...(back && { back }) },
      back ? title : undefined,
    );
  };
}

/** Into what one may step, beside a sub: what the protocol has no requests for. */
const INTO = [
  { how: 'instruction', label: 'the next instruction' },
  { how: 'message', label: 'the next message that the role takes' },
  { how: 'peer', label: 'the task at the other array that takes what this one sends' },
] as const;

function stepInTargets(context: Context, args: Fields): object {
  context.threads.frame(args.whole('frameId'));
  return { targets: INTO.map(({ label }, i) => ({ id: i + 1, label })) };
}

function continueRequest(context: Context): object {
  goOn(context, { how: 'continue' });
  return { allThreadsContinued: true };
}

function reverseContinue(context: Context): undefined {
  if (!context.standing.about.can.back) throw new Error('only a simulated run goes back');
  goOn(context, { how: 'continue', back: true }, 'Going back');
}

/** Taken while the rig runs, at once; so is the cancelling of a long way back. One that stands already has said so. */
function pause(context: Context): undefined {
  if (context.run) context.it.target.pause();
}

function exceptionInfo(context: Context): object {
  const { lastStop: stop } = context;
  if (stop?.reason !== 'fault' && stop?.reason !== 'violation') throw new Error('the rig did not stop at an exception');
  return { exceptionId: stop.reason, description: stop.text, breakMode: 'always' };
}

export const RUNNING: Requests = {
  continue: continueRequest,
  reverseContinue,
  next: stepping('over'),
  stepIn: stepping('instruction'),
  stepOut: stepping('out'),
  stepBack: stepping('over', true),
  stepInTargets,
  pause,
  cancel: pause,
  exceptionInfo,
};

/** The requests that set breakpoints. They are taken while the rig runs, too. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { BreakState, TaskRef, Where } from '../../../firmware/runtime/machine/debug/target.js';
import { breakOf, type Group, type Wanted, whereOf } from './breaks.js';
import type { Context, Requests } from './context.js';
import type { Debuggee } from './debuggee.js';
import { Fields } from './fields.js';

/** What the client may choose to stop at, beside breakpoints. */
export const EXCEPTION_FILTERS = [
  {
    filter: 'fault',
    label: 'Microcode faults and machine checks',
    description: 'A director stops: an assertion, a broken rule of the engine, no answer in time.',
    default: true,
  },
  {
    filter: 'violation',
    label: 'Violations',
    description: 'The oracle, or a check of the simulator, finds something that may not be.',
    default: true,
  },
] as const satisfies readonly DebugProtocol.ExceptionBreakpointsFilter[];

async function sourceOf({ target, sources }: Debuggee, file: string): Promise<DebugProtocol.Source | undefined> {
  try {
    return await sources.of(target, file);
  } catch {
    // A target that runs need not say its sources; the client knows the one that it set the breakpoint in.
    return undefined;
  }
}

async function shown(context: Context, state: BreakState): Promise<DebugProtocol.Breakpoint> {
  const { it } = context;
  const { id, error, places } = state;
  const [place] = places;
  if (error !== undefined) return { id, verified: false, message: error, reason: 'failed' };
  if (!place) return { id, verified: true };
  const { array, role, instruction, file, line } = place;
  const source = await sourceOf(it, file);
  const instructionReference = it.code.addressOf(array, role, instruction);
  return { id, verified: true, ...(source && { source }), line: context.shownLine(line), instructionReference };
}

async function set(context: Context, group: Group, wanted: readonly Wanted[]): Promise<object> {
  const { it } = context;
  const breakpoints: DebugProtocol.Breakpoint[] = [];
  for (const state of await context.breaks.replace(it.target, group, wanted))
    breakpoints.push(await shown(context, state));
  return { breakpoints };
}

/** What `make` refuses becomes a breakpoint that is not verified and says why. */
function wantedOf(items: readonly Fields[], make: (item: Fields) => Where | { readonly error: string }): Wanted[] {
  return items.map((item) => {
    try {
      const where = make(item);
      return 'error' in where ? where : breakOf(where, item);
    } catch (error) {
      return { error: (error as Error).message };
    }
  });
}

async function setBreakpoints(context: Context, args: Fields): Promise<object> {
  const { it } = context;
  const source = args.record('source');
  const items = args.records('breakpoints');
  let file: string;
  try {
    file = it.sources.fileOf(source, it.code.files);
  } catch (error) {
    const { message } = error as Error;
    return set(
      context,
      `source ${source.maybeText('path')}`,
      wantedOf(items, () => ({ error: message })),
    );
  }
  const wanted = wantedOf(items, (item) => ({ on: 'line', file, line: context.ownLine(item.whole('line')) }));
  return set(context, `source ${file}`, wanted);
}

function setFunctionBreakpoints(context: Context, args: Fields): Promise<object> {
  const { arrays } = context.it;
  return set(
    context,
    'function',
    wantedOf(args.records('breakpoints'), (item) => whereOf(item.text('name'), arrays)),
  );
}

function setInstructionBreakpoints(context: Context, args: Fields): Promise<object> {
  const { code } = context.it;
  const make = (item: Fields): Where => ({
    on: 'instruction',
    ...code.instructionAt(item.text('instructionReference'), item.maybeWhole('offset') ?? 0),
  });
  return set(context, 'instruction', wantedOf(args.records('breakpoints'), make));
}

function setDataBreakpoints(context: Context, args: Fields): Promise<object> {
  const make = (item: Fields): Where | { readonly error: string } => {
    const access = item.maybeText('accessType') ?? 'write';
    if (access !== 'write') return { error: `access type "${access}": a place is watched for its changes, "write"` };
    return watchOf(item.text('dataId'));
  };
  return set(context, 'data', wantedOf(args.records('breakpoints'), make));
}

function setExceptionBreakpoints(context: Context, args: Fields): Promise<object> {
  const filters = args.list('filters').map((filter) => new Fields('setExceptionBreakpoints', { filter }));
  const make = (item: Fields): Where | { readonly error: string } => {
    const name = item.text('filter');
    const known = EXCEPTION_FILTERS.find(({ filter }) => filter === name);
    const all = EXCEPTION_FILTERS.map(({ filter }) => filter).join(', ');
    return known ? { on: known.filter } : { error: `there is no filter "${name}"; there are ${all}` };
  };
  return set(context, 'exception', wantedOf(filters, make));
}

/** What is watched: an expression, and the task whose registers are in it. The data's id, as JSON where there is a task. */
function watchOf(dataId: string): Where {
  if (!dataId.startsWith('{')) return { on: 'watch', what: dataId };
  const { what, task } = JSON.parse(dataId) as { what: string; task: TaskRef };
  return { on: 'watch', what, task };
}

async function dataBreakpointInfo(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const name = args.text('name');
  const holder = args.maybeWhole('variablesReference') ?? 0;
  const frame = args.maybeWhole('frameId');
  const none = (why: string): object => ({ dataId: null, description: why });
  const part = holder > 0 ? await context.variables.part(it, holder, name) : undefined;
  const text = part?.expression ?? name;
  const task = part ? part.task : frame === undefined ? undefined : context.threads.frame(frame).task;
  try {
    const { at } = await it.target.ask('evaluate', { text, task });
    if (at === undefined) return none(`${text} stands in no memory that can be watched`);
  } catch (error) {
    return none((error as Error).message);
  }
  const dataId = task === undefined ? text : JSON.stringify({ what: text, task });
  return { dataId, description: text, accessTypes: ['write'], canPersist: task === undefined };
}

function breakpointLocations(context: Context, args: Fields): object {
  const { code, sources } = context.it;
  const file = sources.fileOf(args.record('source'), code.files);
  const from = context.ownLine(args.whole('line'));
  const to = context.ownLine(args.maybeWhole('endLine') ?? args.whole('line'));
  const lines = code.linesOf(file).filter((line) => line >= from && line <= to);
  return { breakpoints: lines.map((line) => ({ line: context.shownLine(line) })) };
}

export const BREAKPOINTS: Requests = {
  setBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
  setDataBreakpoints,
  setExceptionBreakpoints,
  dataBreakpointInfo,
  breakpointLocations,
};

/** The requests by which a client looks at what stands: threads, frames, variables, expressions, sources. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { TaskRef, Value } from '../../../firmware/runtime/machine/debug/target.js';
import type { Context, Requests } from './context.js';
import type { Fields } from './fields.js';
import { command, commandWords } from './repl.js';
import { scopesOf } from './scopes.js';

async function threads(context: Context): Promise<object> {
  // A client asks for them while the rig runs, too: then they are as they were.
  if (context.run) return { threads: context.threads.listed };
  const { target, code, arrays } = context.it;
  return { threads: await context.threads.list(target, code, arrays) };
}

async function stackTrace(context: Context, args: Fields): Promise<object> {
  const { target, code, sources } = context.standing;
  const { task } = context.threads.of(args.whole('threadId'));
  if (!task) return { stackFrames: [], totalFrames: 0 };
  const frames = await target.ask('frames', { task });
  const first = args.maybeWhole('startFrame') ?? 0;
  const levels = args.maybeWhole('levels') ?? 0;
  const stackFrames: DebugProtocol.StackFrame[] = [];
  for (const [frame, { place }] of frames.entries()) {
    if (frame < first || (levels > 0 && frame >= first + levels)) continue;
    const { array, role, instruction, file, line, scope } = place;
    stackFrames.push({
      id: context.threads.frameId({ task, frame, place }),
      name: scope,
      source: await sources.of(target, file),
      line: context.shownLine(line),
      column: context.shownLine(1),
      instructionPointerReference: code.addressOf(array, role, instruction),
    });
  }
  return { stackFrames, totalFrames: frames.length };
}

async function scopes(context: Context, args: Fields): Promise<object> {
  const frame = context.threads.frame(args.whole('frameId'));
  return { scopes: await scopesOf(context.standing, context.variables, frame) };
}

async function variables(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const start = args.maybeWhole('start') ?? 0;
  const count = args.maybeWhole('count') ?? 0;
  const page = count > 0 ? { start, count } : undefined;
  return { variables: await context.variables.list(it, args.whole('variablesReference'), page) };
}

/** The task of the frame that the client looks at; absent: where the rig stands. */
function taskOf(context: Context, args: Fields): TaskRef | undefined {
  const frame = args.maybeWhole('frameId');
  return frame === undefined ? undefined : context.threads.frame(frame).task;
}

async function assign(context: Context, text: string, value: string, task?: TaskRef): Promise<object> {
  const it = context.standing;
  const now = await it.target.ask('assign', { text, value, task });
  context.changed();
  return context.variables.shown(it, now, text, task);
}

async function setVariable(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const part = await context.variables.part(it, args.whole('variablesReference'), args.text('name'));
  return assign(context, part.expression, args.text('value'), part.task);
}

const setExpression = (context: Context, args: Fields): Promise<object> =>
  assign(context, args.text('expression'), args.text('value'), taskOf(context, args));

async function evaluate(context: Context, args: Fields): Promise<object> {
  const it = context.standing;
  const text = args.text('expression').trim();
  const task = taskOf(context, args);
  let value: Value;
  try {
    value = await it.target.ask('evaluate', { text, task });
  } catch (error) {
    // What is no expression may be a command; a register may have the name of one.
    const said = args.maybeText('context') === 'repl' ? await command(context, text, task) : undefined;
    if (said === undefined) throw error;
    return { result: said, variablesReference: 0 };
  }
  const { value: result, ...rest } = context.variables.shown(it, value, text, task);
  return { result, ...rest };
}

async function completions(context: Context, args: Fields): Promise<object> {
  const { target } = context.standing;
  const column = args.whole('column') - (context.client.raw('columnsStartAt1') === false ? 0 : 1);
  const text = args.text('text').slice(0, Math.max(0, column));
  const task = taskOf(context, args);
  const [ofCommands, last] = await commandWords(context, text, task);
  const begun = last || (/[\w#./:-]*$/.exec(text)?.[0] ?? '');
  const words = new Set([...(await target.ask('complete', { text, task })), ...ofCommands]);
  const start = text.length - begun.length;
  return { targets: [...words].map((word) => ({ label: word, start, length: begun.length })) };
}

async function source(context: Context, args: Fields): Promise<object> {
  const { target, sources } = context.it;
  // A client of an older protocol says the reference alone.
  const of = args.raw('source') === undefined ? args : args.record('source');
  return { content: await sources.text(target, of), mimeType: 'text/x-arraylab-uc' };
}

async function loadedSources(context: Context): Promise<object> {
  const { target, code, sources } = context.it;
  const all: DebugProtocol.Source[] = [];
  for (const file of code.files) all.push(await sources.of(target, file));
  return { sources: all };
}

export const LOOKING: Requests = {
  threads,
  stackTrace,
  scopes,
  variables,
  setVariable,
  setExpression,
  evaluate,
  completions,
  source,
  loadedSources,
};

/** The requests by which a session begins and ends: initialize, launch, attach, configurationDone, restart, disconnect. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';
import { EXCEPTION_FILTERS } from './breakpoints.js';
import type { Context, Requests } from './context.js';
import { Debuggee } from './debuggee.js';
import { Fields } from './fields.js';
import { attachOf, launchOf, mannersOf, unknownFields } from './launch.js';
import type { Openers } from './open.js';
import { goOn, tellEnd, tellStop } from './running.js';

const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsDataBreakpoints: true,
  supportsInstructionBreakpoints: true,
  supportsBreakpointLocationsRequest: true,
  exceptionBreakpointFilters: [...EXCEPTION_FILTERS],
  supportsExceptionInfoRequest: true,
  supportsStepBack: true,
  supportsStepInTargetsRequest: true,
  supportsSteppingGranularity: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['.', ':', '[', ' '],
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsDelayedStackTraceLoading: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportsCancelRequest: true,
};

function initialize(context: Context, args: Fields): object {
  const format = args.maybeText('pathFormat') ?? 'path';
  if (format !== 'path') throw new RangeError(`initialize: pathFormat is "${format}"; "path" is wanted`);
  context.client = args;
  return CAPABILITIES;
}

/** Of what has to be told anew when it is not as it was announced: a live rig does not go back, a dump does not run. */
function capabilitiesOf({ about }: Debuggee): DebugProtocol.Capabilities {
  const { back, write } = about.can;
  return {
    supportsStepBack: back,
    supportsSetVariable: write,
    supportsSetExpression: write,
    supportsWriteMemoryRequest: write,
    supportsRestartRequest: about.kind === 'simulated',
  };
}

export function lifecycle(openers: Openers): Requests {
  async function open(context: Context, args: Fields): Promise<void> {
    if (context.debuggee) throw new Error(`${args.what}: this session debugs something already`);
    const unknown = unknownFields(args);
    const manners = mannersOf(args);
    let target: Target;
    let microcode: string | undefined;
    if (args.what === 'launch') {
      const launch = launchOf(args);
      microcode = launch.microcode;
      target = await openers.simulated(launch);
    } else {
      const attach = attachOf(args);
      microcode = attach.microcode;
      target = await ('dump' in attach ? openers.dump(attach.dump, microcode) : openers.live(attach));
    }
    target.onOutput = (line) => context.output('stdout', line);
    try {
      context.debuggee = new Debuggee(target, await target.about(), manners, microcode);
    } catch (error) {
      await target.close();
      throw error;
    }
    context.opened = args;
    for (const name of unknown) context.output('important', `${args.what}: ${name} is not a field; it means nothing`);
    context.output('console', context.debuggee.about.title);
  }

  async function begin(context: Context, args: Fields): Promise<undefined> {
    await open(context, args);
    const { it } = context;
    context.afterwards(() => {
      if (it.about.kind !== 'simulated') context.event('capabilities', { capabilities: capabilitiesOf(it) });
      context.event('initialized');
    });
  }

  /** Everything is set: it runs, unless it is to stand at the beginning. What cannot run stands anyhow. */
  async function start(context: Context): Promise<undefined> {
    const { it } = context;
    const stop = await it.target.stop();
    if (it.about.can.run && !it.manners.stopOnEntry) goOn(context, { how: 'continue' });
    else context.afterwards(() => void tellStop(context, stop).catch((error) => failed(context, error)));
  }

  async function restart(context: Context, args: Fields): Promise<undefined> {
    const { about } = context.it;
    if (about.kind !== 'simulated') throw new Error('only a simulated run begins anew');
    const again = new Fields('launch', args.raw('arguments') ?? context.opened?.all);
    // Refused while the run that is still stands.
    unknownFields(again);
    launchOf(again);
    await close(context);
    await open(context, again);
    context.breaks.renew();
    await context.breaks.apply(context.it.target);
    return start(context);
  }

  return {
    initialize,
    launch: begin,
    attach: begin,
    configurationDone: start,
    restart,
    terminate: async (context) => {
      await close(context);
      context.afterwards(() => tellEnd(context));
      return undefined;
    },
    disconnect: async (context) => {
      context.isOver = true;
      await close(context);
      return undefined;
    },
  };
}

function failed(context: Context, error: unknown): void {
  context.output('stderr', (error as Error).message);
  tellEnd(context);
}

/** Lets the target go, after it stands. */
export async function close(context: Context): Promise<void> {
  const { debuggee, run } = context;
  context.debuggee = undefined;
  context.lastStop = undefined;
  if (!debuggee) return;
  if (run) {
    debuggee.target.pause();
    await run;
  }
  context.threads.forget();
  context.variables.forget();
  await debuggee.target.close();
}

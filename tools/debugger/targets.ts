/** What `arraylab debug` can be told to debug: one row for each way. */
import type { Target } from '../../firmware/runtime/machine/debug/target.js';
import { whole } from '../cli/numbers.js';
import { RUN_HELP, RUN_OPTIONS, settingsOf } from '../cli/sim/options.js';
import { loadScenario } from '../regress/scenarios.js';

/** Options that say what is debugged, as `parseArgs` takes them. */
export const TARGET_OPTIONS = {
  ...RUN_OPTIONS,
  'memory-mb': { type: 'string' },
  dump: { type: 'string' },
  attach: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

type Values = {
  readonly [Name in keyof typeof TARGET_OPTIONS]?: Name extends 'set' | 'fault' ? readonly string[] : string;
};

interface Way {
  /** Behind `arraylab debug`. */
  readonly usage: string;
  /** Whether what was given asks for it; the last row is for what none asks for. */
  readonly isAsked: (values: Values) => boolean;
  readonly open: (values: Values, names: readonly string[]) => Promise<Target>;
}

async function openScenario(values: Values, names: readonly string[]): Promise<Target> {
  const [scenario, ...more] = names;
  if (scenario === undefined) throw new RangeError('name a scenario; arraylab sim --list has all');
  if (more.length > 0) throw new RangeError(`"${more.join(' ')}" is too much: one scenario is debugged`);
  const { rig, seed = '1', set = [], fault: faults = [], plant, microcode, image } = values;
  const memory = values['memory-mb'];
  const settings = settingsOf(set, scenario, await loadScenario(scenario));
  const { openSimulated } = await import('./sim-target.js');
  return openSimulated({
    scenario,
    seed: whole(seed, '--seed', 0),
    settings,
    faults,
    ...(rig !== undefined && { rig }),
    ...(plant !== undefined && { plant }),
    ...(microcode !== undefined && { microcode }),
    ...(image !== undefined && { image }),
    ...(memory !== undefined && { memory_mb: whole(memory, '--memory-mb', 1, 65_536) }),
  });
}

/** What is debugged says by itself what it is of. Errors: RangeError for anything else that was given. */
function alone(what: string, names: readonly string[], values: Values, ...mine: readonly string[]): void {
  const all = Object.keys(values).filter((name) => name in TARGET_OPTIONS && name !== 'seed' && !mine.includes(name));
  const [other] = [...names, ...all.map((name) => `--${name}`)];
  if (other !== undefined) throw new RangeError(`"${other}" is too much: ${what} is debugged as it is`);
}

async function openFile(values: Values, names: readonly string[]): Promise<Target> {
  const { dump = '', microcode } = values;
  alone('a dump', names, values, 'dump', 'microcode');
  const { openDump } = await import('./dump-target.js');
  return openDump(dump, microcode === undefined ? [] : [microcode]);
}

async function openArrays(values: Values, names: readonly string[]): Promise<Target> {
  const { attach: url = '', 'token-file': tokenFile } = values;
  alone('a rig that runs', names, values, 'attach', 'token-file');
  if (tokenFile === undefined)
    throw new RangeError('--attach: --token-file FILE is missing; the first line of `arraylab serve` has both');
  const { openLive } = await import('./live-target.js');
  return openLive({ url, tokenFile });
}

const WAYS: readonly Way[] = [
  {
    usage: '--attach URL --token-file FILE',
    isAsked: ({ attach, 'token-file': tokenFile }) => attach !== undefined || tokenFile !== undefined,
    open: openArrays,
  },
  { usage: '--dump FILE [--microcode DIR]', isAsked: ({ dump }) => dump !== undefined, open: openFile },
  {
    usage: `SCENARIO|FILE [--rig RIG] [--seed N] [--set KEY=VALUE]... [--fault FAULT]... [--plant BUG]
                      [--microcode DIR] [--image FILE] [--memory-mb N]`,
    isAsked: () => true,
    open: openScenario,
  },
];

const REST = '[-x SCRIPT]... [-ex COMMAND]... [--batch] [--keep-going]';
export const TARGET_USAGE = [...WAYS]
  .reverse()
  .map(({ usage }) => `arraylab debug ${usage}`)
  .concat(`arraylab debug ... ${REST}`)
  .join('\n       ');

export const TARGET_HELP = `Of a scenario, as \`sim\` runs it:

${RUN_HELP}  --memory-mb N    what the snapshots may take from which it goes back

Of a dump, as \`sim --dump\` and \`serve --dump\` leave it; it is looked at only:

  --dump FILE      tasks, slots, rings and all else as they stood, and what directors did last (info trace)

Of arrays that \`serve\` runs, which stand meanwhile, with their clock, and go on afterwards; nothing of it goes back:

  --attach URL       of that process; its first line has it as "http"
  --token-file FILE  as that line has it, too

Of all:
`;

/** Errors: RangeError for what is not there, or is no value of an option; as the target's own. */
export function openTarget(values: Values, names: readonly string[]): Promise<Target> {
  const way = WAYS.find(({ isAsked }) => isAsked(values)) as Way;
  return way.open(values, names);
}

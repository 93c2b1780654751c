/** What a launch or an attach says: one table each, from which it is checked here and completed in an editor. */
import { nearest } from '../../../firmware/service/profile/nearest.js';
import { MEMORY_MB } from '../simulated/open.js';
import type { Fields } from './fields.js';

/** As JSON Schema has it, and as `contributes.debuggers` of the extension repeats it. */
interface FieldSchema {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly description: string;
  readonly default?: unknown;
}
type Schema = Readonly<Record<string, FieldSchema>>;

/** As `arraylab debug --memory-mb` has it. */
const MOST_MEMORY_MB = 65_536;

const STOP_ON_ENTRY = {
  type: 'boolean',
  default: false,
  description: 'Stop before anything happens, instead of running to the first breakpoint.',
} as const;

export const LAUNCH_SCHEMA = {
  scenario: {
    type: 'string',
    description: 'A scenario by name (arraylab sim --list), or the path of a module that exports one.',
  },
  rig: { type: 'string', description: "A rig by name or path; the scenario's own if it is left out." },
  seed: { type: 'integer', default: 1, description: 'The run is a function of its seed: the same every time.' },
  settings: { type: 'object', description: 'Settings of the scenario: names and whole numbers.' },
  faults: {
    type: 'array',
    description: "What goes wrong and when, as arraylab sim --help-faults says: 'cut A-B at 5ms for 20ms'.",
  },
  plant: { type: 'string', description: 'A bug to plant in the microcode, by name.' },
  microcode: { type: 'string', description: 'A folder laid out as microcode/ is: the whole, or modules of your own.' },
  image: { type: 'string', description: 'A folder of ROLE.img, or one image in the place of its role.' },
  memory_mb: {
    type: 'integer',
    default: MEMORY_MB,
    description: 'What the snapshots may take from which it goes back.',
  },
  stopOnEntry: STOP_ON_ENTRY,
  stopAtEnd: {
    type: 'boolean',
    default: true,
    description: 'Stop when the scenario is over, so that one can go back from there, instead of ending the session.',
  },
} as const satisfies Schema;

export const ATTACH_SCHEMA = {
  url: { type: 'string', description: 'The HTTP interface of a process that serves arrays: http://127.0.0.1:PORT.' },
  tokenFile: { type: 'string', description: 'The file with its token, as it says when it is ready.' },
  dump: { type: 'string', description: 'Instead: a dump that a fault, a machine check or a violation left.' },
  microcode: {
    type: 'string',
    description: 'A folder laid out as microcode/ is, with sources that the package has not.',
  },
  stopOnEntry: { ...STOP_ON_ENTRY, description: 'Stop the arrays at once, instead of at the first breakpoint.' },
} as const satisfies Schema;

/** What clients send beside, and what begins with `__`. */
const CLIENTS = ['name', 'type', 'request', 'noDebug', 'debugServer', 'preLaunchTask', 'postDebugTask', 'presentation'];
const OTHERS = ['internalConsoleOptions', 'serverReadyAction', 'suppressMultipleSessionWarning', 'env', 'cwd'];

export interface Launch {
  readonly scenario: string;
  readonly rig?: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  readonly plant?: string;
  readonly microcode?: string;
  readonly image?: string;
  readonly memory_mb: number;
}

export type Attach = { readonly microcode?: string } & (
  | { readonly url: string; readonly tokenFile: string }
  | { readonly dump: string }
);

/** Manners of a session, beside what it is about. */
export interface Manners {
  readonly stopOnEntry: boolean;
  readonly stopAtEnd: boolean;
  readonly noDebug: boolean;
}

/** Errors, of all three: RangeError or TypeError that names the field and what would be right. */
export function launchOf(fields: Fields): Launch {
  const { rig, plant, microcode, image } = Object.fromEntries(
    ['rig', 'plant', 'microcode', 'image'].map((name) => [name, fields.maybeText(name)]),
  );
  const seed = fields.maybeWhole('seed') ?? LAUNCH_SCHEMA.seed.default;
  if (seed < 0) throw new RangeError(`launch: seed is ${seed}; a whole number from 0 is wanted`);
  const memory_mb = fields.maybeWhole('memory_mb') ?? LAUNCH_SCHEMA.memory_mb.default;
  if (memory_mb < 1 || memory_mb > MOST_MEMORY_MB)
    throw new RangeError(`launch: memory_mb is ${memory_mb}; a whole number from 1 to ${MOST_MEMORY_MB} is wanted`);
  const faults = fields.list('faults').map((fault) => {
    if (typeof fault === 'string') return fault;
    throw new TypeError(`launch: faults has ${JSON.stringify(fault)}; a text as 'cut A-B at 5ms' is wanted`);
  });
  const settings: Record<string, number> = {};
  if (fields.raw('settings') !== undefined) {
    const given = fields.record('settings');
    for (const name of given.names) settings[name] = given.whole(name);
  }
  const maybe = { rig, plant, microcode, image };
  const said = Object.fromEntries(Object.entries(maybe).filter(([, value]) => value !== undefined));
  return { scenario: fields.text('scenario'), seed, settings, faults, memory_mb, ...said };
}

export function attachOf(fields: Fields): Attach {
  const dump = fields.maybeText('dump');
  const microcode = fields.maybeText('microcode');
  const own = microcode === undefined ? {} : { microcode };
  if (dump === undefined) return { url: fields.text('url'), tokenFile: fields.text('tokenFile'), ...own };
  if (fields.maybeText('url') !== undefined) throw new RangeError('attach: url and dump: one of them is wanted');
  return { dump, ...own };
}

export function mannersOf(fields: Fields): Manners {
  return {
    stopOnEntry: fields.flag('stopOnEntry'),
    stopAtEnd: fields.raw('stopAtEnd') === undefined ? LAUNCH_SCHEMA.stopAtEnd.default : fields.flag('stopAtEnd'),
    noDebug: fields.flag('noDebug'),
  };
}

/**
 * Names that stand in a configuration and mean nothing here. Errors: RangeError for one that is nearly a field: a
 * misspelt seed would else be another run than the one that is wanted.
 */
export function unknownFields(fields: Fields): string[] {
  const known = Object.keys(fields.what === 'launch' ? LAUNCH_SCHEMA : ATTACH_SCHEMA);
  const strange = fields.names.filter(
    (name) => !known.includes(name) && !name.startsWith('__') && ![...CLIENTS, ...OTHERS].includes(name),
  );
  for (const name of strange) {
    const meant = nearest(name, known, 2);
    if (meant !== undefined) throw new RangeError(`${fields.what}: ${name} is not a field; did you mean ${meant}?`);
  }
  return strange;
}

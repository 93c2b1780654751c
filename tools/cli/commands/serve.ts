/** `arraylab serve`: a rig's arrays on this machine, until a signal. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { autoPlacement, PLACEMENTS, type PlacementName } from '../../../firmware/runtime/live/placement.js';
import {
  ISCSI_PORT_BASE,
  LOOPBACK,
  NBD_PORT_BASE,
  type Served,
  type ServeOptions,
  serve,
} from '../../../firmware/runtime/live/serve.js';
import { startService } from '../../../firmware/service/http/service.js';
import { iscsiTarget } from '../../../firmware/service/iscsi-target.js';
import { readLinkSecret } from '../../../firmware/service/link-secret.js';
import { linkRecipes, loadImages } from '../../../firmware/service/microcode.js';
import { type LinkConfig, loadRig, type Rig } from '../../../firmware/service/rig.js';
import { withScsi } from '../../../firmware/service/rig-scsi.js';
import { CoverageByArray } from '../../coverage/coverage.js';
import { writeCoverage } from '../../coverage/file.js';
import { RunningSources } from '../../debugger/running-sources.js';
import { checkWritable } from '../../regress/files.js';
import { imagesOf, sourcesOfTree } from '../../regress/microcode-tree.js';
import { startLiveLines } from '../live-lines.js';
import { folderOf, prepareFolder, ServeDumps } from '../serve-dumps.js';

const DEFAULT_RIG = 'pair';
const CHOICES: readonly string[] = [...PLACEMENTS, 'auto'];

const USAGE = `usage: arraylab serve [RIG] [--only ARRAY] [--placement ${CHOICES.join('|')}] [--port-base N] [--http HOST:PORT]
                       [--state DIR] [--microcode DIR] [--trace] [--dump DIR] [--coverage FILE]

Boots the arrays of RIG, joins their links and serves their volumes over NBD and iSCSI on ${LOOPBACK}. When all of that is up it
prints one line, "ready " and JSON that says where. SIGINT or SIGTERM: answers what hosts asked, then ends; a second one
ends at once. On a terminal a few lines below show what goes on. \`arraylab ctl\` operates what is served. A debugger that
is attached to "http" of that line lets all arrays of the process stand, with their clock; links to arrays of other
processes are lost if that takes longer than 2.5 s.

  RIG              a rig of the package by its name, or a path to a JSON file; default: ${DEFAULT_RIG}
  --only ARRAY     serve this array; others of the rig are served by other processes, on ports that the rig names
  --placement P    where roles run: dedicated, each on a thread of its own; fused, all of an array on one; auto, dedicated
                   if there is a processor for each thread; default: what the rig says, which is dedicated unless it says
                   otherwise
  --port-base N    NBD port of the rig's first array, the others follow, and behind them the iSCSI ports; 0: any that are free;
                   default: ${NBD_PORT_BASE} and, for iSCSI, ${ISCSI_PORT_BASE}
  --http HOST:PORT where the operator's interface listens; default: ${LOOPBACK}, a port that is free
  --state DIR      keep drives and battery memory in this folder, which is made at first use, and go on with them at the
                   next start; without it the arrays end with the process
  --microcode DIR  with the microcode of DIR, laid out as microcode/ is: a whole tree, or modules of your own, beside those of
                   the package or in their place
  --coverage FILE  what the directors ran of the microcode, for arraylab coverage, written at the end; of directors that die,
                   too. A FILE that is there is replaced. Microcode that is loaded meanwhile is not counted
  --trace          directors keep what they did last, for \`ctl trace\`; at an orderly end it is written beside dumps, as
                   ARRAY.altrace
  --dump DIR       where a dump goes when a director dies by itself: memory, tasks, rings, and the trace with --trace. It
                   holds what hosts wrote; only its owner may read it. Default: the folder that DIR of --state is in;
                   without both there is none
  --help           print this
`;

/** What the user asked for cannot be done as asked; usage is shown. */
class UsageError extends Error {}

interface Options {
  readonly rig: string;
  readonly only?: string;
  readonly placement?: string;
  readonly portBase: number | undefined;
  readonly state?: string;
  readonly microcode?: string;
  readonly coverage?: string;
  readonly isTraced: boolean;
  readonly dump?: string;
  readonly http: { readonly host: string; readonly port: number };
}

const portOf = (text: string): number => (/^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : -1);

function options(argv: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      placement: { type: 'string' },
      'port-base': { type: 'string' },
      state: { type: 'string' },
      microcode: { type: 'string' },
      coverage: { type: 'string' },
      trace: { type: 'boolean', default: false },
      dump: { type: 'string' },
      http: { type: 'string', default: `${LOOPBACK}:0` },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [rig = DEFAULT_RIG, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one rig at a time: ${positionals.join(', ')}`);
  const { only, placement, 'port-base': base, http, state, microcode, coverage, dump, trace } = values;
  if (state === '') throw new UsageError('--state is ""; it must be the path of a folder');
  if (dump === '') throw new UsageError('--dump is ""; it must be the path of a folder');
  const portBase = base === undefined ? undefined : portOf(base);
  if (portBase !== undefined && portBase < 0)
    throw new UsageError(`--port-base is "${base}"; it must be a number from 0 to 65535`);
  if (placement !== undefined && !CHOICES.includes(placement)) {
    throw new UsageError(`--placement is "${placement}"; it must be ${CHOICES.join(' or ')}`);
  }
  const colon = http.lastIndexOf(':');
  const port = portOf(http.slice(colon + 1));
  if (colon < 1 || port < 0)
    throw new UsageError(`--http is "${http}"; it must be HOST:PORT, for example ${LOOPBACK}:8080`);
  return {
    rig,
    portBase,
    http: { host: http.slice(0, colon), port },
    ...(only !== undefined && { only }),
    ...(placement !== undefined && { placement }),
    ...(state !== undefined && { state }),
    ...(microcode !== undefined && { microcode }),
    ...(coverage !== undefined && { coverage }),
    isTraced: trace,
    ...(dump !== undefined && { dump }),
  };
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Resolves at the first signal; from then on another one ends the process at once. */
function firstSignal(): Promise<'signal'> {
  return new Promise((resolve) => {
    let heard = false;
    for (const [name, number] of Object.entries(SIGNALS)) {
      process.on(name, () => {
        if (heard) process.exit(128 + number);
        heard = true;
        resolve('signal');
      });
    }
  });
}

/** Exit status: 0 after a signal; 1 when it cannot start, or nothing is left that runs; 2 for wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    const asked = options(argv);
    if (asked) return await runUntilSignal(asked);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    const { message } = error as Error;
    const isUsage =
      error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`arraylab serve: ${message}\n${isUsage ? `\n${USAGE}` : ''}`);
    return isUsage ? 2 : 1;
  }
}

/** NBD first, iSCSI behind it. */
const portBases = (base: number | undefined, arrays: number): Pick<ServeOptions, 'portBase' | 'iscsiPortBase'> =>
  base === undefined ? { portBase: NBD_PORT_BASE } : { portBase: base, iscsiPortBase: base === 0 ? 0 : base + arrays };

async function runUntilSignal(asked: Options): Promise<number> {
  const loaded = loadRig(asked.rig);
  const rig = { ...loaded, arrays: loaded.arrays.map((array) => withScsi(array)) };
  const begun = asked.microcode === undefined ? undefined : sourcesOfTree(asked.microcode);
  const images = begun === undefined ? loadImages() : imagesOf(begun);
  const sources = new RunningSources(asked.microcode, begun);
  linkRecipes(images, rig.arrays);
  checkWritable(asked.coverage, '--coverage');
  const coverage = asked.coverage === undefined ? undefined : new CoverageByArray(images);
  const writeCounts = (): void => {
    if (asked.coverage !== undefined && coverage) writeCoverage(asked.coverage, coverage.sum);
  };
  let nothingLeft = (_: 'dead'): void => undefined;
  const dead = new Promise<'dead'>((resolve) => {
    nothingLeft = resolve;
  });
  const folder = folderOf(asked.dump, asked.state);
  if (asked.dump !== undefined && folder !== undefined) prepareFolder(folder);
  const say = (text: string): void => void process.stderr.write(`arraylab serve: ${text}\n`);
  const dumps = new ServeDumps(rig.name, folder, say);
  const signal = firstSignal();
  const starting = serve({
    rig,
    images,
    placement: placement(asked, rig),
    ...portBases(asked.portBase, rig.arrays.length),
    targetOf: (array) => iscsiTarget(rig.arrays[array]),
    secretOf: (link) => secretOf(link, rig),
    isTraced: asked.isTraced,
    sourceOf: (image, file) => sources.of(image, file),
    onDead: (array, roles, reason, served) => {
      say(`array ${array}: director ${roles.join('+')} is dead: ${reason}`);
      const dumped = dumps.died(served, reason);
      const look = async ({ system }: Served): Promise<void> => {
        await dumped;
        const directors = system.arrays.flatMap((a) => a.directors);
        if (directors.every((d) => d.state !== 'running')) nothingLeft('dead');
      };
      // Where it died before the arrays were up, whoever waits for them hears it.
      void starting.then(look, () => undefined);
    },
    onTrouble: (array, text) => say(`array ${array}: ${text}`),
    ...(coverage && { countedFor: (array: string) => coverage.imagesFor(array) }),
    ...(asked.only !== undefined && { only: asked.only }),
    ...(asked.state !== undefined && { state: { folder: asked.state, sourceText: rig.sourceText } }),
  });
  // Whoever waits for it below hears the error.
  starting.catch(() => undefined);
  const first = await Promise.race([starting, signal]);
  if (first === 'signal') {
    await starting.then((served) => served.close());
    writeCounts();
    return 0;
  }
  try {
    return await operate(first, asked, rig, dumps, Promise.race([signal, dead]));
  } finally {
    writeCounts();
  }
}

async function operate(
  served: Served,
  { http }: Options,
  rig: Rig,
  dumps: ServeDumps,
  end: Promise<'signal' | 'dead'>,
): Promise<number> {
  const { system, arrays } = served;
  try {
    const rigId = createHash('sha256').update(rig.sourceText).digest('hex');
    const service = await startService(system, { http, rigId });
    const ready = { arrays, http: service.url, tokenFile: service.tokenFile };
    process.stdout.write(`ready ${JSON.stringify(ready)}\n`);
    const lines = process.stdout.isTTY ? startLiveLines(system, process.stdout) : undefined;
    const why = await end;
    lines?.stop();
    await service.close();
    return why === 'dead' ? 1 : 0;
  } finally {
    await served.close();
    await dumps.end(system);
  }
}

function placement(asked: Options, rig: Rig): PlacementName {
  if (asked.placement === undefined) return rig.placement;
  const here = asked.only === undefined ? rig.arrays.length : 1;
  return PLACEMENTS.find((p) => p === asked.placement) ?? autoPlacement(here, availableParallelism());
}

function secretOf(link: LinkConfig, { name, links }: Rig): Uint8Array {
  const { secretFile } = link;
  if (secretFile === undefined) {
    const at = links.indexOf(link);
    throw new RangeError(`rig ${name}: links[${at}].secret_file is missing, which a link between two processes needs`);
  }
  return readLinkSecret(secretFile);
}

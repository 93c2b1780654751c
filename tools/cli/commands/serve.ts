/** `arraylab serve`: a rig's arrays on this machine, until a signal. */
import { parseArgs } from 'node:util';
import { NBD_HOST, NBD_PORT_BASE, type Served, serve } from '../../../firmware/runtime/live/serve.js';
import { loadImages } from '../../../firmware/service/microcode.js';
import { loadRig } from '../../../firmware/service/rig.js';

const DEFAULT_RIG = 'single';
const PLACEMENTS = ['fused'];

const USAGE = `usage: arraylab serve [RIG] [--port-base N] [--placement fused]

Boots the arrays of RIG and serves their volumes over NBD on ${NBD_HOST}. When all are up it prints one line,
"ready " and JSON that says where. SIGINT or SIGTERM: answers what hosts asked, then ends; a second one ends at once.

  RIG              a rig of the package by its name, or a path to a JSON file; default: ${DEFAULT_RIG}
  --port-base N    port of the first array, the others follow; 0: any that are free; default: ${NBD_PORT_BASE}
  --placement P    where roles run: fused, all on one thread
  --help           print this
`;

/** What the user asked for cannot be done as asked; usage is shown. */
class UsageError extends Error {}

interface Options {
  readonly rig: string;
  readonly portBase: number;
}

function options(argv: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'port-base': { type: 'string', default: String(NBD_PORT_BASE) },
      placement: { type: 'string', default: PLACEMENTS[0] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [rig = DEFAULT_RIG, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one rig at a time: ${positionals.join(', ')}`);
  const text = values['port-base'];
  const portBase = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (portBase < 0 || portBase > 65535) {
    throw new UsageError(`--port-base is "${text}"; it must be a number from 0 to 65535`);
  }
  if (!PLACEMENTS.includes(values.placement)) {
    throw new UsageError(`--placement is "${values.placement}"; it must be ${PLACEMENTS.join(' or ')}`);
  }
  return { rig, portBase };
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Resolves at the first signal; from then on another one ends the process at once. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let heard = false;
    for (const [name, number] of Object.entries(SIGNALS)) {
      process.on(name, () => {
        if (heard) process.exit(128 + number);
        heard = true;
        resolve();
      });
    }
  });
}

/** Exit status: 0 after a signal; 1 when it cannot start, or an array stopped by itself; 2 for wrong usage. */
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

async function runUntilSignal({ rig, portBase }: Options): Promise<number> {
  let failed = (): void => undefined;
  const fault = new Promise<'fault'>((resolve) => {
    failed = () => resolve('fault');
  });
  const onFault = (array: string, reason: Error): void => {
    process.stderr.write(`arraylab serve: array ${array} has stopped: ${reason.message}\n`);
    failed();
  };
  const signal = firstSignal();
  const served: Served = await serve({ rig: loadRig(rig), images: loadImages(), portBase, onFault });
  process.stdout.write(`ready ${JSON.stringify({ arrays: served.arrays })}\n`);
  const why = await Promise.race([signal, fault]);
  // Hosts of an array that has stopped get no answers: there is nothing to wait for.
  if (why === 'fault') process.exit(1);
  await served.close();
  return 0;
}

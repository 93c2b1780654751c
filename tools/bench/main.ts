/** `npm run bench`: measures speed, prints each figure with its ratio to others and its target. It asserts nothing. */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { guardSignals } from './children.js';
import { type Figure, share, table } from './figures.js';

const ROUNDS = 3;
const SECONDS = 2;

const USAGE = `usage: npm run bench -- [--only PART] [--rounds N] [--seconds S] [--json FILE]

Measures this machine's speed as an array. It needs two quiet cores: look at the load in the first line.

  --only PART    one part: ring       the ring between threads
                           engine     microcode by itself, an array without sockets
                           sim        the simulator, with its oracle: mirrored writes, and the rig pair under OLTP
                           debugger   a step back in a run of 10 million micro-operations; what such a run costs under the
                                      debugger; what hosts of an array pay for one that is attached with nothing armed
                           memory     memory after 100 and after 10,000 simulated runs in one process
                           nbd        the NBD front of one array, roles on one thread (fused), beside nbdkit and qemu-nbd
                           dedicated  the same with each role on a thread of its own, beside nbdkit
                           iscsi      the iSCSI front of one array, roles on one thread, beside tgtd on files in memory
                           state      writes on an array that keeps itself in files (--state), beside one in memory and
                                      nbdkit on a file
                           pair       writes on a mirrored pair, beside an active mirror of qemu-storage-daemon; both are
                                      checked to mirror
                           journal    what a host waits for a write alone, mirrored in real time and with journal pull:
                                      simulated at 0, 100 and 1,000 km, and live on this machine
                 nbd, dedicated, state, pair and the live parts of debugger and journal are driven by fio, iscsi by a generator that is
                 compiled with cc and libiscsi; servers that are not installed are left out
  --rounds N     rounds for each figure, of which the median is shown; default ${ROUNDS}
  --seconds S    length of a round; default ${SECONDS}
  --json FILE    write the figures to FILE, too
  --help         print this
`;

interface Options {
  readonly only?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly json?: string;
}

/** @param missed told of what the part could not measure, though it goes on. */
type Part = (options: Options, missed: (what: string) => void) => Promise<Figure[]>;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Quick ones first: who waits sees figures early. Each loads what it needs, so that one that cannot is no other's loss. */
const PARTS: Readonly<Record<string, Part>> = {
  ring: async () => (await import('./ring.js')).benchRing(),
  engine: async ({ rounds, seconds }) => (await import('./engine.js')).benchEngine(rounds, seconds),
  sim: async ({ rounds, seconds }) => [
    ...(await import('./simulator.js')).benchSimulator(rounds, seconds),
    ...(await import('./simulated-pair.js')).benchSimulatedPair(rounds, seconds),
  ],
  debugger: async ({ rounds, seconds }, missed) => [
    ...(await (await import('./live-debugger.js')).benchLiveDebugger({ rounds, seconds, log, missed })),
    ...(await (await import('./debugger.js')).benchDebugger()),
  ],
  memory: async () => (await import('./simulator-memory.js')).benchSimulatorMemory(),
  nbd: async ({ rounds, seconds }) => (await import('./nbd.js')).benchNbd({ rounds, seconds, log }),
  dedicated: async ({ rounds, seconds }) => (await import('./nbd.js')).benchDedicated({ rounds, seconds, log }),
  iscsi: async ({ rounds, seconds }) => (await import('./iscsi.js')).benchIscsi({ rounds, seconds, log }),
  state: async ({ rounds, seconds }) => (await import('./state.js')).benchState({ rounds, seconds, log }),
  pair: async ({ rounds, seconds }, missed) => (await import('./pair.js')).benchPair({ rounds, seconds, log, missed }),
  journal: async ({ rounds, seconds }, missed) =>
    (await import('./journal.js')).benchJournal({ rounds, seconds, log, missed }),
};

class UsageError extends Error {}

function count(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9][0-9]{0,3}$/.test(text)) throw new UsageError(`${option} is "${text}"; it must be 1 to 9999, whole`);
  return Number(text);
}

/** What the user asked for; undefined: help. Errors: UsageError. */
function parse(argv: string[]): Options | undefined {
  const string = { type: 'string' } as const;
  let values: { only?: string; rounds?: string; seconds?: string; json?: string; help?: boolean };
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    values = parseArgs({
      args: argv,
      options: { only: string, rounds: string, seconds: string, json: string, help },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return undefined;
  const { only, json } = values;
  if (only !== undefined && !Object.hasOwn(PARTS, only)) {
    throw new UsageError(`--only is "${only}"; parts are ${Object.keys(PARTS).join(', ')}`);
  }
  const rounds = count('--rounds', values.rounds, ROUNDS);
  const seconds = count('--seconds', values.seconds, SECONDS);
  return { rounds, seconds, ...(only !== undefined && { only }), ...(json !== undefined && { json }) };
}

function machineLine(): string {
  const cores = cpus();
  const load = loadavg()[0].toFixed(2);
  return `${cores.length} cores (${cores[0]?.model ?? 'unknown'}), Node ${process.version}, load ${load}`;
}

/** Exit status: 0 when every part ran and measured all that it should. */
async function bench(options: Options): Promise<number> {
  const machine = machineLine();
  say(machine);
  const figures: Figure[] = [];
  const failures: string[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (options.only !== undefined && options.only !== name) continue;
    const missed = (what: string): void => {
      failures.push(`${name}: ${what}`);
    };
    try {
      figures.push(...(await part(options, missed)));
    } catch (error) {
      missed(error instanceof Error ? error.message : String(error));
    }
  }
  for (const line of table(figures)) say(line);
  for (const failure of failures) process.stderr.write(`bench: ${failure}\n`);
  if (options.json !== undefined) {
    const told = figures.map((f) => ({
      ...f,
      targets: f.targets?.map((t) => ({ ...t, share: share(f, t) })),
    }));
    writeFileSync(options.json, `${JSON.stringify({ machine, figures: told, failures }, undefined, 2)}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

const unguard = guardSignals();
try {
  const options = parse(process.argv.slice(2));
  if (options === undefined) say(USAGE.trimEnd());
  else process.exitCode = await bench(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  unguard();
}

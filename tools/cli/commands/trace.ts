/** `arraylab trace`: what a trace or a dump says, a line each record. */
import { parseArgs } from 'node:util';
import { readTraceFile, type TraceFile } from '../../../firmware/service/dump/trace-file.js';
import { allEvents, type TraceEvent } from '../../trace/events.js';
import { filterOf, WHAT_NAMES } from '../../trace/filter.js';
import { jsonOf, lineOf } from '../../trace/text.js';

const USAGE = `usage: arraylab trace FILE [--array A] [--role ROLE] [--task N] [--kind ${WHAT_NAMES.join('|')}]
                      [--message KIND] [--track VOLUME:TRACK] [--from T] [--to T] [--json]

Prints the records of a trace (sim --trace, ctl trace) or of a dump (sim --dump, serve --dump), a line each: time in µs, array
and role, task and its incarnation, and what happened. Virtual time of a simulated run; of arrays that served hosts, since the
oldest record. Options that are given together must all fit.

  --array A            of this array
  --role ROLE          of this role
  --task N             of this task of its role; 3.17 is the 17th that task 3 has been
  --kind KIND          message: taken or sent; flag: flags of a track change; run: a task runs, or gives up the engine and
                       after how many micro-operations; fault; mark: power, microcode
  --message KIND       a message of this kind
  --track VOLUME:TRACK its flags change, or a message names it; tracks count from 0
  --from T, --to T     at these times, or between: 1204.25us, 5ms, 2s
  --json               a JSON document a line
  --help               print this
`;

const OPTIONS = {
  array: { type: 'string' },
  role: { type: 'string' },
  task: { type: 'string' },
  kind: { type: 'string' },
  message: { type: 'string' },
  track: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Exit status: 0; 1 for a file that cannot be read; 2 for wrong usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    return await print(argv);
  } catch (error) {
    process.stderr.write(`arraylab trace: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function print(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: OPTIONS });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const trace = readTraceFile(path);
  const events = allEvents(trace);
  const zero_ns = zeroOf(trace, events);
  const isWanted = filterOf(trace, values, zero_ns);
  if (!values.json) for (const line of headLines(trace)) process.stdout.write(`${line}\n`);
  let text = '';
  for (const event of events) {
    if (!isWanted(event)) continue;
    text += `${values.json ? jsonOf(event, zero_ns) : lineOf(event, zero_ns)}\n`;
    if (text.length < 65_536) continue;
    await out(text);
    text = '';
  }
  await out(text);
  return 0;
}

/** Waits for who reads: a trace is long. */
function out(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

const zeroOf = ({ head }: TraceFile, events: readonly TraceEvent[]): number =>
  head.clock === 'virtual'
    ? 0
    : events.reduce((least, { time_ns }) => Math.min(least, time_ns), Number.MAX_SAFE_INTEGER);

/** Where it is from, and what it lacks. */
function headLines({ head, tail, rings }: TraceFile): string[] {
  const { run, rig } = head;
  const verdict = tail.hash === undefined ? '' : `: ${tail.failed ? 'FAIL' : 'PASS'} ${tail.hash}`;
  const lines = [run ? `; ${run.command}${verdict}` : `; rig ${rig}`];
  for (const { array, director, lost } of rings)
    if (lost > 0) lines.push(`; ${head.arrays[array]?.name}.${director}: ${lost} older records are overwritten`);
  return lines;
}

/** `arraylab trace`: what a trace or a dump says, a line each record. */
import { parseArgs } from 'node:util';
import { readTraceFile, type TraceFile } from '../../../firmware/service/dump/trace-file.js';
import { checkWritable, writeWhole } from '../../regress/files.js';
import { diffTraces, isDifferent } from '../../trace/diff.js';
import { diffText } from '../../trace/diff-text.js';
import { eachEvent, zeroOf } from '../../trace/events.js';
import { filterOf, WHAT_NAMES } from '../../trace/filter.js';
import { perfettoEvents } from '../../trace/perfetto.js';
import { SourceTexts } from '../../trace/sources.js';
import { jsonOf, lineOf } from '../../trace/text.js';
import { whole } from '../numbers.js';

const CONTEXT = 5;

const USAGE = `usage: arraylab trace FILE [--array A] [--role ROLE] [--task N] [--kind ${WHAT_NAMES.join('|')}]
                      [--message KIND] [--track VOLUME:TRACK] [--from T] [--to T] [--json]
       arraylab trace diff FILE FILE [--context N] [--microcode DIR]...
       arraylab trace perfetto FILE -o OUT.json

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

diff says of each director where two traces part, with the records before and the source of both: what was done first, by whom,
that the other run did not do. Code that only stands elsewhere, and how long things take, is no difference. Exit status 1 if
there is one. perfetto writes what ui.perfetto.dev and chrome://tracing open: arrays, tasks, their turns, messages as arrows.

  --context N          records before a difference; default: 5
  --microcode DIR      a tree whose lines are shown for images that it gives, as the package's are; may be given again
  -o OUT.json          where to
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
  context: { type: 'string' },
  microcode: { type: 'string', multiple: true },
  out: { type: 'string', short: 'o' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Exit status: 0; 1 for traces that differ; 2 for what cannot be done as asked. */
export async function run(argv: string[]): Promise<number> {
  try {
    return await print(argv);
  } catch (error) {
    process.stderr.write(`arraylab trace: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

type Values = ReturnType<typeof parse>['values'];

const parse = (argv: string[]) => parseArgs({ args: argv, allowPositionals: true, options: OPTIONS });

async function print(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [first, ...rest] = positionals;
  if (first === 'diff' && rest.length === 2) return await diff(rest as [string, string], values);
  if (first === 'perfetto' && rest.length === 1) return perfetto(rest[0] as string, values);
  if (first === undefined || rest.length > 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  only(values, 'FILE', [...FILTERS, 'json']);
  await records(first, values);
  return 0;
}

const FILTERS = ['array', 'role', 'task', 'kind', 'message', 'track', 'from', 'to'] as const;

/** Errors: RangeError for an option of another form of the command. */
function only(values: Values, form: string, taken: readonly (keyof Values)[]): void {
  for (const name of Object.keys(values) as (keyof Values)[])
    if (!taken.includes(name) && values[name] !== undefined && values[name] !== false)
      throw new RangeError(
        `--${name} is not for arraylab trace ${form}; it takes ${taken.map((t) => `--${t}`).join(', ')}`,
      );
}

async function records(path: string, values: Values): Promise<void> {
  const trace = readTraceFile(path);
  const zero_ns = zeroOf(trace);
  const isWanted = filterOf(trace, values, zero_ns);
  if (!values.json) for (const line of headLines(trace)) process.stdout.write(`${line}\n`);
  let text = '';
  for (const event of eachEvent(trace)) {
    if (!isWanted(event)) continue;
    text += `${values.json ? jsonOf(event, zero_ns) : lineOf(event, zero_ns)}\n`;
    if (text.length < 65_536) continue;
    await out(text);
    text = '';
  }
  await out(text);
}

async function diff([left, right]: readonly [string, string], values: Values): Promise<number> {
  only(values, 'diff', ['context', 'microcode']);
  const context = values.context === undefined ? CONTEXT : whole(values.context, '--context', 0);
  const texts = new SourceTexts(values.microcode);
  const [a, b] = [readTraceFile(left), readTraceFile(right)];
  const diffs = diffTraces(a, b, context);
  const zeros_ns = [zeroOf(a), zeroOf(b)] as const;
  await out(diffText(a, b, diffs, { zeros_ns, texts }));
  return diffs.some(isDifferent) ? 1 : 0;
}

function perfetto(path: string, values: Values): number {
  only(values, 'perfetto', ['out']);
  if (values.out === undefined) throw new RangeError('perfetto: -o OUT.json is missing');
  checkWritable(values.out, '-o');
  const trace = readTraceFile(path);
  const events = Array.from(perfettoEvents(trace, zeroOf(trace)), (event) => JSON.stringify(event));
  writeWhole(values.out, `{"displayTimeUnit":"ns","traceEvents":[\n${events.join(',\n')}\n]}\n`);
  return 0;
}

/** Waits for who reads: a trace is long. */
function out(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** Where it is from, and what it lacks. */
function headLines({ head, tail, rings, why }: TraceFile): string[] {
  const { run, rig } = head;
  const verdict = tail.hash === undefined ? '' : `: ${tail.failed ? 'FAIL' : 'PASS'} ${tail.hash}`;
  const lines = [run ? `; ${run.command}${verdict}` : `; rig ${rig}`];
  if (why !== undefined) lines.push(`; ${why}`);
  for (const { array, director, lost } of rings)
    if (lost > 0) lines.push(`; ${head.arrays[array]?.name}.${director}: ${lost} older records are overwritten`);
  return lines;
}

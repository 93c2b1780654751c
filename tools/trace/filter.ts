/** Which events of a trace are wanted. */
import type { RECORD } from '../../firmware/engine/recorder.js';
import { KINDS, ROLES } from '../../firmware/ports/messages.js';
import type { TraceFile } from '../../firmware/service/dump/trace-file.js';
import { type TraceEvent, taskName } from './events.js';

/** What kinds of events are called on the command line. */
const WHAT: Readonly<Record<string, readonly (keyof typeof RECORD)[]>> = {
  message: ['TAKES', 'SENDS'],
  flag: ['FLAGS'],
  run: ['RUNS', 'GIVES_UP'],
  fault: ['FAULT'],
  mark: ['MARK'],
};
export const WHAT_NAMES = Object.keys(WHAT);

export interface FilterOptions {
  readonly array?: string | undefined;
  readonly role?: string | undefined;
  readonly task?: string | undefined;
  readonly kind?: string | undefined;
  readonly message?: string | undefined;
  readonly track?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

type Test = (event: TraceEvent) => boolean;

/** Errors: RangeError that names the option, and what there is. */
export function filterOf(trace: TraceFile, options: FilterOptions, zero_ns: number): Test {
  const tests: Test[] = [];
  const { array, role, task, kind, message, track, from, to } = options;
  if (array !== undefined) {
    const names = trace.head.arrays.map(({ name }) => name);
    oneOf('--array', array, names);
    tests.push((e) => e.array === array);
  }
  if (role !== undefined) {
    oneOf('--role', role, ROLES);
    tests.push((e) => e.role === role);
  }
  if (task !== undefined) tests.push(ofTask(task));
  if (kind !== undefined) {
    oneOf('--kind', kind, WHAT_NAMES);
    tests.push((e) => WHAT[kind]?.includes(e.what) === true);
  }
  if (message !== undefined) tests.push(ofMessage(message));
  if (track !== undefined) tests.push(ofTrack(trace, track));
  if (from !== undefined) {
    const least = timeOf('--from', from) + zero_ns;
    tests.push((e) => e.time_ns >= least);
  }
  if (to !== undefined) {
    const most = timeOf('--to', to) + zero_ns;
    tests.push((e) => e.time_ns <= most);
  }
  return (event) => tests.every((test) => test(event));
}

function oneOf(option: string, value: string, there: readonly string[]): void {
  if (!there.includes(value)) throw new RangeError(`${option} is "${value}"; there are ${there.join(', ')}`);
}

function ofTask(task: string): Test {
  if (!/^\d+(\.\d+)?$/.test(task))
    throw new RangeError(`--task is "${task}"; the number of a task is wanted, or with its incarnation, as 3.17`);
  return (e) => e.task !== 0 && (taskName(e.task) === task || taskName(e.task).split('.')[0] === task);
}

function ofMessage(name: string): Test {
  if (!KINDS.some((k) => k.id > 0 && k.name === name))
    throw new RangeError(`--message is "${name}"; there is no such message, microcode/ISA.md has them all`);
  return (e) => e.message?.kind === name;
}

/** Changes of its flags, and messages that name it. */
function ofTrack({ head }: TraceFile, text: string): Test {
  const [, volume = '', track = ''] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  const volumes = [...new Set(head.arrays.flatMap((a) => a.volumes.map(({ name }) => name)))];
  if (!volumes.includes(volume))
    throw new RangeError(
      `--track is "${text}"; VOLUME:TRACK is wanted, as ${volumes[0] ?? 'data0'}:17; volumes are ${volumes.join(', ')}`,
    );
  const numbers = new Map(head.arrays.map(({ name, volumes: of }) => [name, of]));
  return ({ array, flags, message }) => {
    if (flags) return flags.track === text;
    const { volume: number, track: which } = message?.fields ?? {};
    return which === Number(track) && number !== undefined && numbers.get(array)?.[number]?.name === volume;
  };
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1000,
  µs: 1000,
  '': 1000,
  ms: 1_000_000,
  s: 1_000_000_000,
};

/** Nanoseconds; a number alone is of microseconds, as they are printed. */
function timeOf(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new RangeError(`${option} is "${text}"; a time is wanted, as 1204.25us, 5ms or 2s; a number alone is of µs`);
  return Math.round(Number(number) * (UNITS[unit] as number));
}

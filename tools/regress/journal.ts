/**
 * What a regression has done so far, so that another process can go on: a line of JSON that says which regression this is,
 * then one for each run that ended. A line that a kill cut off is left out, and its run is made again.
 */
import { appendFileSync, existsSync, truncateSync } from 'node:fs';
import { readText, writeWhole } from './files.js';
import type { PlannedRun } from './plan.js';
import type { RunResult } from './run.js';

const VERSION = 1;

/** What the results depend on, by names that people are told when it is another. */
export type Identity = Readonly<Record<string, string>>;

interface Header {
  readonly journal: 'arraylab regress';
  readonly version: number;
  readonly identity: Identity;
  /** Runs that came first, out of a corpus that may have grown since. */
  readonly first: readonly PlannedRun[];
}

export class Journal {
  readonly #path: string;
  /** As the file has them, or as they were given. */
  readonly first: readonly PlannedRun[];
  /** By number in the plan. */
  readonly done: ReadonlyMap<number, RunResult>;

  /** Goes on with the file, or begins it. Errors: Error when it is another regression's, or no journal. */
  constructor(path: string, identity: Identity, first: readonly PlannedRun[]) {
    this.#path = path;
    if (!existsSync(path) || readText(path) === '') {
      this.first = first;
      this.done = new Map();
      const header: Header = { journal: 'arraylab regress', version: VERSION, identity, first };
      writeWhole(path, `${JSON.stringify(header)}\n`);
      return;
    }
    const text = readText(path);
    const end = text.lastIndexOf('\n') + 1;
    const lines = text.slice(0, end).split('\n').slice(0, -1);
    this.first = readHeader(path, lines[0] ?? text, identity).first;
    this.done = readDone(path, lines);
    if (end < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, end)));
  }

  add(number: number, result: RunResult): void {
    appendFileSync(this.#path, `${JSON.stringify({ number, result })}\n`);
  }
}

function readHeader(path: string, line: string, identity: Identity): Header {
  const header = parse(line) as Partial<Header> | undefined;
  const { first } = header ?? {};
  const isWhole = Array.isArray(first) && first.every(isPlanned);
  if (header?.journal !== 'arraylab regress' || header.version !== VERSION || !isWhole)
    throw new Error(`${path}: this is no journal of a regression; --resume makes one where there is no file`);
  const was = header.identity ?? {};
  const names = [...new Set([...Object.keys(identity), ...Object.keys(was)])];
  const others = names.filter((name) => was[name] !== identity[name]);
  if (others.length > 0) {
    const [name] = others as [string];
    throw new Error(
      `${path}: this is the journal of another regression: ${others.join(', ')} ${others.length === 1 ? 'differs' : 'differ'} (${name}: ${was[name] ?? 'none'} there, ${identity[name] ?? 'none'} here); take another file, or remove this one to begin anew`,
    );
  }
  return header as Header;
}

function readDone(path: string, lines: readonly string[]): Map<number, RunResult> {
  const done = new Map<number, RunResult>();
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue;
    const { number, result } = (parse(line) ?? {}) as { number?: unknown; result?: unknown };
    if (!Number.isSafeInteger(number) || !isResult(result))
      throw new Error(`${path}:${i + 1}: this line is damaged; remove it to make its run again`);
    done.set(number as number, result);
  }
  return done;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isPlanned = (run: unknown): run is PlannedRun =>
  isObject(run) &&
  typeof run.scenario === 'string' &&
  typeof run.rig === 'string' &&
  Number.isSafeInteger(run.seed) &&
  isObject(run.settings);

/** What reports reckon with. */
const COUNTS = ['seed', 'writes', 'reads', 'refused', 'steps', 'messages', 'operations', 'time_us'] as const;

const isResult = (result: unknown): result is RunResult =>
  isObject(result) &&
  COUNTS.every((name) => Number.isSafeInteger(result[name])) &&
  typeof result.hash === 'string' &&
  isObject(result.settings) &&
  Array.isArray(result.violations) &&
  result.violations.every((v) => isObject(v) && typeof v.text === 'string' && Number.isFinite(v.time_us));

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

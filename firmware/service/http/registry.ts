/**
 * Which processes of this user serve arrays now. Each has a record and a token in the runtime folder, `PID-INSTANCE.json`
 * and `.token`, from when it listens until it ends; what a killed one left is swept by whoever looks next.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NoAnswer, request } from './request.js';
import { HEALTH_PATH, INSTANCE_HEADER } from './routes.js';
import { runtimeFolder } from './runtime-folder.js';

const RECORD_VERSION = 1;
const HEALTH_MS = 2000;
const FILE_NAME = /^(\d{1,10})-[0-9a-f]{32}\.(?:json|token|new)$/;

export interface ProcessRecord {
  readonly version: number;
  readonly pid: number;
  /** Random, new for each process; it tells it at its port. */
  readonly instance: string;
  readonly url: string;
  readonly tokenFile: string;
  readonly rig: string;
  /** Processes with the same one serve parts of one system. */
  readonly rigId: string;
  /** Those of this process. */
  readonly arrays: readonly string[];
  readonly pairs: readonly { readonly primary: string; readonly arrays: readonly string[] }[];
  readonly links: readonly (readonly [string, string])[];
  /** ISO time. */
  readonly started: string;
}

export interface FoundProcess extends ProcessRecord {
  /** False: it is there, and says nothing. */
  readonly answers: boolean;
}

export interface Registered {
  readonly tokenFile: string;
  /** Takes record and token away; may be called again. */
  remove(): void;
}

/** Errors: of the file system, and of a runtime folder that is not private. */
export function register(token: string, record: Omit<ProcessRecord, 'version' | 'tokenFile'>): Registered {
  const folder = runtimeFolder();
  sweepDead(folder);
  const stem = join(folder, `${record.pid}-${record.instance}`);
  const tokenFile = `${stem}.token`;
  const remove = (): void => {
    for (const ending of ['json', 'new', 'token']) rmSync(`${stem}.${ending}`, { force: true });
  };
  try {
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600, flag: 'wx' });
    const whole: ProcessRecord = { version: RECORD_VERSION, ...record, tokenFile };
    writeFileSync(`${stem}.new`, `${JSON.stringify(whole)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(`${stem}.new`, `${stem}.json`);
  } catch (error) {
    remove();
    throw error;
  }
  return { tokenFile, remove };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what processes left that are gone. @returns names of the other records. */
function sweepDead(folder: string): string[] {
  const records: string[] = [];
  for (const name of readdirSync(folder)) {
    const pid = FILE_NAME.exec(name)?.[1];
    if (pid === undefined) continue;
    if (!isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
    else if (name.endsWith('.json')) records.push(name);
  }
  return records;
}

/** Undefined: it has just gone, or is from another version of this program. */
function readRecord(path: string): ProcessRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord;
    return record.version === RECORD_VERSION ? record : undefined;
  } catch {
    return undefined;
  }
}

/** `stale`: at its port is nobody, or somebody else. */
async function stateOf({ url, instance }: ProcessRecord): Promise<'answers' | 'silent' | 'stale'> {
  try {
    const { headers } = await request({ method: 'GET', url, path: HEALTH_PATH, timeout_ms: HEALTH_MS });
    return headers[INSTANCE_HEADER] === instance ? 'answers' : 'stale';
  } catch (error) {
    // Stopped or very busy, it may come back: only a process that is gone loses its record.
    return error instanceof NoAnswer && error.code === 'TIMEOUT' ? 'silent' : 'stale';
  }
}

/** Oldest first. Errors: of a runtime folder that is not private. */
export async function findProcesses(): Promise<FoundProcess[]> {
  const folder = runtimeFolder();
  const paths = sweepDead(folder).map((name) => join(folder, name));
  const found = await Promise.all(
    paths.map(async (path) => {
      const record = readRecord(path);
      if (!record) return [];
      const state = await stateOf(record);
      if (state !== 'stale') return [{ ...record, answers: state === 'answers' }];
      rmSync(path, { force: true });
      rmSync(path.replace(/json$/, 'token'), { force: true });
      return [];
    }),
  );
  return found.flat().sort((a, b) => (a.started < b.started ? -1 : 1));
}

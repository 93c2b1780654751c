/**
 * The folder in which a rig's arrays outlive the process. It is made whole or not at all: state.json says which rig it is
 * of, and each array has a folder of its own, so that processes may serve one array each.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SECTOR_BYTES } from '../../../memory/constants.js';
import { type ArrayConfig, driveEnds } from '../../machine/config.js';
import { ArrayTables } from '../../machine/tables.js';
import { ArrayState, driveFile, FRESH } from './array-state.js';
import { syncFolder, writeDurably } from './durable.js';
import { layoutPrint } from './vault.js';

const STATE = 'state.json';
const FORMAT = 'arraylab state';
const VERSION = 1;

export interface StateRig {
  readonly name: string;
  readonly arrays: readonly ArrayConfig[];
  /** Of the rig and all that it refers to: two rigs with the same text are the same. */
  readonly sourceText: string;
}

/** What stands in state.json. */
interface StateFile {
  readonly format: string;
  readonly version: number;
  readonly rig: { readonly name: string; readonly sha256: string };
  /** By array: where its battery memory has everything. */
  readonly layouts: Readonly<Record<string, string>>;
}

export class StateFolder {
  readonly #path: string;

  /** Makes it at first use, readable by its owner alone. Errors: Error that names file, field, and what would be right. */
  constructor(path: string, rig: StateRig) {
    this.#path = real(resolve(path));
    if (isEmpty(this.#path)) make(this.#path, rig);
    check(this.#path, rig);
  }

  /** The array is this process's from now on. Errors: Error that names the file. */
  array(config: ArrayConfig): ArrayState {
    return new ArrayState(join(this.#path, config.name), config);
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}

/** Is it to be made? */
function isEmpty(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

function contentFor({ name, arrays, sourceText }: StateRig): StateFile {
  return {
    format: FORMAT,
    version: VERSION,
    rig: { name, sha256: createHash('sha256').update(sourceText).digest('hex') },
    layouts: Object.fromEntries(arrays.map((a) => [a.name, layoutPrint(ArrayTables.layoutFor(a))])),
  };
}

/** Beside its place first: of two processes that make it at once, one wins, and the other finds it made. */
function make(path: string, rig: StateRig): void {
  const parent = dirname(path);
  const next = `${path}.new-${process.pid}`;
  try {
    mkdirSync(parent, { recursive: true });
    mkdirSync(next, { mode: 0o700 });
    for (const config of rig.arrays) makeArray(join(next, config.name), config);
    writeDurably(join(next, STATE), `${JSON.stringify(contentFor(rig), null, 2)}\n`);
    syncFolder(next);
    renameSync(next, path);
    syncFolder(parent);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
    throw new Error(`cannot make the state folder ${path}: ${message}; it must be in a folder that you may write to`);
  }
}

function makeArray(folder: string, config: ArrayConfig): void {
  mkdirSync(folder, { mode: 0o700 });
  for (const [drive, sectors] of driveEnds(config).entries()) {
    const fd = openSync(join(folder, driveFile(drive)), 'wx', 0o600);
    try {
      ftruncateSync(fd, sectors * SECTOR_BYTES);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
  writeDurably(join(folder, FRESH), '');
  syncFolder(folder);
}

function check(path: string, rig: StateRig): void {
  const file = join(path, STATE);
  const found = read(path, file);
  const right = contentFor(rig);
  const differs = (field: string, is: unknown, should: unknown, what: string): void => {
    if (is === should) return;
    throw new Error(
      `${file}: ${field} is ${JSON.stringify(is) ?? 'missing'}; it must be ${JSON.stringify(should)}: ${what}`,
    );
  };
  differs('format', found.format, FORMAT, 'name a new folder, or one that an arraylab made');
  differs('version', found.version, VERSION, 'serve it with the arraylab that made it');
  const { name, sha256 } = right.rig;
  differs(
    'rig.sha256',
    found.rig?.sha256,
    sha256,
    `rig ${name} is not, or no longer, the one that it was made for, ${found.rig?.name}`,
  );
  for (const [array, print] of Object.entries(right.layouts)) {
    differs(`layouts.${array}`, found.layouts?.[array], print, 'serve it with the arraylab that made it');
  }
}

function read(path: string, file: string): Partial<StateFile> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      `${file} is missing, and ${path} is not empty; name a folder that is new or empty, or one with state`,
    );
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Partial<StateFile>;
  } catch {
    // Said below.
  }
  throw new Error(`${file}: it is no JSON object; it must be what arraylab wrote there`);
}

/** What the battery's files ask of the system, so that tests can have files that lose what was not synced. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { syncFolder } from './durable.js';

/** Errors of all: those of the system, with its code. */
export interface StateFiles {
  /** Of the machine's present run: another one after it went down. undefined: the system does not say. */
  bootId(): string | undefined;
  /** Names in a folder. */
  list(folder: string): string[];
  /** A new file, to write at its end. Errors: EEXIST. */
  create(path: string): number;
  /** To write at its end. Errors: ENOENT. */
  append(path: string): number;
  /** To read. Errors: ENOENT. */
  open(path: string): number;
  size(fd: number): number;
  read(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number;
  /** At the file's end, in one piece before or behind those of others; how many bytes were taken. */
  write(fd: number, bytes: Uint8Array, at: number, length: number): number;
  /** The same for several, as one. */
  writeAll(fd: number, parts: readonly Uint8Array[]): number;
  sync(fd: number): void;
  syncLater(fd: number, ended: (error: Error | null) => void): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  /** No error if it is not there. */
  remove(path: string): void;
  syncFolder(path: string): void;
}

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'latin1').trim();
  } catch {
    return undefined;
  }
}

export const SYSTEM_FILES: StateFiles = {
  bootId,
  list: (folder) => readdirSync(folder),
  create: (path) => openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600),
  append: (path) => openSync(path, O_WRONLY | O_APPEND),
  open: (path) => openSync(path, 'r'),
  size: (fd) => fstatSync(fd).size,
  read: readSync,
  write: (fd, bytes, at, length) => writeSync(fd, bytes, at, length),
  writeAll: (fd, parts) => writevSync(fd, parts),
  sync: fdatasyncSync,
  syncLater: fdatasync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  syncFolder,
};

export function writeWhole(files: StateFiles, fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += files.write(fd, bytes, at, bytes.length - at);
}

/** False: the file ends before. */
export function readWhole(files: StateFiles, fd: number, bytes: Uint8Array, position: number): boolean {
  for (let at = 0; at < bytes.length; ) {
    const n = files.read(fd, bytes, at, bytes.length - at, position + at);
    if (n === 0) return false;
    at += n;
  }
  return true;
}

export const isNoFile = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

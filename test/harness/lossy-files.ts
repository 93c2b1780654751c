/**
 * Files in memory that forget: what a crash leaves of what was not synced is chosen sector by sector, and of changes of
 * names that were not synced, change by change. A process that is killed loses nothing that was written.
 */
import { basename } from 'node:path';
import type { FileCalls } from '../../adapters/disk/file/drive-port.js';
import type { StateFiles } from '../../firmware/runtime/live/state/files.js';

const SECTOR = 512;

/** 0 … below − 1. */
export type Choice = (below: number) => number;

/** What stands there, and what would after a power loss; never longer than what stands there. */
class File {
  now = Buffer.alloc(0);
  stable = Buffer.alloc(0);

  put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.now.length) this.now = Buffer.concat([this.now, Buffer.alloc(end - this.now.length)]);
    this.now.set(bytes, position);
  }

  /** Of any sector the old or the new content, of any length between the old and the new one. */
  crash(choice: Choice): void {
    const left = Buffer.alloc(this.stable.length + choice(this.now.length - this.stable.length + 1));
    for (let at = 0; at < left.length; at += SECTOR) {
      const from = choice(2) === 0 ? this.stable : this.now;
      left.set(from.subarray(at, Math.min(at + SECTOR, left.length)), at);
    }
    this.now = left;
    this.stable = Buffer.from(left);
  }
}

type Names = Map<string, File>;
type NameChange = (names: Names) => void;

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });

/** One folder; a path is its last part. */
export class LossyFiles implements StateFiles {
  #boot = 1;
  #names: Names = new Map();
  #stableNames: Names = new Map();
  #changes: NameChange[] = [];
  readonly #open = new Map<number, File>();
  #nextFd = 1;
  /** Calls of the process that is gone end nothing. */
  #process = 0;

  /** The process is gone; the system has what it wrote. */
  kill(): void {
    this.#process += 1;
    this.#open.clear();
  }

  /** The machine is gone, and up again. */
  crash(choice: Choice): void {
    this.kill();
    this.#boot += 1;
    for (const change of this.#changes.splice(0)) if (choice(2) === 0) change(this.#stableNames);
    for (const file of new Set([...this.#names.values(), ...this.#stableNames.values()])) file.crash(choice);
    this.#names = new Map(this.#stableNames);
  }

  readonly bootId = (): string => `boot ${this.#boot}`;
  readonly list = (): string[] => [...this.#names.keys()];
  readonly size = (fd: number): number => this.#file(fd).now.length;
  readonly close = (fd: number): void => void this.#open.delete(fd);

  readonly create = (path: string): number => {
    const name = basename(path);
    if (this.#names.has(name)) throw failure('EEXIST', path);
    const file = new File();
    this.#change((names) => names.set(name, file));
    return this.#fd(file);
  };

  readonly open = (path: string): number => {
    const file = this.#names.get(basename(path));
    if (file === undefined) throw failure('ENOENT', path);
    return this.#fd(file);
  };

  readonly append = this.open;

  readonly read = (fd: number, bytes: Uint8Array, at: number, length: number, position: number): number => {
    const part = this.#file(fd).now.subarray(position, position + length);
    bytes.set(part, at);
    return part.length;
  };

  readonly write = (fd: number, bytes: Uint8Array, at: number, length: number): number => {
    const file = this.#file(fd);
    file.put(bytes.subarray(at, at + length), file.now.length);
    return length;
  };

  readonly writeAll = (fd: number, parts: readonly Uint8Array[]): number => {
    const bytes = Buffer.concat(parts);
    return this.write(fd, bytes, 0, bytes.length);
  };

  readonly sync = (fd: number): void => {
    const file = this.#file(fd);
    file.stable = Buffer.from(file.now);
  };

  /** Covers what stood there when it was called. */
  readonly syncLater = (fd: number, ended: (error: Error | null) => void): void => {
    const file = this.#file(fd);
    const had = Buffer.from(file.now);
    const process = this.#process;
    setImmediate(() => {
      if (process !== this.#process) return;
      file.stable = had;
      ended(null);
    });
  };

  readonly rename = (from: string, to: string): void => {
    const [old, name] = [basename(from), basename(to)];
    if (!this.#names.has(old)) throw failure('ENOENT', from);
    this.#change((names) => {
      const file = names.get(old);
      if (file === undefined) return;
      names.delete(old);
      names.set(name, file);
    });
  };

  readonly remove = (path: string): void => this.#change((names) => names.delete(basename(path)));

  readonly syncFolder = (): void => {
    for (const change of this.#changes.splice(0)) change(this.#stableNames);
  };

  #change(change: NameChange): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #fd(file: File): number {
    this.#open.set(this.#nextFd, file);
    return this.#nextFd++;
  }

  #file(fd: number): File {
    const file = this.#open.get(fd);
    if (file === undefined) throw failure('EBADF', `file ${fd}`);
    return file;
  }
}

/** Drives that forget in the same way; the number of a drive is its fd. Calls end a turn of the event loop later. */
export class LossyDrives implements FileCalls {
  readonly #files: readonly File[];
  #process = 0;

  constructor(sizes_bytes: readonly number[]) {
    this.#files = sizes_bytes.map((size) => {
      const file = new File();
      file.put(Buffer.alloc(size), 0);
      file.stable = Buffer.alloc(size);
      return file;
    });
  }

  kill(): void {
    this.#process += 1;
  }

  crash(choice: Choice): void {
    this.kill();
    for (const file of this.#files) file.crash(choice);
  }

  readonly read: FileCalls['read'] = (fd, bytes, at, length, position, ended) => {
    this.#later(() => {
      bytes.set(this.#files[fd].now.subarray(position, position + length), at);
      ended(null, length);
    });
  };

  /** What is written is what stands there when the system takes it, which may be any moment before the end. */
  readonly write: FileCalls['write'] = (fd, bytes, at, length, position, ended) => {
    this.#later(() => {
      this.#files[fd].put(bytes.subarray(at, at + length), position);
      ended(null, length);
    });
  };

  readonly discard: FileCalls['discard'] = ({ fd }, position, length, ended) => {
    this.#later(() => {
      this.#files[fd].put(Buffer.alloc(length), position);
      ended(null, length);
    });
  };

  readonly fdatasync: FileCalls['fdatasync'] = (fd, ended) => {
    const had = Buffer.from(this.#files[fd].now);
    this.#later(() => {
      this.#files[fd].stable = had;
      ended(null);
    });
  };

  readonly close: FileCalls['close'] = (_, ended) => this.#later(ended);

  #later(end: () => void): void {
    const process = this.#process;
    setImmediate(() => {
      if (process === this.#process) end();
    });
  }
}

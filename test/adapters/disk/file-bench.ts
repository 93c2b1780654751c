/** Files for tests, whose calls end when and how the test says, and the disk role's side of a drive port. */
import { type FileCalls, FileDrives } from '../../../adapters/disk/file/drive-port.js';
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { driveDesk } from '../../harness/drive-desk.js';

/** `part`: as many bytes at most; less than asked is a short read or write. */
export type How = { readonly error?: string; readonly part?: number };

export interface Call {
  readonly what: 'read' | 'write' | 'discard' | 'fdatasync' | 'close';
  readonly fd: number;
  end(how?: How): void;
}

/** Drives that forget what was not synced. A sync covers what had ended when it was called; the number of a file is its fd. */
export class HeldFiles implements FileCalls {
  readonly calls: Call[] = [];
  /** What a read sees, and what would be there after a power loss. */
  readonly current: Buffer[];
  readonly stable: Buffer[];

  constructor(sectors: readonly number[]) {
    this.current = sectors.map((n) => Buffer.alloc(n * SECTOR_BYTES));
    this.stable = sectors.map((n) => Buffer.alloc(n * SECTOR_BYTES));
  }

  readonly read: FileCalls['read'] = (fd, bytes, at, length, position, ended) => {
    this.#hold('read', fd, ({ error, part = length }) => {
      const n = Math.min(part, length, this.current[fd].length - position);
      bytes.set(this.current[fd].subarray(position, position + n), at);
      ended(failure(error), n);
    });
  };

  readonly write: FileCalls['write'] = (fd, bytes, at, length, position, ended) => {
    this.#hold('write', fd, ({ error, part = length }) => {
      const n = Math.min(part, length);
      this.current[fd].set(bytes.subarray(at, at + n), position);
      ended(failure(error), n);
    });
  };

  readonly discard: FileCalls['discard'] = ({ fd }, position, length, ended) => {
    this.#hold('discard', fd, ({ error }) => {
      if (error === undefined) this.current[fd].fill(0, position, position + length);
      ended(failure(error), error === undefined ? length : 0);
    });
  };

  readonly fdatasync: FileCalls['fdatasync'] = (fd, ended) => {
    const had = Buffer.from(this.current[fd]);
    this.#hold('fdatasync', fd, ({ error }) => {
      if (error === undefined) this.stable[fd] = had;
      ended(failure(error));
    });
  };

  readonly close: FileCalls['close'] = (fd, ended) => this.#hold('close', fd, () => ended());

  /** Ends the oldest call of this kind. */
  end(what: Call['what'], how: How = {}): void {
    const call = this.calls.find((c) => c.what === what);
    if (!call) throw new Error(`no ${what} is under way`);
    call.end(how);
  }

  #hold(what: Call['what'], fd: number, end: (how: How) => void): void {
    const call: Call = {
      what,
      fd,
      end: (how = {}) => {
        this.calls.splice(this.calls.indexOf(call), 1);
        end(how);
      },
    };
    this.calls.push(call);
  }
}

const failure = (code: string | undefined): NodeJS.ErrnoException | null =>
  code === undefined ? null : Object.assign(new Error(code), { code });

export interface FileBench {
  readonly drives: FileDrives;
  readonly files: HeldFiles;
  readonly bytes: Uint8Array;
  /** Sectors of memory that a test may use. */
  readonly at: number;
  readonly troubles: string[];
  ask(kind: number, token: number, ...payload: number[]): void;
  /** [token, result] of what has ended since. */
  answers(): [number, number][];
}

/** Drives of so many sectors. @param calls instead of held files; a drive's fd is what `fds` says, or its number. */
export function fileBench(sectors: readonly number[], calls?: FileCalls, fds: readonly number[] = []): FileBench {
  const { memory, mail, at, ask, answers } = driveDesk(64);
  const files = new HeldFiles(sectors);
  const troubles: string[] = [];
  const open = sectors.map((n, i) => ({ path: `drive-${i}.img`, sectors: n, fd: fds[i] ?? i }));
  return {
    files,
    troubles,
    bytes: memory.bytes,
    at,
    drives: new FileDrives(memory, mail, open, {
      onEnd: () => undefined,
      onTrouble: (text) => troubles.push(text),
      calls: calls ?? files,
      error_ms: 0,
    }),
    ask,
    answers,
  };
}

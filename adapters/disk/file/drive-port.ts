/**
 * Drives that are files: each is opened once, its reads and writes go straight between the file and the array's memory,
 * as many at a time as are asked, and end in any order. What is asked of the same sectors at once has no order.
 *
 * A sync waits for the writes and discards that were asked of its drive before it, then for `fdatasync`; what is asked later
 * is not held up. After a sync that failed nobody knows what the drive has (the system tells such an error once, and
 * takes the lost pages for clean from then on), so the drive takes no write and no sync any more until it is opened anew;
 * reads go on. An error never ends the director: it is the answer MEDIUM_ERROR, after a while, since who is refused asks
 * again.
 */
import { close, fdatasync, fstatSync, openSync, read, write } from 'node:fs';
import { RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import type { Mail, Port } from '../../../firmware/ports/mail.js';
import { D_HEAD, D_PAYLOAD, D_TOKEN, KIND } from '../../../firmware/ports/messages.js';
import { Discards } from './discards.js';

/** A file as large as its drive at least. */
export interface DriveFile {
  readonly path: string;
  readonly sectors: number;
}

type Ended = (error: NodeJS.ErrnoException | null, bytes: number) => void;

/** What is asked of the system, so that tests can have files that fail, or lose what was not synced. */
export interface FileCalls {
  read(fd: number, bytes: Uint8Array, at: number, length: number, position: number, ended: Ended): void;
  write(fd: number, bytes: Uint8Array, at: number, length: number, position: number, ended: Ended): void;
  fdatasync(fd: number, ended: (error: NodeJS.ErrnoException | null) => void): void;
  /** These bytes are zeroes, and give their room back if the file system can. */
  discard(file: OpenDrive, position: number, length: number, ended: Ended): void;
  close(fd: number, ended: () => void): void;
}

/** The system's, with a program that punches holes for as long as the drives are open. */
class System implements FileCalls {
  readonly read = read;
  readonly write = write;
  readonly fdatasync = fdatasync;
  readonly close = close;
  readonly #discards = new Discards();

  discard({ fd, path }: OpenDrive, position: number, length: number, ended: Ended): void {
    this.#discards.ask({ fd, path, position, length, ended: (error) => ended(error, error === null ? length : 0) });
  }

  end(): void {
    this.#discards.end();
  }
}

export interface FileDrivesOptions {
  /** Something has ended between two pumps. */
  readonly onEnd: () => void;
  /** An operation has failed; called once for each drive, operation and error. */
  readonly onTrouble: (text: string) => void;
  readonly calls?: FileCalls;
  /** So long after an error its answer comes. */
  readonly error_ms?: number;
}

const ERROR_MS = 100;

/** What is asked of drives, in words. */
const NAMES: Readonly<Record<number, string>> = {
  [KIND.DRIVE_READ]: 'read',
  [KIND.DRIVE_WRITE]: 'write',
  [KIND.DRIVE_DISCARD]: 'discard',
  [KIND.DRIVE_SYNC]: 'sync',
};

/** An open file. */
export interface OpenDrive extends DriveFile {
  readonly fd: number;
}

class Drive {
  readonly file: OpenDrive;
  /** Writes and discards that were asked for so far, and those of them that have not ended. */
  asked = 0;
  readonly syncing: Operation[] = [];
  /** Syncs that wait, in the order of asking; each waits for all that those before it wait for. */
  readonly waiting: Operation[] = [];
  writing = 0;
  failed = false;
  readonly told = new Set<string>();

  constructor(file: OpenDrive) {
    this.file = file;
  }
}

/** What one descriptor asked; used again when it has ended. */
class Operation {
  drive: Drive;
  kind = 0;
  asker = 0;
  token = 0;
  /** Bytes: where in memory, where in the file, how many are left. */
  at = 0;
  position = 0;
  left = 0;
  /** A write's number on its drive. A sync's: how many writes were asked for before it. */
  number = 0;
  /** Of a sync: writes that have not ended. */
  waitsFor = 0;
  readonly ended: Ended;

  constructor(drive: Drive, ended: (op: Operation, error: NodeJS.ErrnoException | null, bytes: number) => void) {
    this.drive = drive;
    this.ended = (error, bytes) => ended(this, error, bytes);
  }
}

export class FileDrives implements Port {
  /** Copies are other threads' work. */
  readonly copied_bytes = 0;
  readonly #bytes: Uint8Array;
  readonly #mail: Mail;
  readonly #drives: readonly Drive[];
  readonly #calls: FileCalls;
  readonly #system = new System();
  readonly #options: FileDrivesOptions;
  readonly #free: Operation[] = [];
  /** Calls of the system that have not ended. */
  #underWay = 0;
  #closing: (() => void) | undefined;
  #isClosed = false;

  /** Errors: Error that names the file, when one cannot be opened or is too short. */
  static open(files: readonly DriveFile[]): OpenDrive[] {
    return files.map(({ path, sectors }) => {
      const fd = openSync(path, 'r+');
      const { size } = fstatSync(fd);
      if (size >= sectors * SECTOR_BYTES) return { path, sectors, fd };
      throw new Error(`${path} has ${size} bytes; its drive has ${sectors * SECTOR_BYTES}`);
    });
  }

  constructor(memory: ArrayMemory, mail: Mail, files: readonly OpenDrive[], options: FileDrivesOptions) {
    this.#bytes = memory.bytes;
    this.#mail = mail;
    this.#drives = files.map((file) => new Drive(file));
    this.#calls = options.calls ?? this.#system;
    this.#options = options;
  }

  /** Errors: RangeError for a place that no drive has. The firmware checks ranges, so that is a machine check. */
  pump(): boolean {
    const mail = this.#mail;
    const { m } = mail;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const kind = m[d + D_HEAD] & 255;
      const drive = this.#drives[m[d + D_PAYLOAD]];
      this.#check(kind, d);
      const op = this.#free.pop() ?? new Operation(drive, this.#ended);
      op.drive = drive;
      op.kind = kind;
      op.asker = (m[d + D_HEAD] >> 8) & 255;
      op.token = m[d + D_TOKEN];
      op.position = m[d + D_PAYLOAD + 1] * SECTOR_BYTES;
      op.left = m[d + D_PAYLOAD + 2] * SECTOR_BYTES;
      op.at = m[d + D_PAYLOAD + 3] * SECTOR_BYTES;
      mail.drop();
      this.#begin(op);
    }
    return any;
  }

  /** Nothing is answered from now on. Resolves when all that is under way has ended and the files are closed. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#closing = resolve;
      });
    }
    this.#system.end();
    await Promise.all(
      this.#drives.map(({ file }) => new Promise<void>((resolve) => this.#calls.close(file.fd, resolve))),
    );
  }

  #check(kind: number, d: number): void {
    const { m } = this.#mail;
    if (!(kind in NAMES))
      throw new RangeError(
        `drive port: message of kind ${kind}; only DRIVE_READ, DRIVE_WRITE, DRIVE_DISCARD, DRIVE_SYNC come here`,
      );
    const [drive, lba, sectors, at] = m.subarray(d + D_PAYLOAD, d + D_PAYLOAD + 4);
    const size = this.#drives[drive]?.file.sectors ?? 0;
    if (kind === KIND.DRIVE_SYNC) {
      if (size > 0) return;
      throw new RangeError(`drive port: sync of drive ${drive}: there is no such drive`);
    }
    const memoryEnd = this.#bytes.length / SECTOR_BYTES;
    if (lba >= 0 && sectors >= 0 && lba + sectors <= size && at >= 0 && at + sectors <= memoryEnd) return;
    throw new RangeError(
      `drive port: ${NAMES[kind]} of sectors ${lba} + ${sectors} of drive ${drive} ` +
        `(${size} sectors), memory sector ${at}: there is no such place`,
    );
  }

  #begin(op: Operation): void {
    const { drive } = op;
    if (op.kind === KIND.DRIVE_READ) this.#move(op);
    else if (drive.failed) this.#refuse(op);
    else if (op.kind !== KIND.DRIVE_SYNC) {
      op.number = ++drive.asked;
      drive.writing += 1;
      this.#move(op);
    } else {
      op.number = drive.asked;
      op.waitsFor = drive.writing;
      drive.waiting.push(op);
      this.#sync(drive);
    }
  }

  #move(op: Operation): void {
    this.#underWay += 1;
    const { file } = op.drive;
    const { fd } = file;
    if (op.kind === KIND.DRIVE_DISCARD) this.#calls.discard(file, op.position, op.left, op.ended);
    else if (op.kind === KIND.DRIVE_READ) this.#calls.read(fd, this.#bytes, op.at, op.left, op.position, op.ended);
    else this.#calls.write(fd, this.#bytes, op.at, op.left, op.position, op.ended);
  }

  /** A call of the system for a read or a write has ended. */
  readonly #ended = (op: Operation, error: NodeJS.ErrnoException | null, bytes: number): void => {
    this.#underWay -= 1;
    if (error === null && bytes > 0 && bytes < op.left) {
      // The system may do a part; what stands in the way of the rest, it says when asked again.
      op.at += bytes;
      op.position += bytes;
      op.left -= bytes;
      this.#move(op);
      return;
    }
    const isWhole = error === null && bytes === op.left;
    const { drive } = op;
    if (op.kind !== KIND.DRIVE_READ) {
      drive.writing -= 1;
      for (const sync of drive.waiting) if (sync.number >= op.number) sync.waitsFor -= 1;
    }
    if (isWhole) this.#answer(op, RESULT.OK);
    else this.#fail(op, error?.message ?? `the file ended ${op.left} bytes too early`);
    if (op.kind !== KIND.DRIVE_READ) this.#sync(drive);
    this.#look();
  };

  /** One sync of a drive runs at a time, for all that wait for nothing else. */
  #sync(drive: Drive): void {
    if (drive.syncing.length > 0 || drive.failed) return;
    while (drive.waiting[0]?.waitsFor === 0) drive.syncing.push(drive.waiting.shift() as Operation);
    if (drive.syncing.length === 0 || this.#isClosed) return;
    this.#underWay += 1;
    this.#calls.fdatasync(drive.file.fd, (error) => {
      this.#underWay -= 1;
      const done = drive.syncing.splice(0);
      if (error === null) {
        for (const op of done) this.#answer(op, RESULT.OK);
        this.#sync(drive);
      } else {
        drive.failed = true;
        for (const op of [...done, ...drive.waiting.splice(0)]) this.#fail(op, error.message);
      }
      this.#look();
    });
  }

  #fail(op: Operation, why: string): void {
    const { drive, kind } = op;
    const text = `${NAMES[kind]} of ${drive.file.path} failed: ${why}`;
    if (!drive.told.has(text)) {
      drive.told.add(text);
      this.#options.onTrouble(
        kind === KIND.DRIVE_SYNC ? `${text}; the drive takes no writes until its array is started anew` : text,
      );
    }
    this.#refuse(op);
  }

  #refuse(op: Operation): void {
    setTimeout(() => this.#answer(op, RESULT.MEDIUM_ERROR), this.#options.error_ms ?? ERROR_MS);
  }

  #answer(op: Operation, result: number): void {
    if (this.#isClosed) return;
    const answer = this.#mail.respond(KIND.DRIVE_DONE, op.asker, op.token);
    this.#mail.m[answer + D_PAYLOAD] = result;
    this.#free.push(op);
    this.#options.onEnd();
  }

  #look(): void {
    if (this.#underWay === 0) this.#closing?.();
  }
}

/**
 * fio's iologs, versions 2 and 3 (fio(1), "TRACE FILE FORMAT"): lines `file action [offset length]`, in bytes; in version 3 a
 * time in µs stands before them, in version 2 `wait` says how long to wait. A file is added and opened before it is used; files are
 * devices in the order in which they are added.
 */
import { COMMAND_OP, SECTOR_BYTES } from '../../memory/constants.js';
import { shown, wrongLine } from './lines.js';
import type { Requests } from './requests.js';

const OPS: Readonly<Record<string, number>> = {
  read: COMMAND_OP.OP_READ,
  write: COMMAND_OP.OP_WRITE,
  trim: COMMAND_OP.OP_TRIM,
  sync: COMMAND_OP.OP_SYNC,
  datasync: COMMAND_OP.OP_SYNC,
};
const OF_FILES = ['add', 'open', 'close'];
/** fio takes no notice of shorter waits. */
const WAIT_LEAST_US = 100;
const BYTES_MAX = 0x7fff_ffff * SECTOR_BYTES;
export const IOLOG_HEAD = /^fio version (\d+) iolog$/;

interface File {
  readonly device: number;
  open: boolean;
}

/** Reads what follows the first line. Errors: TraceError of the line. */
export class IologReader {
  readonly #file: string;
  readonly #version: 2 | 3;
  readonly #requests: Requests;
  readonly #files = new Map<string, File>();
  #time_us = 0;

  /** Errors: TraceError for a version that is not read. */
  constructor(file: string, version: string, requests: Requests) {
    if (version !== '2' && version !== '3')
      throw wrongLine(file, 1, `fio iolog of version ${version}; versions 2 and 3 are read`);
    this.#file = file;
    this.#version = version === '2' ? 2 : 3;
    this.#requests = requests;
  }

  take(text: string, line: number): void {
    if (text.trim() === '') return;
    const words = text.trim().split(/\s+/);
    if (this.#version === 3) this.#at(words.shift() as string, text, line);
    const [name, action, ...numbers] = words;
    if (name === undefined || action === undefined) throw this.#wrong(line, text);
    if (OF_FILES.includes(action)) {
      if (numbers.length > 0) throw this.#wrong(line, text);
      this.#manage(name, action, line);
      return;
    }
    const [offset, length = 0] = numbers.map((n) => this.#bytes(n, text, line));
    if (offset === undefined || numbers.length > 2) throw this.#wrong(line, text);
    if (action === 'wait' && this.#version === 2) {
      if (offset >= WAIT_LEAST_US) this.#time_us += offset;
      return;
    }
    const op = OPS[action];
    if (op === undefined || (numbers.length < 2 && op !== COMMAND_OP.OP_SYNC)) throw this.#wrong(line, text);
    this.#request(name, op, offset, length, line);
  }

  #at(time: string, text: string, line: number): void {
    if (!/^\d{1,15}$/.test(time)) throw this.#wrong(line, text);
    if (Number(time) < this.#time_us)
      throw wrongLine(this.#file, line, `time ${time} µs is before that of the line before, ${this.#time_us} µs`);
    this.#time_us = Number(time);
  }

  #manage(name: string, action: string, line: number): void {
    const file = this.#files.get(name);
    if (action === 'add') {
      if (file) return;
      this.#files.set(name, { device: this.#files.size, open: false });
      this.#requests.devices.push(name);
    } else if (!file) throw wrongLine(this.#file, line, `${action} of ${name}, which was not added`);
    else file.open = action === 'open';
  }

  #request(name: string, op: number, offset: number, length: number, line: number): void {
    const file = this.#files.get(name);
    if (!file?.open) throw wrongLine(this.#file, line, `${name} is used and was not ${file ? 'opened' : 'added'}`);
    const isSync = op === COMMAND_OP.OP_SYNC;
    if (!isSync && (offset % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0 || length === 0))
      throw wrongLine(
        this.#file,
        line,
        `${length} bytes at ${offset}; whole sectors of ${SECTOR_BYTES} bytes are wanted`,
      );
    const [lba, sectors] = isSync ? [0, 0] : [offset / SECTOR_BYTES, length / SECTOR_BYTES];
    this.#requests.add(this.#time_us * 1000, file.device, op, lba, sectors, line);
  }

  #bytes(word: string, text: string, line: number): number {
    if (!/^\d{1,16}$/.test(word) || Number(word) > BYTES_MAX) throw this.#wrong(line, text);
    return Number(word);
  }

  #wrong(line: number, text: string): Error {
    const time = this.#version === 3 ? 'time_us ' : '';
    const wait = this.#version === 2 ? ', wait' : '';
    return wrongLine(
      this.#file,
      line,
      `${shown(text)}: "${time}file add", open or close is wanted, or "${time}file read 0 4096", write, trim, sync, datasync${wait}`,
    );
  }
}

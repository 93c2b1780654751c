/**
 * How a file drive gives room back to its file system: holes are punched into its file by `fallocate` of util-linux, as Node
 * has no call for it. One shell stays for all drives and starts one `fallocate` after the other, so that this process, with
 * all of its memory, is not forked for each; neighbours that wait are one hole. Where there is no such program, or the file
 * system has no holes, zeroes are written instead: the same bytes, but their room stays taken.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { write } from 'node:fs';

/** A part of a file. `ended` is called once, when the next sync makes it stable. */
export interface Discard {
  readonly fd: number;
  readonly path: string;
  position: number;
  length: number;
  readonly ended: (error: NodeJS.ErrnoException | null) => void;
}

/** Holes that are punched by one program. */
interface Hole {
  readonly discards: Discard[];
  readonly position: number;
  length: number;
}

/**
 * Reads three lines for each hole: offset, length, and the path of its file; says 0 when it is punched, else another number.
 * The shell's output stays open as long as a `fallocate` runs: when it is closed, nothing is punched any more.
 */
const SCRIPT =
  'while IFS= read -r at && IFS= read -r length && IFS= read -r file; do ' +
  'fallocate --punch-hole --offset "$at" --length "$length" -- "$file" </dev/null 2>/dev/null; echo $?; done';
const ZEROES_BYTES = 1 << 16;
const ZEROES = new Uint8Array(ZEROES_BYTES);

export class Discards {
  readonly #waiting: Discard[] = [];
  #hole: Hole | undefined;
  #shell: ChildProcessWithoutNullStreams | undefined;
  #said = '';
  /** Nothing here punches holes. */
  #writesZeroes: boolean;

  /** @param punches false: only zeroes are ever written. */
  constructor(punches = true) {
    this.#writesZeroes = !punches;
  }

  /** Parts of one file that are under way at once do not overlap. */
  ask(discard: Discard): void {
    if (this.#writesZeroes || discard.path.includes('\n')) zero(discard, 0);
    else {
      this.#waiting.push(discard);
      this.#next();
    }
  }

  /** Nothing is under way, nor will be: the shell ends. */
  end(): void {
    this.#shell?.stdin.end();
    this.#shell = undefined;
  }

  /** What was asked in one turn of the event loop is looked at together. */
  #next(): void {
    if (this.#hole !== undefined || this.#waiting.length === 0) return;
    const first = this.#waiting.shift() as Discard;
    const hole: Hole = { discards: [first], position: first.position, length: first.length };
    this.#hole = hole;
    queueMicrotask(() => this.#punch(hole));
  }

  #punch(hole: Hole): void {
    if (this.#hole !== hole) return;
    const path = (hole.discards[0] as Discard).path;
    for (let i = 0; i < this.#waiting.length; ) {
      const next = this.#waiting[i] as Discard;
      if (next.path !== path || next.position !== hole.position + hole.length) i++;
      else {
        hole.discards.push(next);
        hole.length += next.length;
        this.#waiting.splice(i, 1);
        i = 0;
      }
    }
    this.#running().stdin.write(`${hole.position}\n${hole.length}\n${path}\n`);
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#shell !== undefined) return this.#shell;
    const shell = spawn('sh', ['-c', SCRIPT]);
    this.#shell = shell;
    shell.stdout.setEncoding('latin1');
    shell.stdout.on('data', (text: string) => this.#hear(shell, text));
    const gone = (): void => {
      if (this.#shell === shell) this.#gone();
    };
    // One of the two comes, and not before the last `fallocate` has ended.
    shell.on('error', gone);
    shell.on('close', gone);
    shell.stdin.on('error', () => {});
    return shell;
  }

  #hear(shell: ChildProcessWithoutNullStreams, text: string): void {
    if (this.#shell !== shell) return;
    this.#said += text;
    const end = this.#said.indexOf('\n');
    if (end < 0) return;
    const said = this.#said.slice(0, end);
    this.#said = this.#said.slice(end + 1);
    if (said !== '0') {
      this.#gone(); // no such program, or no holes in this file system
      return;
    }
    const hole = this.#hole;
    this.#hole = undefined;
    for (const { ended } of hole?.discards ?? []) ended(null);
    this.#next();
  }

  /** Zeroes from now on: what a hole would have been, and what comes. */
  #gone(): void {
    this.#writesZeroes = true;
    this.#shell?.stdin.end();
    this.#shell = undefined;
    const left = [...(this.#hole?.discards ?? []), ...this.#waiting.splice(0)];
    this.#hole = undefined;
    for (const discard of left) zero(discard, 0);
  }
}

function zero({ fd, position, length, ended }: Discard, from: number): void {
  if (from === length) {
    ended(null);
    return;
  }
  write(fd, ZEROES, 0, Math.min(ZEROES_BYTES, length - from), position + from, (error, bytes) => {
    if (error !== null) ended(error);
    else zero({ fd, path: '', position, length, ended }, from + bytes);
  });
}

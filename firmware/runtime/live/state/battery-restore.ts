/** Battery memory at the start of a process: the newest checkpoint, and what its log and the next one say over it. */
import { join } from 'node:path';
import type { ArrayMemory } from '../../../memory/layout.js';
import { fieldOffset, shiftOf } from '../../../memory/tables.js';
import { isNoFile, type StateFiles } from './files.js';
import { checkpointFile, type LogHead, logFile, readHead } from './log-format.js';
import { type Replayed, replay } from './log-replay.js';
import { layoutPrint, loadVault } from './vault.js';

const FILE = /^battery-(\d+)\.(?:img|log)(?:\.new)?$/;
const VALID = fieldOffset('slot', 'valid');
const DIRTY = fieldOffset('slot', 'dirty');
const MASK_WORDS = DIRTY - VALID;

export interface Restored {
  /** `behind`: the machine went down; all that was synced is there, and perhaps not what came after. */
  readonly found: 'kept' | 'behind';
  /** What an operator should hear. */
  readonly notes: readonly string[];
}

/** Number of a checkpoint's or a log's file; undefined: it is another file. */
export function generationOf(name: string): number | undefined {
  const number = FILE.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * Into memory of zeroes. undefined: there is no checkpoint. Errors: Error that names the file and what is wrong with it; the
 * memory is then of no use.
 */
export function restoreBattery(folder: string, memory: ArrayMemory, files: StateFiles): Restored | undefined {
  const checkpoints = files.list(folder).flatMap((name) => {
    const generation = generationOf(name);
    return generation !== undefined && name === checkpointFile(generation) ? [generation] : [];
  });
  if (checkpoints.length === 0) return undefined;
  const newest = Math.max(...checkpoints);
  const path = join(folder, checkpointFile(newest));
  const about = loadVault(path, memory, files);
  if (about?.generation !== newest) throw new Error(`${path}: its generation is ${about?.generation}, not ${newest}`);
  const notes: string[] = [];
  const wentDown = about.ended ? false : playLogs(folder, newest, memory, files, notes);
  keepDirtySectors(memory);
  return { found: wentDown ? 'behind' : 'kept', notes };
}

/** True: the machine went down after the logs were begun. */
function playLogs(folder: string, newest: number, memory: ArrayMemory, files: StateFiles, notes: string[]): boolean {
  const first = playLog(join(folder, logFile(newest)), newest, memory, files, notes);
  if (first === undefined) {
    const path = join(folder, logFile(newest));
    throw new Error(
      `${path} is missing or has no head; without it and ${checkpointFile(newest)} the array has its drives only`,
    );
  }
  // After the machine went down the next log counts only behind one that is whole: to the last words of all its writers.
  const { head, replayed, wentDown } = first;
  if (!wentDown || (replayed.left === head.writers + replayed.joined && replayed.torn_bytes === 0)) {
    playLog(join(folder, logFile(newest + 1)), newest + 1, memory, files, notes);
  }
  return wentDown;
}

interface Played {
  readonly head: LogHead;
  readonly replayed: Replayed;
  readonly wentDown: boolean;
}

/** undefined: there is none, or nobody came to write there. */
function playLog(
  path: string,
  generation: number,
  memory: ArrayMemory,
  files: StateFiles,
  notes: string[],
): Played | undefined {
  let fd: number;
  try {
    fd = files.open(path);
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw error;
  }
  try {
    const head = readHead(files, fd);
    if (head === undefined) return undefined;
    const layout = layoutPrint(memory.layout);
    if (head.layout !== layout) throw new RangeError(`layout is ${head.layout}; that of this array is ${layout}`);
    if (head.generation !== generation) throw new RangeError(`its generation is ${head.generation}, not ${generation}`);
    const boot = files.bootId();
    const wentDown = boot === undefined || head.boot !== boot;
    const replayed = replay({ files, fd, salt: head.salt, memory, stopsAtGap: wentDown });
    if (replayed.behindTorn > 0) {
      notes.push(
        `${path}: ${replayed.torn_bytes} bytes are no batch, with ${replayed.behindTorn} whole ones behind them, which ` +
          'were used: a director failed there, or the file was damaged',
      );
    }
    return { head, replayed, wentDown };
  } catch (error) {
    if (error instanceof RangeError) throw new Error(`${path}: ${error.message}`);
    throw error;
  } finally {
    files.close(fd);
  }
}

/** What a slot has staged was not kept; it is on the drive. */
function keepDirtySectors({ layout, m }: ArrayMemory): void {
  for (let slot = 0; slot < layout.records.slot; slot++) {
    const at = layout.base.slot + (slot << shiftOf('slot'));
    m.copyWithin(at + VALID, at + DIRTY, at + DIRTY + MASK_WORDS);
  }
}

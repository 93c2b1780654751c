/** Room that a file drive gives back: holes where the system punches them, zeroes where it does not. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Discards } from '../../../adapters/disk/file/discards.js';
import { RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { KIND } from '../../../firmware/ports/messages.js';
import { fileBench } from './file-bench.js';

const KIB = 1024;
const BLOCK = 64 * KIB;
const BLOCKS = 16;

let folder: string;
let path: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-discards-'));
  path = join(folder, "a drive's file.img");
  fd = openSync(path, 'w+');
  writeSync(fd, Buffer.alloc(BLOCKS * BLOCK, 0x5a));
  fsyncSync(fd);
});

afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const discard = (discards: Discards, first: number, blocks = 1): Promise<void> =>
  new Promise((resolve, reject) => {
    const ended = (error: Error | null): void => (error === null ? resolve() : reject(error));
    discards.ask({ fd, path, position: first * BLOCK, length: blocks * BLOCK, ended });
  });

/** By block: is it zeroes, or as it was? */
function blocks(): string {
  const bytes = readFileSync(path);
  return Array.from({ length: BLOCKS }, (_, i) => {
    const block = bytes.subarray(i * BLOCK, (i + 1) * BLOCK);
    return block.every((b) => b === 0) ? '0' : block.every((b) => b === 0x5a) ? 'Z' : '?';
  }).join('');
}

const taken_bytes = (): number => statSync(path).blocks * 512;

/** Does the system punch holes, in a file of its own? */
function hasHoles(): boolean {
  const other = join(folder, 'other.img');
  writeFileSync(other, Buffer.alloc(2 * BLOCK, 0x5a), { flush: true });
  const { status } = spawnSync('fallocate', ['--punch-hole', '--offset', '0', '--length', `${BLOCK}`, other]);
  return status === 0 && statSync(other).blocks * 512 <= BLOCK;
}

describe('what is discarded', () => {
  it('is zeroes, nothing beside it changes, and the file keeps its size', async () => {
    const discards = new Discards();
    await Promise.all([discard(discards, 2), discard(discards, 3), discard(discards, 9, 2), discard(discards, 4)]);
    expect(blocks()).toBe('ZZ000ZZZZ00ZZZZZ');
    expect(statSync(path).size).toBe(BLOCKS * BLOCK);
    discards.end();
  });

  it('gives its room back where the system has holes', async (test) => {
    if (!hasHoles()) test.skip('nothing punches holes here');
    const discards = new Discards();
    const before = taken_bytes();
    await discard(discards, 0, 8);
    discards.end();
    expect(taken_bytes()).toBeLessThanOrEqual(before - 7 * BLOCK);
  });

  it('is zeroes in room that stays taken where nothing punches holes', async () => {
    const discards = new Discards(false);
    await discard(discards, 1, 3);
    expect(blocks()).toBe('Z000ZZZZZZZZZZZZ');
    expect(taken_bytes()).toBeGreaterThanOrEqual(BLOCKS * BLOCK);
  });

  it('is zeroes where its file has no such name any more: what cannot be punched is written', async () => {
    const discards = new Discards();
    path = join(folder, 'another.img');
    await Promise.all([discard(discards, 1), discard(discards, 5)]);
    path = join(folder, "a drive's file.img");
    expect(blocks()).toBe('Z0ZZZ0ZZZZZZZZZZ');
    await discard(discards, 7);
    expect(blocks()).toBe('Z0ZZZ0Z0ZZZZZZZZ');
    discards.end();
  });

  it('fails where not even zeroes can be written', async () => {
    const readable = openSync(path, 'r');
    const failed = await new Promise<Error | null>((ended) => {
      new Discards(false).ask({ fd: readable, path, position: 0, length: BLOCK, ended });
    });
    closeSync(readable);
    expect(failed?.message).toContain('EBADF');
    expect(blocks()).toBe('Z'.repeat(BLOCKS));
  });
});

describe('a drive that is asked to discard', () => {
  const { DRIVE_DISCARD, DRIVE_SYNC } = KIND;

  it('answers when it is done, and a sync that is asked for behind it waits for it', () => {
    const bench = fileBench([10]);
    bench.files.current[0].fill(0x11);
    bench.ask(DRIVE_DISCARD, 1, 0, 2, 3);
    bench.ask(DRIVE_SYNC, 2, 0);
    bench.drives.pump();
    expect(bench.files.calls.map(({ what }) => what)).toEqual(['discard']);
    bench.files.end('discard');
    expect(bench.answers()).toEqual([[1, RESULT.OK]]);
    bench.files.end('fdatasync');
    expect(bench.answers()).toEqual([[2, RESULT.OK]]);
    const is = Array.from({ length: 10 }, (_, s) => bench.files.stable[0][s * SECTOR_BYTES]);
    expect(is).toEqual([0x11, 0x11, 0, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x11]);
  });

  it('refuses sectors that it does not have', () => {
    const bench = fileBench([10]);
    bench.ask(DRIVE_DISCARD, 1, 0, 8, 3);
    expect(() => bench.drives.pump()).toThrow('discard of sectors 8 + 3 of drive 0 (10 sectors)');
  });
});

import {
  close,
  closeSync,
  fdatasync,
  mkdtempSync,
  openSync,
  read,
  readFileSync,
  rmSync,
  truncateSync,
  write,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileDrives } from '../../../adapters/disk/file/drive-port.js';
import { RESULT, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import { KIND } from '../../../firmware/ports/messages.js';
import { type FileBench, fileBench, type How } from './file-bench.js';

const { DRIVE_READ, DRIVE_WRITE, DRIVE_SYNC } = KIND;
const OK = RESULT.OK;
const BAD = RESULT.MEDIUM_ERROR;

async function untilAnswers(bench: FileBench, count: number): Promise<[number, number][]> {
  const all: [number, number][] = [];
  while (all.length < count) {
    all.push(...bench.answers());
    await pause(1);
  }
  return all;
}

describe('file drives', () => {
  it('do nothing when nothing is asked', () => {
    expect(fileBench([10]).drives.pump()).toBe(false);
  });

  it('have all that was asked under way at once, and answer each with its token as it ends', () => {
    const bench = fileBench([10, 10]);
    bench.ask(DRIVE_WRITE, 1, 0, 0, 2, bench.at);
    bench.ask(DRIVE_WRITE, 2, 1, 0, 2, bench.at);
    bench.ask(DRIVE_READ, 3, 0, 4, 2, bench.at + 4);
    bench.drives.pump();
    expect(bench.files.calls.map(({ what, fd }) => [what, fd])).toEqual([
      ['write', 0],
      ['write', 1],
      ['read', 0],
    ]);
    bench.files.end('read');
    bench.files.calls[1].end();
    expect(bench.answers()).toEqual([
      [3, OK],
      [2, OK],
    ]);
  });

  it('sync after the writes that were asked before, whatever is asked later', () => {
    const bench = fileBench([10, 10]);
    bench.ask(DRIVE_WRITE, 1, 0, 0, 1, bench.at);
    bench.ask(DRIVE_WRITE, 2, 0, 1, 1, bench.at);
    bench.ask(DRIVE_WRITE, 3, 1, 0, 1, bench.at);
    bench.ask(DRIVE_SYNC, 4, 0);
    bench.ask(DRIVE_WRITE, 5, 0, 2, 1, bench.at);
    bench.drives.pump();
    const syncs = () => bench.files.calls.filter(({ what }) => what === 'fdatasync').length;
    const [first, second] = bench.files.calls;
    second.end();
    expect(syncs()).toBe(0);
    first.end();
    expect(syncs()).toBe(1);
    bench.files.end('fdatasync');
    expect(bench.answers()).toEqual([
      [2, OK],
      [1, OK],
      [4, OK],
    ]);
  });

  it('go on where a short read or write stopped', () => {
    const bench = fileBench([4]);
    const from = bench.at * SECTOR_BYTES;
    const data = Buffer.from(Uint8Array.from({ length: 4 * SECTOR_BYTES }, (_, i) => (i * 7) & 255));
    bench.bytes.set(data, from);
    bench.ask(DRIVE_WRITE, 1, 0, 0, 4, bench.at);
    bench.drives.pump();
    bench.files.end('write', { part: 700 });
    expect(bench.answers()).toEqual([]);
    bench.files.end('write');
    bench.ask(DRIVE_READ, 2, 0, 0, 4, bench.at + 4);
    bench.drives.pump();
    bench.files.end('read', { part: 1 });
    bench.files.end('read', { part: 1000 });
    bench.files.end('read');
    expect(bench.answers()).toEqual([
      [1, OK],
      [2, OK],
    ]);
    expect(data.equals(bench.bytes.subarray(from + data.length, from + 2 * data.length))).toBe(true);
  });

  it.each<[string, number, 'read' | 'write', How]>([
    ['a read that fails', DRIVE_READ, 'read', { error: 'EIO' }],
    ['a write without space', DRIVE_WRITE, 'write', { error: 'ENOSPC' }],
    ['a read past the end of the file', DRIVE_READ, 'read', { part: 0 }],
    ['a write that writes nothing', DRIVE_WRITE, 'write', { part: 0 }],
  ])('answer %s with a medium error, tell it once, and serve what comes then', async (_, kind, call, how) => {
    const bench = fileBench([4]);
    for (const token of [1, 2]) {
      bench.ask(kind, token, 0, 0, 1, bench.at);
      bench.drives.pump();
      bench.files.end(call, how);
    }
    expect(await untilAnswers(bench, 2)).toEqual([
      [1, BAD],
      [2, BAD],
    ]);
    expect(bench.troubles).toEqual([expect.stringContaining(`${call} of drive-0.img failed: `)]);
    bench.ask(kind, 3, 0, 0, 1, bench.at);
    bench.drives.pump();
    bench.files.end(call);
    expect(bench.answers()).toEqual([[3, OK]]);
  });

  it('take no write and no sync after a sync that failed; reads and other drives go on', async () => {
    const bench = fileBench([4, 4]);
    bench.ask(DRIVE_WRITE, 1, 0, 0, 1, bench.at);
    bench.ask(DRIVE_SYNC, 2, 0);
    bench.drives.pump();
    bench.files.end('write');
    bench.ask(DRIVE_WRITE, 3, 0, 1, 1, bench.at);
    bench.ask(DRIVE_SYNC, 4, 0);
    bench.drives.pump();
    bench.files.end('fdatasync', { error: 'EIO' });
    bench.files.end('write');
    bench.ask(DRIVE_WRITE, 5, 0, 0, 1, bench.at);
    bench.ask(DRIVE_SYNC, 6, 0);
    bench.ask(DRIVE_READ, 7, 0, 0, 1, bench.at);
    bench.ask(DRIVE_WRITE, 8, 1, 0, 1, bench.at);
    bench.drives.pump();
    bench.files.end('read');
    bench.files.end('write');
    const results = new Map(await untilAnswers(bench, 8));
    expect([...results].sort(([a], [b]) => a - b)).toEqual([
      [1, OK],
      [2, BAD],
      [3, OK],
      [4, BAD],
      [5, BAD],
      [6, BAD],
      [7, OK],
      [8, OK],
    ]);
    expect(bench.troubles).toEqual([
      'sync of drive-0.img failed: EIO; the drive takes no writes until its array is started anew',
    ]);
  });

  it('close when all that is under way has ended, and answer nothing from then on', async () => {
    const bench = fileBench([4]);
    bench.ask(DRIVE_WRITE, 1, 0, 0, 1, bench.at);
    bench.ask(DRIVE_SYNC, 2, 0);
    bench.drives.pump();
    const closed = bench.drives.close();
    expect(bench.files.calls.map(({ what }) => what)).toEqual(['write']);
    bench.files.end('write');
    await pause(0);
    bench.files.end('close');
    await closed;
    expect(bench.answers()).toEqual([]);
  });

  it.each([
    ['past the end', DRIVE_READ, [0, 8, 3], 'read of sectors 8 + 3 of drive 0 (10 sectors)'],
    ['before the start', DRIVE_WRITE, [0, -1, 1], 'write of sectors -1 + 1 of drive 0 (10 sectors)'],
    ['on no drive', DRIVE_SYNC, [2, 0, 0], 'sync of drive 2'],
  ])('take what is %s for a machine check', (_, kind, [drive, lba, sectors], message) => {
    const { at, ask, drives } = fileBench([10]);
    ask(kind, 1, drive, lba, sectors, at);
    expect(() => drives.pump()).toThrow(message);
  });

  it('refuse a file that is shorter than its drive', () => {
    withFile(4, (path) => {
      expect(() => FileDrives.open([{ path, sectors: 5 }])).toThrow(`${path} has 2048 bytes; its drive has 2560`);
    });
  });

  it('keep bytes in real files, straight from and to the memory of the array', async () => {
    await withFile(16, async (path) => {
      const fd = openSync(path, 'r+');
      const bench = fileBench([16], { read, write, discard: () => undefined, fdatasync, close }, [fd]);
      const from = bench.at * SECTOR_BYTES;
      const data = Buffer.from(Uint8Array.from({ length: 9 * SECTOR_BYTES }, (_, i) => (i * 7 + (i >> 9)) & 255));
      bench.bytes.set(data, from);
      bench.ask(DRIVE_WRITE, 1, 0, 3, 9, bench.at);
      bench.ask(DRIVE_SYNC, 2, 0);
      bench.drives.pump();
      expect(await untilAnswers(bench, 2)).toEqual([
        [1, OK],
        [2, OK],
      ]);
      expect(
        readFileSync(path)
          .subarray(3 * SECTOR_BYTES, 12 * SECTOR_BYTES)
          .equals(data),
      ).toBe(true);
      bench.ask(DRIVE_READ, 3, 0, 4, 8, bench.at + 16);
      bench.drives.pump();
      await untilAnswers(bench, 1);
      const back = from + 16 * SECTOR_BYTES;
      expect(data.subarray(SECTOR_BYTES).equals(bench.bytes.subarray(back, back + 8 * SECTOR_BYTES))).toBe(true);
      await bench.drives.close();
      expect(() => closeSync(fd)).toThrow(/EBADF/);
    });
  });

  it('read what was written, and have on the medium what was written before a sync, whatever ends when and how', async () => {
    const place = { lba: fc.nat(SECTORS - 1), sectors: fc.integer({ min: 1, max: 4 }) };
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'write' as const), ...place }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant('end' as const),
          which: fc.nat(MOST - 1),
          how: fc.oneof(
            { weight: 8, arbitrary: fc.constant<How>({}) },
            { weight: 2, arbitrary: fc.record<How>({ part: fc.nat(1500) }) },
            { weight: 1, arbitrary: fc.constant<How>({ error: 'EIO' }) },
          ),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const run = new Run();
        for (const s of steps) {
          if (s.do === 'end') run.end(s.which, s.how);
          else if (s.do === 'sync') run.sync();
          else run.move(s.do === 'write', s.lba, Math.min(s.sectors, SECTORS - s.lba));
        }
        await run.endAll();
      }),
      { numRuns: 300 },
    );
  });
});

const SECTORS = 12;
/** Under way at once. */
const MOST = 8;

interface Asked {
  readonly token: number;
  readonly kind: number;
  readonly lba: number;
  readonly sectors: number;
  /** Memory sector. */
  readonly at: number;
  result?: number;
}

/** What was asked of a drive, beside the drive. A write's sectors hold its token, so of two the later one is greater. */
class Run {
  readonly #bench = fileBench([SECTORS]);
  readonly #asked: Asked[] = [];
  /** Writes that a sync did not wait for. */
  readonly #mustFail = new Set<number>();
  /** By sector: tokens that a read may find. */
  readonly #may = Array.from({ length: SECTORS }, () => new Set([0]));

  move(writes: boolean, lba: number, sectors: number): void {
    const busy = this.#under();
    const overlaps = (o: Asked): boolean => o.lba < lba + sectors && lba < o.lba + o.sectors;
    if (busy.length === MOST || busy.some(overlaps)) return;
    const asked = this.#note(writes ? DRIVE_WRITE : DRIVE_READ, lba, sectors);
    this.#words(asked).fill(writes ? asked.token : -1);
    this.#bench.ask(asked.kind, asked.token, 0, lba, sectors, asked.at);
    this.#bench.drives.pump();
  }

  sync(): void {
    if (this.#under().length === MOST) return;
    const { token } = this.#note(DRIVE_SYNC, 0, 0);
    this.#bench.ask(DRIVE_SYNC, token, 0);
    this.#bench.drives.pump();
  }

  end(which: number, how: How): void {
    const { calls } = this.#bench.files;
    if (calls.length > 0) calls[which % calls.length].end(how);
    this.#hear();
  }

  async endAll(): Promise<void> {
    while (this.#under().length > 0) {
      this.end(0, {});
      if (this.#bench.files.calls.length === 0) await pause(1);
      this.#hear();
    }
  }

  #note(kind: number, lba: number, sectors: number): Asked {
    const token = this.#asked.length + 1;
    const asked = { token, kind, lba, sectors, at: this.#bench.at + 4 * (token % 64) };
    this.#asked.push(asked);
    return asked;
  }

  #under(): Asked[] {
    return this.#asked.filter(({ result }) => result === undefined);
  }

  #words({ at, sectors }: Asked): Int32Array {
    return new Int32Array(this.#bench.bytes.buffer, at * SECTOR_BYTES, (sectors * SECTOR_BYTES) / 4);
  }

  #hear(): void {
    for (const [token, result] of this.#bench.answers()) {
      const asked = this.#asked[token - 1];
      expect(asked.result).toBeUndefined();
      asked.result = result;
      expect(result === OK && this.#mustFail.has(token)).toBe(false);
      if (asked.kind === DRIVE_SYNC) {
        if (result === OK) this.#checkMedium(token);
      } else if (asked.kind === DRIVE_WRITE) this.#wrote(asked);
      else if (result === OK) this.#checkRead(asked);
    }
  }

  #wrote({ lba, sectors, token, result }: Asked): void {
    for (const may of this.#may.slice(lba, lba + sectors)) {
      if (result === OK) may.clear();
      may.add(token);
    }
  }

  #checkRead(asked: Asked): void {
    for (const [i, word] of this.#words(asked).entries()) {
      const may = this.#may[asked.lba + Math.floor((i * 4) / SECTOR_BYTES)];
      if (!may.has(word)) throw new Error(`read ${asked.token}: ${word}, not one of ${[...may].join()}`);
    }
  }

  /** Power may go now: all writes that were asked before this sync, and ended well, are there, or newer ones. */
  #checkMedium(sync: number): void {
    const stable = this.#bench.files.stable[0];
    for (const { kind, token, lba, sectors, result } of this.#asked.slice(0, sync)) {
      if (kind !== DRIVE_WRITE) continue;
      if (result === undefined) this.#mustFail.add(token);
      if (result !== OK) continue;
      for (let at = lba * SECTOR_BYTES; at < (lba + sectors) * SECTOR_BYTES; at += 4) {
        expect(stable.readInt32LE(at)).toBeGreaterThanOrEqual(token);
      }
    }
  }
}

/** A file of so many sectors for the time of `use`. */
function withFile<T>(sectors: number, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-drives-'));
  const path = join(folder, 'drive.img');
  closeSync(openSync(path, 'w'));
  truncateSync(path, sectors * SECTOR_BYTES);
  const remove = (): void => rmSync(folder, { recursive: true });
  let left: T | undefined;
  try {
    left = use(path);
    return left;
  } finally {
    if (left instanceof Promise) void left.then(remove, remove);
    else remove();
  }
}

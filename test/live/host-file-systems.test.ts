/** File systems of this machine's on volumes that hosts reach by iSCSI: ext4 on a file that FUSE makes of a LUN. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from '../../tools/bench/nbd-peers.js';
import { expectIdentical, run, TIMEOUT_MS, withClients } from './clients.js';
import { exportLun, hasIscsiDriver, type Lun, told, whyNot, withMounted } from './fuse-export.js';
import { Bench, untilClean, untilPaired } from './pair-harness.js';

const PROGRAMS = ['qemu-storage-daemon', 'qemu-img', 'mkfs.ext4', 'e2fsck', 'debugfs'];
const CLIENTS = hasIscsiDriver() ? PROGRAMS : [...PROGRAMS, 'qemu-block-extra'];
const VOLUME_BYTES = 32 * 1024 * 1024;
/** Bytes of files, below, at and above blocks and tracks. */
const SIZES = [0, 1, 511, 4095, 4096, 65_535, 65_536, 300_000, 2_000_000];

/** Nothing is asked of the machine where a client is missing: that is told first. */
const unusable = CLIENTS.every(isInstalled) ? await whyNot() : {};

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close(), TIMEOUT_MS);

function where(hindrance: string | undefined, name: string, body: () => Promise<void>): void {
  if (hindrance === undefined) withClients(CLIENTS, name, body);
  else test.skip(`${name} (skipped: ${hindrance})`, body);
}

const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** Clean, when all is looked at, and nothing is mended. */
function expectClean(file: string): void {
  expect(told('e2fsck', ['-f', '-n', file])).not.toMatch(/\?|WARNING/);
}

/** Files through debugfs, which needs no mount; their checksums by name. */
function writeByDebugfs(file: string): Map<string, string> {
  const orders = ['mkdir folder', 'cd folder'];
  const sums = new Map<string, string>();
  for (const size of SIZES) {
    const name = `file${size}`;
    const data = randomBytes(size);
    writeFileSync(bench.file(name), data);
    orders.push(`write ${bench.file(name)} ${name}`);
    sums.set(name, sum(data));
  }
  writeFileSync(bench.file('orders'), `${orders.join('\n')}\n`);
  told('debugfs', ['-w', '-f', bench.file('orders'), file]);
  return sums;
}

function readByDebugfs(file: string, names: Iterable<string>): Map<string, string> {
  const copy = bench.file('copy');
  return new Map(
    [...names].map((name) => {
      told('debugfs', ['-R', `dump /folder/${name} ${copy}`, file]);
      return [name, sum(readFileSync(copy))];
    }),
  );
}

/** Files made, written again in part, renamed and removed; checksums of what is there at the end, by name. */
function writeFiles(folder: string): Map<string, string> {
  const sums = new Map<string, string>();
  mkdirSync(join(folder, 'files'));
  for (let round = 0; round < 3; round++) {
    for (const size of SIZES) {
      const data = randomBytes(size);
      const file = openSync(join(folder, 'files/new'), 'w');
      writeFileSync(file, data);
      fsyncSync(file);
      closeSync(file);
      const name = `file${size}-${round % 2}`;
      renameSync(join(folder, 'files/new'), join(folder, 'files', name));
      sums.set(name, sum(data));
    }
  }
  for (const size of SIZES.slice(0, 3)) {
    rmSync(join(folder, `files/file${size}-1`));
    sums.delete(`file${size}-1`);
  }
  return sums;
}

function readFiles(folder: string): Map<string, string> {
  const names = readdirSync(join(folder, 'files'));
  return new Map(names.map((name) => [name, sum(readFileSync(join(folder, 'files', name)))]));
}

const sorted = (sums: Map<string, string>): [string, string][] => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));

/** For as long as the file is there. Each export sees what the LUN has, and not what an earlier one kept. */
async function withExport(lun: Lun, body: (file: string) => void): Promise<void> {
  const { file, stop } = await exportLun(bench.folder, lun);
  try {
    body(file);
  } finally {
    await stop();
  }
}

/**
 * A mirrored pair, whose first array is the host's. `copy` waits until the other one has the same, and gives what that has
 * as a file.
 */
async function withPair(body: (lun: Lun, copy: () => Promise<string>) => Promise<void>): Promise<void> {
  const served = await bench.serve(await bench.rig(VOLUME_BYTES));
  const { portal, iqn } = served.iscsi('A');
  await body({ portal, iqn, lun: 0 }, async () => {
    await untilPaired(served, 'A');
    await untilClean(served);
    await expectIdentical(served.uri('A'), served.uri('B'));
    const file = bench.file('copy-of-B');
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', served.uri('B'), file]);
    return file;
  });
}

where(unusable.fuse, 'a file system that debugfs fills on a LUN is clean, and both copies have what was written', () =>
  withPair(async (lun, copy) => {
    let sums = new Map<string, string>();
    const check = (file: string): void => {
      expectClean(file);
      expect(readByDebugfs(file, sums.keys())).toEqual(sums);
    };
    await withExport(lun, (file) => {
      told('mkfs.ext4', ['-q', file]);
      sums = writeByDebugfs(file);
    });
    await withExport(lun, check);
    check(await copy());
  }),
);

where(
  unusable.loop,
  'a file system of the kernel on a LUN is clean after use, and both copies have what was written',
  () =>
    withPair(async (lun, copy) => {
      const mounted = bench.file('mounted');
      let sums = new Map<string, string>();
      const check = (file: string): void => {
        expectClean(file);
        withMounted(file, mounted, 'ro', () => expect(sorted(readFiles(mounted))).toEqual(sorted(sums)));
      };
      await withExport(lun, (file) => {
        told('mkfs.ext4', ['-q', file]);
        withMounted(file, mounted, 'rw', () => {
          sums = writeFiles(mounted);
        });
      });
      await withExport(lun, check);
      check(await copy());
    }),
);

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLAG, PAIR_MODE } from '../../../../firmware/memory/constants.js';
import { losePower } from '../../../../firmware/memory/layout.js';
import { StateFolder } from '../../../../firmware/runtime/live/state/state-folder.js';
import { loadVault, saveVault } from '../../../../firmware/runtime/live/state/vault.js';
import { ArrayTables } from '../../../../firmware/runtime/machine/tables.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { batteryPrint } from '../../../harness/battery.js';

const rig = loadRig('tiny-pair');
const [configA, configB] = rig.arrays;

const ABOUT = { generation: 1, ended: true };
const never = (): never => {
  throw new Error('not expected');
};

let bench: string;
let folder: string;
beforeEach(() => {
  bench = mkdtempSync(join(tmpdir(), 'arraylab-state-'));
  folder = join(bench, 'state');
});
afterEach(() => rmSync(bench, { recursive: true, force: true }));

function tables(): ArrayTables {
  const layout = ArrayTables.layoutFor(configA);
  return new ArrayTables(configA, layout, new SharedArrayBuffer(layout.bytes));
}

/** All that stands in a folder, with sizes and texts: to see that nothing was changed. */
function look(path: string): unknown {
  return readdirSync(path, { withFileTypes: true }).map((entry) => {
    const at = join(path, entry.name);
    return entry.isDirectory() ? [entry.name, look(at)] : [entry.name, readFileSync(at, 'latin1')];
  });
}

/** What stands beside A's drives. */
const beside = (): string[] => readdirSync(join(folder, 'A')).filter((name) => !name.startsWith('drive-'));

function edit(change: (state: Record<string, Record<string, unknown>>) => void): void {
  const path = join(folder, 'state.json');
  const state = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>;
  change(state);
  writeFileSync(path, JSON.stringify(state));
}

describe('a state folder', () => {
  it('is made at first use for its owner alone, with sparse drives of each array, and found again', () => {
    new StateFolder(folder, rig);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['A', 'B', 'state.json']);
    const drive = statSync(join(folder, 'A', 'drive-0.img'));
    expect(drive.size).toBe(configA.volumes[0].tracks * configA.dims.sectorsPerTrack * 512);
    expect(drive.blocks).toBe(0);
    expect(readdirSync(bench)).toEqual(['state']);
    const before = look(folder);
    new StateFolder(folder, rig);
    expect(look(folder)).toEqual(before);
  });

  it('may be there and empty before', () => {
    mkdirSync(folder);
    new StateFolder(folder, rig);
    expect(existsSync(join(folder, 'state.json'))).toBe(true);
  });

  it.each<[string, RegExp, () => void]>([
    [
      'of something else',
      /state\.json is missing, and .*state is not empty; name a folder that is new/,
      () => rmSync(join(folder, 'state.json')),
    ],
    [
      'whose state.json is no JSON',
      /state\.json: it is no JSON object/,
      () => writeFileSync(join(folder, 'state.json'), '{'),
    ],
    [
      'of another version',
      /state\.json: version is 1; it must be 2: /,
      () => edit((s) => Object.assign(s, { version: 1 })),
    ],
    [
      'without a format',
      /state\.json: format is missing; it must be "arraylab state"/,
      () => edit((s) => delete s.format),
    ],
    [
      'of another rig',
      /state\.json: rig\.sha256 is "x"; it must be "[0-9a-f]{64}": rig tiny-pair /,
      () =>
        edit((s) => {
          s.rig.sha256 = 'x';
        }),
    ],
    [
      'of another layout',
      /state\.json: layouts\.B is "x"; it must be /,
      () =>
        edit((s) => {
          s.layouts.B = 'x';
        }),
    ],
    [
      'without a drive',
      /A\/drive-0\.img is missing; array A has \d+ bytes there/,
      () => rmSync(join(folder, 'A', 'drive-0.img')),
    ],
    [
      'with a short drive',
      /A\/drive-0\.img has 512 bytes; array A has \d+ bytes there/,
      () => truncateSync(join(folder, 'A', 'drive-0.img'), 512),
    ],
  ])('%s is refused, and nothing is changed', (_, message, spoil) => {
    new StateFolder(folder, rig);
    spoil();
    const before = look(folder);
    expect(() => new StateFolder(folder, rig).array(configA)).toThrow(message);
    expect(look(folder)).toEqual(before);
  });

  it('that cannot be made says where it must be', () => {
    writeFileSync(join(bench, 'file'), '');
    const path = join(bench, 'file', 'state');
    expect(() => new StateFolder(path, rig)).toThrow(`${path}`);
  });
});

describe('an array of a state folder', () => {
  it('is one process at a time', () => {
    const state = new StateFolder(folder, rig);
    const a = state.array(configA);
    expect(() => state.array(configA)).toThrow(new RegExp(`A/lock: process ${process.pid} serves this array`));
    const b = state.array(configB);
    a.release();
    state.array(configA).release();
    b.release();
    expect(readdirSync(join(folder, 'A'))).not.toContain('lock');
  });

  it('is not taken from a process that lives', () => {
    const state = new StateFolder(folder, rig);
    writeFileSync(join(folder, 'A', 'lock'), `${process.ppid}\n`);
    expect(() => state.array(configA)).toThrow(new RegExp(`process ${process.ppid} serves`));
    expect(beside()).toEqual(['fresh', 'lock']);
  });

  it.each([
    ['is gone', () => spawnSync(process.execPath, ['-e', '']).pid],
    ['had the number of this one', () => process.pid],
    ['wrote nothing', () => ''],
  ])('is taken from a process that %s', (_, pid) => {
    const state = new StateFolder(folder, rig);
    writeFileSync(join(folder, 'A', 'lock'), `${pid()}\n`);
    const a = state.array(configA);
    expect(readFileSync(join(folder, 'A', 'lock'), 'utf8')).toBe(`${process.pid}\n`);
    a.release();
    expect(beside()).toEqual(['fresh']);
  });

  it('is fresh until it has power, kept from then on, and lost when somebody takes its battery memory away', () => {
    const state = new StateFolder(folder, rig);
    const start = (): ReturnType<StateFolder['array']> => state.array(configA);
    const first = start();
    expect(first.restore(tables().memory, never)).toBe('fresh');
    first.release();
    const again = start();
    expect(again.restore(tables().memory, never)).toBe('fresh');
    const was = tables();
    was.format(77);
    again.start(was.memory, { ring: never, onTrouble: never });
    expect(beside()).toEqual(['battery-1.img', 'battery-1.log', 'lock']);
    // Killed.
    again.release();
    const kept = start();
    const now = tables();
    expect(kept.restore(now.memory, never)).toBe('kept');
    expect(now.get('battery', 'identity')).toBe(77);
    kept.start(now.memory, { ring: never, onTrouble: never });
    expect(beside()).toEqual(['battery-2.img', 'battery-2.log', 'lock']);
    kept.stop();
    expect(beside()).toEqual(['battery-3.img', 'lock']);
    expect(kept.restore(tables().memory, never)).toBe('kept');
    rmSync(join(folder, 'A', 'battery-3.img'));
    expect(kept.restore(tables().memory, never)).toBe('lost');
    kept.release();
  });
});

describe('battery memory in a file', () => {
  const path = (): string => join(bench, 'battery.img');

  it('comes back with its tables and its dirty slots, and with nothing else', () => {
    const { layout } = tables().memory;
    const word = fc.integer({ min: 0, max: layout.words - 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, fc.integer({ min: 1, max: 0x7fff_ffff })), { maxLength: 50 }),
        fc.nat(),
        (set, dirty) => {
          const was = tables();
          for (const [at, value] of set) was.memory.m[at] = value;
          const slot = dirty % layout.records.slot;
          was.set('slot', 'volume', slot, 1);
          was.set('slot', 'dirty', slot, 3);
          saveVault(path(), was.memory, ABOUT);
          const now = tables();
          expect(loadVault(path(), now.memory)).toEqual(ABOUT);
          losePower(was.memory);
          expect(batteryPrint(now.memory)).toBe(batteryPrint(was.memory));
          expect(now.memory.bytes.every((b, i) => b === 0 || b === was.memory.bytes[i])).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each<[string, RegExp, (bytes: Buffer) => Buffer]>([
    [
      'a bit that turned',
      /CRC-32C/,
      (b) => {
        b[b.length - 8] ^= 1;
        return b;
      },
    ],
    ['a part', /it has \d+ bytes; its head says \d+/, (b) => b.subarray(0, -1)],
    ['almost nothing', /ends too early/, (b) => b.subarray(0, 5)],
    ['something else', /it is no battery memory/, () => Buffer.alloc(100, 65)],
    [
      'another version',
      /version is 9; this arraylab reads 2/,
      (b) => Buffer.from(b.toString('latin1').replace('"version":2', '"version":9'), 'latin1'),
    ],
    [
      'another layout',
      /layout is 0x[0-9a-f]+; that of this array is/,
      (b) => Buffer.from(b.toString('latin1').replace(/"layout":"../, '"layout":"0x'), 'latin1'),
    ],
  ])('that is %s is refused by its name, and the memory stays as it was', (_, message, spoil) => {
    const was = tables();
    was.format(77);
    saveVault(path(), was.memory, ABOUT);
    writeFileSync(path(), spoil(readFileSync(path())));
    const now = tables();
    expect(() => loadVault(path(), now.memory)).toThrow(message);
    expect(() => loadVault(path(), now.memory)).toThrow(path());
    expect(now.memory.bytes.every((b) => b === 0)).toBe(true);
  });

  it('that cannot be written leaves the one before it', () => {
    const was = tables();
    was.format(77);
    saveVault(path(), was.memory, ABOUT);
    cpSync(path(), join(bench, 'copy'));
    mkdirSync(`${path()}.new`);
    expect(() => saveVault(path(), was.memory, ABOUT)).toThrow(/EISDIR/);
    expect(readFileSync(path()).equals(readFileSync(join(bench, 'copy')))).toBe(true);
  });

  it('that is lost leaves drives of which any track may have bytes and may differ from the other side', () => {
    const lost = tables();
    lost.format(78);
    lost.distrustDrives();
    const flags = configA.volumes.flatMap(({ tracks }, v) =>
      Array.from({ length: tracks }, () => (configA.volumes[v].pair ? FLAG.WRITTEN | FLAG.M2_INV : FLAG.WRITTEN)),
    );
    expect(flags.map((_, t) => lost.get('track', 'flags', t))).toEqual(flags);
  });
});

describe('battery memory of which the last is missing', () => {
  it('keeps dirty slots, but of volumes whose list is on their drives, and trusts nothing about the other side', () => {
    const volumes = configA.volumes.map((volume, v) =>
      v === 0 && volume.pair ? { ...volume, pair: { ...volume.pair, mode: PAIR_MODE.LISTED } } : volume,
    );
    const config = { ...configA, volumes };
    const layout = ArrayTables.layoutFor(config);
    const behind = new ArrayTables(config, layout, new SharedArrayBuffer(layout.bytes));
    behind.format(77);
    let first = 0;
    for (const [v, { tracks }] of volumes.entries()) {
      behind.set('slot', 'volume', v, v + 1);
      behind.set('slot', 'dirty', v, 1);
      behind.set('slot', 'gen', v, 5);
      behind.set('track', 'flags', first, FLAG.M1_WP);
      behind.set('track', 'gen', first, 5);
      behind.set('pair', 'epoch', v, 9);
      first += tracks;
    }
    behind.distrustBattery(78);
    expect(behind.get('battery', 'identity')).toBe(78);
    first = 0;
    for (const [v, { tracks, pair }] of volumes.entries()) {
      const isListed = v === 0;
      expect(behind.get('slot', 'volume', v)).toBe(isListed ? 0 : v + 1);
      expect([behind.get('slot', 'gen', v), behind.get('track', 'gen', first), behind.get('pair', 'epoch', v)]).toEqual(
        [0, 0, 0],
      );
      const flags = FLAG.WRITTEN | (pair ? FLAG.M2_INV : 0);
      expect(behind.get('track', 'flags', first)).toBe(isListed ? flags : flags | FLAG.M1_WP);
      expect(behind.get('track', 'flags', first + 1)).toBe(flags);
      first += tracks;
    }
  });
});

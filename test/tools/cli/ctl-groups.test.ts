/** `ctl group restore` and `ctl volume release`: what they ask for, say, and refuse. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VolumeView } from '../../../firmware/runtime/live/system.js';
import { type Service, startService } from '../../../firmware/service/http/service.js';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { volumesText } from '../../../tools/cli/ctl/text.js';
import { usePrivateFolder } from '../../firmware/service/http/private-folder.js';
import { StandIn } from '../../firmware/service/http/stand-in.js';

// Each test starts a process, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });
usePrivateFolder();

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
let system: StandIn;
let service: Service;

beforeEach(async () => {
  system = new StandIn();
  service = await startService(system, { http: { host: '127.0.0.1', port: 0 }, rigId: 'r1' });
});
afterEach(() => service.close());

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function ctl(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'ctl', ...args], (error, out, err) =>
      resolve({ status: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const ONTO = ['--onto', 'data0=spare0,data1=spare1'];

describe('group restore', () => {
  it.each([
    [['--number', '137'], '"number":137'],
    [['--number', '2:17'], `"number":${2 ** 33 + 17}`],
    [['--time', '2026-11-21T18:39:06.347Z'], '"time":"2026-11-21T18:39:06.347Z"'],
  ])('asks for %j', async (words, wish) => {
    const { status, out, err } = await ctl('group', 'restore', 'B:orders', ...words, ...ONTO);
    expect([status, err]).toEqual([0, '']);
    expect(system.done).toEqual([`restore B:orders {${wish},"onto":{"data0":"spare0","data1":"spare1"}}`]);
    expect(out).toMatch(
      /^B:spare0 is B:data0 as it was at entry \S+ of 2026-11-21T18:39:06.347Z\nB:spare1 is B:data1 /,
    );
  });

  it.each([
    [['B:orders', ...ONTO], '--number or --time says to what'],
    [['B:orders', '--number', '1', '--time', '2026-11-21T18:39:06Z', ...ONTO], 'one of the two'],
    [['B:orders', '--number', '1'], '--onto is missing; it must be VOLUME=VOLUME'],
    [['B:orders', '--number', '-', ...ONTO], '--number is "-"; it must be a sequence number'],
    [['B:orders', '--time', 'yesterday', ...ONTO], '--time is "yesterday"; it must be an ISO time'],
    [['B:orders', '--number', '1', '--onto', 'data0'], '--onto is "data0"; it must be VOLUME=VOLUME'],
    [['orders', '--number', '1', ...ONTO], 'ARRAY:GROUP is "orders"; it must be "ARRAY:GROUP"'],
  ])('%j is wrong usage', async (words, why) => {
    const { status, out, err } = await ctl('group', 'restore', ...words);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(why);
    expect(system.done).toEqual([]);
  });

  it('is refused where a volume would get two images', async () => {
    const { status, err } = await ctl('group', 'restore', 'B:orders', '--number', '1', '--onto', 'data0=s0,data0=s1');
    expect([status, err]).toEqual([1, expect.stringContaining('--onto names data0 twice')]);
  });

  it('has options that no other command takes', async () => {
    const { status, err } = await ctl('status', '--number', '1');
    expect([status, err]).toEqual([2, expect.stringContaining('--number is for group restore only')]);
  });
});

it('volume release asks the array of the volume', async () => {
  expect(await ctl('volume', 'release', 'B:spare0')).toEqual({
    status: 0,
    out: 'volume B:spare0 is free: hosts may have it\n',
    err: '',
  });
  expect(system.done).toEqual(['release B:spare0']);
});

it('volumes has a column for images where there are any', () => {
  const view = (name: string, image?: VolumeView['image']): VolumeView => ({
    volume: `B:${name}`,
    bytes: 65_536,
    mappedBytes: 4096,
    format: 512,
    copies: { B: { ready: true, writeDisabled: false } },
    ...(image && { image }),
  });
  expect(volumesText([view('data0')])).not.toContain('IMAGE');
  expect(volumesText([view('data0')])).toMatch(/SIZE +MAPPED +FORMAT.*\n.*64.0 KiB +4.0 KiB +512/);
  const text = volumesText([
    view('data0'),
    view('spare0', { of: 'B:data0', isWhole: true, number: 2 ** 33 + 17, time: '2026-11-21T18:39:06.347Z' }),
    view('spare1', { of: 'B:data1', isWhole: false }),
  ]);
  expect(text.split('\n').map((line) => line.split(/ {2,}/).at(-1))).toEqual([
    'IMAGE',
    '-',
    'B:data0 at 2:17 of 2026-11-21T18:39:06.347Z',
    'a part of one of B:data1',
    '',
  ]);
});

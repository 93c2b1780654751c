/** `arraylab sim trace`, with traces of our own and one that fio writes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { withClients } from '../../live/clients.js';

const folder = mkdtempSync(join(tmpdir(), 'arraylab-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'some.trace');

function sim(...args: string[]): { status: number | null; lines: string[]; error: string } {
  const cli = join(packageRoot(), 'dist/tools/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'sim', 'trace', ...args], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n'), error: stderr };
}

interface Report {
  readonly time_us: number;
  readonly writes: number;
  readonly reads: number;
  readonly responses: readonly {
    readonly reads: { readonly count: number };
    readonly writes: { readonly count: number };
  }[];
}
const reportOf = (lines: readonly string[]): Report => JSON.parse(lines[1] ?? '') as Report;

test('its first line is a command that repeats it, and refuses another trace', () => {
  writeFileSync(file, '0 0 0 4 0\n1 0 4 4 0\n2 0 0 8 1\n');
  const first = sim('--trace', file, '--rig', 'tiny-pair', '--volume', 'A:data0', '--seed', '5');
  expect(first.status).toBe(0);
  const command = first.lines[0]?.replace('npx arraylab sim trace ', '').split(' ') ?? [];
  expect(sim(...command).lines).toEqual(first.lines);
  writeFileSync(file, '0 0 0 4 0\n1 0 4 4 0\n2 0 0 9 1\n');
  const other = sim(...command);
  expect(other.status).toBe(2);
  expect(other.error).toContain('it is another trace, or it changed');
});

test('takes faults, says what struck, and repeats them', () => {
  writeFileSync(file, Array.from({ length: 20 }, (_, i) => `${i} 0 ${i} 1 0`).join('\n'));
  const fault = 'cut A-B at 15ms for 5ms';
  const { status, lines } = sim('--trace', file, '--rig', 'tiny-pair', '--fault', fault);
  expect(status).toBe(0);
  expect(lines[0]).toMatch(new RegExp(`--fault '${fault}'$`));
  expect(lines[1]).toBe(`  at 15000 µs: ${fault}`);
  const none = sim('--trace', file, '--rig', 'tiny-pair', '--fault', 'cut A-C');
  expect([none.status, none.error]).toEqual([
    2,
    "arraylab sim: fault 'cut A-C': there is no link A-C; there are A-B:0\n",
  ]);
});

test('requests that a fault holds up for ever go on when nothing else happens any more', () => {
  writeFileSync(file, Array.from({ length: 20 }, (_, i) => `${i} 0 ${i} 1 0`).join('\n'));
  const fault = ['--fault', 'hang A:dd1 at 5ms', '--fault', 'slot-parity A:data0 track 11'];
  const { status, lines } = sim('--trace', file, '--rig', 'tiny-pair', ...fault);
  expect(status).toBe(0);
  expect(lines[2]).toBe('  its moment did not come: slot-parity A:data0 track 11');
});

test('open, requests come at their times; closed, each when the one before has its status', () => {
  writeFileSync(file, Array.from({ length: 20 }, (_, i) => `${i * 10} 0 ${i} 1 ${i % 2}`).join('\n'));
  const [open, closed] = [[], ['--closed']].map((how) =>
    reportOf(sim('--trace', file, '--rig', 'tiny-pair', '--json', ...how).lines),
  );
  expect(open?.time_us).toBeGreaterThan(190_000);
  expect(closed?.time_us).toBeLessThan(100_000);
  expect([open?.reads, open?.writes, closed?.reads, closed?.writes]).toEqual([10, 10, 10, 10]);
});

test('a request that is larger than a command of a host is as many commands as it takes, and one response', () => {
  writeFileSync(file, '0 0 0 48 0\n1 0 0 48 1\n');
  const { responses, writes, reads } = reportOf(sim('--trace', file, '--rig', 'tiny-pair', '--json').lines);
  expect([writes, reads]).toEqual([3, 3]);
  expect([responses[0]?.writes.count, responses[0]?.reads.count]).toEqual([1, 1]);
});

test('a volume that is not there, one that is too small: exit status 2 and what would be right', () => {
  writeFileSync(file, '0 0 0 49 0\n');
  const small = sim('--trace', file, '--rig', 'tiny-pair');
  expect([small.status, small.error]).toEqual([
    2,
    'arraylab sim: some.trace:1: sectors 0 to 48 of device 0; volume A:data0 has 48\n',
  ]);
  const none = sim('--trace', file, '--rig', 'tiny-pair', '--volume', 'A:data9');
  expect(none.error).toBe('arraylab sim: --volume A:data9: rig tiny-pair has A:data0, A:local0, B:work0 for hosts\n');
});

withClients(['fio'], 'an iolog that fio writes is replayed, request by request', async () => {
  const log = join(folder, 'iolog');
  const fio = ['--name=j', `--filename=${join(folder, 'data')}`, '--rw=randrw', '--bs=4k', '--size=256k', '--fsync=8'];
  execFileSync('fio', [...fio, `--write_iolog=${log}`, '--output-format=json', `--output=${join(folder, 'out')}`]);
  const [job] = (JSON.parse(readFileSync(join(folder, 'out'), 'utf8')) as { jobs: Job[] }).jobs;
  const { status, lines } = sim('--trace', log, '--rig', 'bench-pair', '--json');
  expect(status).toBe(0);
  const report = reportOf(lines);
  expect(report.reads).toBe(job?.read.total_ios);
  // Syncs are counted with the writes.
  const syncs = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(' sync ')).length;
  expect(syncs).toBeGreaterThan(0);
  expect(report.writes).toBe((job?.write.total_ios as number) + syncs);
});

interface Job {
  readonly read: { readonly total_ios: number };
  readonly write: { readonly total_ios: number };
}

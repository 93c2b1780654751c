/** What is exported for Perfetto keeps the rules of its format (Trace Event Format), looked at from the outside. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { folder, tracedRun } from './traced.js';

interface Entry {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly bp?: string;
  readonly args?: Readonly<Record<string, string>>;
}

async function exported(name: string, seed: number) {
  const { path, trace } = await tracedRun(name, seed);
  const to = join(folder, `${name}.json`);
  execFileSync(process.execPath, [join(packageRoot(), 'dist/tools/cli/main.js'), 'trace', 'perfetto', path, '-o', to]);
  const { traceEvents } = JSON.parse(readFileSync(to, 'utf8')) as { traceEvents: Entry[] };
  return { entries: traceEvents, trace };
}

const threadOf = ({ pid, tid }: Entry): string => `${pid} ${tid}`;

test('of each thread times go up, slices lie beside or in each other, and each has a name', async () => {
  const { entries } = await exported('storm', 1);
  const named = new Set(entries.filter((e) => e.ph === 'M' && e.name === 'thread_name').map(threadOf));
  const last = new Map<string, number>();
  const open = new Map<string, number[]>();
  const slices = entries.filter(({ ph }) => ph === 'X');
  expect(slices.length).toBeGreaterThan(1000);
  for (const e of entries.filter(({ ph }) => ph !== 'M')) {
    const thread = threadOf(e);
    expect(named.has(thread)).toBe(true);
    expect(e.ts).toBeGreaterThanOrEqual(last.get(thread) ?? 0);
    last.set(thread, e.ts);
    if (e.ph !== 'X') continue;
    expect(e.dur).toBeGreaterThanOrEqual(0);
    const ends = (open.get(thread) ?? []).filter((end) => end > e.ts);
    for (const end of ends) expect(e.ts + e.dur).toBeLessThanOrEqual(end);
    open.set(thread, [...ends, e.ts + e.dur]);
  }
});

test('each arrow has one beginning and one end, in slices, and goes forward in time', async () => {
  const { entries } = await exported('takeover-and-return', 7);
  const slices = new Map<string, Entry[]>();
  for (const e of entries) if (e.ph === 'X') slices.set(threadOf(e), [...(slices.get(threadOf(e)) ?? []), e]);
  const isIn = (e: Entry): boolean =>
    slices.get(threadOf(e))?.some(({ ts, dur }) => ts <= e.ts && e.ts <= ts + dur) === true;
  const [starts, ends] = ['s', 'f'].map((ph) => entries.filter((e) => e.ph === ph)) as [Entry[], Entry[]];
  expect(starts.length).toBeGreaterThan(500);
  const byId = new Map(ends.map((e) => [e.id, e]));
  expect(byId.size).toBe(ends.length);
  expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length);
  expect(ends.length).toBe(starts.length);
  for (const s of starts) {
    const f = byId.get(s.id) as Entry;
    expect([f.name, f.bp]).toEqual([s.name, 'e']);
    expect(f.ts).toBeGreaterThanOrEqual(s.ts);
    expect([isIn(s), isIn(f)]).toEqual([true, true]);
  }
});

test('every request that a role took from another role has its arrow to the task that it began', async () => {
  const { entries, trace } = await exported('cut-and-return', 1);
  const names = new Map(
    entries.filter(({ name }) => name === 'thread_name').map((e) => [threadOf(e), e.args?.name ?? '']),
  );
  const begun = entries.filter(({ ph, args }) => ph === 'X' && args?.from?.endsWith(' on GET'));
  const arrows = entries.filter(({ ph, name }) => ph === 'f' && name === 'GET');
  expect(trace.head.arrays.length).toBe(2);
  expect(begun.length).toBeGreaterThan(20);
  expect(arrows.length).toBe(begun.length);
  for (const e of arrows) expect(names.get(threadOf(e))).toMatch(/^cache \d+$/);
});

test('without a place to write to, or with options of another form, it is refused', async () => {
  const { path } = await tracedRun('cut-and-return', 1, 64);
  const said = (...args: string[]): string => {
    try {
      execFileSync(process.execPath, [join(packageRoot(), 'dist/tools/cli/main.js'), 'trace', ...args], {
        stdio: 'pipe',
      });
      return '';
    } catch (error) {
      return String((error as { stderr: Buffer }).stderr);
    }
  };
  expect(said('perfetto', path)).toBe('arraylab trace: perfetto: -o OUT.json is missing\n');
  expect(said('perfetto', path, '-o', 'x.json', '--role', 'data')).toContain(
    '--role is not for arraylab trace perfetto',
  );
  expect(said('diff', path, path, '--json')).toContain(
    '--json is not for arraylab trace diff; it takes --context, --microcode',
  );
  expect(said(path, '--role', 'dog')).toContain('--role is "dog"');
});

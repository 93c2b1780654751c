/** A debugger on arrays that serve hosts: `serve` as a process, and clients that are not ours. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Stop, Target } from '../../firmware/runtime/machine/debug/target.js';
import { request } from '../../firmware/service/http/request.js';
import { MICROCODE_ROOT } from '../../tools/assembler/load-sources.js';
import { openLive } from '../../tools/debugger/live-target.js';
import { withClients } from './clients.js';
import { WriteRecord } from './numbered-writer.js';
import { Bench, expectNothingLost, moreWrites, type ServeProcess, untilPaired } from './pair-harness.js';

const run = promisify(execFile);
const MERGED = { on: 'label', label: 'base/data/write.uc:merged' } as const;
const DEPTH = 16;
const SIZE = 4 * 1024 * 1024;

let bench: Bench;
let target: Target | undefined;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  await target?.close();
  target = undefined;
  await bench.close();
});

async function attach(served: ServeProcess, lease_ms?: number): Promise<Target> {
  target = await openLive({ ...served.http, ...(lease_ms !== undefined && { lease_ms }) });
  return target;
}

const taskOf = ({ task }: Stop) => {
  if (!task) throw new Error('it stands between tasks');
  return task;
};

describe.each(['dedicated', 'fused'])('with %s directors', (placement) => {
  withClients(['qemu-io'], 'a write stops in its microcode, is looked at and stepped, and ends well', async () => {
    const served = await bench.serve(await bench.rig(SIZE), ['--placement', placement]);
    await untilPaired(served, 'A');
    const live = await attach(served);
    expect((await live.stop()).reason).toBe('entry');
    const [state] = await live.setBreaks([{ id: 1, where: { ...MERGED, array: 'A' } }]);
    expect(state.places.map(({ array, file }) => [array, file])).toEqual([['A', 'microcode/base/data/write.uc']]);
    const going = live.resume({ how: 'continue' });
    const writing = run('qemu-io', ['-f', 'raw', '-c', 'write -P 7 1114112 4096', served.uri('A')]);
    const stop = await going;
    expect(stop).toMatchObject({
      reason: 'break',
      breaks: [1],
      place: { array: 'A', role: 'data', scope: 'on WRITE' },
    });
    const registers = await live.ask('registers', { task: taskOf(stop) });
    expect(registers.find(({ name }) => name.split(', ').includes('track'))?.value).toBe(17);
    expect((await live.ask('frames', { task: taskOf(stop) }))[0].place).toEqual(stop.place);
    const next = await live.resume({ how: 'instruction' });
    expect(next.reason).toBe('step');
    expect(next.task).toEqual(stop.task);
    expect(next.place?.instruction).not.toBe(stop.place?.instruction);
    await live.close();
    await writing;
    const { stdout } = await run('qemu-io', ['-f', 'raw', '-c', 'read -P 7 1114112 4096', served.uri('A')]);
    expect(stdout).not.toContain('Pattern verification failed');
    expect((await served.pair()).state).toBe('PAIR');
  });

  withClients(['qemu-io'], 'the instruction that changes a watched flag is found', async () => {
    const served = await bench.serve(await bench.rig(SIZE), ['--placement', placement]);
    await untilPaired(served, 'A');
    const live = await attach(served);
    await live.setBreaks([{ id: 4, where: { on: 'watch', what: 'M2 A:data0:17' } }]);
    const going = live.resume({ how: 'continue' });
    const writing = run('qemu-io', ['-f', 'raw', '-c', 'write -P 7 1114112 4096', served.uri('A')]);
    const set = await going;
    expect(set).toMatchObject({ reason: 'watch', breaks: [4], change: { what: 'M2 A:data0:17', before: '0 (none)' } });
    expect(set.change?.place?.file).toMatch(/^microcode\//);
    const cleared = await live.resume({ how: 'continue' });
    expect(cleared.change?.after).toBe('0 (none)');
    await live.close();
    await writing;
  });

  withClients([], 'a stand of seconds loses no pair and no write, and timers do not run away', async () => {
    const served = await bench.serve(await bench.rig(SIZE), ['--placement', placement]);
    await untilPaired(served, 'A');
    const record = new WriteRecord(1, SIZE);
    const writer = await bench.write(served.port('A'), record, { depth: DEPTH });
    await moreWrites(writer, 20);
    const live = await attach(served);
    const { moment } = await live.stop();
    const writes = writer.writes;
    // Longer than the dead time of a link.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    // Answers that were on their way.
    expect(writer.writes - writes).toBeLessThanOrEqual(DEPTH);
    expect((await live.stop()).moment).toEqual(moment);
    const going = live.resume({ how: 'continue' });
    await moreWrites(writer, 20);
    live.pause();
    const { moment: later, reason } = await going;
    expect(reason).toBe('pause');
    expect(later.time_ns).toBeGreaterThan(moment.time_ns);
    await live.close();
    await moreWrites(writer, 20);
    expect((await served.pair()).state).toBe('PAIR');
    await expectNothingLost(served, writer, record);
  });

  withClients([], 'a debugger that is gone lets the arrays go on when its lease is over', async () => {
    const served = await bench.serve(await bench.rig(SIZE), ['--placement', placement]);
    await untilPaired(served, 'A');
    const record = new WriteRecord(1, SIZE);
    const writer = await bench.write(served.port('A'), record, { depth: DEPTH });
    await moreWrites(writer, 20);
    const { session } = await post(served, 'attach', { lease_ms: 700 });
    await post(served, 'breaks', { session, breaks: [{ id: 1, where: MERGED }] });
    await expect(post(served, 'attach', {})).rejects.toThrow(/a debugger is attached already/);
    await moreWrites(writer, 50);
    await expect(post(served, 'progress', { session })).rejects.toThrow(/not attached any more/);
    await expectNothingLost(served, writer, record);
  });
});

withClients([], 'what was set of an array that is kept in a folder stands there after a kill', async () => {
  const [rig, state] = [bench.single(SIZE), bench.file('state')];
  const served = await bench.serve(rig, ['--state', state]);
  const live = await attach(served);
  await live.ask('assign', { text: 'A:track.flags[17]', value: '#WRITTEN|M1_INV' });
  await expect(live.ask('setMemory', { array: 0, byte: 4096, base64: 'AAAA' })).rejects.toThrow(
    /set a field by its name/,
  );
  await live.close();
  target = undefined;
  // A sync behind it: what was before is in the log.
  const record = new WriteRecord(1, SIZE);
  const writer = await bench.write(served.port('A'), record, { depth: 4, blocks: 8 });
  await moreWrites(writer, 20);
  served.signal('SIGKILL');
  await served.exit();
  const again = await attach(await bench.serve(rig, ['--state', state]));
  expect((await again.ask('evaluate', { text: 'A:track.flags[17]' })).text).toContain('WRITTEN');
});

withClients([], 'the source that is shown is what a tree of its own held when the process began', async () => {
  const tree = bench.file('tree');
  cpSync(MICROCODE_ROOT, tree, { recursive: true });
  const file = join(tree, 'base/data/write.uc');
  const text = readFileSync(file, 'utf8').replace('on WRITE using write\n', 'on WRITE using write\n    mov   t, t\n');
  writeFileSync(file, text);
  const served = await bench.serve(bench.single(SIZE), ['--microcode', tree]);
  writeFileSync(file, 'changed since');
  const live = await attach(served);
  expect(await live.source('microcode/base/data/write.uc')).toBe(text);
  expect(await live.source('microcode/no.uc')).toBeUndefined();
  expect(text).not.toBe(readFileSync(join(MICROCODE_ROOT, 'base/data/write.uc'), 'utf8'));
});

async function post(served: ServeProcess, what: string, body: object): Promise<{ readonly session: string }> {
  const { url, tokenFile } = served.http;
  const token = readFileSync(tokenFile, 'utf8').trim();
  const asked = { method: 'POST', url, path: `/v1/debug/${what}`, token, body, timeout_ms: 10_000 } as const;
  const { status, json } = await request(asked);
  if (status !== 200) throw new Error((json as { readonly error: string }).error);
  return json as { readonly session: string };
}

/** Sessions of the debug adapter with the simulated rig: breakpoints, steps and runs both ways, beginnings and ends. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import type { Stopped } from '../../harness/dap-client.js';
import { after, DapRig, evaluated, lineOf, MERGED, STORM, shownIn, variablesOf, WRITE } from '../../harness/dap-rig.js';

const rig = new DapRig();
beforeAll(() => rig.start());
afterAll(() => rig.stop());
afterEach(() => rig.endSession());

test('a breakpoint of a source stops the task that comes to it, before the instruction', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  expect(stop).toMatchObject({ reason: 'breakpoint', allThreadsStopped: true, hitBreakpointIds: [1] });
  expect(await c.top(stop)).toMatchObject({ name: 'on WRITE', line: MERGED, source: { path: WRITE } });
  const { threads } = (await c.threadsRequest()).body;
  expect(threads.find(({ id }) => id === stop.threadId)?.name).toMatch(/^[AB]\.data \d+ WRITE$/);
});

test('a breakpoint where no instruction stands is moved to the next one', async () => {
  const c = await rig.launched();
  const comment = lineOf('COMMIT: from here to GIVE');
  const { body } = await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line: comment }] });
  expect(body.breakpoints).toMatchObject([
    { verified: true, line: lineOf('call.hook commit, pair'), source: { path: WRITE } },
  ]);
});

test('a breakpoint in a file that is no microcode is not verified, and says why', async () => {
  const c = await rig.launched();
  const { body } = await c.setBreakpointsRequest({ source: { path: '/etc/passwd' }, breakpoints: [{ line: 1 }] });
  expect(body.breakpoints[0]).toMatchObject({
    verified: false,
    message: expect.stringContaining('is no microcode of this rig'),
  });
});

test('a condition stops only where it holds', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED, condition: 'track == 3 && volume == 0' }] });
  const task = await variablesOf(c, stop, 'Task');
  expect([shownIn(task, 'track'), shownIn(task, 'volume')]).toEqual(['3', 'data0']);
});

test('a hit condition counts', async () => {
  const one = await rig.stopped({ lines: [{ line: MERGED }] });
  const seen = [await evaluated(one.c, one.stop, 'operations')];
  for (let n = 0; n < 2; n++) {
    const stop = await after(one.c, one.c.continueRequest({ threadId: 1 }));
    seen.push(await evaluated(one.c, stop, 'operations'));
  }
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED, hitCondition: '3' }] });
  expect(await evaluated(c, stop, 'operations')).toBe(seen[2]);
});

test('a log point says what stands in its braces, and does not stop', async () => {
  const lines = [{ line: MERGED, logMessage: 'track {track} of {volume}' }];
  const { c, stop } = await rig.stopped({ lines, functions: ['time 3ms'] });
  expect(stop.reason).toBe('function breakpoint');
  expect(c.output('stdout')).toMatch(/^(track \d+ of (data|work)0\n)+$/);
});

test.each([
  ['base/data/write.uc:merged', MERGED],
  ['B/write.uc:merged', MERGED],
])('a function breakpoint stops at the label %s', async (name, line) => {
  const { c, stop } = await rig.stopped({ functions: [name] });
  expect([stop.reason, (await c.top(stop)).line]).toEqual(['function breakpoint', line]);
});

test('a function breakpoint stops where a role takes a message', async () => {
  const { c, stop } = await rig.stopped({ functions: ['message GET'] });
  expect([stop.reason, await c.top(stop)]).toMatchObject(['function breakpoint', { name: 'on GET' }]);
});

test('a function breakpoint that means nothing is not verified', async () => {
  const c = await rig.launched();
  const { body } = await c.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'nowhere' }] });
  expect(body.breakpoints[0]).toMatchObject({ verified: false, message: expect.stringContaining('nowhere') });
});

test('a data breakpoint on the flags of a track stops when they change, and going back stops there again', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: lineOf('call.hook commit, pair') }] });
  const { scopes } = (await c.scopesRequest({ frameId: (await c.top(stop)).id })).body;
  const { variablesReference } = scopes.find(({ name }) => name === 'Track') ?? {};
  const { body } = await c.dataBreakpointInfoRequest({ variablesReference, name: 'flags' });
  expect(body).toMatchObject({ accessTypes: ['write'], canPersist: true });
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [] });
  await c.setDataBreakpointsRequest({ breakpoints: [{ dataId: body.dataId as string }] });
  const first = await after(c, c.continueRequest({ threadId: 1 }));
  expect([first.reason, first.description]).toEqual(['data breakpoint', expect.stringContaining('M2')]);
  const flags = await evaluated(c, first, body.dataId as string);
  const second = await after(c, c.continueRequest({ threadId: 1 }));
  expect(await evaluated(c, second, body.dataId as string)).not.toBe(flags);
  // Back, it stands before the instruction that made the last change.
  const back = await after(c, c.reverseContinueRequest({ threadId: 1 }));
  expect([back.reason, await evaluated(c, back, body.dataId as string)]).toEqual(['data breakpoint', flags]);
});

test('a data breakpoint on a register is of that task, and of this stop', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: lineOf('call.hook commit, pair') }] });
  const { scopes } = (await c.scopesRequest({ frameId: (await c.top(stop)).id })).body;
  const { variablesReference } = scopes.find(({ name }) => name === 'Task') ?? {};
  const { body } = await c.dataBreakpointInfoRequest({ variablesReference, name: 'shipped' });
  expect(body).toMatchObject({ description: 'shipped', canPersist: false });
  const before = await evaluated(c, stop, 'shipped');
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [] });
  await c.setDataBreakpointsRequest({ breakpoints: [{ dataId: body.dataId as string }] });
  const changed = await after(c, c.continueRequest({ threadId: 1 }));
  expect([changed.reason, changed.threadId]).toEqual(['data breakpoint', stop.threadId]);
  const { id: frameId } = await c.top(changed);
  expect((await c.evaluateRequest({ expression: 'r12', frameId })).body.result).not.toBe(before);
});

test('what stands in no memory cannot be watched, and says so', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const { id: frameId } = await c.top(stop);
  const { body } = await c.dataBreakpointInfoRequest({ name: 't + 1', frameId });
  expect(body).toEqual({ dataId: null, description: 't + 1 stands in no memory that can be watched' });
});

test('steps go forwards and back through the same places', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: lineOf('call.hook commit, pair') }] });
  const threadId = stop.threadId as number;
  const at = async (s: Stopped): Promise<string> => `${(await c.top(s)).name}:${(await c.top(s)).line}`;
  const seen = [await at(stop)];
  for (let n = 0; n < 6; n++) seen.push(await at(await after(c, c.stepInRequest({ threadId }))));
  expect(new Set(seen).size).toBe(7);
  const backwards: string[] = [];
  for (let n = 0; n < 6; n++)
    backwards.push(await at(await after(c, c.customRequest('stepBack', { threadId, granularity: 'instruction' }))));
  expect(backwards).toEqual(seen.slice(0, 6).reverse());
});

test('over a call one comes to the line behind it, out of it to the same', async () => {
  const commit = lineOf('call.hook commit, pair');
  const { c, stop } = await rig.stopped({ lines: [{ line: commit }] });
  const threadId = stop.threadId as number;
  const over = await c.top(await after(c, c.nextRequest({ threadId })));
  await after(c, c.stepBackRequest({ threadId }));
  const inside = await after(c, c.stepInRequest({ threadId }));
  const { stackFrames } = (await c.stackTraceRequest({ threadId })).body;
  expect(stackFrames.map(({ name }) => name)).toEqual(['hook commit of commit/track-list', 'on WRITE']);
  const out = await c.top(await after(c, c.stepOutRequest({ threadId: inside.threadId as number })));
  expect([over.line, out.line]).toEqual([commit + 1, commit + 1]);
});

test('at the beginning there is nothing before it', async () => {
  const { c } = await rig.stopped({ lines: [{ line: MERGED }] });
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [] });
  expect((await after(c, c.reverseContinueRequest({ threadId: 1 }))).reason).toBe('beginning');
});

test('restart comes to the same breakpoint at the same moment', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const first = await evaluated(c, stop, 'operations');
  await after(c, c.continueRequest({ threadId: 1 }));
  const again = await after(c, c.restartRequest({}));
  expect(await evaluated(c, again, 'operations')).toBe(first);
});

test('restart with other arguments is another run', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const first = await evaluated(c, stop, 'operations');
  const again = await after(c, c.restartRequest({ arguments: { ...STORM, seed: 9 } } as object));
  expect(await evaluated(c, again, 'operations')).not.toBe(first);
});

test('a planted bug stops at its violation, in the source that has the bug', async () => {
  const { c, stop } = await rig.stopped({ filters: ['fault', 'violation'] }, { plant: 'stale-acknowledgement' });
  expect(stop.reason).toBe('exception');
  const { body } = await c.exceptionInfoRequest({ threadId: stop.threadId ?? 1 });
  expect(body).toMatchObject({ exceptionId: 'violation', description: stop.text });
});

test('a run that is paused stands, and goes on', async () => {
  const c = await rig.launched();
  await c.configurationDoneRequest();
  await c.pauseRequest({ threadId: 1 });
  expect(['pause', 'end']).toContain((await c.stopped()).reason);
});

test('a run to its end says how it ended', async () => {
  const c = await rig.launched({ scenario: 'takeover-and-return', stopAtEnd: false });
  await c.configurationDoneRequest();
  expect((await c.next('exited')).body).toEqual({ exitCode: 0 });
  await c.next('terminated');
});

test.each([
  [{ scenario: 'no-such' }, 'no scenario "no-such"'],
  [{ scenario: './no/such.js' }, './no/such.js: there is no such file'],
  [{ rig: 'no-such' }, 'no-such'],
  [{ plant: 'no-such' }, 'no planted bug "no-such"'],
  [{ microcode: '/no/such/folder' }, '/no/such/folder'],
  [{ faults: ['cut nothing'] }, 'cut nothing'],
])('launch %j is refused, and another may follow', async (args, said) => {
  const c = await rig.connected();
  await c.initializeRequest();
  expect(await c.refusal('launch', { ...STORM, ...args })).toContain(said);
  await c.launchRequest({ ...STORM, stopOnEntry: true } as object);
  await c.next('initialized');
});

test('one steps to the next message of the role, and after what is sent to the other array', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const name = async ({ threadId }: Stopped): Promise<string | undefined> =>
    (await c.threadsRequest()).body.threads.find(({ id }) => id === threadId)?.name;
  const here = await name(stop);
  const { targets } = (await c.stepInTargetsRequest({ frameId: (await c.top(stop)).id })).body;
  const id = (text: string): number => targets.find(({ label }) => label.includes(text))?.id ?? 0;
  const step = { threadId: stop.threadId as number };
  const peer = await after(c, c.stepInRequest({ ...step, targetId: id('other array') }));
  expect((await name(peer))?.[0]).not.toBe(here?.[0]);
  await c.stepBackRequest({ threadId: peer.threadId as number });
  await c.stopped();
});

test('a role without a task is a thread without frames; a step of it is the next instruction of any', async () => {
  const { c, stop } = await rig.stopped({}, { stopOnEntry: true });
  const { threads } = (await c.threadsRequest()).body;
  const data = threads.find(({ name }) => name === 'A.data') ?? { id: 0 };
  expect([stop.reason, (await c.stackTraceRequest({ threadId: data.id })).body.stackFrames]).toEqual(['entry', []]);
  const next = await after(c, c.nextRequest({ threadId: data.id }));
  expect((await c.top(next)).name).toMatch(/^on /);
});

test('terminate ends the run', async () => {
  const { c } = await rig.stopped({ lines: [{ line: MERGED }] });
  await c.terminateRequest();
  await c.next('terminated');
  expect(await c.refusal('stackTrace', { threadId: 1 })).toContain('launch or attach comes first');
});

test('a dump is looked at: tasks, registers and lines as they stood; it does not run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'arraylab-dap-'));
  try {
    const dump = join(folder, 'violation.dump');
    const main = join(packageRoot(), 'dist/tools/cli/main.js');
    const args = ['sim', 'storm', '--plant', 'stale-acknowledgement', '--seeds', '50', '--dump', dump];
    expect(spawnSync(process.execPath, [main, ...args]).status).toBe(1);
    const c = await rig.connected();
    await c.initializeRequest();
    await c.attachRequest({ dump } as object);
    const { capabilities } = (await c.next('capabilities')).body;
    expect(capabilities).toMatchObject({ supportsStepBack: false, supportsSetVariable: false });
    await c.configurationDoneRequest();
    await c.stopped();
    const { threads } = (await c.threadsRequest()).body;
    const task = threads.find(({ name }) => /\.data \d/.test(name)) ?? { id: 0 };
    expect(await c.top({ threadId: task.id, reason: '' })).toMatchObject({
      source: { name: expect.stringMatching(/\.uc$/) },
    });
    expect(await c.refusal('continue', { threadId: task.id })).toBe('a dump does not run: it is looked at');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an attach to nothing is refused', async () => {
  const c = await rig.connected();
  await c.initializeRequest();
  expect(await c.refusal('attach', {})).toBe('attach: url is missing; a text is wanted');
  expect(await c.refusal('attach', { dump: '/no/such.dump' })).toContain('/no/such.dump');
  expect(await c.refusal('attach', { dump: 'a', url: 'b' })).toBe('attach: url and dump: one of them is wanted');
});

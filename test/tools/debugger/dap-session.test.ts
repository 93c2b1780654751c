/** Whole sessions of the debug adapter, as a process, with the simulated rig: what an editor does, and what it sees. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { Client, type Stopped } from '../../harness/dap-client.js';

const WRITE = join(packageRoot(), 'microcode/base/data/write.uc');
const STORM = { scenario: 'storm', seed: 1 };

/** The only line of the file that holds the text: tests name code, not numbers. */
function lineOf(text: string, file = WRITE): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  expect(found).toHaveLength(1);
  return found[0] as number;
}
const MERGED = lineOf('post  GIVE (slot, result)');

/** One process for all: a session each, one after the other. */
let server: Client;
let port = 0;
let client: Client | undefined;

beforeAll(async () => {
  server = Client.command('--port', '0');
  port = await server.port();
});
afterAll(() => server.process?.kill());
afterEach(() => client?.disconnectRequest());

async function connected(): Promise<Client> {
  client = await Client.at(port);
  return client;
}

async function launched(args: object = {}): Promise<Client> {
  const c = await connected();
  await c.launched({ ...STORM, ...args });
  return c;
}

interface Set {
  readonly lines?: readonly DebugProtocol.SourceBreakpoint[];
  readonly functions?: readonly string[];
  readonly filters?: string[];
}

/** Launched, with breakpoints, and run to the first stop. */
async function stopped({ lines = [], functions = [], filters = [] }: Set, args?: object) {
  const c = await launched(args);
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [...lines] });
  await c.setFunctionBreakpointsRequest({ breakpoints: functions.map((name) => ({ name })) });
  await c.setExceptionBreakpointsRequest({ filters });
  await c.configurationDoneRequest();
  return { c, stop: await c.stopped() };
}

async function variablesOf(c: Client, stop: Stopped, scope: string): Promise<DebugProtocol.Variable[]> {
  const { scopes } = (await c.scopesRequest({ frameId: (await c.top(stop)).id })).body;
  const { variablesReference = 0 } = scopes.find(({ name }) => name === scope) ?? {};
  return (await c.variablesRequest({ variablesReference })).body.variables;
}

const shownIn = (variables: readonly DebugProtocol.Variable[], name: string): string | undefined =>
  variables.find((v) => v.name === name)?.value;

async function evaluated(c: Client, stop: Stopped, expression: string): Promise<string> {
  const { id: frameId } = await c.top(stop);
  return (await c.evaluateRequest({ expression, frameId, context: 'repl' })).body.result;
}

async function after(c: Client, request: Promise<unknown>): Promise<Stopped> {
  await request;
  return c.stopped();
}

test('a breakpoint of a source stops the task that comes to it, before the instruction', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  expect(stop).toMatchObject({ reason: 'breakpoint', allThreadsStopped: true, hitBreakpointIds: [1] });
  expect(await c.top(stop)).toMatchObject({ name: 'on WRITE', line: MERGED, source: { path: WRITE } });
  const { threads } = (await c.threadsRequest()).body;
  expect(threads.find(({ id }) => id === stop.threadId)?.name).toMatch(/^[AB]\.data \d+ WRITE$/);
});

test('a breakpoint where no instruction stands is moved to the next one', async () => {
  const c = await launched();
  const comment = lineOf('COMMIT: from here to GIVE');
  const { body } = await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line: comment }] });
  expect(body.breakpoints).toMatchObject([
    { verified: true, line: lineOf('call.hook commit, pair'), source: { path: WRITE } },
  ]);
});

test('a breakpoint in a file that is no microcode is not verified, and says why', async () => {
  const c = await launched();
  const { body } = await c.setBreakpointsRequest({ source: { path: '/etc/passwd' }, breakpoints: [{ line: 1 }] });
  expect(body.breakpoints[0]).toMatchObject({
    verified: false,
    message: expect.stringContaining('is no microcode of this rig'),
  });
});

test('a condition stops only where it holds', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED, condition: 'track == 3 && volume == 0' }] });
  const task = await variablesOf(c, stop, 'Task');
  expect([shownIn(task, 'track'), shownIn(task, 'volume')]).toEqual(['3', 'data0']);
});

test('a hit condition counts', async () => {
  const one = await stopped({ lines: [{ line: MERGED }] });
  const seen = [await evaluated(one.c, one.stop, 'operations')];
  for (let n = 0; n < 2; n++) {
    const stop = await after(one.c, one.c.continueRequest({ threadId: 1 }));
    seen.push(await evaluated(one.c, stop, 'operations'));
  }
  const { c, stop } = await stopped({ lines: [{ line: MERGED, hitCondition: '3' }] });
  expect(await evaluated(c, stop, 'operations')).toBe(seen[2]);
});

test('a log point says what stands in its braces, and does not stop', async () => {
  const lines = [{ line: MERGED, logMessage: 'track {track} of {volume}' }];
  const { c, stop } = await stopped({ lines, functions: ['time 3ms'] });
  expect(stop.reason).toBe('function breakpoint');
  expect(c.output('stdout')).toMatch(/^(track \d+ of (data|work)0\n)+$/);
});

test.each([
  ['base/data/write.uc:merged', MERGED],
  ['B/write.uc:merged', MERGED],
])('a function breakpoint stops at the label %s', async (name, line) => {
  const { c, stop } = await stopped({ functions: [name] });
  expect([stop.reason, (await c.top(stop)).line]).toEqual(['function breakpoint', line]);
});

test('a function breakpoint stops where a role takes a message', async () => {
  const { c, stop } = await stopped({ functions: ['message GET'] });
  expect([stop.reason, await c.top(stop)]).toMatchObject(['function breakpoint', { name: 'on GET' }]);
});

test('a function breakpoint that means nothing is not verified', async () => {
  const c = await launched();
  const { body } = await c.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'nowhere' }] });
  expect(body.breakpoints[0]).toMatchObject({ verified: false, message: expect.stringContaining('nowhere') });
});

test('variables are registers by name, and the records that they name', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const [task, track, pair] = [
    await variablesOf(c, stop, 'Task'),
    await variablesOf(c, stop, 'Track'),
    await variablesOf(c, stop, 'Pair'),
  ];
  expect(shownIn(task, 'result')).toBe('OK');
  expect(shownIn(track, 'flags')).toMatch(/^0x[0-9a-f]+ \(M1_WP\|.*WRITTEN\)$/);
  expect(shownIn(track, 'flags')).toBe(await evaluated(c, stop, 'track.flags[t]'));
  expect(shownIn(pair, 'state')).toBe('PAIR');
});

test('the director has its rings, the array its volumes and pairs', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const director = await variablesOf(c, stop, 'Director');
  expect(director.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^ring\([AB], channel, data\)$/));
  const rig = await variablesOf(c, stop, 'Array');
  const { variablesReference = 0 } = rig.find(({ name }) => name === 'pair data0') ?? {};
  const { variables } = (await c.variablesRequest({ variablesReference })).body;
  expect(shownIn(variables, 'state')).toBe('PAIR');
});

test('what is set is so in the rig, and reaches its registers and records', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { scopes } = (await c.scopesRequest({ frameId: (await c.top(stop)).id })).body;
  const reference = (name: string): number => scopes.find((s) => s.name === name)?.variablesReference ?? 0;
  const set = await c.setVariableRequest({ variablesReference: reference('Task'), name: 'x', value: '0x2a' });
  expect(set.body.value).toBe('42');
  const flags = await c.setVariableRequest({
    variablesReference: reference('Track'),
    name: 'flags',
    value: 'M1_WP|M2_INV|WRITTEN',
  });
  expect(flags.body.value).toContain('M2_INV');
  const { id: frameId } = await c.top(stop);
  await c.customRequest('setExpression', { expression: 'y', value: '7', frameId });
  expect([
    await evaluated(c, stop, 'x'),
    await evaluated(c, stop, 'track.flags[t]'),
    await evaluated(c, stop, 'y'),
  ]).toEqual(['42', flags.body.value, '7']);
});

test('what does not fit is refused, and nothing is set', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { id: frameId } = await c.top(stop);
  const before = await evaluated(c, stop, 'pair.state[pair]');
  expect(await c.refusal('setExpression', { expression: 'pair.state[pair]', value: '99', frameId })).toContain('PSUE');
  expect(await evaluated(c, stop, 'pair.state[pair]')).toBe(before);
});

test('a data breakpoint on the flags of a track stops when they change, and going back stops there again', async () => {
  const { c, stop } = await stopped({ lines: [{ line: lineOf('call.hook commit, pair') }] });
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

test('steps go forwards and back through the same places', async () => {
  const { c, stop } = await stopped({ lines: [{ line: lineOf('call.hook commit, pair') }] });
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
  const { c, stop } = await stopped({ lines: [{ line: commit }] });
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
  const { c } = await stopped({ lines: [{ line: MERGED }] });
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [] });
  expect((await after(c, c.reverseContinueRequest({ threadId: 1 }))).reason).toBe('beginning');
});

test('restart comes to the same breakpoint at the same moment', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const first = await evaluated(c, stop, 'operations');
  await after(c, c.continueRequest({ threadId: 1 }));
  const again = await after(c, c.restartRequest({}));
  expect(await evaluated(c, again, 'operations')).toBe(first);
});

test('restart with other arguments is another run', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const first = await evaluated(c, stop, 'operations');
  const again = await after(c, c.restartRequest({ arguments: { ...STORM, seed: 9 } } as object));
  expect(await evaluated(c, again, 'operations')).not.toBe(first);
});

test('memory is read and written, and what is beyond it is not there', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { memoryReference = '' } = (await variablesOf(c, stop, 'Task')).find(({ name }) => name === 'x') ?? {};
  await c.customRequest('writeMemory', { memoryReference, data: Buffer.from([1, 2, 0, 0]).toString('base64') });
  expect(await evaluated(c, stop, 'x')).toBe('513');
  const { body } = await c.customRequest('readMemory', { memoryReference, offset: 0, count: 4 });
  expect([...Buffer.from(body.data, 'base64')]).toEqual([1, 2, 0, 0]);
  const past = await c.customRequest('readMemory', { memoryReference: 'A:0x40000000', count: 8 });
  expect(past.body).toEqual({ address: 'A:0x40000000', unreadableBytes: 8 });
  expect(await c.refusal('writeMemory', { memoryReference: 'A:0x40000000', data: 'AAAA' })).toContain(
    'cannot be written',
  );
});

test('the disassembly has the lines of the source, and breakpoints of its own', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { instructionPointerReference: memoryReference = '' } = await c.top(stop);
  const { body } = await c.disassembleRequest({ memoryReference, instructionOffset: -1, instructionCount: 4 });
  const [before, here, next] = body?.instructions ?? [];
  expect([before?.location?.path, here?.line, here?.address]).toEqual([WRITE, MERGED, memoryReference]);
  expect(here).toMatchObject({ instruction: expect.stringMatching(/^post GIVE/), symbol: 'merged' });
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [] });
  await c.customRequest('setInstructionBreakpoints', { breakpoints: [{ instructionReference: next?.address }] });
  const at = await after(c, c.continueRequest({ threadId: 1 }));
  expect([at.reason, (await c.top(at)).instructionPointerReference]).toEqual(['instruction breakpoint', next?.address]);
});

test('a planted bug stops at its violation, in the source that has the bug', async () => {
  const { c, stop } = await stopped({ filters: ['fault', 'violation'] }, { plant: 'stale-acknowledgement' });
  expect(stop.reason).toBe('exception');
  const { body } = await c.exceptionInfoRequest({ threadId: stop.threadId ?? 1 });
  expect(body).toMatchObject({ exceptionId: 'violation', description: stop.text });
});

test('sources that are loaded are files, and a planted one is text', async () => {
  const c = await launched({ plant: 'stale-acknowledgement' });
  const { sources } = (await c.customRequest('loadedSources')).body as { sources: DebugProtocol.Source[] };
  const planted = sources.filter(({ sourceReference }) => sourceReference);
  expect([planted.length, sources.length > 20]).toEqual([1, true]);
  const { content } = (await c.sourceRequest({ source: planted[0], sourceReference: 0 })).body;
  expect(content).not.toBe(readFileSync(join(packageRoot(), planted[0]?.path ?? ''), 'utf8'));
});

test('names go on as there are names', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { id: frameId } = await c.top(stop);
  const text = 'track.flags[t] & pair.st';
  const { targets } = (await c.completionsRequest({ text, column: text.length + 1, frameId })).body;
  expect(targets).toContainEqual({ label: 'pair.state', start: 17, length: 7 });
});

test('at the console one asks who changed something last, and for tables', async () => {
  const { c, stop } = await stopped({ lines: [{ line: MERGED }] });
  const { evaluateName = '' } = (await variablesOf(c, stop, 'Track')).find(({ name }) => name === 'flags') ?? {};
  expect(await evaluated(c, stop, `when ${evaluateName}`)).toMatch(
    /-> 0x[0-9a-f]+ \(.*\) by [AB]\.data at microcode\//,
  );
  expect(await evaluated(c, stop, 'info tasks')).toMatch(/WRITE/);
  expect(await evaluated(c, stop, 'set x = 5')).toBe('5');
  expect(await evaluated(c, stop, 'help')).toContain('when PLACE');
});

test('a run that is paused stands, and goes on', async () => {
  const c = await launched();
  await c.configurationDoneRequest();
  await c.pauseRequest({ threadId: 1 });
  expect(['pause', 'end']).toContain((await c.stopped()).reason);
});

test('a run to its end says how it ended', async () => {
  const c = await launched({ scenario: 'takeover-and-return', stopAtEnd: false });
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
  const c = await connected();
  await c.initializeRequest();
  expect(await c.refusal('launch', { ...STORM, ...args })).toContain(said);
  await c.launchRequest({ ...STORM, stopOnEntry: true } as object);
  await c.next('initialized');
});

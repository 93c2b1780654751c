/** The debug adapter above its target: what it says to a client whatever the rig does, over a target that is a script. */
import { expect, test } from 'vitest';
import { Client } from '../../harness/dap-client.js';
import { type Script, ScriptedTarget } from '../../harness/scripted-target.js';

const LAUNCH = { scenario: 'script', stopOnEntry: true };
const WRITE = 'microcode/base/data/write.uc';

async function launched(script: Script = {}, launch: object = LAUNCH, client: object = {}, patience_ms = 60_000) {
  const target = new ScriptedTarget(script);
  const c = Client.session({ simulated: () => Promise.resolve(target) }, { patience_ms });
  await c.launched(launch, client);
  return { c, target };
}

async function standing(script?: Script, client?: object, patience_ms?: number) {
  const { c, target } = await launched(script, LAUNCH, client, patience_ms);
  await c.configurationDoneRequest();
  return { c, target, stop: await c.stopped() };
}

test('stopOnEntry stands before anything happens, at the place of the task', async () => {
  const { c, target, stop } = await standing();
  expect(stop).toMatchObject({ reason: 'entry', allThreadsStopped: true });
  const { name, source, line } = await c.top(stop);
  expect([name, source?.name, line]).toEqual(['on WRITE', 'write.uc', target.place().line]);
});

test('threads are the tasks that are under way, with the message that they carry out', async () => {
  const { c } = await standing();
  expect((await c.threadsRequest()).body.threads).toEqual([{ id: expect.any(Number), name: 'A.data 1 WRITE' }]);
});

test('a source whose text is another than the file here is got by its reference', async () => {
  const { c, stop } = await standing({ sources: { [WRITE]: 'role data ; planted\n' } });
  const { source } = await c.top(stop);
  expect(source).toMatchObject({ path: WRITE, sourceReference: 1 });
  const { body } = await c.sourceRequest({ sourceReference: 1 });
  expect(body.content).toBe('role data ; planted\n');
});

test('a breakpoint in a source without a file is one in that source', async () => {
  const { c, target, stop } = await standing({ sources: { [WRITE]: 'role data ; planted\n' } });
  const { source, line } = await c.top(stop);
  await c.setBreakpointsRequest({ source: source ?? {}, breakpoints: [{ line: line + 1 }] });
  expect(target.breaksSet.map(({ where }) => where)).toEqual([{ on: 'line', file: WRITE, line: line + 1 }]);
});

test('a reference of another session means the file that stands beside it', async () => {
  const { c, target } = await launched();
  const source = { path: WRITE, sourceReference: 77 };
  await c.setBreakpointsRequest({ source, breakpoints: [{ line: 12 }] });
  expect(target.breaksSet.map(({ where }) => where)).toEqual([{ on: 'line', file: WRITE, line: 12 }]);
});

test('a source that there is not is refused', async () => {
  const { c } = await launched();
  expect(await c.refusal('source', { sourceReference: 77 })).toBe('there is no source with the reference 77');
  expect(await c.refusal('source', { source: { path: 'microcode/no.uc' } })).toBe(
    'the text of microcode/no.uc is not known',
  );
});

test('a file of another clone is the one of the same path', async () => {
  const { c, target } = await launched();
  const source = { path: `/elsewhere/arraylab/${WRITE}` };
  await c.setBreakpointsRequest({ source, breakpoints: [{ line: 12 }] });
  expect(target.breaksSet.map(({ where }) => where)).toEqual([{ on: 'line', file: WRITE, line: 12 }]);
});

test('a client whose lines begin with 0 is spoken to in such', async () => {
  const target = new ScriptedTarget();
  const c = Client.session({ simulated: () => Promise.resolve(target) });
  await c.launched(LAUNCH, { linesStartAt1: false });
  const { body } = await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line: 11 }] });
  expect([target.breaksSet[0]?.where, body.breakpoints[0]?.line]).toEqual([{ on: 'line', file: WRITE, line: 12 }, 11]);
});

test('a breakpoint that is set again unchanged keeps its number', async () => {
  const { c, target } = await launched();
  const source = { path: WRITE };
  const one = await c.setBreakpointsRequest({ source, breakpoints: [{ line: 9 }, { line: 12 }] });
  const two = await c.setBreakpointsRequest({ source, breakpoints: [{ line: 12 }, { line: 14 }] });
  expect(two.body.breakpoints[0]?.id).toBe(one.body.breakpoints[1]?.id);
  expect(target.breaksSet).toHaveLength(2);
});

test.each([
  ['5', { ignore: 4 }],
  ['>= 5', { ignore: 4 }],
  ['> 5', { ignore: 5 }],
  ['= 2', { ignore: 1, once: true }],
  ['1', {}],
])('hit condition "%s"', async (hitCondition, wanted) => {
  const { c, target } = await launched();
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line: 9, hitCondition }] });
  expect(target.breaksSet).toEqual([{ id: 1, where: { on: 'line', file: WRITE, line: 9 }, ...wanted }]);
});

test.each(['0', '% 3', 'often', '> '])(
  'hit condition "%s" is not verified, and says what would be right',
  async (hit) => {
    const { c, target } = await launched();
    const { body } = await c.setBreakpointsRequest({
      source: { path: WRITE },
      breakpoints: [{ line: 9, hitCondition: hit }],
    });
    expect(body.breakpoints[0]).toMatchObject({ verified: false, message: expect.stringContaining('>= N') });
    expect(target.breaksSet).toEqual([]);
  },
);

test.each([
  ['merged', { on: 'label', label: 'merged' }],
  ['A/merged', { on: 'label', label: 'merged', array: 'A' }],
  ['message GET', { on: 'message', kind: 'GET' }],
  ['state pair A:data0 PSUE', { on: 'state', when: 'pair A:data0 PSUE' }],
  ['watch M2 A:data0:17', { on: 'watch', what: 'M2 A:data0:17' }],
  ['time 1.5ms', { on: 'time', time_ns: 1_500_000 }],
])('function breakpoint "%s"', async (name, where) => {
  const { c, target } = await launched();
  await c.setFunctionBreakpointsRequest({ breakpoints: [{ name }] });
  expect(target.breaksSet).toEqual([{ id: 1, where }]);
});

test('one that stops a single time is gone after that', async () => {
  const { c, target } = await launched({}, { scenario: 'script' });
  const { line } = target.place(3);
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line, hitCondition: '= 1' }] });
  await c.configurationDoneRequest();
  await c.stopped();
  await c.setFunctionBreakpointsRequest({ breakpoints: [] });
  expect(target.breaksSet).toEqual([]);
});

test('a log point says its words and does not stop', async () => {
  const { c, target } = await launched({}, { scenario: 'script' });
  const { line } = target.place(3);
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line, logMessage: 'took {t}' }] });
  await c.configurationDoneRequest();
  expect((await c.stopped()).reason).toBe('end');
  expect(c.output('stdout')).toBe('took {t}\n');
});

test('at the end one stands, and goes on from there into the end of the session, with the status of the run', async () => {
  const { c } = await launched({}, { scenario: 'script' });
  await c.configurationDoneRequest();
  expect(await c.stopped()).toMatchObject({ reason: 'end', description: 'FAIL: one violation' });
  await c.continueRequest({ threadId: 1 });
  expect((await c.next('exited')).body).toEqual({ exitCode: 1 });
  await c.next('terminated');
});

test('without stopAtEnd the session ends with the run', async () => {
  const { c } = await launched({}, { scenario: 'script', stopAtEnd: false });
  await c.configurationDoneRequest();
  await c.next('terminated');
  expect(c.output('console')).toContain('FAIL: one violation');
});

test('what runs cannot be looked at, but can be paused', async () => {
  const { c } = await standing({ isEndless: true });
  await c.continueRequest({ threadId: 1 });
  expect(await c.refusal('stackTrace', { threadId: 1 })).toBe('the rig runs; pause it first');
  expect((await c.threadsRequest()).body.threads).toHaveLength(1);
  await c.pauseRequest({ threadId: 1 });
  expect((await c.stopped()).reason).toBe('pause');
});

test('a way back that takes long is shown, and cancelled by the client', async () => {
  const { c } = await standing({ isEndless: true }, { supportsProgressReporting: true }, 0);
  await c.reverseContinueRequest({ threadId: 1 });
  const { body } = await c.next('progressStart');
  expect(body).toMatchObject({ title: 'Going back', cancellable: true });
  await c.customRequest('cancel', { progressId: body.progressId });
  expect((await c.next('progressEnd')).body.progressId).toBe(body.progressId);
  expect((await c.stopped()).reason).toBe('pause');
});

test('a client that shows no progress is told of none', async () => {
  const { c } = await standing({}, {}, 0);
  await c.stepBackRequest({ threadId: 1 });
  await c.stopped();
  const progress: unknown[] = [];
  c.on('progressStart', (event) => progress.push(event));
  await c.threadsRequest();
  expect(progress).toEqual([]);
});

test('disconnect lets the target go, also while it runs', async () => {
  const { c, target } = await standing({ isEndless: true });
  await c.continueRequest({ threadId: 1 });
  await c.disconnectRequest();
  expect(target.isClosed).toBe(true);
});

test('restart begins anew with the same breakpoints', async () => {
  const targets: ScriptedTarget[] = [];
  const simulated = () => {
    const target = new ScriptedTarget();
    targets.push(target);
    return Promise.resolve(target);
  };
  const c = Client.session({ simulated });
  await c.launched(LAUNCH);
  await c.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'merged' }] });
  await c.configurationDoneRequest();
  await c.stopped();
  await c.restartRequest({});
  expect((await c.stopped()).reason).toBe('entry');
  expect(targets.map(({ isClosed, breaksSet }) => [isClosed, breaksSet.length])).toEqual([
    [true, 1],
    [false, 1],
  ]);
});

test('after a restart a breakpoint that stops a single time does so again', async () => {
  const c = Client.session({ simulated: () => Promise.resolve(new ScriptedTarget()) });
  await c.launched({ scenario: 'script' });
  const { line } = new ScriptedTarget().place(3);
  await c.setBreakpointsRequest({ source: { path: WRITE }, breakpoints: [{ line, hitCondition: '= 1' }] });
  await c.configurationDoneRequest();
  expect((await c.stopped()).reason).toBe('breakpoint');
  await c.restartRequest({});
  expect((await c.stopped()).reason).toBe('breakpoint');
});

test('the response comes before what follows from the request', async () => {
  const { c } = await standing();
  for (const command of ['next', 'stepBack', 'continue']) {
    const { seq } = await c.customRequest(command, { threadId: 1 });
    expect((await c.next('stopped')).seq).toBeGreaterThan(seq);
  }
});

test('what a live rig cannot do is taken back, and refused', async () => {
  const live = () => Promise.resolve(new ScriptedTarget({ kind: 'live', can: { back: false, write: false } }));
  const c = Client.session({ live });
  await c.initializeRequest();
  await c.attachRequest({ url: 'http://127.0.0.1:1', tokenFile: 'token', stopOnEntry: true } as object);
  expect((await c.next('capabilities')).body.capabilities).toMatchObject({
    supportsStepBack: false,
    supportsSetVariable: false,
    supportsRestartRequest: false,
  });
  await c.configurationDoneRequest();
  const { threadId } = await c.stopped();
  expect(await c.refusal('stepBack', { threadId })).toBe('only a simulated run goes back');
});

test('one may step to the next message, or to the other array', async () => {
  const { c, target, stop } = await standing();
  const { id } = await c.top(stop);
  const { targets } = (await c.stepInTargetsRequest({ frameId: id })).body;
  for (const { id: targetId } of targets) {
    await c.stepInRequest({ threadId: stop.threadId ?? 0, targetId });
    await c.stopped();
  }
  expect(target.resumed.map(({ how }) => how)).toEqual(['instruction', 'message', 'peer']);
});

test('instructions before the first and behind the last of a role are marked', async () => {
  const { c, target, stop } = await standing();
  const { instructionPointerReference: memoryReference = '' } = await c.top(stop);
  const skip = -target.first - 2;
  const { body } = await c.disassembleRequest({ memoryReference, instructionOffset: skip, instructionCount: 4 });
  expect(body?.instructions.map(({ presentationHint }) => presentationHint)).toEqual([
    'invalid',
    'invalid',
    undefined,
    undefined,
  ]);
  expect(new Set(body?.instructions.map(({ address }) => BigInt(address))).size).toBe(4);
});

test.each([
  ['nosuch', {}, 'there is no request "nosuch"'],
  ['treads', {}, 'there is no request "treads"; did you mean "threads"?'],
  ['toString', {}, 'there is no request "toString"'],
  ['setBreakpoints', {}, 'setBreakpoints: source is missing; an object is wanted'],
  ['setBreakpoints', { source: { path: 7 } }, 'setBreakpoints: source: path is 7; a text is wanted'],
  ['stackTrace', { threadId: 99 }, 'there is no thread 99'],
  ['scopes', { frameId: 99 }, 'there is no frame 99: the rig went on since, or it never was'],
  ['variables', { variablesReference: 99 }, 'there is no variable 99: the rig went on since, or it never was'],
  ['readMemory', { memoryReference: 'Z:0', count: 4 }, '"Z:0" is no place; ARRAY:BYTE is, as A:0x40'],
  ['readMemory', { memoryReference: 'A:0', count: 1e9 }, 'count is 1000000000; 0 to 16777216 are possible'],
  ['disassemble', { memoryReference: '0x0', instructionCount: 1 }, '"0x0" is no address of microcode'],
  ['disassemble', { memoryReference: 'A:0', instructionCount: 1 }, '"A:0" is no address of microcode'],
  ['evaluate', { expression: 'info nothing', context: 'repl' }, '"nothing"'],
  ['launch', LAUNCH, 'launch: this session debugs something already'],
  ['restart', { arguments: { scenario: 'script', sed: 3 } }, 'launch: sed is not a field; did you mean seed?'],
])('%s %j is refused', async (command, args, text) => {
  const { c } = await standing();
  expect(await c.refusal(command, args)).toContain(text);
  expect((await c.threadsRequest()).body.threads).toHaveLength(1);
});

test.each([
  [{}, 'launch: scenario is missing; a text is wanted'],
  [{ scenario: 'storm', seed: -1 }, 'launch: seed is -1; a whole number from 0 is wanted'],
  [{ scenario: 'storm', seed: '7' }, 'launch: seed is "7"; a whole number is wanted'],
  [{ scenario: 'storm', settings: { load_us: 'x' } }, 'launch: settings: load_us is "x"; a whole number is wanted'],
  [{ scenario: 'storm', memory_mb: 0 }, 'launch: memory_mb is 0; a whole number from 1 to 65536 is wanted'],
  [{ scenario: 'storm', faults: [5] }, "launch: faults has 5; a text as 'cut A-B at 5ms' is wanted"],
  [{ scenario: 'storm', stoponentry: true }, 'launch: stoponentry is not a field; did you mean stopOnEntry?'],
])('launch %j is refused', async (args, text) => {
  const c = Client.session({});
  await c.initializeRequest();
  expect(await c.refusal('launch', args)).toBe(text);
});

test('before a launch there is nothing to set breakpoints in', async () => {
  const c = Client.session({});
  expect(await c.refusal('setBreakpoints', { source: { path: WRITE } })).toBe(
    'nothing is debugged yet: launch or attach comes first',
  );
});

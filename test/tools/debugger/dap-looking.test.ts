/** Sessions of the debug adapter with the simulated rig: what one sees and sets where it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../firmware/service/package-root.js';
import { after, DapRig, evaluated, MERGED, shownIn, variablesOf, WRITE } from '../../harness/dap-rig.js';

const rig = new DapRig();
beforeAll(() => rig.start());
afterAll(() => rig.stop());
afterEach(() => rig.endSession());

test('variables are registers by name, and the records that they name', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
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
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const director = await variablesOf(c, stop, 'Director');
  expect(director.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^ring\([AB], channel, data\)$/));
  const all = await variablesOf(c, stop, 'Array');
  const { variablesReference = 0 } = all.find(({ name }) => name === 'pair data0') ?? {};
  const { variables } = (await c.variablesRequest({ variablesReference })).body;
  expect(shownIn(variables, 'state')).toBe('PAIR');
});

test('what is set is so in the rig, and reaches its registers and records', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
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
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const { id: frameId } = await c.top(stop);
  const before = await evaluated(c, stop, 'pair.state[pair]');
  expect(await c.refusal('setExpression', { expression: 'pair.state[pair]', value: '99', frameId })).toContain('PSUE');
  expect(await evaluated(c, stop, 'pair.state[pair]')).toBe(before);
});

test('memory is read and written, and what is beyond it is not there', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
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
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
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

test('sources that are loaded are files, and a planted one is text', async () => {
  const c = await rig.launched({ plant: 'stale-acknowledgement' });
  const { sources } = (await c.customRequest('loadedSources')).body as { sources: DebugProtocol.Source[] };
  const planted = sources.filter(({ sourceReference }) => sourceReference);
  expect([planted.length, sources.length > 20]).toEqual([1, true]);
  const { content } = (await c.sourceRequest({ source: planted[0], sourceReference: 0 })).body;
  expect(content).not.toBe(readFileSync(join(packageRoot(), planted[0]?.path ?? ''), 'utf8'));
});

test('names go on as there are names', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const { id: frameId } = await c.top(stop);
  const text = 'track.flags[t] & pair.st';
  const { targets } = (await c.completionsRequest({ text, column: text.length + 1, frameId })).body;
  expect(targets).toContainEqual({ label: 'pair.state', start: 17, length: 7 });
});

test('at the console one asks who changed something last, and sets, with the commands of arraylab debug', async () => {
  const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
  const { evaluateName = '' } = (await variablesOf(c, stop, 'Track')).find(({ name }) => name === 'flags') ?? {};
  expect(await evaluated(c, stop, `when ${evaluateName}`)).toMatch(
    /→ 0x[0-9a-f]+ \(.*\), by [AB]\.data \d+ at microcode\//,
  );
  expect(await evaluated(c, stop, 'info tasks')).toMatch(/WRITE/);
  expect(await evaluated(c, stop, 'set x = 5')).toMatch(/\b5\b/);
  expect(await evaluated(c, stop, 'x')).toBe('5');
  expect(await evaluated(c, stop, 'x/2x A:0x40')).toMatch(/^A:0x00000040 {2}0x[0-9a-f]{8} 0x[0-9a-f]{8}$/);
  expect(await evaluated(c, stop, 'help')).toContain('when');
});

test.each(['finish', 'continue', 'break write.uc:merged', 'reverse-continue'])(
  'at the console "%s" is the editor\'s',
  async (said) => {
    const { c, stop } = await rig.stopped({ lines: [{ line: MERGED }] });
    const { id: frameId } = await c.top(stop);
    const { line } = await c.top(stop);
    expect(await c.refusal('evaluate', { expression: said, frameId, context: 'repl' })).toContain(
      'at the console one looks and sets',
    );
    expect((await c.top(stop)).line).toBe(line);
  },
);

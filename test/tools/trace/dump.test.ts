/** Dumps of simulated runs: what they hold is what the run had at its first violation, and they name the line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whereIs } from '../../../firmware/engine/program.js';
import { T_PC, T_SELF, TASK_SHIFT, TOKEN_MASK } from '../../../firmware/engine/tasks.js';
import { MICROCODED_ROLES, roleNumber } from '../../../firmware/ports/messages.js';
import type { ArrayConfig, Images } from '../../../firmware/runtime/machine/array.js';
import type { Chunk } from '../../../firmware/service/dump/chunks.js';
import { dumpChunks, readDump } from '../../../firmware/service/dump/dump-file.js';
import { encodeFile } from '../../../firmware/service/dump/files.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { dumpRun } from '../../../tools/dump/dumping.js';
import { runScenario } from '../../../tools/regress/run.js';
import { imagesWith, loadPlant, loadScenario } from '../../../tools/regress/scenarios.js';
import { allEvents } from '../../../tools/trace/events.js';
import { edited } from '../../harness/changed-microcode.js';
import { IMAGES } from '../../simulated/helpers.js';
import { folder } from './traced.js';

let files = 0;

/** A run that fails, its dump, and what its arrays' memories were then. */
async function dumped(name: string, seed: number, images: Images, settings = {}) {
  const scenario = await loadScenario(name);
  const rig = loadSimRig(scenario.rig);
  let memories: Buffer[] = [];
  const failed = runScenario(scenario, rig, images, seed, settings, (sim) => {
    sim.onViolation = () => {
      memories = sim.world.arrays.map(({ memory }) => Buffer.from(memory.bytes));
    };
  });
  const path = join(folder, `${files++}.aldump`);
  dumpRun({ scenario, rig, images, failed, run: { scenario: name, seed, command: 'as told' }, path });
  return { path, failed, memories, dump: readDump(path) };
}

const faulty = (): Images => ({
  ...IMAGES,
  data: edited(
    'data',
    'microcode/base/data/write.uc',
    'on WRITE using write\n',
    'on WRITE using write\n    unlock track\n',
  ),
});

test('of a microcode fault it names role, task and line, and has the memory of that moment', async () => {
  const { dump, failed, memories } = await dumped('cut-and-return', 1, faulty());
  const { cause, arrays, trace, run, rig } = dump;
  expect([cause.what, rig, run?.seed, run?.command]).toEqual(['fault', 'tiny-pair', 1, 'as told']);
  expect(cause.text).toBe(failed.violations[0]?.text);
  expect(Math.floor(cause.time_ns / 1000)).toBe(failed.violations[0]?.time_us);
  const { array = 0, role = 'data', task = 0, pc = 0 } = cause.where ?? {};
  const image = arrays[array]?.images[role];
  expect(cause.text).toContain(whereIs(image as NonNullable<typeof image>, pc));
  expect(whereIs(image as NonNullable<typeof image>, pc)).toMatch(/^microcode\/base\/data\/write\.uc:\d+ \(WRITE\)$/);
  for (const [i, { tables }] of arrays.entries()) expect(memories[i]?.equals(tables.memory.bytes)).toBe(true);
  // The task is found in the tables, by its token.
  const { tables } = arrays[array] as (typeof arrays)[number];
  const { layout, m } = tables.memory;
  const number = roleNumber(role) * layout.tasksOfRole + (task & TOKEN_MASK) - 1;
  const at = layout.base.task + (number << TASK_SHIFT);
  expect(m[at + T_SELF]).toBe(task);
  expect(m[at + T_PC]).toBeLessThanOrEqual(pc);
  expect(tables.get('node', 'dead', roleNumber(role))).toBe(pc + 1);
  const last = allEvents(trace)
    .filter(({ what }) => what === 'FAULT')
    .at(-1);
  expect([last?.array, last?.role, last?.task, last?.place?.instruction]).toEqual([
    arrays[array]?.config.name,
    role,
    task,
    pc,
  ]);
});

test('of a violation of the oracle it has everything too, and no place', async () => {
  const plant = await loadPlant('flags-after-merge');
  const { dump, memories } = await dumped('storm', 5, imagesWith(plant), { load_us: 60_000, faults: 4 });
  expect(dump.cause.what).toBe('violation');
  expect(dump.cause.where).toBeUndefined();
  expect(dump.arrays.map(({ config }) => config.name)).toEqual(['A', 'B']);
  for (const [i, { tables }] of dump.arrays.entries()) expect(memories[i]?.equals(tables.memory.bytes)).toBe(true);
  const marks = allEvents(dump.trace).filter(({ text }) => text === 'violation');
  expect(marks.length).toBe(2 * MICROCODED_ROLES.length);
  expect(allEvents(dump.trace).at(-1)?.text).toBe('violation');
});

test('of an error that the machine throws it has the turn that was under way', async () => {
  // More messages than can be under way.
  const broken = edited(
    'data',
    'microcode/base/data/write.uc',
    'on WRITE using write\n',
    'on WRITE using write\n    ldi   x, #0\nmore:\n    post  DROP (x)\n    br    more\n',
  );
  const { dump } = await dumped('cut-and-return', 1, { ...IMAGES, data: broken });
  expect(dump.cause.text).toMatch(/ring data → data (overflows|does not exist)/);
  expect([dump.cause.what, dump.cause.where?.role]).toEqual(['check', 'data']);
});

test('two dumps of one failure are the same, byte for byte', async () => {
  const [one, two] = [await dumped('cut-and-return', 1, faulty()), await dumped('cut-and-return', 1, faulty())];
  expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true);
});

test('a run that does not fail has no dump', async () => {
  const scenario = await loadScenario('cut-and-return');
  const rig = loadSimRig(scenario.rig);
  const failed = { ...runScenario(scenario, rig, IMAGES, 1), violations: [{ text: 'once', time_us: 0 }] };
  const run = { scenario: 'x', seed: 1, command: '' };
  const path = join(folder, 'none.aldump');
  expect(() => dumpRun({ scenario, rig, images: IMAGES, failed, run, path })).toThrow('"once" then, no violation now');
});

test('a dump that was damaged or cut anywhere is refused, with its name and a byte', async () => {
  const { path } = await dumped('cut-and-return', 1, faulty());
  const whole = readFileSync(path);
  const other = join(folder, 'damaged.aldump');
  const refused = (bytes: Buffer): void => {
    writeFileSync(other, bytes);
    expect(() => readDump(other)).toThrow(/damaged\.aldump: (image \d+, chunk at byte \d+: )?byte \d+: /);
  };
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ change;
      refused(bytes);
      refused(whole.subarray(0, at));
    }),
    { numRuns: 50 },
  );
});

test('what fits no array, and what is no dump, is refused', async () => {
  const { path, dump } = await dumped('cut-and-return', 1, faulty());
  const { head, rings } = dump.trace;
  const other = join(folder, 'other.aldump');
  const [first] = dump.arrays;
  const array = {
    config: first?.config as ArrayConfig,
    images: first?.images ?? {},
    memory: new Uint8Array(4).fill(1),
  };
  const source = {
    head: { ...head, arrays: head.arrays.slice(0, 1), rings: head.rings.slice(0, 5) },
    cause: dump.cause,
    arrays: [array],
    rings: rings.slice(0, 5).map(({ records, lost }) => ({ words: records, written: records.length / 16 + lost })),
  };
  const wrong = (change: (chunk: Chunk) => Chunk): string => {
    writeFileSync(other, encodeFile('dump', Array.from(dumpChunks(source), change)));
    try {
      readDump(other);
      return 'read';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(wrong((chunk) => chunk)).toBe('read');
  expect(wrong((c) => (c.tag === 'MEMO' ? { ...c, index: 7 } : c))).toMatch(
    /byte \d+: memory of array 7; there are 1$/,
  );
  expect(wrong((c) => (c.tag === 'MEMO' ? { ...c, part: 4000 } : c))).toMatch(
    /byte \d+: memory up to byte \d+; array 0 has \d+$/,
  );
  expect(wrong((c) => (c.tag === 'MEMO' ? { ...c, tag: 'MUMM' } : c))).toMatch(/a chunk "MUMM", which no dump has$/);
  expect(wrong((c) => (c.tag === 'WHY ' ? { ...c, bytes: Buffer.from('{}') } : c))).toContain('the text of chunk WHY');
  const dims = { ...array.config.dims, sectorsPerTrack: 1000 };
  const config = [{ ...array.config, dims }];
  expect(wrong((c) => (c.tag === 'CONF' ? { ...c, bytes: Buffer.from(JSON.stringify(config)) } : c))).toContain(
    'array A cannot be made again: sectorsPerTrack is 1000',
  );
  expect(readDump(path).arrays.length).toBe(2);
  writeFileSync(other, encodeFile('trace', []));
  expect(() => readDump(other)).toThrow('byte 0: this is a trace; a dump is wanted');
});

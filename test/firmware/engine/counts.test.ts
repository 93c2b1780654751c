/** Counts of instructions: against a person's count, and against one that looks at the task between any two instructions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withCounts } from '../../../firmware/engine/counts.js';
import { N_READY, T_PC, TASK_SHIFT } from '../../../firmware/engine/tasks.js';
import { TURN_BUDGET } from '../../../firmware/memory/constants.js';
import { ArrayMachine } from '../../../firmware/runtime/machine/array.js';
import { imageOf, imagesWith } from '../../harness/images.js';
import { type Program, program } from '../../harness/program.js';

/** `[runs, elsewhere]` by instruction. */
const pairs = (words: Float64Array): [number, number][] =>
  Array.from({ length: words.length / 2 }, (_, i) => [words[i * 2] as number, words[i * 2 + 1] as number]);

function counted(p: Program): Float64Array {
  const words = new Float64Array(p.node.code.length);
  p.node.counts = words;
  return words;
}

describe('counts', () => {
  test('say how often each instruction ran, and how often a branch was taken', () => {
    const p = program(
      '    ldi r1, #5\nagain:\n    add r0, r0, #1\n    call odd\n    sub r1, r1, #1\n    br.ne r1, #0, again\n---\nsub odd\n    and r2, r0, #1\n    br.eq r2, #0, even\n    add r3, r3, #1\neven:\n    ret',
    );
    const words = counted(p);
    p.go();
    expect(pairs(words).map(([runs]) => runs)).toEqual([1, 5, 5, 5, 5, 1, 5, 5, 3, 5]);
    expect(pairs(words)[4]).toEqual([5, 4]);
    expect(pairs(words)[7]).toEqual([5, 2]);
  });

  test('are not kept unless somebody wants them', () => {
    expect(program('    ldi r1, #5').node.counts).toBeUndefined();
  });

  test('a call.hook counts as gone elsewhere where the recipe has a module', () => {
    const body = '    ldi r1, #0\n    call.hook overflow, r1\n    ldi r2, #1\n---\nhook overflow\n    ret';
    for (const [hooks, elsewhere] of [
      [{ overflow: 'test' }, 1],
      [{}, 0],
    ] as const) {
      const p = program(body, 'data', { recipe: { name: 'own', hooks } });
      const words = counted(p);
      p.go();
      expect(pairs(words)[1]).toEqual([1, elsewhere]);
    }
  });

  test('the last branch of a turn that never ends counts before the fault', () => {
    const p = program('    ldi r1, #1\nagain:\n    br.ne r1, #0, again');
    const words = counted(p);
    expect(() => p.go()).toThrow(`ran ${TURN_BUDGET} micro-operations`);
    expect(pairs(words)[1]).toEqual([TURN_BUDGET - 1, TURN_BUDGET - 1]);
  });

  test('an instruction before which the node stopped counts once, when it is done', () => {
    const p = program('    ldi r1, #3\nagain:\n    sub r1, r1, #1\n    br.ne r1, #0, again');
    const words = counted(p);
    p.node.stopAt([1, 2]);
    p.begin();
    while (p.machine.memory.m[p.node.at + N_READY] !== 0) {
      p.node.run(1000, false);
      if (p.node.stopped >= 0) p.node.stepOver();
    }
    expect(pairs(words)).toEqual([
      [1, 0],
      [3, 0],
      [3, 2],
      [1, 0],
    ]);
  });
});

/** A loop over blocks, each with a branch onwards that depends on a register, and maybe a sub. */
const bodies = fc
  .array(fc.record({ op: fc.constantFrom('br.eq', 'br.ne', 'br.lt', 'br.ge'), n: fc.nat(7), calls: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((blocks) => {
    const lines = blocks.map(
      ({ op, n, calls }, i) =>
        `    and r2, r0, #7\n    ${op} r2, #${n}, to${i}\n    ${calls ? 'call twice' : 'add r3, r3, #1'}\nto${i}:\n    add r0, r0, #3`,
    );
    return `    ldi r1, #9\nagain:\n${lines.join('\n')}\n    sub r1, r1, #1\n    br.ne r1, #0, again\n---\nsub twice\n    add r3, r3, #2\n    ret`;
  });

/** Counts by looking where the task stands before and after each instruction. */
function steppedThrough(body: string, start: readonly number[]): [number, number][] {
  const p = program(body);
  const counts = Array.from({ length: p.node.code.length / 2 }, (): [number, number] => [0, 0]);
  const { m } = p.machine.memory;
  const task = p.begin(start);
  const at = p.node.tasks + (task << TASK_SHIFT) + T_PC;
  const branches = new Set([...p.node.program.image.lines.keys()].filter((pc) => isConditional(p, pc)));
  while (m[p.node.at + N_READY] !== 0) {
    const pc = m[at] as number;
    p.node.run(1, false);
    const count = counts[pc] as [number, number];
    count[0]++;
    if (branches.has(pc) && m[at] !== pc + 1) count[1]++;
  }
  return counts;
}

const isConditional = (p: Program, pc: number): boolean => {
  const op = (p.node.code[pc * 2] as number) & 255;
  return op >= 0x04 && op <= 0x0f;
};

test('counts are the same however turns are cut, and as who steps through the program counts', () => {
  fc.assert(
    fc.property(bodies, fc.nat(7), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (body, x, cuts) => {
      const expected = steppedThrough(body, [x]);
      const p = program(body);
      const words = counted(p);
      p.begin([x]);
      for (let i = 0; p.machine.memory.m[p.node.at + N_READY] !== 0; i++)
        p.node.run(cuts[i % cuts.length] as number, false);
      const got = pairs(words).map(([runs, elsewhere], pc) => [runs, isConditional(p, pc) ? elsewhere : 0]);
      expect(got).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('an image that was made from one that counts does not count into it', () => {
  const image = withCounts(imageOf('data'));
  const other = { ...image, crc: image.crc ^ 1 };
  const p = program('    ldi r1, #1');
  const { config, memory } = p.machine;
  const clock = { now_ns: () => 0 };
  const node = (data: typeof image) =>
    new ArrayMachine(
      config,
      memory.layout,
      new SharedArrayBuffer(memory.layout.bytes),
      { ...imagesWith('disk'), data },
      clock,
    ).nodes.find(
      ({
        program: {
          image: { role },
        },
      }) => role === 'data',
    );
  expect(node(image)?.counts).toBe(image.counts?.words);
  expect(node(other)?.counts).toBeUndefined();
});

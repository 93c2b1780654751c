import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { T_SP, TASK_SHIFT } from '../../../firmware/engine/tasks.js';
import { TURN_BUDGET } from '../../../firmware/memory/constants.js';
import { program } from '../../harness/program.js';

const word = fc.oneof(
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  fc.constantFrom(0, 1, -1, 0xffff, -0x8000_0000),
);
const SMALL = [0, 1, 7, 0x8000, 0xffff];

/** Went to the label? */
const taken = (branch: string): string => `    ldi r15, #1\n    ${branch}, to\n    ldi r15, #0\nto:\n    mov r14, r15`;

const PAIRS: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  'br.eq': (x, y) => x === y,
  'br.ne': (x, y) => x !== y,
  'br.lt': (x, y) => x >>> 0 < y >>> 0,
  'br.ge': (x, y) => x >>> 0 >= y >>> 0,
};

describe('a branch', () => {
  for (const [name, f] of Object.entries(PAIRS)) {
    test(`${name} compares two registers as unsigned words`, () => {
      const p = program(taken(`${name} r0, r1`));
      fc.assert(
        fc.property(word, word, fc.boolean(), (x, other, same) => {
          const y = same ? x : other;
          expect(p.go([x, y])[14]).toBe(f(x, y) ? 1 : 0);
        }),
      );
    });

    test(`${name} compares a register with a constant of 16 bits`, () => {
      for (const n of SMALL) {
        const p = program(taken(`${name} r0, #${n}`));
        for (const x of [...SMALL, n - 1, n + 1, -1, 0x10000, 0x10000 + n]) expect(p.go([x])[14]).toBe(f(x, n) ? 1 : 0);
      }
    });
  }

  test('br.any and br.none look at the bits of a mask of 16 bits', () => {
    for (const mask of [1, 0x8000, 0x0110]) {
      const any = program(taken(`br.any r0, #${mask}`));
      const none = program(taken(`br.none r0, #${mask}`));
      for (const x of [0, 1, 0x8000, 0x0100, -1, mask << 16, ~mask]) {
        expect(any.go([x])[14]).toBe((x & mask) !== 0 ? 1 : 0);
        expect(none.go([x])[14]).toBe((x & mask) === 0 ? 1 : 0);
      }
    }
  });

  test('br.neg goes for negative words, br always', () => {
    const neg = program(taken('br.neg r0'));
    for (const x of [-1, -0x8000_0000, 0, 1, 0x7fff_ffff]) expect(neg.go([x])[14]).toBe(x < 0 ? 1 : 0);
    expect(program('    br to\n    ldi r0, #1\nto:\n    ldi r1, #1').go().slice(0, 2)).toEqual([0, 1]);
  });

  test('case skips to one of n branches, and past all of them for n and more, also for negative words', () => {
    const p = program(
      '    case r0, #2\n    br zero\n    br one\n    ldi r1, #99\n    br done\nzero:\n    ldi r1, #10\n    br done\none:\n    ldi r1, #11\ndone:\n    mov r2, r1',
    );
    expect([0, 1, 2, 3, 1000, -1].map((x) => p.go([x])[2])).toEqual([10, 11, 99, 99, 99, 99]);
  });
});

describe('a call', () => {
  const nested = [1, 2, 3]
    .map((n) => `sub s${n}\n    add r0, r0, #1\n    call s${n + 1}\n    add r1, r1, #1\n    ret`)
    .join('\n');

  test('comes back to the instruction after it, four deep', () => {
    const p = program(`    call s1\n    ldi r2, #1\n---\n${nested}\nsub s4\n    add r0, r0, #1\n    ret`);
    expect(p.go().slice(0, 3)).toEqual([4, 3, 1]);
  });

  test('five deep is a fault', () => {
    const p = program('    call s1\n---\nsub s1\n    ret');
    const task = p.begin();
    p.machine.memory.m[p.node.tasks + (task << TASK_SHIFT) + T_SP] = 4;
    expect(() => p.run()).toThrow('calls 5 deep; 4 is the most');
  });

  test('of a hook runs what the recipe of the pair names, else nothing, nothing for a local volume either', () => {
    const hook = 'hook commit\n    ldi r5, #42\n    ret';
    const p = program(`    call.hook commit, r0\n    call.hook apply, r0\n---\n${hook}`, 'data', {
      volumes: [{ tracks: 1, pair: 'source' }, { tracks: 1 }],
      recipe: { name: 'test', hooks: { commit: 'test' } },
    });
    expect(p.go([0])[5]).toBe(42);
    expect(p.go([-1])[5]).toBe(0);
  });

  test('that nobody made cannot be returned from', () => {
    const p = program('    mov r0, r0\n---\nsub s1\n    ret');
    const task = p.begin();
    const ret = p.node.program.image.labels.find((l) => l.name === 's1')?.at ?? -1;
    p.set('task.pc', p.node.role * p.machine.memory.layout.tasksOfRole + task - 1, ret);
    expect(() => p.run()).toThrow('ret without a call');
  });
});

describe('a turn', () => {
  test(`of ${TURN_BUDGET} micro-operations without a wait is a fault`, () => {
    const p = program('again:\n    br again');
    expect(() => p.go()).toThrow(
      `microcode fault at test.uc:4 (OFFER): ran ${TURN_BUDGET} micro-operations without a wait or a yield (data, task`,
    );
    expect(p.node.dead).toBe(true);
  });

  test('is as long in many small steps as in one', () => {
    const p = program('again:\n    br again');
    p.begin();
    for (let i = 0; i < TURN_BUDGET - 1; i += p.run(Math.min(7, TURN_BUDGET - 1 - i)));
    expect(() => p.run(1)).toThrow('without a wait or a yield');
  });

  test('begins anew after a yield, which lets others run first', () => {
    const p = program(
      'again:\n    inc system.ready\n    yield\n    sub r0, r0, #1\n    br.ne r0, #0, again\n    st system.volumes, r1',
    );
    p.begin([TURN_BUDGET, 1]);
    p.run(TURN_BUDGET + 1);
    expect(p.get('system.ready')).toBeGreaterThan(1);
    p.begin([1, 2]);
    p.run(10);
    expect(p.get('system.volumes')).toBe(2);
  });

  test('ends by an assertion that does not hold, with its code', () => {
    expect(() => program('    assert r0, #17').go([0])).toThrow('test.uc:3 (OFFER): assertion 17 (data, task');
    expect(program('    assert r0, #17\n    ldi r1, #1').go([5])[1]).toBe(1);
  });

  test('of a word that is no instruction is a fault', () => {
    const p = program('    mov r0, r0');
    p.node.code[0] = 0xff;
    expect(() => p.go()).toThrow('no instruction has opcode 255');
  });
});

describe('an end', () => {
  const fault = (body: string, text: string): void => {
    expect(() => program(body).go()).toThrow(
      new RegExp(`^microcode fault at test\\.uc:\\d+ \\(OFFER\\): ${text} \\(data, task \\d+\\)$`),
    );
  };

  test('with a lock is a fault', () => {
    fault('    lock r0', 'ends with 1 track lock\\(s\\) held');
    fault('    lock r0\n    ldi r1, #1\n    lock r1', 'ends with 2 track lock\\(s\\) held');
  });

  test('with a request that nobody answered is a fault', () => {
    fault('    send ADOPT ()\n    send ADOPT ()', 'ends with 2 request\\(s\\) unanswered');
  });

  test('without the answer that is owed is a fault', () => {
    const p = program('    mov r0, r0\n---\non SYNC\n    end');
    expect(() => p.receive('SYNC')).toThrow('test.uc:6 (SYNC): ends without an answer to SYNC (data, task');
  });

  test('cannot be followed by a second answer', () => {
    const p = program('    mov r0, r0\n---\non SYNC\n    reply (r0)\n    reply (r0)\n    end');
    expect(() => p.receive('SYNC')).toThrow('replies twice, or to a message that wants no answer');
  });
});

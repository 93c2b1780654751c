/** The mutation tool, on programs of a few lines. */
import { describe, expect, test } from 'vitest';
import { MICROCODE_ROOT, readSources } from '../../../tools/assembler/load-sources.js';
import type { Check } from '../../../tools/mutate/checks.js';
import { Judge, type Known } from '../../../tools/mutate/judge.js';
import {
  assembleMutant,
  filesOf,
  type Mutant,
  mutantsOf,
  type Program,
  programsOf,
} from '../../../tools/mutate/mutants.js';
import { stale } from '../../../tools/mutate/reviewed.js';

const FILE = 'microcode/base/data/tiny.uc';

/** The data role does only this; the others are as they are. */
function dataDoes(body: string): { programs: Program[]; data: Program; mutants: Mutant[] } {
  const text = `role data\n\non OFFER\n${body}`;
  const programs = programsOf((role) => (role === 'data' ? [{ path: FILE, text }] : readSources(MICROCODE_ROOT, role)));
  const data = programs.find((p) => p.role === 'data') as Program;
  return { programs, data, mutants: mutantsOf(programs, (file) => file === FILE) };
}

const changes = (body: string): string[] => dataDoes(body).mutants.map((m) => `${m.instruction}: ${m.change}`);
const hook = 'use x=r1 y=r2\n';

describe('files of a system', () => {
  const source = (module: string, text: string) => ({ path: `microcode/${module}.uc`, text });
  const programs = [
    {
      role: 'data' as const,
      sources: [
        source('base/data/journal', 'on SPILL\n    call  unnamed\n'),
        source('commit/one', 'hook commit\n    post  RESTORE (x)\n    post  SPILL (x)\n    ret\n'),
        source('apply/two', 'on RESTORE\n    call  three\n    end\n'),
        source('apply/three', 'sub three\n    call  four\n    ret\n'),
        source('apply/four', 'sub unnamed\n    ret\n'),
      ],
    },
    { role: 'remote' as const, sources: [source('ship/four', 'sub four\n    ret\n')] },
  ];
  const isOf = filesOf({ hooks: { commit: 'commit/one' } }, programs);

  test.each([
    ['the base', 'base/data/journal', true],
    ['a module of a hook', 'commit/one', true],
    ['a module with a handler to which one posts', 'apply/two', true],
    ['a module with a sub that such a one calls', 'apply/three', true],
    ['a module to which nothing but the base comes', 'apply/four', false],
    ['a sub of that name in another role', 'ship/four', false],
  ] as const)('%s: %s', (_, module, isIn) => {
    expect(isOf(`microcode/${module}.uc`)).toBe(isIn);
  });
});

describe('mutants', () => {
  test('each instruction is dropped; a branch is turned round as well', () => {
    expect(changes(`${hook}ldi x, #1 ; a comment\nbr.lt x, #3, done\ninc system.lost\ndone:\nend\n`)).toEqual([
      'ldi x, #1: drop',
      'br.lt x, #3, done: drop',
      'br.lt x, #3, done: br.ge',
      'inc system.lost: drop',
      'end: drop',
    ]);
  });

  test('each flag of a mask is left out, and flags are cleared for set', () => {
    expect(changes(`${hook}flag.set x, volume, #M1_WP|M2_INV\nend\n`)).toEqual([
      'flag.set x, volume, #M1_WP|M2_INV: drop',
      'flag.set x, volume, #M1_WP|M2_INV: flag.clr',
      'flag.set x, volume, #M1_WP|M2_INV: without M1_WP',
      'flag.set x, volume, #M1_WP|M2_INV: without M2_INV',
      'end: drop',
    ]);
  });

  test.each([
    ['what one writes and the other reads', 'ldi x, #1\nadd y, x, #1\n', 1],
    ['registers that have nothing to do with each other', 'ldi x, #1\nldi y, #2\n', 0],
    [
      'two stores to battery memory, between which power may go',
      'st pair.state[volume], x\nst pair.role[volume], x\n',
      1,
    ],
    ['two stores to volatile memory', 'st session.open[volume], x\nst session.taking[volume], x\n', 0],
    ['a store and a look at the same field', 'st session.open[volume], x\nld y, session.open[volume]\n', 1],
    ['a store and tasks that are woken', 'st session.open[volume], x\nwake.all session.storing[volume]\n', 0],
    ['half of a field of two words', 'st64 lock.acked[volume], r2\nld y, lock.acked+1[volume]\n', 1],
  ])('neighbours change places where it can make a difference: %s', (_, lines, swaps) => {
    expect(changes(`${hook}${lines}end\n`).filter((c) => c.endsWith('swap'))).toHaveLength(swaps);
  });

  test('what is behind a label is no neighbour', () => {
    expect(changes(`${hook}again:\ninc system.lost\nld x, system.lost\nbr.eq x, #2, again\nend\n`)).toContain(
      'inc system.lost / ld x, system.lost: swap',
    );
    expect(changes(`${hook}inc system.lost\nagain:\nld x, system.lost\nbr.eq x, #2, again\nend\n`)).not.toContain(
      'inc system.lost / ld x, system.lost: swap',
    );
  });

  test('two that are alike have names that differ', () => {
    const keys = dataDoes('inc system.lost\ninc system.lost\nend\n').mutants.map((m) => m.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toBe(`${FILE} | on OFFER | inc system.lost | drop`);
    expect(keys).toContain(`${FILE} | on OFFER | inc system.lost | drop | 2`);
  });

  test('a dropped branch takes the label that only it named with it', () => {
    const { data, mutants } = dataDoes(`${hook}br.eq x, #3, done\ninc system.lost\ndone:\nend\n`);
    const image = assembleMutant(data, mutants.find((m) => m.change === 'drop') as Mutant);
    expect(image?.code.length).toBe(data.image.code.length - 2);
  });

  test('a handler without its end is no program', () => {
    const { data, mutants } = dataDoes('inc system.lost\nend\n');
    expect(assembleMutant(data, mutants.find((m) => m.instruction === 'end') as Mutant)).toBeUndefined();
  });
});

describe('a judge', () => {
  const { programs, mutants } = dataDoes('inc system.lost\nend\n');
  const [dropped] = mutants as [Mutant];
  const original = Object.fromEntries(programs.map((p) => [p.role, p.image]));
  const check = (said: string | undefined): Check => ({ name: `says ${said}`, run: () => Promise.resolve(said) });
  const known = (runsIt: boolean): Known => ({ name: '', ms: 1, covered: { data: Uint8Array.of(runsIt ? 1 : 0, 1) } });
  const judge = (...checks: [string | undefined, boolean][]) =>
    new Judge(
      programs,
      original,
      checks.map(([said]) => check(said)),
      checks.map(([, runsIt]) => known(runsIt)),
    ).judge(dropped);

  test('names the check that noticed', async () => {
    expect(await judge([undefined, true], ['a lost write', true])).toMatchObject({
      is: 'noticed',
      said: 'a lost write',
    });
  });

  test('asks only checks that run the instruction', async () => {
    expect(await judge(['a lost write', false], [undefined, true])).toEqual({ is: 'survives', checks: 1 });
  });

  test('takes an error of TypeScript itself for nothing', async () => {
    const verdict = await judge(['TypeError: undefined is not a function', true]);
    expect(verdict).toMatchObject({ is: 'survives', stumbled: expect.stringContaining('undefined is not a function') });
  });
});

test('what was said of a mutant is wrong when it is noticed, is gone, or is told twice', () => {
  const entry = (key: string) => ({ key, is: 'equivalent' as const, why: '' });
  expect(stale(['a', 'b', 'c', 'c'].map(entry), new Set(['a', 'b', 'c']), new Set(['b']))).toEqual([
    'is noticed now: b',
    'stands twice: c',
  ]);
  expect(stale([entry('d')], new Set(['a']), new Set())).toEqual(['there is no such mutant any more: d']);
});

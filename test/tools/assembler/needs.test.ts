/** What modules say that they need of a recipe, and which recipes are refused for it. */
import { describe, expect, test } from 'vitest';
import { decodeImage, encodeImage, type Image } from '../../../firmware/engine/image.js';
import { HOOKS, type HookName } from '../../../firmware/engine/isa.js';
import { checkRecipe, type Recipe, readRecipe } from '../../../firmware/engine/recipe.js';
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { AssemblyError, assembleRole } from '../../../tools/assembler/assemble.js';
import { imageOf, recipeOf } from '../../harness/images.js';

const assemble = (files: Readonly<Record<string, string>>): Image =>
  assembleRole(
    'data',
    Object.entries(files).map(([name, text]) => ({ path: `microcode/${name}.uc`, text: `role data\n${text}` })),
  );

function problemsOf(text: string): string[] {
  try {
    assemble({ 'commit/mine': text });
  } catch (error) {
    if (error instanceof AssemblyError) return error.list.map((p) => `${p.line}:${p.column}: ${p.text}`);
    throw error;
  }
  return [];
}

function refusal(images: readonly Image[], recipe: Recipe): string[] {
  try {
    checkRecipe(images, recipe);
  } catch (error) {
    if (error instanceof RangeError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const hookNames = HOOKS.map(({ name }) => name).join(', ');

describe('a need', () => {
  test.each([
    ['needs akc dec lock.unacked "why"', `3:11: unknown hook "akc"; hooks are ${hookNames} (did you mean "ack"?)`],
    ['needs ack dce lock.unacked "why"', '3:15: unknown instruction "dce" (did you mean "dec"?)'],
    ['needs ack dec lock.unaked "why"', '3:19: table lock has no field "unaked"; it has '],
    ['needs ack post OFER "why"', '3:20: unknown message "OFER"'],
    ['needs ack ldi #OKAY "why"', '3:20: unknown constant "OKAY"'],
    ['needs ack dec OFFER "why"', '3:19: dec does not take a message'],
    ['needs ack dec #1 "why"', '3:19: dec does not take a number'],
    ['needs ack post OFFER (r1) "why"', '3:20: expected a field, a message or a number, without registers'],
    ['needs ack dec lock.unacked[r1] "why"', '3:19: expected a field, a message or a number, without registers'],
    ['needs ack dec lock.unacked', '3:31: expected the reason, in quotation marks, found the end of the line'],
    ['needs ack', '3:14: expected an instruction, or the reason, in quotation marks, found the end of the line'],
    ['needs ack "why" more', '3:21: expected the end of the line, found "more"'],
    ['needs ack "why', '3:15: """ cannot stand here'],
    ['includes commit/other', '3:14: expected a module, in quotation marks, found "commit"'],
  ])('that is written %j is refused', (line, problem) => {
    expect(problemsOf(`hook commit\n    ${line}\n    ret\n`).join('\n')).toContain(problem);
  });

  test('stands in a hook, before its first instruction', () => {
    expect(problemsOf('hook commit\n    ret\n    needs ack "why"\n    ret\n')).toEqual([
      '4:5: needs stands before the first instruction of hook commit of commit/mine',
    ]);
    expect(problemsOf('sub x\n    includes "commit/other"\n    ret\n')).toEqual([
      '3:5: includes is for a hook, which a recipe names; this is sub x',
    ]);
  });

  test('goes with the image, and is no instruction of it', () => {
    const text = 'hook commit\n    ret\n';
    const needy = assemble({ 'commit/mine': text.replace('ret', 'needs ack post OFFER "why"\n    ret') });
    expect(needy.code).toEqual(assemble({ 'commit/mine': text }).code);
    const { hooks } = decodeImage(encodeImage(needy), 'data.img');
    expect(hooks).toEqual(needy.hooks);
    expect(hooks[0]?.needs).toMatchObject([{ hook: 'ack', does: { said: 'post OFFER' }, why: 'why', line: 3 }]);
  });

  test('in an image that is none is refused when the image is read', () => {
    const image = assemble({ 'commit/mine': 'hook commit\n    needs ack "why"\n    ret\n' });
    for (const needs of [1, [{ hook: 'x', why: 'y' }], [{ hook: 'ack' }], [{ hook: 'ack', why: '', does: {} }]]) {
      const hooks = [{ ...image.hooks[0], needs }] as unknown as Image['hooks'];
      expect(() => decodeImage(encodeImage({ ...image, hooks }), 'x.img')).toThrow(
        'the text part is not what an image',
      );
    }
  });
});

describe('a recipe', () => {
  const COMMIT = 'hook commit\n    needs ack dec lock.unacked "a write that goes is counted"\n    ret\n';
  const refused = (ack: string): string[] =>
    refusal([assemble({ 'commit/mine': COMMIT, 'ack/mine': `hook ack\n${ack}` })], {
      name: 'r',
      hooks: { commit: 'commit/mine', ack: 'ack/mine' },
    });

  test('is refused with the reason of the module whose need another one does not meet, and who would', () => {
    const image = assemble({
      'commit/mine': COMMIT,
      'ack/mine': 'hook ack\n    ret\n',
      'ack/other': 'hook ack\n    dec lock.unacked[r8]\n    ret\n',
    });
    const hooks = { commit: 'commit/mine', ack: 'ack/mine' };
    expect(refusal([image], { name: 'r', hooks })).toEqual([
      'recipe r: hook ack: ack/mine never does "dec lock.unacked", but commit/mine needs it at commit ' +
        '(microcode/commit/mine.uc:3): a write that goes is counted; ack/other would do',
    ]);
    expect(refusal([image], { name: 'r', hooks: { ...hooks, ack: 'ack/other' } })).toEqual([]);
    expect(refusal([image], { name: 'r', hooks: { commit: 'commit/mine' } })).toEqual([
      'recipe r: hook ack: no module serves it, but commit/mine needs it at commit (microcode/commit/mine.uc:3): ' +
        'a write that goes is counted; ack/other would do',
    ]);
  });

  test.each([
    ['behind a branch', '    br.eq r1, #0, on\n    ret\non:\n    dec lock.unacked[r8]\n    ret\n'],
    ['in a sub that is called', '    call mine\n    ret\nsub mine\n    dec lock.unacked[r8]\n    ret\n'],
    [
      'in a branch of a table',
      '    case r1, #2\n    br no\n    br on\n    ret\nno:\n    ret\non:\n    dec lock.unacked[r8]\n    ret\n',
    ],
    ['behind a table', '    case r1, #1\n    br no\n    dec lock.unacked[r8]\n    ret\nno:\n    ret\n'],
    ['after a wait', '    yield\n    dec lock.unacked[r8]\n    ret\n'],
  ])('has what is needed where the code comes to it: %s', (_, ack) => {
    expect(refused(ack)).toEqual([]);
  });

  test.each([
    ['another instruction on the field', '    inc lock.unacked[r8]\n    ret\n'],
    ['the instruction on another field', '    dec volume.owed[r0]\n    ret\n'.replace('volume.owed', 'lock.stored')],
    ['code that it does not come to', '    ret\nsub other\n    dec lock.unacked[r8]\n    ret\n'],
    ['code behind a return', '    ret\non:\n    dec lock.unacked[r8]\n    br on\n'],
  ])('lacks what is needed: %s is not it', (_, ack) => {
    expect(refused(ack)).toHaveLength(1);
  });

  test('meets the need of one flag by an instruction on several', () => {
    const image = assemble({
      'commit/mine': 'hook commit\n    needs recover flag.set #M2_INV "why"\n    ret\n',
      'recover/mine': 'hook recover\n    flag.set r8, r0, #M1_INV|M2_INV\n    ret\n',
      'recover/other': 'hook recover\n    flag.set r8, r0, #M1_INV\n    ret\n',
    });
    const refusedWith = (recover: string) =>
      refusal([image], { name: 'r', hooks: { commit: 'commit/mine', recover } }).length;
    expect([refusedWith('recover/mine'), refusedWith('recover/other')]).toEqual([0, 1]);
  });

  test('whose choices fill one hook is refused, unless the last of them includes the others', () => {
    const image = assemble({
      'ack/a': 'hook ack\n    ret\n',
      'ack/b': 'hook ack\n    ret\n',
      'ack/c': 'hook ack\n    includes "ack/a"\n    ret\n',
    });
    const json = { name: 'r', hooks: {}, choices: { a: { ack: 'ack/a' }, b: { ack: 'ack/b' }, c: { ack: 'ack/c' } } };
    expect(refusal([image], readRecipe(json, 'r.json', ['a', 'b']))).toEqual([
      'recipe r, a, b: hook ack: the choices a and b contradict each other: ack/b does not include ack/a',
    ]);
    expect(refusal([image], readRecipe(json, 'r.json', ['a', 'c']))).toEqual([]);
    expect(refusal([image], readRecipe(json, 'r.json', ['b', 'c']))).toHaveLength(1);
  });
});

describe('track-mirror', () => {
  const images = MICROCODED_ROLES.map(imageOf);
  const served = (hook: HookName): (string | undefined)[] => [
    ...images.flatMap((image) => image.hooks.filter((x) => x.hook === hook).map(({ module }) => module)),
    undefined,
  ];
  const mixed = (base: Recipe, hooks: Readonly<Partial<Record<HookName, string | undefined>>>): Recipe['hooks'] =>
    Object.fromEntries(
      Object.entries({ ...base.hooks, ...hooks }).filter(([, module]) => module !== undefined),
    ) as Recipe['hooks'];
  /** All that a rig can choose: rig.ts lets no pair choose point-in-time and domino. */
  const chosen = [[], ['point-in-time'], ['domino']].flatMap((mode) =>
    [[], ['stored'], ['devices'], ['stored', 'devices']].map((more) => [...mode, ...more]),
  );
  const keyOf = (hooks: Recipe['hooks']): string =>
    (['admit', 'commit', 'ack', 'receive', 'recall'] as const).map((hook) => hooks[hook]).join(' ');

  test('may be chosen in all ways that a rig has for it', () => {
    for (const choices of chosen) expect(refusal(images, recipeOf('track-mirror', choices))).toEqual([]);
  });

  test('cannot be both: status before the other side has the write, and only if it has', () => {
    expect(refusal(images, recipeOf('track-mirror', ['point-in-time', 'domino']))).toContain(
      'recipe track-mirror, point-in-time, domino: hook commit: the choices point-in-time and domino contradict each ' +
        'other: commit/domino does not include commit/owed',
    );
  });

  test('is refused in all other mixtures of its modules that admit anything', () => {
    const base = recipeOf('track-mirror');
    const right = new Set(chosen.map((choices) => keyOf(recipeOf('track-mirror', choices).hooks)));
    const accepted = new Set<string>();
    const own = (hook: HookName): (string | undefined)[] =>
      served(hook).filter((module) => module === undefined || base.hooks[hook] === module || inChoices.has(module));
    for (const admit of own('admit'))
      for (const commit of own('commit'))
        for (const ack of own('ack'))
          for (const receive of own('receive'))
            for (const recall of own('recall')) {
              const hooks = mixed(base, { admit, commit, ack, receive, recall });
              // Without it hosts hear no sooner that they may not write: commit refuses them too.
              if (admit !== undefined && refusal(images, { name: 'mix', hooks }).length === 0)
                accepted.add(keyOf(hooks));
            }
    expect([...accepted].sort()).toEqual([...right].sort());
  });

  const inChoices = new Set(chosen.flatMap((choices) => Object.values(recipeOf('track-mirror', choices).hooks)));

  test('has no module whose need never speaks', () => {
    const spoke = new Set<string>();
    for (const choices of chosen) {
      const base = recipeOf('track-mirror', choices);
      for (const { name } of HOOKS)
        for (const module of served(name))
          for (const line of refusal(images, { name: 'mix', hooks: mixed(base, { [name]: module }) }))
            spoke.add(/\(microcode\/(.*:\d+)\)/.exec(line)?.[1] ?? '');
    }
    const needs = images.flatMap(({ hooks }) =>
      hooks
        .filter(({ module }) => inChoices.has(module))
        .flatMap(({ module, needs: own = [] }) => own.map(({ line }) => `${module}.uc:${line}`)),
    );
    expect(needs.length).toBeGreaterThan(20);
    expect(needs.filter((need) => !spoke.has(need))).toEqual([]);
  });
});

/** A replication system of one's own: its recipe beside a rig's file, its modules in a folder beside the package's. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RecipeFile } from '../../firmware/service/recipe.js';

const folder = mkdtempSync(join(tmpdir(), 'arraylab-own-'));
const MAIN = join(process.cwd(), 'dist/tools/cli/main.js');

const EAGER = `; Status at once, and an offer for each write.
role data

hook ack using write
    needs commit flag.set #M2_INV "what is owed is all that it offers"
    ld    x, session.offering[pair]
    br.ne x, #0, done
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
done:
    ret
`;
const HOOKS = {
  admit: 'commit/track-list',
  commit: 'commit/owed',
  ack: 'ack/eager',
  offer: 'ship/resync',
  receive: 'apply/at-once',
  answer: 'ship/session',
  sever: 'ship/session',
  recover: 'recover/track-list',
};
const UNMET =
  'bad.json:6: hooks.ack: ack/eager never does "dec lock.unacked", but commit/track-list needs it at commit ' +
  '(microcode/commit/track-list.uc:15): a write that goes is counted in lock.unacked until it is answered: while that is ' +
  'not 0, M2 write pending stays; ack/domino, ack/real-time would do\n';

function file(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

beforeAll(() => {
  const rig = readFileSync('hw-profiles/rigs/tiny-pair.json', 'utf8');
  for (const name of ['mine', 'bad']) file(`${name}-rig.json`, rig.replaceAll('"track-mirror"', `"./${name}.json"`));
  file('mine.json', JSON.stringify({ name: 'mine', help: 'eager', hooks: HOOKS }, undefined, 1));
  file('bad.json', JSON.stringify({ name: 'bad', hooks: { ...HOOKS, commit: 'commit/track-list' } }, undefined, 1));
  file('own/ack/eager.uc', EAGER);
  mkdirSync(join(folder, 'same/ack'), { recursive: true });
  copyFileSync('microcode/ack/real-time.uc', join(folder, 'same/ack/real-time.uc'));
  file('broken/ack/eager.uc', EAGER.replace('post  OFFER', 'post  OFER'));
  mkdirSync(join(folder, 'empty'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** In the folder where the files are. */
async function arraylab(command: string): Promise<Result> {
  try {
    const done = await promisify(execFile)('node', [MAIN, ...command.split(' ')], { cwd: folder });
    return { status: 0, out: done.stdout, err: done.stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

describe('a recipe of one’s own, with a module of one’s own', () => {
  test('runs under the oracle, and the run is repeated by the command that it prints', async () => {
    const { status, out } = await arraylab('sim storm --rig ./mine-rig.json --microcode own --seed 3');
    expect([status, out]).toEqual([0, expect.stringContaining('\nPASS ')]);
    const [command = ''] = out.split('\n');
    expect((await arraylab(command.replace('npx arraylab ', ''))).out).toBe(out);
  });

  test('is a column of a regression', async () => {
    const { status, out } = await arraylab(
      'regress --scenario storm --profile ./mine-rig.json --image own --seeds 2 --system mine',
    );
    expect([status, out]).toEqual([0, expect.stringContaining('2 passed, 0 failed')]);
  });

  test('is assembled and linked without a word', async () => {
    expect(await arraylab('asm --microcode own --recipe mine.json')).toEqual({ status: 0, out: '', err: '' });
  });

  test('is shown as those of the package are', async () => {
    const { out } = await arraylab('systems show ./mine.json --microcode own');
    expect(out).toContain('mine: eager\n');
    expect(out).toMatch(/^ack\/eager +Status at once, and an offer for each write\.$/m);
    expect(out).toMatch(/^fetch +the other side ships: this side asks for it$/m);
  });
});

test.each([
  ['sim storm --rig bad-rig.json --microcode own', 'arraylab sim: ', 2],
  ['regress --scenario storm --profile ./bad-rig.json --image own', 'arraylab regress: ', 2],
  ['serve bad-rig.json --microcode own --port-base 0', 'arraylab serve: ', 1],
  ['asm --microcode own --recipe bad.json', '', 1],
])('one whose modules do not fit is refused with the reason of the module: %s', async (command, prefix, status) => {
  expect(await arraylab(command)).toEqual({ status, out: '', err: `${prefix}${UNMET}` });
});

test.each([
  [
    'sim storm --rig mine-rig.json',
    'mine.json:7: hooks.ack: no image has a module "ack/eager"; hook ack is served by ',
  ],
  ['sim storm --microcode broken', 'broken/ack/eager.uc:10:11: unknown message "OFER"'],
  ['sim storm --microcode none', 'none: there is no such folder; it must be laid out as microcode/ is'],
  ['sim storm --microcode empty', 'empty: it holds no microcode (.uc)'],
  ['asm --recipe none.json', 'none.json: there is no such file'],
  ['asm own/ack/eager.uc --microcode own', '--microcode is for all microcode, and files are named'],
  ['systems show ./none.json', './none.json: there is no such file'],
])('what is wrong is said: %s', async (command, text) => {
  const { status, out, err } = await arraylab(command);
  expect([status > 0, out]).toEqual([true, '']);
  expect(err).toContain(text);
});

test('a module stands in the place of the package’s of the same name', async () => {
  const [own, packages] = [await arraylab('sim storm --seed 1 --microcode same'), await arraylab('sim storm --seed 1')];
  const last = ({ out }: Result): string | undefined => out.trim().split('\n').at(-1);
  expect(last(own)).toBe(last(packages));
  file('other/ack/point-in-time.uc', 'role data\nhook ack\n    ret\n');
  const recipe = join(process.cwd(), 'microcode/systems/track-mirror.json');
  expect((await arraylab(`asm --microcode other --recipe ${recipe}`)).err).toMatch(
    /track-mirror\.json:\d+: choices\.point-in-time\.ack of a pair that chose point-in-time: ack\/point-in-time never does "post OFFER"/,
  );
});

describe('the file of a recipe', () => {
  const said = (json: string): string => {
    try {
      new RecipeFile({ name: 'r.json', path: 'r.json', text: json });
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  test.each([
    ['{\n"name": "r",\n"hooks": { "comit": "x" } }', 'r.json:3: hooks.comit: there is no such hook; hooks are admit, '],
    ['{\n"name": "r",\n"hooks": { "ack": 3 } }', 'r.json:3: hooks.ack is 3; it must be the name of a module'],
    ['{\n"hooks": {} }', 'r.json:1: name is undefined; it must be a text'],
    ['[]', 'r.json:1: the file: a recipe is an object'],
    ['{\n"name": "r", "hooks": {},\n"choises": {} }', 'r.json:3: choises is not a field; did you mean choices?'],
    ['{ "name": "r", "hooks": {},\n"help": 3 }', 'r.json:2: help is 3; it must be a text'],
    ['{ "name": "r", "hooks": {},\n"states": { "PAIRED": {} } }', 'r.json:2: states.PAIRED: there is no such state'],
    [
      '{ "name": "r", "hooks": {},\n"states": { "PAIR": { "rain": null } } }',
      'r.json:2: states.PAIR.rain: there is no',
    ],
    ['{ "name": "r", "hooks": {},\n"states": { "PAIR": { "link up": 1 } } }', 'r.json:2: states.PAIR.link up is 1; it'],
    [
      '{ "name": "r", "hooks": {},\n"choice_states": { "x": {} } }',
      'r.json:2: choice_states.x: there is no choice "x"',
    ],
    ['{ "name": "r"', 'r.json:1: this is not JSON'],
  ])('is refused by line and field: %j', (json, text) => {
    expect(said(json)).toContain(text);
  });
});

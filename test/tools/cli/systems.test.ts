import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HOOKS } from '../../../firmware/engine/isa.js';
import { PAIR_EVENTS, PAIR_STATES } from '../../../firmware/memory/pair-states.js';

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

interface Listed {
  readonly name: string;
  readonly help: string;
  readonly hooks: readonly string[];
  readonly choices: readonly string[];
}

interface Shown {
  readonly hooks: Readonly<Record<string, string>>;
  readonly choices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly base: readonly string[];
  readonly modules: Readonly<Record<string, string>>;
  readonly states: object;
  readonly choiceStates: Readonly<Record<string, object>>;
}

const NAMES = readdirSync('microcode/systems')
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort();

async function systems(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)('node', ['dist/tools/cli/main.js', 'systems', ...args]);
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

describe('arraylab systems', () => {
  it('lists the recipes that a pair may name, each with what it is, its hooks and its choices', async () => {
    const { out } = await systems('list');
    const all = JSON.parse((await systems('list', '--json')).out) as Listed[];
    expect(all.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, help, hooks, choices } of all) {
      expect(help).not.toBe('');
      expect(out).toContain(`${name}: ${help}\n  hooks    ${hooks.join(', ')}\n`);
      const recipe = JSON.parse(readFileSync(`microcode/systems/${name}.json`, 'utf8'));
      expect([...hooks].sort()).toEqual(Object.keys(recipe.hooks).sort());
      expect(choices).toEqual(Object.keys(recipe.choices ?? {}));
    }
  });

  it.each(NAMES)('shows of %s each module with the first sentence of its file', async (name) => {
    const { modules, hooks, choices } = JSON.parse((await systems('show', name, '--json')).out) as Shown;
    const { out } = await systems('show', name);
    for (const module of [hooks, ...Object.values(choices)].flatMap((own) => Object.values(own))) {
      const head = readFileSync(`microcode/${module}.uc`, 'utf8').split('\nrole ')[0] as string;
      const said = head.replace(/^; ?/gm, '').replaceAll('\n', ' ');
      expect(modules[module]).toMatch(/[.!?]["')]*$/);
      expect(said.startsWith(modules[module] as string)).toBe(true);
      expect(out).toContain(`${modules[module]}\n`);
    }
  });

  it.each(NAMES)('says of each hook of %s who serves it: the recipe, a choice, or base behaviour', async (name) => {
    const { hooks, choices, base } = JSON.parse((await systems('show', name, '--json')).out) as Shown;
    const served = [hooks, ...Object.values(choices)].flatMap((own) => Object.keys(own));
    expect([...new Set([...served, ...base])].sort()).toEqual(HOOKS.map((hook) => hook.name).sort());
    expect(base.filter((hook) => served.includes(hook))).toEqual([]);
  });

  it('shows what a choice puts in the place of what', async () => {
    const { out } = await systems('show', 'track-mirror');
    expect(out).toMatch(/^point-in-time +ack +ack\/point-in-time +ack\/real-time$/m);
    expect(out).toMatch(/^devices +recall +recover\/devices +base behaviour$/m);
  });

  it('shows each state with what each event makes of it', async () => {
    const { status, out } = await systems('show', 'track-mirror');
    expect(status).toBe(0);
    for (const event of PAIR_EVENTS) expect(out).toContain(event.toUpperCase());
    for (const [state, row] of Object.entries(PAIR_STATES)) {
      const line = out.split('\n').find((text) => text.startsWith(`${state} `));
      expect(line?.split(/ +/).slice(1)).toEqual(PAIR_EVENTS.map((event) => row[event] ?? '-'));
    }
    expect(out).toMatch(/^point-in-time +PAIR +host write +COPY$/m);
    expect(out).toMatch(/^domino +PSUE +host write +-$/m);
    const { states, choiceStates } = JSON.parse((await systems('show', 'track-mirror', '--json')).out) as Shown;
    expect(states).toMatchObject({ PSUS: { resume: 'COPY', suspend: null }, COPY: { 'host write': 'COPY' } });
    expect(choiceStates.domino).toMatchObject({ PSUS: { resume: 'COPY' }, COPY: { 'host write': null } });
  });

  it.each([
    [['show', 'x'], 1, `NAME is "x"; it must be ${NAMES.join(' or ')}`],
    [['show'], 2, 'NAME is missing'],
    [[], 2, 'say list or show'],
    [['list', 'x'], 2, '"x" is too much'],
  ] as const)('says what is wrong with %j', async (args, wanted, text) => {
    const { status, out, err } = await systems(...args);
    expect([status, out]).toEqual([wanted, '']);
    expect(err).toContain(text);
  });
});

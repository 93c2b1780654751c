import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeImage } from '../../../firmware/engine/image.js';
import { HOOKS, INSTRUCTIONS } from '../../../firmware/engine/isa.js';
import { CONSTANTS } from '../../../firmware/memory/constants.js';
import { TABLE_LIST } from '../../../firmware/memory/tables.js';
import { KINDS, MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import { moduleName } from '../../../tools/assembler/assemble.js';
import { build } from '../../../tools/assembler/build.js';
import { readSources, roleOf } from '../../../tools/assembler/load-sources.js';
import { manual } from '../../../tools/assembler/manual.js';
import { run as asm } from '../../../tools/cli/commands/asm.js';
import { run as disasm } from '../../../tools/cli/commands/disasm.js';

let folder = '';
let out = '';
let err = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arraylab-asm-'));
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file below the test's folder; returns its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const GOOD = 'role data\non OFFER\n end\n';

describe('arraylab asm', () => {
  test('writes an image that arraylab disasm reads back', async () => {
    const image = join(folder, 'out', 'data.img');
    expect(await asm([file('x.uc', GOOD), '-o', image])).toBe(0);
    expect(decodeImage(readFileSync(image), image).role).toBe('data');
    expect(out + err).toBe('');
    expect(await disasm([image])).toBe(0);
    expect(out).toContain('role data\n\non OFFER\n    end\n');
  });

  test('prints a listing', async () => {
    expect(await asm([file('x.uc', GOOD), '--listing'])).toBe(0);
    expect(out).toContain('   0  00000001 00000000     3   end');
  });

  test('tells errors on stderr, exits 1 and writes nothing', async () => {
    const path = file('x.uc', 'role data\non READ\n ned\n');
    const image = join(folder, 'data.img');
    expect(await asm([path, '-o', image])).toBe(1);
    expect(err).toBe(`${path}:3:2: unknown instruction "ned" (did you mean "end"?)\n`);
    expect(existsSync(image)).toBe(false);
  });

  test('exits 1 for a file that cannot be read', async () => {
    expect(await asm([join(folder, 'absent.uc')])).toBe(1);
    expect(err).toContain('absent.uc');
  });

  test('exits 2 with the usage for wrong options', async () => {
    expect(await asm(['--role', 'dta'])).toBe(2);
    expect(err).toContain('--role is "dta"; roles are channel, data, cache, disk, remote\n\nusage: arraylab asm');
    expect(await asm(['-o', 'x.img'])).toBe(2);
    expect(await asm(['--nonsense'])).toBe(2);
    expect(await asm([file('x.uc', '; nothing')])).toBe(2);
  });

  test('prints its usage when asked', async () => {
    expect(await asm(['--help'])).toBe(0);
    expect(await disasm(['--help'])).toBe(0);
    expect(out).toContain('usage: arraylab asm');
    expect(out).toContain('usage: arraylab disasm');
    expect(err).toBe('');
  });
});

describe('arraylab disasm', () => {
  test('writes the files of an image below a folder', async () => {
    const image = join(folder, 'data.img');
    build(join(dirname(file('microcode/base/data/x.uc', GOOD)), '../..'), folder, '1');
    expect(await disasm([image, '-o', join(folder, 'again')])).toBe(0);
    expect(readFileSync(join(folder, 'again/microcode/base/data/x.uc'), 'utf8')).toContain('on OFFER');
  });

  test('refuses to write a file outside of that folder', async () => {
    const path = file('x.uc', GOOD);
    const image = join(folder, 'data.img');
    expect(await asm([path, '-o', image])).toBe(0);
    const to = join(folder, 'again');
    expect(await disasm([image, '-o', to])).toBe(1);
    expect(err).toBe(`the image names a file "${path}", which is outside ${to}\n`);
  });

  test('refuses what is no image with exit 1, and wrong usage with exit 2', async () => {
    const path = file('x.img', 'no image at all, but long enough');
    expect(await disasm([path])).toBe(1);
    expect(err).toBe(`${path}: byte 0: magic is "no i"; a microcode image begins with "ALUC"\n`);
    expect(await disasm([])).toBe(2);
    expect(await disasm(['a', 'b'])).toBe(2);
  });
});

describe('the sources of a role', () => {
  test('are its base folder and the modules that say its role, sorted by path', () => {
    file('ship/b.uc', 'role remote\n');
    file('commit/a.uc', '; why\n\n role data ; its role\n');
    file('base/data/write.uc', 'role data\n');
    file('base/data/flags.txt', 'no source');
    file('base/cache/get.uc', 'role cache\n');
    expect(readSources(folder, 'data').map((s) => s.path)).toEqual([
      'microcode/base/data/write.uc',
      'microcode/commit/a.uc',
    ]);
    expect(readSources(folder, 'remote').map((s) => s.path)).toEqual(['microcode/ship/b.uc']);
    expect(readSources(folder, 'disk')).toEqual([]);
  });

  test('cannot be of no role', () => {
    file('commit/a.uc', 'const X = 1\n');
    expect(() => readSources(folder, 'data')).toThrow(
      `${join(folder, 'commit/a.uc')}: belongs to no role; its first directive must be "role R", R one of channel, data, cache, disk, remote`,
    );
  });

  test('give a module the name of its path below microcode', () => {
    expect(moduleName('microcode/commit/owed-flags.uc')).toBe('commit/owed-flags');
    expect(moduleName('/home/me/microcode/x/microcode/ack/late.uc')).toBe('ack/late');
    expect(moduleName('mine/late.uc')).toBe('mine/late');
    expect(roleOf('; a\r\n\n role cache')).toBe('cache');
    expect(roleOf('on READ\nrole cache')).toBeUndefined();
  });
});

describe('the build', () => {
  const root = (): string => join(folder, 'microcode');
  const target = (): string => join(folder, 'dist');

  test('makes an image of every role and copies the recipes', () => {
    file('microcode/base/data/x.uc', GOOD);
    file('microcode/commit/list.uc', 'role data\nhook commit\n ret\n');
    const recipe = '{ "name": "r", "hooks": { "commit": "commit/list" } }';
    file('microcode/systems/r.json', recipe);
    file('dist/systems/gone.json', '{}');
    build(root(), target(), '9');
    for (const role of MICROCODED_ROLES) {
      const path = join(target(), `${role}.img`);
      expect(decodeImage(readFileSync(path), path)).toMatchObject({ role, version: '9' });
    }
    expect(readdirSync(join(target(), 'systems'))).toEqual(['r.json']);
    expect(readFileSync(join(target(), 'systems/r.json'), 'utf8')).toBe(recipe);
  });

  test('tells the errors of all roles and writes nothing', () => {
    file('microcode/base/data/x.uc', 'role data\non READ\n ned\n');
    file('microcode/base/disk/x.uc', 'role disk\non STAGE\n ned\n');
    expect(() => build(root(), target(), '9')).toThrow(
      `${join(root(), 'base/data/x.uc')}:3:2: unknown instruction "ned" (did you mean "end"?)\n` +
        `${join(root(), 'base/disk/x.uc')}:3:2: unknown instruction "ned" (did you mean "end"?)`,
    );
    expect(existsSync(target())).toBe(false);
  });

  test('refuses a recipe that is no JSON or names what does not exist', () => {
    file('microcode/base/data/x.uc', GOOD);
    file('microcode/systems/r.json', '{ "name": "r", "hooks": { "commit": "commit/list" } }');
    expect(() => build(root(), target(), '9')).toThrow(
      'microcode/systems/r.json:1: hooks.commit: no image has a module "commit/list"',
    );
    file('microcode/systems/r.json', '{');
    expect(() => build(root(), target(), '9')).toThrow('microcode/systems/r.json:1: this is not JSON: ');
    expect(existsSync(target())).toBe(false);
  });
});

test('the manual has every instruction, message, hook, table and constant', () => {
  const text = manual();
  for (const i of INSTRUCTIONS) expect(text).toContain(`| \`0x${i.op.toString(16).padStart(2, '0')}\` | \`${i.name}`);
  for (const k of KINDS.slice(1)) expect(text).toContain(`| ${k.id} | \`${k.name}\` |`);
  for (const h of HOOKS) expect(text).toContain(`| \`${h.name}\` |`);
  for (const t of TABLE_LIST) expect(text).toContain(`**${t.name}**: `);
  for (const name of Object.keys(CONSTANTS)) expect(text).toContain(`| \`#${name}\` |`);
});

/**
 * Mutants: the microcode with one thing changed. An instruction is dropped, a branch or a flag instruction turned round, a
 * bit left out of a mask, or two neighbours that do not jump change places.
 */
import type { Image } from '../../firmware/engine/image.js';
import { INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import { AssemblyError, assembleRole, moduleName, type Source } from '../assembler/assemble.js';
import { commute } from './effects.js';

export interface Mutant {
  readonly role: Role;
  readonly file: string;
  readonly line: number;
  /** `on WRITE`, `hook ack of ack/real-time`. */
  readonly scope: string;
  /** The instruction as it stands, without its comment; of a swap both. */
  readonly instruction: string;
  /** `drop`, `br.ne`, `without WRITTEN`, `swap`. */
  readonly change: string;
  /** Names the mutant for good: file, scope, instruction, change, and which one when there are several. */
  readonly key: string;
  /** Numbers of its instructions in the image of the role. */
  readonly at: readonly number[];
  /** The lines that change, by number from 1. */
  readonly lines: ReadonlyMap<number, string>;
}

const INVERSE: Readonly<Record<string, string>> = {
  'br.eq': 'br.ne',
  'br.ne': 'br.eq',
  'br.lt': 'br.ge',
  'br.ge': 'br.lt',
  'br.any': 'br.none',
  'br.none': 'br.any',
  'flag.set': 'flag.clr',
  'flag.clr': 'flag.set',
};
const JUMPS = /^(br|brt|br\.\w+|case|call|call\.hook|ret|end)$/;

export interface Program {
  readonly role: Role;
  readonly sources: readonly Source[];
  readonly image: Image;
}

/** Mutants of the files that `isMine` names, in the order of roles and addresses. */
export function mutantsOf(programs: readonly Program[], isMine: (file: string) => boolean): Mutant[] {
  const found: Mutant[] = [];
  const counts = new Map<string, number>();
  for (const program of programs) {
    const { image, sources, role } = program;
    const texts = sources.map((s) => s.text.split('\n'));
    const heads = image.labels.filter((l) => l.kind !== 'label').sort((a, b) => a.at - b.at);
    const labelled = new Set(image.labels.map((l) => l.at));
    const place = (at: number): { source: number; line: number } => ({
      source: (image.lines[at] as number) >>> 20,
      line: (image.lines[at] as number) & 0xfffff,
    });
    for (let at = 0; at < image.code.length / INSTRUCTION_WORDS; at++) {
      const { source, line } = place(at);
      const file = sources[source]?.path ?? '';
      if (!isMine(file)) continue;
      const scope = heads.filter((l) => l.at <= at).at(-1)?.scope ?? '';
      const text = texts[source]?.[line - 1] ?? '';
      const say = (
        instruction: string,
        change: string,
        numbers: readonly number[],
        lines: [number, string][],
      ): void => {
        const key = `${file} | ${scope} | ${instruction} | ${change}`;
        const n = (counts.get(key) ?? 0) + 1;
        counts.set(key, n);
        found.push({
          role,
          file,
          line,
          scope,
          instruction,
          change,
          key: n === 1 ? key : `${key} | ${n}`,
          at: numbers,
          lines: new Map(lines),
        });
      };
      const instruction = bare(text);
      for (const { change, line: changed } of changesOf(text)) say(instruction, change, [at], [[line, changed]]);
      if (labelled.has(at + 1) || at + 1 >= image.code.length / INSTRUCTION_WORDS) continue;
      const next = place(at + 1);
      const nextText = texts[next.source]?.[next.line - 1] ?? '';
      if (next.source !== source || JUMPS.test(mnemonic(text)) || JUMPS.test(mnemonic(nextText))) continue;
      if (commute(image, at)) continue;
      say(
        `${instruction} / ${bare(nextText)}`,
        'swap',
        [at, at + 1],
        [
          [line, nextText],
          [next.line, text],
        ],
      );
    }
  }
  return found;
}

const bare = (line: string): string => line.replace(/;.*/, '').trim().replace(/\s+/g, ' ');
const mnemonic = (line: string): string => bare(line).split(' ')[0] ?? '';

function changesOf(line: string): { change: string; line: string }[] {
  const name = mnemonic(line);
  const out = [{ change: 'drop', line: '' }];
  const inverse = INVERSE[name];
  if (inverse) out.push({ change: inverse, line: line.replace(name, inverse) });
  const [mask, terms] = /#([\w|-]+\|[\w|-]+)/.exec(bare(line)) ?? [];
  if (!mask || !terms) return out;
  for (const term of terms.split('|')) {
    const rest = terms.split('|').filter((t) => t !== term);
    out.push({ change: `without ${term}`, line: line.replace(mask, `#${rest.join('|')}`) });
  }
  return out;
}

/**
 * The image of a mutant; undefined when it does not assemble, or is no other than the original. A label that only the
 * dropped instruction named goes with it.
 */
export function assembleMutant(program: Program, mutant: Mutant): Image | undefined {
  const of = program.sources.findIndex((s) => s.path === mutant.file);
  const lines = program.sources[of]?.text.split('\n') ?? [];
  for (const [line, text] of mutant.lines) lines[line - 1] = text;
  for (let tries = 0; tries < 3; tries++) {
    const sources = program.sources.map((s, i) => (i === of ? { ...s, text: lines.join('\n') } : s));
    try {
      const image = assembleRole(program.role, sources);
      return isSame(image, program.image) ? undefined : image;
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      if (!error.list.every((p) => p.file === mutant.file && /^label ".*" is not used in/.test(p.text)))
        return undefined;
      for (const p of error.list) lines[p.line - 1] = '';
    }
  }
  return undefined;
}

function isSame(x: Image, y: Image): boolean {
  return x.code.length === y.code.length && x.code.every((word, i) => word === y.code[i]);
}

/** The microcode of all roles, as assembled. */
export function programsOf(read: (role: Role) => readonly Source[]): Program[] {
  return MICROCODED_ROLES.map((role) => {
    const sources = read(role);
    return { role, sources, image: assembleRole(role, sources) };
  });
}

/** Lines of microcode that come to a handler or to a sub of the role, and those with which one begins. */
const ASKS = /^\s*(post|send|call)\s+(\w+)/gm;
const GIVES = /^(on|sub)\s+(\w+)/gm;

/**
 * Files of the base and of a recipe's modules, those that it names as choices included, and of modules beside them with a
 * handler or a sub that these come to by their messages and calls.
 */
export function filesOf(
  recipe: {
    hooks: Readonly<Record<string, string>>;
    choices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  },
  programs: readonly Pick<Program, 'role' | 'sources'>[],
): (file: string) => boolean {
  const modules = new Map<string, { readonly role: Role; readonly text: string }>();
  const givers = new Map<string, string>();
  for (const { role, sources } of programs) {
    for (const { path, text } of sources) {
      const module = moduleName(path);
      modules.set(module, { role, text });
      for (const [, kind, name] of text.matchAll(GIVES))
        givers.set(kind === 'on' ? `${name}` : `${role} ${name}`, module);
    }
  }
  const reached = new Set([
    ...Object.values(recipe.hooks),
    ...Object.values(recipe.choices ?? {}).flatMap((c) => Object.values(c)),
  ]);
  // What is added on the way is looked at, too.
  for (const name of reached) {
    const module = modules.get(name);
    for (const [, kind, asked] of module?.text.matchAll(ASKS) ?? []) {
      const giver = givers.get(kind === 'call' ? `${module?.role} ${asked}` : `${asked}`);
      if (giver !== undefined && !giver.startsWith('base/')) reached.add(giver);
    }
  }
  return (file) => file.startsWith('microcode/base/') || reached.has(moduleName(file));
}

/** Makes the image of a role from its sources. All problems of all files are told at once. */

import { type Image, type ImageHook, type ImageLabel, imageCrc } from '../../firmware/engine/image.js';
import { HOOKS, type HookName, INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { KINDS, type Kind, kindByName, MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import { hearer } from './access.js';
import { checkUnits, type Unit } from './checks.js';
import { AssemblyError, type At, didYouMean, type Problem } from './errors.js';
import { checkFlow } from './flow/check.js';
import type { Names, Report } from './names.js';
import { checkPlaces, linksOf } from './needs.js';
import { parse } from './parser.js';
import { RegisterNames } from './register-names.js';
import { type Encoded, encode } from './resolve.js';
import { saysOf } from './says.js';
import { bind, constantsOf, Frames } from './symbols.js';
import type { ParsedFile, Scope, Source } from './syntax.js';

export { AssemblyError } from './errors.js';
export type { Source } from './syntax.js';

/** Version of an image that nobody gave one. */
export const UNVERSIONED = 'unversioned';

/** A recipe module's name: its path below microcode/, without `.uc`. */
export function moduleName(path: string): string {
  const parts = path.replace(/\.uc$/, '').split(/[\\/]/);
  return parts.slice(parts.lastIndexOf('microcode') + 1).join('/');
}

interface File {
  readonly parsed: ParsedFile;
  readonly number: number;
  readonly report: Report;
}

interface Placed {
  readonly file: File;
  readonly scope: Scope;
  readonly title: string;
  readonly kind?: Kind;
  readonly at: number;
  readonly labels: ReadonlyMap<string, number>;
}

class Assembly {
  private readonly problems: (Problem & { readonly number: number })[] = [];
  private readonly frames = new Frames();
  private readonly placed: Placed[] = [];
  private readonly subs = new Map<string, number>();
  /** Where each handler, sub and hook was first defined: `on WRITE` → place, for people. */
  private readonly firsts = new Map<string, string>();
  private readonly handlers = new Int32Array(KINDS.length).fill(-1);
  private readonly hooks: ImageHook[] = [];
  private readonly labels: ImageLabel[] = [];
  private readonly registerNames = new RegisterNames();
  private count = 0;

  constructor(private readonly role: Role) {}

  image(sources: readonly Source[], version: string, isChecked: boolean): Image {
    const files = sources.map((source, number) => this.read(source, number));
    for (const { parsed, report } of files) this.frames.define(parsed.path, parsed.frames, report);
    this.frames.check();
    for (const file of files) for (const scope of file.parsed.scopes) this.place(file, scope);
    const units: Unit[] = [];
    for (const file of files) {
      const constants = constantsOf(file.parsed, file.report);
      for (const p of this.placed) if (p.file === file) units.push(this.encodeScope(p, constants));
    }
    checkUnits(units);
    // Ways through code that has errors lead nowhere.
    if (isChecked && this.problems.length === 0) checkFlow(units, this.role);
    this.throwProblems();
    return this.emit(units, sources, version);
  }

  private read(source: Source, number: number): File {
    const report: Report = ({ line, column }, text) => {
      this.problems.push({ file: source.shown ?? source.path, line, column, text, number });
    };
    const parsed = parse(source, report);
    const { role } = parsed;
    if (!role) report({ line: 1, column: 1 }, `the file is empty; it begins with its role ("role ${this.role}")`);
    else if (role.text !== '' && role.text !== this.role) {
      const known = MICROCODED_ROLES.some((r) => r === role.text);
      const right = known ? `the image is of role ${this.role}` : `roles are ${MICROCODED_ROLES.join(', ')}`;
      report(role, `role "${role.text}" does not belong here; ${right}`);
    }
    return { parsed, number, report };
  }

  /** Gives the scope its address, and its names to the image. */
  private place(file: File, scope: Scope): void {
    const at = this.count;
    const { text: name } = scope.name;
    const module = moduleName(file.parsed.path);
    const title = scope.kind === 'hook' ? `hook ${name} of ${module}` : `${scope.kind} ${name}`;
    const kind = scope.kind === 'on' ? this.handles(file, scope) : undefined;
    const first = this.firsts.get(title);
    if (first) file.report(scope.name, `${title} is defined at ${first} already`);
    else this.firsts.set(title, `${file.parsed.path}:${scope.line}`);
    if (scope.kind === 'sub') this.subs.set(name, at);
    if (kind) this.handlers[kind.id] = at;
    if (scope.kind === 'hook') this.hook(file, scope, module);
    this.labels.push({ name, at, scope: title, kind: scope.kind });
    const labels = new Map<string, number>();
    for (const item of scope.items) {
      if (item.is === 'statement') this.count++;
      if (item.is !== 'label') continue;
      if (labels.has(item.text)) file.report(item, `label "${item.text}" stands twice in ${title}`);
      labels.set(item.text, this.count);
      this.labels.push({ name: item.text, at: this.count, scope: title, kind: 'label' });
    }
    this.placed.push({ file, scope, title, kind, at, labels });
  }

  private handles({ report }: File, { name }: Scope): Kind | undefined {
    const kind = kindByName(name.text);
    if (kind && hearer(kind) === this.role) return kind;
    const mine = KINDS.filter((k) => k.id > 0 && hearer(k) === this.role).map((k) => k.name);
    if (kind) report(name, `${name.text} goes to role ${hearer(kind)}; this file is role ${this.role}`);
    else report(name, `unknown message "${name.text}"${didYouMean(name.text, mine)}`);
    return undefined;
  }

  private hook({ report }: File, { name }: Scope, module: string): void {
    const all = HOOKS.map((h) => h.name);
    if (all.some((h) => h === name.text)) this.hooks.push({ module, hook: name.text as HookName, at: this.count });
    else report(name, `unknown hook "${name.text}"; hooks are ${all.join(', ')}${didYouMean(name.text, all)}`);
  }

  /** What a hook needs of others goes with its place. */
  private link({ file, scope, at }: Placed, links: ReturnType<typeof linksOf>): void {
    const module = moduleName(file.parsed.path);
    const i = this.hooks.findIndex((x) => x.module === module && x.hook === scope.name.text && x.at === at);
    if (i >= 0) this.hooks[i] = { ...(this.hooks[i] as ImageHook), ...links };
  }

  /** Names that a scope begins with: its frame's; without one, a handler has its message's fields, r0 first. */
  private registersOf({ scope, kind, file }: Placed): Map<string, number> {
    if (scope.using) return new Map(this.frames.names(scope.using.text, scope.using, file.report));
    return new Map(kind?.fields.map((f, i) => [f, i]));
  }

  private encodeScope(p: Placed, constants: ReadonlyMap<string, number>): Unit {
    const { scope, title, kind, labels } = p;
    const before = this.problems.length;
    const { report } = p.file;
    const registers = this.registersOf(p);
    const names: Names = { role: this.role, title, labels, subs: this.subs, registers, constants, report };
    checkPlaces(scope, names);
    if (scope.kind === 'hook') this.link(p, linksOf(scope, names));
    const code: Encoded[] = [];
    const used = new Set<string>();
    this.registerNames.from(p.at, registers);
    for (const item of scope.items) {
      if (item.is === 'use') {
        bind(registers, item.bindings, report);
        this.registerNames.from(p.at + code.length, registers);
      }
      if (item.is !== 'statement') continue;
      const encoded = encode(names, item);
      code.push(encoded);
      for (const o of encoded.operands) if (o.operand.form === 'label' && o.shape === 'name') used.add(o.text);
    }
    this.registerNames.scope(scope.using?.text, code, p.at + code.length);
    // After another problem a branch may be missing, so that its label only seems unused.
    const clean = this.problems.length === before && code.every((e) => e.row);
    for (const item of clean ? scope.items : []) {
      if (item.is === 'label' && !used.has(item.text)) report(item, `label "${item.text}" is not used in ${title}`);
    }
    const says = saysOf(scope, names);
    return { scope, title, path: p.file.parsed.path, kind, code, at: p.at, registers, says, report };
  }

  private throwProblems(): void {
    if (this.problems.length === 0) return;
    const order = (x: At & { number: number }, y: At & { number: number }): number =>
      x.number - y.number || x.line - y.line || x.column - y.column;
    throw new AssemblyError(
      [...this.problems].sort(order).map(({ file, line, column, text }) => ({ file, line, column, text })),
    );
  }

  private emit(units: readonly Unit[], sources: readonly Source[], version: string): Image {
    const code = new Int32Array(this.count * INSTRUCTION_WORDS);
    const lines = new Int32Array(this.count);
    const fields: number[] = [];
    const number = new Map(sources.map((s, i) => [s.path, i]));
    let at = 0;
    for (const { code: scopeCode, path } of units) {
      for (const { words, statement, operands } of scopeCode) {
        code.set(words, at * INSTRUCTION_WORDS);
        lines[at] = ((number.get(path) ?? 0) << 20) | statement.line;
        if (operands.some((o) => o.operand.form === 'field')) fields.push(at);
        at++;
      }
    }
    const { role, handlers, hooks, labels } = this;
    const [files, names] = [sources.map((s) => s.path), this.registerNames.image()];
    const image = { role, version, code, handlers, hooks, labels, files, lines, fields, names };
    return { ...image, crc: imageCrc(image) };
  }
}

/**
 * Assembles a role's image. `sources` in the order that the image shall have; `version` is for people.
 * Errors: AssemblyError with every problem of every file.
 */
export function assembleRole(role: Role, sources: readonly Source[], version: string = UNVERSIONED): Image {
  return new Assembly(role).image(sources, version, false);
}

/**
 * The same of all sources of a role, and every way through them is checked (flow/): what is held is given back, what is read
 * was written, hooks keep their contracts. A bug that is to be run, to see what notices it, goes by `assembleRole`.
 */
export function assembleChecked(role: Role, sources: readonly Source[], version: string = UNVERSIONED): Image {
  return new Assembly(role).image(sources, version, true);
}

/** Names that reach over files: frames of a role's image; and each file's constants. */
import { CONSTANTS } from '../../firmware/memory/constants.js';
import { type At, didYouMean } from './errors.js';
import { number, ownRegister, type Report } from './names.js';
import type { Binding, Frame, ParsedFile } from './syntax.js';

/** Adds names to the map; a name that is there already, or is a register's own, is an error. */
export function bind(names: Map<string, number>, bindings: readonly Binding[], report: Report): void {
  for (const b of bindings) {
    const value = ownRegister(b.register.text);
    const taken = names.get(b.text);
    if (value === undefined || value < 0) report(b.register, `"${b.register.text}" is no register; they are r0 to r15`);
    else if (ownRegister(b.text) !== undefined) report(b, `"${b.text}" is a register's own name`);
    else if (taken !== undefined) report(b, `"${b.text}" is r${taken} already`);
    else names.set(b.text, value);
  }
}

/** A file's own constants; a later one may use an earlier one. */
export function constantsOf(file: ParsedFile, report: Report): Map<string, number> {
  const constants = new Map<string, number>();
  for (const c of file.constants) {
    const value = number(constants, c.terms, report);
    if (constants.has(c.text)) report(c, `constant "${c.text}" is defined twice in this file`);
    else if (CONSTANTS[c.text] !== undefined)
      report(c, `"${c.text}" is a constant of the machine (${CONSTANTS[c.text]})`);
    else constants.set(c.text, value ?? 0);
  }
  return constants;
}

/** Frames of all files by name: each a map of names to registers. */
export class Frames {
  private readonly defined = new Map<
    string,
    { readonly frame: Frame; readonly path: string; readonly report: Report }
  >();
  private readonly resolved = new Map<string, ReadonlyMap<string, number>>();

  define(path: string, frames: readonly Frame[], report: Report): void {
    for (const frame of frames) {
      const other = this.defined.get(frame.text);
      if (other) report(frame, `frame "${frame.text}" is defined in ${other.path}:${other.frame.line} already`);
      else this.defined.set(frame.text, { frame, path, report });
    }
  }

  /** Resolves all, so that a frame which nobody uses is checked too. */
  check(): void {
    for (const [name, { frame }] of this.defined) this.names(name, frame, () => {});
  }

  /** Names of a frame; empty after an error, which goes to `report`. */
  names(name: string, at: At, report: Report): ReadonlyMap<string, number> {
    const ready = this.resolved.get(name);
    if (ready) return ready;
    const found = this.defined.get(name);
    if (!found) {
      report(at, `unknown frame "${name}"${didYouMean(name, this.defined.keys())}`);
      return new Map();
    }
    // Stands here while its bases are resolved: a frame that begins with itself finds itself empty.
    this.resolved.set(name, new Map());
    const { base, bindings } = found.frame;
    if (base && this.beginsWith(base.text, name)) found.report(base, `frame "${name}" begins with itself`);
    const names = new Map(base ? this.names(base.text, base, found.report) : []);
    bind(names, bindings, found.report);
    this.resolved.set(name, names);
    return names;
  }

  private beginsWith(from: string, name: string): boolean {
    const seen = new Set<string>();
    for (let f: string | undefined = from; f !== undefined && !seen.has(f); f = this.defined.get(f)?.frame.base?.text) {
      if (f === name) return true;
      seen.add(f);
    }
    return false;
  }
}

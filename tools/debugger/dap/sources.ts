/**
 * Sources of a target as the protocol wants them: a file of this machine where it holds the very text that was assembled,
 * else a reference by which the client asks for the text (a planted bug is in no file).
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Target } from '../../../firmware/runtime/machine/debug/target.js';
import { MICROCODE_ROOT } from '../../assembler/load-sources.js';
import type { Fields } from './fields.js';

const PREFIX = 'microcode/';

export class Sources {
  /** Folders that are laid out as microcode/ is; the first that has a file counts. */
  readonly #roots: readonly string[];
  readonly #made = new Map<string, { readonly text: string | undefined; readonly source: DebugProtocol.Source }>();
  /** Numbers last as long as the session: a client may hold an editor on one. */
  readonly #references: string[] = [];

  /** @param own a folder of one's own (`microcode` of the launch) before the package's */
  constructor(own?: string) {
    this.#roots = [...(own === undefined ? [] : [resolve(own)]), MICROCODE_ROOT];
  }

  /** @param file begins with `microcode/` */
  async of(target: Target, file: string): Promise<DebugProtocol.Source> {
    // Of arrays that serve hosts what runs, and so its text, may be another by now.
    const text = await target.source(file);
    const made = this.#made.get(file);
    if (made && made.text === text) return made.source;
    const source = this.#make(file, text);
    this.#made.set(file, { text, source });
    return source;
  }

  #make(file: string, text: string | undefined): DebugProtocol.Source {
    const name = file.slice(file.lastIndexOf('/') + 1);
    const path = this.#onDisk(file);
    if (path !== undefined && (text === undefined || text === readFileSync(path, 'utf8')))
      return { name, path, ...(text === undefined && { origin: "this arraylab's; what was assembled is not known" }) };
    // Another text has another reference: clients keep what they got by one.
    const sourceReference = this.#references.push(file);
    const origin = path === undefined ? 'from the images' : `as assembled; ${path} has another text`;
    return { name, path: file, sourceReference, origin };
  }

  #onDisk(file: string): string | undefined {
    if (!file.startsWith(PREFIX)) return undefined;
    return this.#roots.map((root) => join(root, file.slice(PREFIX.length))).find((path) => existsSync(path));
  }

  /**
   * The file that a client means by a Source. A file elsewhere that ends in the path of one of `files`, as in another clone
   * of the sources, is that one. Errors: RangeError for one that is none.
   */
  fileOf(source: Fields, files: readonly string[]): string {
    // Before the reference: that is of a session, and the client may have it from another one.
    const given = source.maybeText('path');
    if (given?.startsWith(PREFIX)) return given;
    const reference = source.maybeWhole('sourceReference') ?? 0;
    if (reference > 0) {
      const file = this.#references[reference - 1];
      if (file === undefined) throw new RangeError(`there is no source with the reference ${reference}`);
      return file;
    }
    const path = source.text('path');
    for (const root of this.#roots) {
      const below = relative(root, path).split(sep).join('/');
      if (!below.startsWith('..') && !isAbsolute(below)) return PREFIX + below;
    }
    const slashes = path.replaceAll('\\', '/');
    const file = files.find((f) => slashes.endsWith(`/${f}`));
    if (file === undefined)
      throw new RangeError(`${path} is no microcode of this rig: its sources are below ${this.#roots.join(' and ')}`);
    return file;
  }

  /** Errors: RangeError when it is not known. */
  async text(target: Target, source: Fields): Promise<string> {
    const file = this.fileOf(source, []);
    const text = await target.source(file);
    if (text === undefined) throw new RangeError(`the text of ${file} is not known`);
    return text;
  }
}

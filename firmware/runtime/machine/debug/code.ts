/** What a debugger looks up in an image: scopes, lines, labels, names of registers. Made once for each image. */
import type { Image, ImageLabel } from '../../../engine/image.js';
import { namesOf, type RegisterName, setAt } from '../../../engine/image-names.js';

const LINE = 0xfffff;
const codes = new WeakMap<Image, Code>();

export class Code {
  readonly image: Image;
  readonly instructions: number;
  /** Handlers, subs and hooks in the order of their first instructions. */
  readonly scopes: readonly ImageLabel[];
  /** All names of registers that it has somewhere. */
  readonly registers: ReadonlySet<string>;
  readonly #sets: readonly (readonly RegisterName[])[];
  /** By name: of each instruction the register | words << 4 that it stands for there; 0: nothing. */
  readonly #named = new Map<string, Uint8Array>();

  static of(image: Image): Code {
    const code = codes.get(image) ?? new Code(image);
    codes.set(image, code);
    return code;
  }

  private constructor(image: Image) {
    this.image = image;
    this.instructions = image.lines.length;
    this.scopes = image.labels.filter(({ kind }) => kind !== 'label').sort((a, b) => a.at - b.at);
    this.#sets = image.names.sets.map((set) => namesOf(set) ?? []);
    this.registers = new Set(this.#sets.flatMap((set) => set.map(({ name }) => name)));
  }

  /** Title of the scope that an instruction stands in: `on WRITE`. */
  scopeOf(instruction: number): string {
    if (instruction < 0 || instruction >= this.instructions) return '';
    let low = 0;
    let high = this.scopes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.scopes[middle].at <= instruction) low = middle + 1;
      else high = middle;
    }
    return this.scopes[low - 1]?.scope ?? '';
  }

  /** Its path, which begins with `microcode/`; empty where there is no such instruction. */
  fileOf(instruction: number): string {
    const line = this.image.lines[instruction];
    return line === undefined ? '' : (this.image.files[line >>> 20] ?? '');
  }

  lineOf(instruction: number): number {
    return (this.image.lines[instruction] ?? 0) & LINE;
  }

  /** Names of registers in force there; several may be of one register. */
  namesAt(instruction: number): readonly RegisterName[] {
    return this.#sets[setAt(this.image.names, instruction)] ?? [];
  }

  /** See `#named`; of a name that it does not have anywhere all are 0. */
  named(name: string): Uint8Array {
    const ready = this.#named.get(name);
    if (ready) return ready;
    const table = new Uint8Array(this.instructions);
    const bySet = this.#sets.map((set) => {
      const found = set.find((one) => one.name === name);
      return found ? found.register | (found.words << 4) : 0;
    });
    for (let i = 0; i < table.length; i++) table[i] = bySet[setAt(this.image.names, i)] ?? 0;
    this.#named.set(name, table);
    return table;
  }

  /** Instructions of a line; of one without any: those of the next line of the file that has some. None: there is no such line. */
  ofLine(file: string, line: number): { readonly line: number; readonly instructions: readonly number[] } | undefined {
    const number = this.image.files.indexOf(file);
    let best = Number.POSITIVE_INFINITY;
    let instructions: number[] = [];
    for (let at = 0; at < this.instructions; at++) {
      const word = this.image.lines[at];
      const here = word & LINE;
      if (word >>> 20 !== number || here < line || here > best) continue;
      if (here < best) instructions = [];
      best = here;
      instructions.push(at);
    }
    return instructions.length > 0 ? { line: best, instructions } : undefined;
  }

  /** The last line of a file that has an instruction; 0: none has. */
  lastLine(file: string): number {
    let last = 0;
    for (let at = 0; at < this.instructions; at++) if (this.fileOf(at) === file) last = Math.max(last, this.lineOf(at));
    return last;
  }
}

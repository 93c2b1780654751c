/**
 * Coverage measured against the microcode that it is of. This is where it is decided what counts:
 *
 * - A line counts if it has an instruction, of which a line has one. It is covered when that ran.
 * - A branch with a condition (`br.eq` ..., `brt`) has two ways: taken, not taken. One to the very next instruction has none.
 * - `case` has a way for each number that it has a branch for, and one for the rest.
 * - `call.hook` has two: the pair's recipe has a module at that hook, or none, and base behaviour is all.
 * - `br`, `call`, `ret` have one way to go on, which is their line's. Whether `wait` ended by its deadline, `brt` tells.
 * - A function is a scope: `on`, `sub` or `hook`. It was called as often as its first instruction was come to from outside.
 */
import { isBranch } from '../../firmware/engine/counts.js';
import type { Image } from '../../firmware/engine/image.js';
import { BY_OPCODE, INSTRUCTION_WORDS, type Instruction } from '../../firmware/engine/isa.js';
import { targetOf } from '../../firmware/engine/operands.js';
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { type Coverage, type LineCounts, microcodeCrc, type RoleCoverage } from './coverage.js';

/** A way that a branch may go. */
export interface Way {
  readonly name: string;
  readonly count: number;
}

export interface MeasuredLine {
  readonly line: number;
  /** Its source without label and comment. */
  readonly text: string;
  readonly runs: number;
  /** None: it is no branch. */
  readonly ways: readonly Way[];
  /** Cycles of all its runs, by the instruction table; and messages that they sent. */
  readonly cycles: number;
  readonly messages: number;
}

export interface MeasuredScope {
  /** `on WRITE`, `sub aligned`, `hook commit of commit/track-list`. */
  readonly title: string;
  readonly line: number;
  readonly calls: number;
  /** In the order of the source. */
  readonly lines: readonly MeasuredLine[];
}

export interface MeasuredFile {
  /** As the image names it: `microcode/base/data/write.uc`. */
  readonly path: string;
  readonly role: Role;
  readonly scopes: readonly MeasuredScope[];
}

export interface Share {
  readonly found: number;
  readonly hit: number;
}

export interface Shares {
  readonly lines: Share;
  readonly branches: Share;
  readonly scopes: Share;
}

/** Text of a source by the path that images name it with; undefined: it is not there. */
export type SourceText = (path: string) => string | undefined;

/**
 * The same coverage. `name`: as errors call it.
 * Errors: RangeError when it is of other microcode than `images`.
 */
export function checked(images: Images, coverage: Coverage, name: string): Coverage {
  for (const one of coverage) check(images, one, name);
  return coverage;
}

/** Files in the order of their paths. @param coverage of `images`: see `checked`. */
export function measure(images: Images, coverage: Coverage, sourceText: SourceText): MeasuredFile[] {
  const files = MICROCODED_ROLES.flatMap((role) => {
    const image = images[role];
    const counts = coverage.find((one) => one.role === role)?.files ?? new Map();
    return image === undefined ? [] : new RoleMeasure(image, counts, sourceText).files();
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function check(images: Images, { role, crc, files }: RoleCoverage, name: string): void {
  const image = images[role];
  if (image === undefined) throw new RangeError(`${name}: there is no microcode of role ${role} here`);
  if (microcodeCrc(image) !== crc)
    throw new RangeError(
      `${name}: its microcode of role ${role} has CRC ${crc}, the one here has ${microcodeCrc(image)}: say which it was (--microcode, --image), or run it again`,
    );
  const places = new Set(image.lines);
  for (const [file, lines] of files)
    for (const line of lines.keys())
      if (!places.has((image.files.indexOf(file) << 20) | line))
        throw new RangeError(`${name}: role ${role}: ${file}:${line} has no instruction: the file is damaged`);
}

const NONE: LineCounts = { runs: 0, elsewhere: 0 };
/** Whoever comes behind one of these was sent there. */
const GOES: readonly string[] = ['br', 'ret', 'end'];
const SENDS: readonly string[] = ['send', 'post', 'reply'];

class RoleMeasure {
  readonly #image: Image;
  readonly #rows: readonly Instruction[];
  readonly #counts: readonly LineCounts[];
  readonly #sourceText: SourceText;
  /** By instruction: how often a branch went there. */
  readonly #jumps: Float64Array;

  constructor(image: Image, counts: RoleCoverage['files'], sourceText: SourceText) {
    const { lines, files, code } = image;
    this.#image = image;
    this.#sourceText = sourceText;
    this.#rows = Array.from(lines, (_, at) => BY_OPCODE[code[at * INSTRUCTION_WORDS] & 255] as Instruction);
    this.#counts = Array.from(lines, (place) => counts.get(files[place >>> 20])?.get(place & 0xfffff) ?? NONE);
    this.#jumps = new Float64Array(lines.length);
    for (const [at, { runs, elsewhere }] of this.#counts.entries()) {
      const to = this.#target(at);
      if (to === undefined || this.#rows[at].name === 'call') continue;
      this.#jumps[to] += this.#rows[at].name === 'br' ? runs : elsewhere;
    }
  }

  files(): MeasuredFile[] {
    const { files, lines, labels, role } = this.#image;
    const heads = labels.filter(({ kind }) => kind !== 'label').sort((a, b) => a.at - b.at);
    const scopes = new Map<string, MeasuredScope[]>(files.map((path) => [path, []]));
    for (const [i, { at, scope: title }] of heads.entries()) {
      const path = files[lines[at] >>> 20];
      const texts = this.#sourceText(path)?.split('\n');
      const end = heads[i + 1]?.at ?? lines.length;
      const own = Array.from({ length: end - at }, (_, n) => this.#line(at + n, texts));
      const head = headLine(texts, lines[at] & 0xfffff);
      const calls = Math.max(0, this.#counts[at].runs - this.#jumps[at]);
      scopes.get(path)?.push({ title, line: head, calls, lines: own });
    }
    return [...scopes].map(([path, own]) => ({ path, role, scopes: own.sort((a, b) => a.line - b.line) }));
  }

  #line(at: number, texts: readonly string[] | undefined): MeasuredLine {
    const line = this.#image.lines[at] & 0xfffff;
    const { name, cycles } = this.#rows[at];
    const { runs } = this.#counts[at];
    return {
      line,
      text: bare(texts?.[line - 1]) ?? name,
      runs,
      ways: this.#ways(at),
      cycles: runs * cycles,
      messages: SENDS.includes(name) ? runs : 0,
    };
  }

  #target(at: number): number | undefined {
    const [first, second] = this.#image.code.subarray(at * INSTRUCTION_WORDS);
    return targetOf(this.#rows[at], first, second);
  }

  #ways(at: number): Way[] {
    const { name } = this.#rows[at];
    const { runs, elsewhere } = this.#counts[at];
    if (name === 'case') return this.#casesOf(at);
    if (!isBranch(this.#image, at) || this.#target(at) === at + 1) return [];
    const [one, other] = name === 'call.hook' ? ['with a module', 'without a module'] : ['taken', 'not taken'];
    return [
      { name: one, count: elsewhere },
      { name: other, count: runs - elsewhere },
    ];
  }

  #casesOf(at: number): Way[] {
    const table = this.#image.code[at * INSTRUCTION_WORDS + 1];
    const ways = Array.from(
      { length: table },
      (_, i): Way => ({ name: `${i}`, count: this.#fromCase(at + 1 + i, at) }),
    );
    const rest = this.#counts[at].runs - ways.reduce((sum, { count }) => sum + count, 0);
    return [...ways, { name: 'the rest', count: Math.max(0, rest) }];
  }

  /** How often an entry of a table was come to by its `case`: not by a label that it has, nor from the entry before it. */
  #fromCase(at: number, from: number): number {
    const before = at - 1;
    const { runs, elsewhere } = this.#counts[before];
    const fell = before === from || GOES.includes(this.#rows[before].name) ? 0 : runs - elsewhere;
    return Math.max(0, this.#counts[at].runs - this.#jumps[at] - fell);
  }
}

/** Where a scope begins whose first instruction stands there. */
function headLine(texts: readonly string[] | undefined, line: number): number {
  for (let n = line; n > 0; n--)
    if (/^\s*(on|sub|hook)\s+\w+\s*(using\b.*)?(;.*)?$/.test(texts?.[n - 1] ?? '')) return n;
  return line;
}

/** An instruction as it stands in its line. */
const bare = (text: string | undefined): string | undefined =>
  text
    ?.replace(/;.*/, '')
    .replace(/^\s*\w+:/, '')
    .trim()
    .replace(/\s+/g, ' ');

const NOTHING: Share = { found: 0, hit: 0 };
const sum = (shares: readonly Share[]): Share =>
  shares.reduce((all, { found, hit }) => ({ found: all.found + found, hit: all.hit + hit }), NOTHING);

const share = (counts: readonly number[]): Share => ({
  found: counts.length,
  hit: counts.filter((count) => count > 0).length,
});

export const linesOf = ({ scopes }: MeasuredFile): MeasuredLine[] => scopes.flatMap(({ lines }) => lines);

export function sharesOf(file: MeasuredFile): Shares {
  const lines = linesOf(file);
  return {
    lines: share(lines.map(({ runs }) => runs)),
    branches: share(lines.flatMap(({ ways }) => ways.map(({ count }) => count))),
    scopes: share(file.scopes.map(({ calls }) => calls)),
  };
}

export function totalOf(files: readonly MeasuredFile[]): Shares {
  const all = files.map(sharesOf);
  return {
    lines: sum(all.map(({ lines }) => lines)),
    branches: sum(all.map(({ branches }) => branches)),
    scopes: sum(all.map(({ scopes }) => scopes)),
  };
}

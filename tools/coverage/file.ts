/**
 * Coverage files: JSON, `{ "arraylab_coverage": 1, "microcode": [ROLE...] }`. A role is `{ "role": "data", "crc": "5be5cd6a",
 * "files": { "microcode/base/data/write.uc": [[LINE, RUNS, ELSEWHERE]...] } }`: how often the instruction of the line ran, and
 * how often another one than the next followed it. Lines that never ran are left out.
 */
import { MICROCODED_ROLES, type Role } from '../../firmware/ports/messages.js';
import { JsonFile, type Path } from '../../firmware/service/profile/json-file.js';
import { ProfileError } from '../../firmware/service/profile/problems.js';
import { readText, writeWhole } from '../regress/files.js';
import type { Coverage, LineCounts, RoleCoverage } from './coverage.js';

const VERSION = 1;
const LINE_MOST = 0xfffff;

/** Errors: Error that names the file. */
export const writeCoverage = (path: string, coverage: Coverage): void => writeWhole(path, coverageText(coverage));

/** The same coverage gives the same text, a source file a line. */
export function coverageText(coverage: Coverage): string {
  const roles = coverage.map(({ role, crc, files }) => {
    const texts = [...files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([file, lines]) => {
        const rows = [...lines].sort(([a], [b]) => a - b).map(([line, { runs, elsewhere }]) => [line, runs, elsewhere]);
        return `${JSON.stringify(file)}:${JSON.stringify(rows)}`;
      });
    return `{"role":"${role}","crc":"${crc}","files":{\n${texts.join(',\n')}\n}}`;
  });
  return `{"arraylab_coverage":${VERSION},"microcode":[\n${roles.join(',\n')}\n]}\n`;
}

/** Errors: ProfileError that names file, line, field and value; Error for a file that cannot be read. */
export const readCoverage = (path: string): Coverage => coverageFrom(path, readText(path));

/** @param name as errors call it. Errors: ProfileError. */
export function coverageFrom(name: string, text: string): Coverage {
  return new Reader(new JsonFile(name, text)).coverage();
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

class Reader {
  readonly #file: JsonFile;

  constructor(file: JsonFile) {
    this.#file = file;
  }

  coverage(): Coverage {
    const { arraylab_coverage: version, microcode } = this.#object(
      [],
      ['arraylab_coverage', 'microcode'],
      'a coverage file, as --coverage writes it',
    );
    if (version !== VERSION) this.#wrong(['arraylab_coverage'], `${VERSION}, the version that this arraylab reads`);
    if (!Array.isArray(microcode)) return this.#wrong(['microcode'], 'a list of roles');
    const roles = microcode.map((_, i) => this.#role(['microcode', i]));
    for (const [i, { role }] of roles.entries())
      if (roles.findIndex((one) => one.role === role) < i)
        this.#fail(['microcode', i, 'role'], `is ${JSON.stringify(role)} for the second time; each role stands once`);
    return [...roles].sort((a, b) => MICROCODED_ROLES.indexOf(a.role) - MICROCODED_ROLES.indexOf(b.role));
  }

  #role(path: Path): RoleCoverage {
    const { role, crc, files } = this.#object(path, ['role', 'crc', 'files'], 'an object with role, crc, files');
    if (!MICROCODED_ROLES.some((r) => r === role))
      this.#wrong([...path, 'role'], `one of ${MICROCODED_ROLES.join(', ')}`);
    if (typeof crc !== 'string' || !/^[0-9a-f]{8}$/.test(crc))
      return this.#wrong([...path, 'crc'], 'eight hexadecimal digits');
    if (!isObject(files)) return this.#wrong([...path, 'files'], 'an object of source file: lines');
    const read = Object.keys(files).map((file): [string, Map<number, LineCounts>] => [
      file,
      this.#lines([...path, 'files', file], files[file]),
    ]);
    return { role: role as Role, crc, files: new Map(read) };
  }

  #lines(path: Path, rows: unknown): Map<number, LineCounts> {
    if (!Array.isArray(rows)) return this.#wrong(path, 'a list of [line, runs, elsewhere]');
    const lines = new Map<number, LineCounts>();
    for (const [i, row] of rows.entries()) {
      if (!Array.isArray(row) || row.length !== 3 || !row.every(isCount))
        return this.#wrong([...path, i], '[line, runs, elsewhere], whole numbers from 0');
      const [line, runs, elsewhere] = row as [number, number, number];
      if (line < 1 || line > LINE_MOST) this.#wrong([...path, i, 0], `a line, 1 to ${LINE_MOST}`);
      if (runs < 1) this.#wrong([...path, i, 1], '1 or more: what never ran is left out');
      if (elsewhere > runs) this.#wrong([...path, i, 2], `${runs} at most, as often as it ran`);
      if (lines.has(line)) this.#fail([...path, i], `is line ${line} for the second time; each line stands once`);
      lines.set(line, { runs, elsewhere });
    }
    return lines;
  }

  #object(path: Path, known: readonly string[], right: string): Record<string, unknown> {
    const value = path.length === 0 ? this.#file.value : this.#file.at(path);
    if (!isObject(value)) return this.#wrong(path, right);
    const other = Object.keys(value).find((field) => !known.includes(field));
    if (other !== undefined)
      this.#fail([...path, other], `is not a field; fields here are ${known.join(', ')}: it must be ${right}`);
    return value;
  }

  #wrong(path: Path, right: string): never {
    throw new ProfileError([this.#file.wrong(path, right)]);
  }

  #fail(path: Path, text: string): never {
    throw new ProfileError([this.#file.problem(path, text)]);
  }
}

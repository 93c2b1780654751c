/** Coverage of a command that makes many runs: added up, written, told, and held against what is wanted. */
import type { Images } from '../../firmware/runtime/machine/array.js';
import { Tally, type Words } from './coverage.js';
import { writeCoverage } from './file.js';
import { measure, totalOf } from './measure.js';
import { minimumOf, shortfalls } from './minimum.js';
import { sumText } from './text.js';

/** `--coverage FILE`, `--coverage-min LINES[,BRANCHES]`. */
export interface CoverageOptions {
  readonly coverage?: string | undefined;
  readonly 'coverage-min'?: string | undefined;
}

export const wantsCoverage = ({ coverage, 'coverage-min': least }: CoverageOptions): boolean =>
  coverage !== undefined || least !== undefined;

export class Gathered {
  readonly #images: Images;
  readonly #tally: Tally;
  readonly #path: string | undefined;
  readonly #least: ReturnType<typeof minimumOf> | undefined;

  /** @param images of which words come. Errors: RangeError for what is no least share. */
  constructor(images: Images, { coverage, 'coverage-min': least }: CoverageOptions) {
    this.#images = images;
    this.#tally = new Tally(images);
    this.#path = coverage;
    this.#least = least === undefined ? undefined : minimumOf(least, '--coverage-min');
  }

  readonly add = (words: Words): void => this.#tally.add(words);

  /** Writes the file and says the sum. False: it is less than wanted, which is said too. Errors: Error that names the file. */
  end(say: (line: string) => void): boolean {
    const { coverage } = this.#tally;
    if (this.#path !== undefined) writeCoverage(this.#path, coverage);
    const shares = totalOf(measure(this.#images, coverage, () => undefined));
    say(`coverage: ${sumText(shares)}${this.#path === undefined ? '' : `; ${this.#path}`}`);
    const below = this.#least === undefined ? [] : shortfalls(shares, this.#least, '--coverage-min');
    for (const text of below) say(`FAIL coverage of ${text}`);
    return below.length === 0;
  }
}

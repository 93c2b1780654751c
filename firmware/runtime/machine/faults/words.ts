/** The words of a fault's text, or a condition's, and the errors that name the one at fault, where it stands, and what would be right. */
import { TIME_UNITS } from './fault.js';

interface Word {
  readonly text: string;
  /** Column of its first letter, from 1. */
  readonly column: number;
}

/** Longer than any fault that is meant. */
const TEXT_MOST = 1000;
/** About 104 days. */
const TIME_MOST_NS = Number.MAX_SAFE_INTEGER;
export const COUNT_MOST = 0x7fff_ffff;

export class Words {
  readonly #text: string;
  /** What errors call it. */
  readonly #is: string;
  readonly #words: readonly Word[];
  #next = 0;

  /** Words stand between spaces; what is in double quotes is one. Errors: RangeError. */
  constructor(text: string, is = 'fault') {
    this.#text = text;
    this.#is = is;
    const words: Word[] = [];
    if (text.length > TEXT_MOST) throw new RangeError(`a ${is} of ${text.length} letters; ${TEXT_MOST} are the most`);
    for (const match of text.matchAll(/"([^"]*)"|[^\s"]+|"/g)) {
      const column = (match.index ?? 0) + 1;
      if (match[0] === '"') throw this.#error(words.length, '"', column, 'closed by another one further on');
      words.push({ text: match[1] ?? match[0], column });
    }
    this.#words = words;
  }

  /** The next word; undefined at the end. */
  peek(): string | undefined {
    return this.#words[this.#next]?.text;
  }

  /** Takes the next word if it is this one. */
  takes(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#next++;
    return true;
  }

  take(right: string): string {
    const word = this.peek();
    if (word === undefined) throw this.wrong(right);
    this.#next++;
    return word;
  }

  /** The next word if it has this form. Errors: RangeError that says what would be right. */
  match(pattern: RegExp, right: string): RegExpExecArray {
    const found = pattern.exec(this.peek() ?? '');
    if (this.peek() === undefined || !found) throw this.wrong(right);
    this.#next++;
    return found;
  }

  oneOf<T extends string>(all: readonly T[], right = all.join(', ')): T {
    const found = all.find((one) => one === this.peek());
    if (found === undefined) throw this.wrong(right);
    this.#next++;
    return found;
  }

  count(right: string, least = 0): number {
    const n = /^\d{1,10}$/.test(this.peek() ?? '') ? Number(this.peek()) : -1;
    if (n < least || n > COUNT_MOST) throw this.wrong(right);
    this.#next++;
    return n;
  }

  /** In whole nanoseconds. */
  time(right: string): number {
    const found = /^(\d{1,16})(?:\.(\d{1,9}))?(ns|us|ms|s)$/.exec(this.peek() ?? '');
    const size = TIME_UNITS.find(([unit]) => unit === found?.[3])?.[1] ?? 0;
    const part = found?.[2] ?? '';
    // Nanoseconds of the last digit: 0.1 has no exact number.
    const digit_ns = size / Number(`1${'0'.repeat(part.length)}`);
    const ns = Number(found?.[1]) * size + Number(part || '0') * digit_ns;
    if (!found || !Number.isInteger(digit_ns) || ns > TIME_MOST_NS)
      throw this.wrong(`${right}: a number with ns, us, ms or s, of whole nanoseconds`);
    this.#next++;
    return ns;
  }

  /** What stands at the next word, and what would be right there. */
  wrong(right: string): RangeError {
    const word = this.#words[this.#next];
    return this.#error(this.#next, word?.text, word?.column ?? this.#text.length + 1, right);
  }

  /** The same of the word that was taken last. */
  wasWrong(right: string): RangeError {
    this.#next--;
    return this.wrong(right);
  }

  #error(index: number, word: string | undefined, column: number, right: string): RangeError {
    const found = word === undefined ? 'it ends' : `word ${index + 1} is "${word}"`;
    return new RangeError(`${this.#is} '${this.#text}': ${found} (column ${column}); there it must be ${right}`);
  }
}

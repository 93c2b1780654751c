/** Where in an expression its parser stands. Errors name the column, what stands there, and what would be right. */
import { type Token, tokensOf, wrongAt } from './tokens.js';

export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @param dashed names that have dashes in them. Errors: RangeError. */
  constructor(text: string, dashed: readonly string[]) {
    this.text = text;
    this.#tokens = tokensOf(text, dashed);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
  }

  skip(tokens = 1): void {
    this.#next += tokens;
  }

  isSign(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.is === 'sign' && token.text === text;
  }

  isName(ahead = 0): boolean {
    return this.peek(ahead).is === 'name';
  }

  takes(sign: string): boolean {
    if (!this.isSign(sign)) return false;
    this.#next++;
    return true;
  }

  need(sign: string): void {
    if (!this.takes(sign)) throw this.wrong(`"${sign}"`);
  }

  name(right: string): Token {
    const token = this.peek();
    if (token.is !== 'name') throw this.wrong(right);
    this.#next++;
    return token;
  }

  /** Number of the word in the list. */
  oneOf(all: readonly string[], right: string): number {
    const found = all.indexOf(this.peek().text);
    if (found < 0) throw this.wrong(right);
    this.#next++;
    return found;
  }

  /** What was taken from a token on, without spaces. */
  since(first: Token): string {
    const from = this.#tokens.indexOf(first);
    return this.#tokens
      .slice(from, this.#next)
      .map(({ text }) => text)
      .join('');
  }

  wrong(right: string): RangeError {
    const { is, text, column } = this.peek();
    return wrongAt(this.text, column, `here ${is === 'end' ? 'it ends' : `stands "${text}"`}; it must be ${right}`);
  }

  /** Something about a word that was taken. */
  wrongOf(token: Token, said: string): RangeError {
    return wrongAt(this.text, token.column, said);
  }

  /** What another part finds wrong is wrong at this word. */
  at<T>(token: Token, look: () => T): T {
    try {
      return look();
    } catch (error) {
      throw this.wrongOf(token, (error as Error).message);
    }
  }
}

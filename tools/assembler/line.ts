/** A line of microcode source, token by token. */
import type { At } from './errors.js';
import type { Token } from './lexer.js';
import type { Named } from './syntax.js';

export type Report = (at: At, text: string) => void;

/** Ends the reading of one line; the problem was told. */
export class LineError extends Error {}

/** The tokens of one line, with a place. */
export class Line {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly report: Report,
  ) {}

  get next(): Token {
    return this.tokens[this.at];
  }
  /** The token so many after the next one, or the end. */
  ahead(count: number): Token {
    return this.tokens[Math.min(this.at + count, this.tokens.length - 1)];
  }
  get done(): boolean {
    return this.next.kind === 'end';
  }

  fail(expected: string): never {
    const { next } = this;
    this.report(next, `expected ${expected}, found ${next.kind === 'end' ? next.text : `"${next.text}"`}`);
    throw new LineError();
  }

  is(mark: string): boolean {
    return this.next.kind === 'mark' && this.next.text === mark;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  /** Steps over the mark when it is the next token. */
  skip(mark: string): boolean {
    const here = this.is(mark);
    if (here) this.at++;
    return here;
  }

  mark(mark: string): void {
    if (!this.skip(mark)) this.fail(`"${mark}"`);
  }

  name(what: string): Named {
    if (this.next.kind !== 'name') this.fail(what);
    return this.take();
  }

  /** A name without a dot in it. */
  plain(what: string): Named {
    if (this.next.text.includes('.')) this.fail(what);
    return this.name(what);
  }

  number(what: string): number {
    if (this.next.kind !== 'number') this.fail(what);
    return this.take().value;
  }

  /** What stands in quotation marks. */
  text(what: string): string {
    if (this.next.kind !== 'text' || this.next.text === '') this.fail(what);
    return this.take().text;
  }

  not(kind: Token['kind'], expected: string): void {
    if (this.next.kind === kind) this.fail(expected);
  }

  end(): void {
    if (!this.done) this.fail('the end of the line');
  }
}

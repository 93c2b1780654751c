/** Cuts a line of microcode source into tokens. A statement never goes on in the next line, so a line stands alone. */
import type { At } from './errors.js';

export interface Token extends At {
  /** A name may have dots in it: `br.ne`, `volume.state`. A text stands in quotation marks. The last token of a line is an `end`. */
  readonly kind: 'name' | 'number' | 'text' | 'mark' | 'end';
  readonly text: string;
  /** Of a number. */
  readonly value: number;
}

type Kind = Token['kind'];

/** By the character that a token begins with; others begin none. */
const TOKENS: readonly { readonly first: RegExp; readonly kind: Kind; readonly whole: RegExp }[] = [
  { first: /[A-Za-z_]/, kind: 'name', whole: /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y },
  { first: /[0-9]/, kind: 'number', whole: /(?:0x[0-9A-Fa-f_]+|[0-9][0-9_]*)(?!\w)/y },
  { first: /"/, kind: 'text', whole: /"[^"]*"/y },
  { first: /[()[\],:=+|#-]/, kind: 'mark', whole: /./y },
];
const BEGINS = Array.from({ length: 128 }, (_, code) =>
  TOKENS.find(({ first }) => first.test(String.fromCharCode(code))),
);

/** Tokens of the line, without blanks and comment. An unknown character is told to `problem`, and the line ends there. */
export function lexLine(text: string, line: number, problem: (at: At, text: string) => void): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  for (;;) {
    while (text[i] === ' ' || text[i] === '\t') i++;
    const column = i + 1;
    const done = i >= text.length || text[i] === ';' || text[i] === '\r';
    const token = done ? undefined : BEGINS[text.charCodeAt(i)];
    if (token) token.whole.lastIndex = i;
    if (!token?.whole.test(text)) {
      if (!done) problem({ line, column }, `"${text[i]}" cannot stand here; a comment begins with ";"`);
      tokens.push({ line, column, kind: 'end', text: 'the end of the line', value: 0 });
      return tokens;
    }
    const { kind, whole } = token;
    const said = kind === 'text' ? text.slice(i + 1, whole.lastIndex - 1) : text.slice(i, whole.lastIndex);
    const value = kind === 'number' ? Number(said.replaceAll('_', '')) : 0;
    tokens.push({ line, column, kind, text: said, value });
    i = whole.lastIndex;
  }
}

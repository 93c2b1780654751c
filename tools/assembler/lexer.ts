/** Cuts a line of microcode source into tokens. A statement never goes on in the next line, so a line stands alone. */
import type { At } from './errors.js';

export interface Token extends At {
  /** A name may have dots in it: `br.ne`, `volume.state`. A text stands in quotation marks. The last token of a line is an `end`. */
  readonly kind: 'name' | 'number' | 'text' | 'mark' | 'end';
  readonly text: string;
  /** Of a number. */
  readonly value: number;
}

const TOKEN = /([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(0x[0-9A-Fa-f_]+|[0-9][0-9_]*)(?!\w)|"([^"]*)"|([()[\],:=+|#-])/y;

/** Tokens of the line, without blanks and comment. An unknown character is told to `problem`, and the line ends there. */
export function lexLine(text: string, line: number, problem: (at: At, text: string) => void): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  for (;;) {
    while (text[i] === ' ' || text[i] === '\t') i++;
    const at = { line, column: i + 1 };
    const done = i >= text.length || text[i] === ';' || text[i] === '\r';
    TOKEN.lastIndex = i;
    const match = done ? null : TOKEN.exec(text);
    if (!match) {
      if (!done) problem(at, `"${text[i]}" cannot stand here; a comment begins with ";"`);
      tokens.push({ ...at, kind: 'end', text: 'the end of the line', value: 0 });
      return tokens;
    }
    const [whole, name, number, said] = match;
    const kind = name !== undefined ? 'name' : number !== undefined ? 'number' : said !== undefined ? 'text' : 'mark';
    tokens.push({ ...at, kind, text: said ?? whole, value: kind === 'number' ? Number(whole.replaceAll('_', '')) : 0 });
    i += whole.length;
  }
}

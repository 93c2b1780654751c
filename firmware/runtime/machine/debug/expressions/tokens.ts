/** Words and signs of an expression, each with its column; errors name what stands there and what would be right. */

export interface Token {
  readonly is: 'name' | 'number' | 'sign' | 'end';
  readonly text: string;
  /** From 1. */
  readonly column: number;
  /** A space stands before it. */
  readonly spaced: boolean;
}

/** Longer than any that is meant. */
const TEXT_MOST = 1000;
const NUMBER = /^(0[xX][0-9a-fA-F]+|\d+)(?!\w)/;
const NAME = /^[A-Za-z_]\w*/;
const SIGN = /^(<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^!~<>()[\].,:#])/;

export function wrongAt(text: string, column: number, said: string): RangeError {
  return new RangeError(`'${text}', column ${column}: ${said}`);
}

/**
 * `known`: names that have dashes in them, which else would be minus signs.
 * Errors: RangeError.
 */
export function tokensOf(text: string, known: readonly string[]): Token[] {
  if (text.length > TEXT_MOST)
    throw new RangeError(`an expression of ${text.length} letters; ${TEXT_MOST} are the most`);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const spaces = /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    at += spaces;
    const rest = text.slice(at);
    const token = (is: Token['is'], length: number): void => {
      tokens.push({ is, text: rest.slice(0, length), column: at + 1, spaced: spaces > 0 });
      at += length;
    };
    if (rest === '') {
      token('end', 0);
      return tokens;
    }
    const dashed = known.find((name) => rest.startsWith(name) && !/^[\w-]/.test(rest.slice(name.length)));
    const found =
      dashed !== undefined
        ? (['name', dashed] as const)
        : first(rest, ['number', NUMBER], ['name', NAME], ['sign', SIGN]);
    if (!found) throw wrongAt(text, at + 1, `"${/^\d\w*/.exec(rest)?.[0] ?? rest[0]}" is no part of an expression`);
    token(found[0], found[1].length);
  }
}

function first(
  rest: string,
  ...forms: readonly (readonly [Token['is'], RegExp])[]
): readonly [Token['is'], string] | undefined {
  for (const [is, pattern] of forms) {
    const match = pattern.exec(rest);
    if (match) return [is, match[0]];
  }
  return undefined;
}

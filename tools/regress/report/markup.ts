/** Texts of anything, safe to stand in XML and HTML. */

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What XML 1.0 does not allow in any form: control characters, halves of surrogate pairs, U+FFFE, U+FFFF. */
const isAllowed = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code < 0xd800) ||
  (code > 0xdfff && code !== 0xfffe && code !== 0xffff);

/** For an element or an attribute in quotes; what XML does not allow becomes U+FFFD. `]]>` cannot come out, as `>` does not. */
export function escaped(text: string): string {
  let out = '';
  for (const character of text) {
    out += isAllowed(character.codePointAt(0) as number) ? (NAMES[character] ?? character) : '\ufffd';
  }
  return out;
}

/** For an attribute, where line ends would become spaces. */
export const attribute = (text: string): string => escaped(text).replace(/[\t\n\r]/g, (c) => `&#${c.codePointAt(0)};`);

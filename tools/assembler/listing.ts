/** The listing of an image: address and words of each instruction beside its source. */

import type { Image } from '../../firmware/engine/image.js';
import { INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import type { Source } from './syntax.js';

const hexWord = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/** One line for each source line: `address  first word  second word  line  source`, under the file's name. */
export function listing(image: Image, sources: readonly Source[]): string {
  const at = new Map<number, number>();
  for (const [i, line] of image.lines.entries()) at.set(line, i);
  const out = [`; role ${image.role}, version ${image.version}, crc ${hexWord(image.crc)}`];
  const blank = ' '.repeat(4 + 2 + 8 + 1 + 8);
  for (const [f, file] of image.files.entries()) {
    const source = sources.find((s) => s.path === file);
    out.push('', `; ${file}`);
    for (const [l, text] of (source?.text ?? '').replace(/\n$/, '').split('\n').entries()) {
      const i = at.get((f << 20) | (l + 1));
      const [first, second] = i === undefined ? [] : image.code.subarray(i * INSTRUCTION_WORDS);
      const words = i === undefined ? blank : `${String(i).padStart(4)}  ${hexWord(first)} ${hexWord(second)}`;
      out.push(`${words}  ${String(l + 1).padStart(4)}  ${text}`.trimEnd());
    }
  }
  return `${out.join('\n')}\n`;
}

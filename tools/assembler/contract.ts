/** The contract of a module: the first sentence of the comment at the head of its file, before its role. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MICROCODE_ROOT } from './load-sources.js';

/** "Fig. 2) is" goes on: a sentence ends before blanks and a capital letter, a quotation, or nothing. */
const SENTENCE = /^.*?[.!?]["')]*(?=\s+["(]?[A-Z]|$)/;

/** The first sentence of the source's head; "" when it has no comment there. */
export function contractOf(text: string): string {
  const head = /^(?:[ \t\r]*(?:;[^\n]*)?\n)*/.exec(text)?.[0] ?? '';
  const said = head
    .split('\n')
    .map((line) => line.replace(/^[ \t\r;]+/, '').trim())
    .filter((line) => line !== '')
    .join(' ');
  return SENTENCE.exec(said)?.[0] ?? said;
}

/** Of a module, by its name: from a folder of one's own if it has it, else of the package; "" when there is no such file. */
export function contractOfModule(module: string, own?: string): string {
  const roots = own === undefined ? [MICROCODE_ROOT] : [own, MICROCODE_ROOT];
  const path = roots.map((root) => join(root, `${module}.uc`)).find((file) => existsSync(file));
  return path === undefined ? '' : contractOf(readFileSync(path, 'utf8'));
}

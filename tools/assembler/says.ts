/** What a scope says for the checks of every way through it (flow/): `zero`, `holds`, `gives`, `keeps`. */
import type { At } from './errors.js';
import { didYouMean } from './errors.js';
import { HOLDING_NAMES } from './flow/holdings.js';
import { type Names, register } from './names.js';
import type { Named, Scope } from './syntax.js';

export interface Says {
  /** Of a handler: registers whose 0 at its beginning is meant. */
  readonly zero: readonly { readonly register: number; readonly at: Named & At }[];
  /** Of a sub: what it holds at its end, and did not at its beginning. */
  readonly holds: readonly Named[];
  /** Of a sub: what its caller holds, and it gives back. */
  readonly gives: readonly Named[];
  /** Of a hook: registers that have at its end what they had at its beginning, for a reason that no check sees. */
  readonly keeps: readonly number[];
  /** Nobody else runs meanwhile: what is to be changed needs no lock. */
  readonly alone: boolean;
}

const SCOPES = { zero: 'on', holds: 'sub', gives: 'sub', keeps: 'hook', alone: undefined } as const;
const SCOPE_SAID = { on: 'a handler', sub: 'a sub', hook: 'a hook' } as const;

/** Problems are told to `names.report`. */
export function saysOf({ kind, items }: Scope, names: Names): Says {
  const said: Said = { zero: [], holds: [], gives: [], keeps: [], alone: false };
  for (const item of items) {
    if (item.is !== 'says') continue;
    const { word } = item;
    const where = SCOPES[word];
    if (where && kind !== where) names.report(item, `${word} is for ${SCOPE_SAID[where]}; this is ${names.title}`);
    if (word === 'alone') said.alone = true;
    else for (const name of item.names) one(said, word, name, names);
  }
  return said;
}

type Said = { -readonly [word in keyof Says]: Says[word] extends readonly (infer T)[] ? T[] : Says[word] };

function one(said: Said, word: 'zero' | 'holds' | 'gives' | 'keeps', name: Named, names: Names): void {
  if (word === 'zero' || word === 'keeps') {
    const value = register(names, name);
    if (value === undefined) return;
    if (word === 'zero') said.zero.push({ register: value, at: name });
    else said.keeps.push(value);
  } else if (HOLDING_NAMES.includes(name.text)) said[word].push(name);
  else {
    const near = didYouMean(name.text, HOLDING_NAMES);
    names.report(name, `"${name.text}" is nothing that is held; there are ${HOLDING_NAMES.join(', ')}${near}`);
  }
}

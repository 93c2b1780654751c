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
}

const SCOPES = { zero: 'on', holds: 'sub', gives: 'sub', keeps: 'hook' } as const;
const SCOPE_SAID = { on: 'a handler', sub: 'a sub', hook: 'a hook' } as const;

/** Problems are told to `names.report`. */
export function saysOf({ kind, items }: Scope, names: Names): Says {
  const said = {
    zero: [] as { register: number; at: Named }[],
    holds: [] as Named[],
    gives: [] as Named[],
    keeps: [] as number[],
  };
  for (const item of items) {
    if (item.is !== 'says') continue;
    const { word } = item;
    const where = SCOPES[word];
    if (kind !== where) names.report(item, `${word} is for ${SCOPE_SAID[where]}; this is ${names.title}`);
    for (const name of item.names) {
      if (word === 'zero' || word === 'keeps') {
        const value = register(names, name);
        if (value === undefined) continue;
        if (word === 'zero') said.zero.push({ register: value, at: name });
        else said.keeps.push(value);
      } else if (HOLDING_NAMES.includes(name.text)) said[word].push(name);
      else {
        const near = didYouMean(name.text, HOLDING_NAMES);
        names.report(name, `"${name.text}" is nothing that is held; there are ${HOLDING_NAMES.join(', ')}${near}`);
      }
    }
  }
  return said;
}

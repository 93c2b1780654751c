/** What holds where a walk begins: at the first instruction of a handler or a hook. */
import type { Unit } from '../checks.js';
import { ANSWER, handsUnasked, received } from './effects.js';
import type { Contract } from './hooks.js';
import { type State, withCount } from './state.js';
import * as V from './values.js';

const REGISTERS = 16;
const ALL = 0xffff;

const start = (): V.Value[] => Array.from({ length: REGISTERS }, (_, r) => V.any(r));

/** A task begins with the fields of its message in r0, r1, …; every other register is 0. */
export function ofHandler(unit: Unit): readonly State[] {
  const { kind, says } = unit;
  const fields = kind?.fields.length ?? 0;
  const registers = start().map((v, r) => (r < fields ? v : V.exactly(0, r)));
  let unset = ALL & ~((1 << fields) - 1);
  for (const { register } of says.zero) unset = (unset & ~(1 << register)) | (0x1_0000 << register);
  const state = { held: kind?.reply ? withCount('', ANSWER, 1) : '', unset, gaveUp: false, registers };
  const all = Array.from({ length: fields }, (_, r) => r);
  return kind ? received(state, kind, all, handsUnasked(kind)) : [state];
}

export function ofHook({ held, arrives }: Contract): readonly State[] {
  const registers = start();
  let unset = ALL;
  for (const { register, holds } of arrives) {
    unset &= ~(1 << register);
    if (holds) registers[register] = V.exactly(holds.number, register);
  }
  return [{ held: held.reduce((all, name) => withCount(all, name, 1), ''), unset, gaveUp: false, registers }];
}

/**
 * What of a state a sub looks at or changes, its calls included. The rest is as it was behind the call, whatever it is: so one
 * walk through a sub serves all callers that differ in nothing else.
 */
import type { Unit } from '../checks.js';
import { isDoing, type Step, stepsOf } from './code.js';
import { MARKS, RELIES } from './holdings.js';
import { hookContract } from './hooks.js';
import type { State } from './state.js';
import * as V from './values.js';

export interface Touch {
  /** Registers that are read or written; a bit each. */
  readonly used: number;
  /** Registers that are written, or whose value decides something. */
  readonly matter: number;
  /** Whether anything is taken, given, sent or awaited, or the task may end. */
  readonly holds: boolean;
  /** Whether it waits, or looks at how the last wait ended. */
  readonly waits: boolean;
}

const MESSAGES = ['send', 'post', 'reply', 'wait', 'waitn', 'cancel'];
const bits = (registers: readonly number[]): number => registers.reduce((all, r) => all | (1 << r), 0);

function ofStep(step: Step): Touch {
  const { name, reads, writes, field, callee = '' } = step;
  const decides =
    name.startsWith('br') || name === 'case' || name === 'mov' || isDoing(name, field) || MESSAGES.includes(name);
  const contract = name === 'call.hook' ? hookContract(callee) : undefined;
  const arrives = bits(contract?.arrives.map((a) => a.register) ?? []);
  const changed = contract ? 0xffff & ~bits(contract.kept) : 0;
  return {
    used: bits([...reads, ...writes]) | arrives | changed,
    matter: bits(decides ? [...reads, ...writes] : writes) | arrives | changed,
    holds:
      MESSAGES.includes(name) ||
      isDoing(name, field) ||
      MARKS.some((m) => m.set.does === name) ||
      name in RELIES ||
      name === 'end' ||
      contract !== undefined,
    waits: name === 'wait' || name === 'waitn' || name === 'brt',
  };
}

export class Touches {
  private readonly known = new Map<Unit, Touch>();

  constructor(private readonly subs: ReadonlyMap<string, Unit>) {}

  /** No sub calls itself: that was checked before. */
  of(unit: Unit): Touch {
    const known = this.known.get(unit);
    if (known) return known;
    let all: Touch = { used: 0, matter: 0, holds: false, waits: false };
    for (const step of stepsOf(unit)) {
      const sub = step.name === 'call' ? this.subs.get(step.callee ?? '') : undefined;
      const one = sub ? this.of(sub) : ofStep(step);
      all = {
        used: all.used | one.used,
        matter: all.matter | one.matter,
        holds: all.holds || one.holds,
        waits: all.waits || one.waits,
      };
    }
    this.known.set(unit, all);
    return all;
  }
}

const both = (mask: number): number => mask | (mask << 16);

/** The state as a sub sees it: what it does not look at is nothing. */
export function narrowed(state: State, { used, matter, holds, waits }: Touch): State {
  return {
    held: holds ? state.held : '',
    unset: state.unset & both(used),
    gaveUp: waits && state.gaveUp,
    registers: state.registers.map((v, r) => ((matter & (1 << r)) !== 0 ? v : V.any())),
  };
}

/** The caller's state, with what the sub left. */
export function restored(before: State, after: State, { used, matter, holds, waits }: Touch): State {
  return {
    held: holds ? after.held : before.held,
    unset: (before.unset & ~both(used)) | after.unset,
    gaveUp: waits ? after.gaveUp : before.gaveUp,
    registers: before.registers.map((v, r) => ((matter & (1 << r)) !== 0 ? after.registers[r] : v)),
  };
}

/** What is wrong where a register is read, a task ends, a hook is called or goes back. */
import type { Unit } from '../checks.js';
import type { Step } from './code.js';
import { ANSWER, type Tell } from './effects.js';
import { HOLDING_NAMES, saidOf } from './holdings.js';
import { type Contract, hookContract } from './hooks.js';
import { RULES } from './rules.js';
import { countOf, heldOf, type State } from './state.js';
import * as V from './values.js';
import { type Place, type Run, takenAt } from './ways.js';

/** By its names in the scope. */
function nameOf(unit: Unit, r: number): string {
  const names = [...unit.registers].filter(([, n]) => n === r).map(([name]) => `"${name}"`);
  return names.length > 0 ? `${names.join(' or ')} (r${r})` : `r${r}`;
}

/** Of an answer that is awaited, its kind; undefined: it is something else that is held. */
const awaitedKind = (name: string): string | undefined =>
  name.startsWith('?') ? name.slice(1).split('/')[0] : undefined;

/** A register that nothing has written is read. */
export function readsUnset({ run, state }: Place, { reads }: Step, tell: Tell): void {
  for (const r of reads) {
    if ((state.unset & (0x1_0000 << r)) !== 0) run.zeroes |= 1 << r;
    if ((state.unset & (1 << r)) !== 0) tell(`r${r}`, RULES.written.say(nameOf(run.unit, r)));
  }
}

export function endsTask(place: Place, root: Unit, tell: Tell): void {
  if (root.scope.kind === 'hook') {
    tell('end', RULES.hook.say(root.title, 'ends the task here; it goes back by ret, as its caller goes on'));
    return;
  }
  for (const name of heldOf(place.state.held).keys()) {
    if (name.startsWith('!')) continue;
    const kind = awaitedKind(name);
    if (name === ANSWER) tell(name, RULES.answered.say(root.kind?.name));
    else if (kind) tell(name, RULES.waited.say(kind, takenAt(place, name)));
    else tell(name, RULES.givenBack.say(saidOf(name), takenAt(place, name)));
  }
}

/** The state behind a hook: what it may change is anything. */
export function callsHook({ run, state }: Place, { callee = '' }: Step, tell: Tell): State {
  const contract = hookContract(callee);
  if (!contract) return state;
  const say = (what: string, text: string): void => tell(what, RULES.calledHook.say(callee, text));
  for (const { name, register, holds } of contract.arrives) {
    const called = name === `r${register}` ? name : `${name} (r${register})`;
    if ((state.unset & (0x1_0000 << register)) !== 0) run.zeroes |= 1 << register;
    if ((state.unset & (1 << register)) !== 0)
      say(`r${register}`, `before anything has written ${called}, which it relies on`);
    else if (holds && V.unequal(state.registers[register], holds.number) !== undefined)
      say(`r${register}`, `with ${called} that may be another than ${holds.said}, which it relies on`);
  }
  const owned = [...heldOf(state.held).keys()].filter((n) => HOLDING_NAMES.includes(n));
  for (const name of contract.held) if (!owned.includes(name)) say(name, `without ${saidOf(name)}, which it relies on`);
  for (const name of ['lock', 'grant'])
    if (owned.includes(name) && !contract.held.includes(name) && !contract.maybe.includes(name))
      say(name, `with ${saidOf(name)}, which must not be held there`);
  const registers = state.registers.map((v, r) => (contract.kept.includes(r) ? v : V.ANY));
  return { ...state, registers };
}

export function leavesHook(unit: Unit, contract: Contract, exit: Place, tell: Tell): void {
  const say = (what: string, text: string): void => tell(what, RULES.hook.say(unit.title, text));
  const { held, registers } = exit.state;
  for (const name of new Set([...heldOf(held).keys(), ...contract.held])) {
    if (name.startsWith('!')) continue;
    const now = countOf(held, name);
    const was = contract.held.includes(name) ? 1 : 0;
    const kind = awaitedKind(name);
    const since = takenAt(exit, name);
    if (kind) say(name, `goes back before ${kind} has come${since}; wait for it`);
    else if (now > was)
      say(name, `goes back with ${saidOf(name)}${since}; it holds at its end what it held at its beginning`);
    else if (now < was) say(name, `gives ${saidOf(name)} back, which its caller holds, and gives back itself`);
  }
  for (const r of contract.kept) {
    if (registers[r].of === r || unit.says.keeps.includes(r)) continue;
    say(`r${r}`, `goes back with ${nameOf(unit, r)} changed; it may change ${contract.changes} only`);
  }
}

/** A handler says of no register without need that it is 0. */
export function checkZeroes({ unit, zeroes }: Run): void {
  for (const { register, at } of unit.says.zero)
    if ((zeroes & (1 << register)) === 0) unit.report(at, RULES.zero.say(at.text, unit.title));
}

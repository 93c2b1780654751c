/** Code that nothing comes to: an instruction that no way through its scope reaches, a sub that nobody calls. */
import type { Unit } from '../checks.js';
import { nextOf, stepsOf } from './code.js';
import { RULES } from './rules.js';

function reachedIn(unit: Unit): Set<number> {
  const steps = stepsOf(unit);
  const reached = new Set([0]);
  for (const at of reached) for (const next of nextOf(steps[at], at)) if (next < steps.length) reached.add(next);
  return reached;
}

/** The first instruction of each stretch that is not reached. */
function checkInstructions(unit: Unit): void {
  const reached = reachedIn(unit);
  for (const [at, { encoded, line, name }] of stepsOf(unit).entries()) {
    if (reached.has(at) || (at > 0 && !reached.has(at - 1))) continue;
    const before = stepsOf(unit)[at - 1];
    const more = stepsOf(unit)
      .slice(at)
      .findIndex((_, i) => reached.has(at + i));
    const last = stepsOf(unit)[(more < 0 ? stepsOf(unit).length : at + more) - 1];
    const to = last.line > line ? last.line : undefined;
    unit.report(encoded.statement, RULES.reached.say(name, to, before.name, before.line, unit.title));
  }
}

/** The handlers and hooks of these units, and the subs among all that they call, with subs between. */
export function calledSubs(units: readonly Unit[], among = units): Set<Unit> {
  const subs = new Map(among.filter((u) => u.scope.kind === 'sub').map((u) => [u.scope.name.text, u]));
  const called = new Set<Unit>(units.filter((u) => u.scope.kind !== 'sub'));
  for (const unit of called) {
    for (const { name, callee } of stepsOf(unit)) {
      const sub = name === 'call' ? subs.get(callee ?? '') : undefined;
      if (sub) called.add(sub);
    }
  }
  return called;
}

/** Checks units without errors; problems go to each unit's own report. */
export function checkReach(units: readonly Unit[]): void {
  const called = calledSubs(units);
  for (const unit of units) {
    if (called.has(unit)) checkInstructions(unit);
    else unit.report(unit.scope.name, RULES.called.say(unit.title));
  }
}

/** Tells subs that call themselves, by others too: true if there is none, so that a walk through calls comes to an end. */
export function checkRecursion(units: readonly Unit[]): boolean {
  const subs = units.filter((u) => u.scope.kind === 'sub');
  const byName = new Map(subs.map((u) => [u.scope.name.text, u]));
  const calledBy = (unit: Unit): Unit[] =>
    stepsOf(unit).flatMap(({ name, callee = '' }) => (name === 'call' ? (byName.get(callee) ?? []) : []));
  const recursive = subs.filter((sub) => {
    const reached = new Set(calledBy(sub));
    for (const other of reached) for (const next of calledBy(other)) reached.add(next);
    return reached.has(sub);
  });
  for (const sub of recursive) sub.report(sub.scope.name, RULES.recursion.say(sub.title));
  return recursive.length === 0;
}

/** Waits that may never end: for an answer that nobody sees to, in a queue that nobody wakes. */
import { KINDS, type Kind, type KindName, type Role } from '../../../firmware/ports/messages.js';
import type { Unit } from '../checks.js';
import { type Step, stepsOf } from './code.js';
import { GUARANTORS } from './guarantors.js';
import { HANDS, saidOf } from './holdings.js';
import { calledSubs } from './reach.js';
import { RULES } from './rules.js';

const WAKES = ['wake', 'wake.all'];

/** Why a wait for this kind may never end; undefined: somebody sees to its end. */
function openEnd(kind: Kind, units: readonly Unit[], role: Role): string | undefined {
  const known = GUARANTORS[kind.name as KindName];
  if (!known) return 'nobody sees to it that it comes';
  if (!known.ends) return undefined;
  const whose = known.by === 'director' ? `the ${kind.from.join(' or ')} director` : 'the other array';
  const handler = units.find((u) => u.kind?.name === known.ends);
  if (!handler) return `${whose} may be gone, and role ${role} has no handler of ${known.ends}, which cancels it`;
  const cancels = [...calledSubs([handler], units)].some((u) => stepsOf(u).some((s) => isCancel(s, kind)));
  return cancels ? undefined : `${whose} may be gone, and ${handler.title} does not cancel it`;
}

const isCancel = ({ name, kind: id }: Step, kind: Kind): boolean => name === 'cancel' && id === kind.id;

/** Checks units without errors; problems go to each unit's own report. */
export function checkWaits(units: readonly Unit[], role: Role): void {
  const called = calledSubs(units);
  const woken = new Set(units.flatMap((u) => stepsOf(u).flatMap((s) => (WAKES.includes(s.name) ? [s.field] : []))));
  for (const unit of units) {
    for (const step of called.has(unit) ? stepsOf(unit) : []) {
      const { encoded, name, field = '', extra } = step;
      const tell = (text: string): void => unit.report(encoded.statement, text);
      if (name === 'park' && !woken.has(field)) tell(RULES.woken.say(field, role));
      if (name !== 'wait' && name !== 'waitn') continue;
      const kind = KINDS[step.kind ?? 0];
      const why = extra === undefined ? openEnd(kind, units, role) : undefined;
      if (why) tell(RULES.ended.say(kind.name, why, name));
      const hand = extra === undefined ? undefined : HANDS[kind.name as KindName]?.[0];
      if (hand) tell(RULES.late.say(kind.name, saidOf(hand.what)));
    }
  }
}

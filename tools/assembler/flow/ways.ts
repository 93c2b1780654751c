/** How the code comes to a place: each check tells it, so that a person can follow. */
import type { Unit } from '../checks.js';
import { stepsOf } from './code.js';
import { countOf, type State } from './state.js';

/** One walk through a scope, from a state at its beginning. */
export interface Run {
  readonly unit: Unit;
  /** The call that began it; undefined: nobody called. */
  readonly caller?: Place;
  /** Registers that it read as zeroes of the beginning; a bit each. */
  zeroes: number;
  /** What a sub that it calls leaves otherwise than it says: that was told there, and is not told again of its callers. */
  readonly unbalanced: Set<string>;
}

/** An instruction, what holds before it, and where the walk came from first. */
export interface Place {
  readonly run: Run;
  readonly at: number;
  readonly from: Place | undefined;
  /** The instruction that was branched to, here or before those that only write registers; undefined: nothing branched. */
  readonly jumpedTo: number | undefined;
  state: State;
  /** It is still to be looked at. */
  isOpen: boolean;
}

/** Lines that are named of one scope: the first, and the last ones. */
const MOST_LINES = 8;

function linesTo(place: Place): number[] {
  const steps = stepsOf(place.run.unit);
  const lines = [steps[place.at].line];
  for (let p: Place | undefined = place; p; p = p.from) {
    const first = steps[p.jumpedTo ?? p.at].line;
    if (p.jumpedTo !== undefined && first !== lines[0]) lines.unshift(first);
  }
  return lines;
}

function stretch(place: Place): string {
  const { unit } = place.run;
  const all = linesTo(place);
  const shown = all.length > MOST_LINES ? [all[0], '…', ...all.slice(1 - MOST_LINES)] : all;
  return `${unit.title} ${shown.join(' → ')}`;
}

/** `by on WRITE 13 → 28, sub look 30 → 35`: from the handler or hook to the place, a line for each branch that is taken. */
export function wayTo(place: Place): string {
  const parts: string[] = [];
  for (let p: Place | undefined = place; p; p = p.run.caller) parts.unshift(stretch(p));
  return `by ${parts.join(', ')}`;
}

/** Where it was taken that is held at the place: ` (taken at line 16)`; nothing when it came with the message. */
export function takenAt(place: Place, name: string): string {
  for (let p: Place | undefined = place; p; p = p.from ?? p.run.caller) {
    const before = p.from;
    if (!before || countOf(before.state.held, name) >= countOf(p.state.held, name)) continue;
    const { unit } = before.run;
    const { line } = stepsOf(unit)[before.at];
    return unit === place.run.unit ? ` (since line ${line})` : ` (since ${unit.path}:${line})`;
  }
  return '';
}

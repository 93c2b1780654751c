/** Where an instruction goes, and what is known of its registers there. */
import type { Step } from './code.js';
import type { State } from './state.js';
import * as V from './values.js';

export interface Turn {
  readonly to: number;
  readonly state: State;
}

type Narrow = (value: V.Value, n: number) => V.Refined;
/** By instruction: what holds when it goes, and when it goes on. */
const OF_NUMBER: Readonly<Record<string, readonly [Narrow, Narrow]>> = {
  'br.eq': [V.equal, V.unequal],
  'br.ne': [V.unequal, V.equal],
  'br.lt': [V.below, V.atLeast],
  'br.ge': [V.atLeast, V.below],
  'br.any': [V.withAny, V.without],
  'br.none': [V.without, V.withAny],
  'br.neg': [V.negative, V.notNegative],
};
type Both = (x: V.Value, y: V.Value) => readonly [V.Value, V.Value] | undefined;
const as = (x: V.Value, y: V.Value): readonly [V.Value, V.Value] => [x, y];
const OF_TWO: Readonly<Record<string, readonly [Both, Both]>> = {
  'br.eq': [V.same, V.different],
  'br.ne': [V.different, V.same],
  'br.lt': [V.different, as],
  'br.ge': [as, V.different],
};

function put(state: State, changes: readonly (readonly [number, V.Value])[]): State {
  if (changes.every(([r, v]) => state.registers[r] === v)) return state;
  const registers = [...state.registers];
  for (const [r, v] of changes) registers[r] = v;
  return { ...state, registers };
}

function turn(to: number, state: State | undefined): Turn[] {
  return state ? [{ to, state }] : [];
}

function cases({ reads, number = 0 }: Step, at: number, state: State): Turn[] {
  const [x] = reads;
  let rest: V.Refined = state.registers[x];
  const turns: Turn[] = [];
  for (let n = 0; n < number; n++) {
    const value: V.Refined = rest && V.equal(rest, n);
    turns.push(...turn(at + 1 + n, value && put(state, [[x, value]])));
    rest = rest && V.unequal(rest, n);
  }
  return [...turns, ...turn(at + 1 + number, rest && put(state, [[x, rest]]))];
}

/** The turns of a branch; of any other instruction, on to the next. */
export function turnsOf(step: Step, at: number, state: State): Turn[] {
  const { name, target = at + 1, reads, number = 0 } = step;
  if (name === 'br') return [{ to: target, state }];
  if (name === 'brt') return [{ to: state.gaveUp ? target : at + 1, state }];
  if (name === 'case') return cases(step, at, state);
  const one = OF_NUMBER[name];
  if (!one) return [{ to: at + 1, state }];
  const [x, y] = reads;
  if (y === undefined) {
    const [goes, stays] = one.map((narrow) => narrow(state.registers[x], number));
    return [...turn(target, goes && put(state, [[x, goes]])), ...turn(at + 1, stays && put(state, [[x, stays]]))];
  }
  if (x === y)
    return [
      { to: target, state },
      { to: at + 1, state },
    ];
  return OF_TWO[name].flatMap((both, i) => {
    const values = both(state.registers[x], state.registers[y]);
    return values
      ? turn(
          i === 0 ? target : at + 1,
          put(state, [
            [x, values[0]],
            [y, values[1]],
          ]),
        )
      : [];
  });
}

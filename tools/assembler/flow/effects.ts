/** What messages and instructions do to what is held: the table of holdings, applied to a state. */

import { KINDS, type Kind, type KindName } from '../../../firmware/ports/messages.js';
import { isDoing, type Step } from './code.js';
import {
  HANDS,
  type Hand,
  HOLDINGS,
  type Holding,
  MARKS,
  type Mark,
  OK_OF,
  RELIES,
  SAYS_OK,
  saidOf,
  type Test,
} from './holdings.js';
import { RULES } from './rules.js';
import { countOf, heldOf, less, MANY, more, type State, withCount, withRegister } from './state.js';
import * as V from './values.js';

/** Tells what is wrong at the instruction that is looked at; `what` keeps one thing from being told twice. */
export type Tell = (what: string, text: string) => void;

/** A field's value, and the register that has it. */
interface Seen {
  readonly value: V.Value;
  readonly register?: number;
}

const handsOf = (kind: Kind): readonly Hand[] => HANDS[kind.name as KindName] ?? [];
export const ANSWER = 'answer';

function tested(value: V.Value, test: Test, isSent: boolean): { yes: V.Refined; no: V.Refined } {
  const { is, also = [], not = [], none } = test;
  if (none !== undefined) return { yes: V.without(value, none), no: V.withAny(value, none) };
  const list = is ? [...is, ...(isSent && !value.set ? [] : also)] : not;
  const some = list.flatMap((n) => V.equal(value, n) ?? []);
  const among = some.length > 0 ? some.reduce(V.join) : undefined;
  const others = list.reduce<V.Refined>((left, n) => left && V.unequal(left, n), value);
  return is ? { yes: among, no: others } : { yes: others, no: among };
}

/** The state parted by a test of a field. */
function part(
  state: State,
  test: Test | undefined,
  seen: (field: string) => Seen,
  isSent = true,
): { yes?: State; no?: State } {
  if (!test) return { yes: state };
  const { value, register } = seen(test.field);
  const { yes, no } = tested(value, test, isSent);
  const put = (v: V.Refined): State | undefined =>
    v && (register === undefined ? state : withRegister(state, register, v));
  return { yes: put(yes), no: put(no) };
}

/** A field of a message whose registers are named; one that is not named is 0. */
function sentField(kind: Kind, step: Step, state: State) {
  return (field: string): Seen => {
    const register = step.registers[kind.fields.indexOf(field)];
    return register === undefined ? { value: V.exactly(0) } : { value: state.registers[register], register };
  };
}

/** States after the message went, with what it hands over. */
function handOver(states: readonly State[], kind: Kind, step: Step, request: Kind | undefined, tell: Tell): State[] {
  let now = [...states];
  for (const hand of handsOf(kind)) {
    if (hand.only === 'receiver') continue;
    now = now.flatMap((state) => {
      if (hand.all) return [{ ...state, held: withCount(state.held, hand.what, 0) }];
      const first = part(state, hand.when, sentField(kind, step, state));
      const then = first.yes && part(first.yes, hand.asked, (field) => askedField(request, field, first.yes as State));
      return [first.no, then?.no, ...given(then?.yes, hand.what, () => goes(kind, hand), tell)].flatMap((s) => s ?? []);
    });
  }
  return now;
}

/** Of the request that a task answers, in whichever register it still stands. */
function askedField(request: Kind | undefined, field: string, state: State): Seen {
  const from = request?.fields.indexOf(field) ?? -1;
  const register = from < 0 ? -1 : state.registers.findIndex((v) => v.of === from);
  return register < 0 ? { value: V.any() } : { value: state.registers[register], register };
}

const goes = (kind: Kind, hand: Hand): string => `${kind.name} hands over ${saidOf(hand.what)}`;

function given(state: State | undefined, name: string, doing: () => string, tell: Tell): State[] {
  if (!state) return [];
  if (countOf(state.held, name) > 0) return less(state.held, name).map((held) => ({ ...state, held }));
  tell(name, RULES.held.say(doing()));
  return [state];
}

const take = (state: State | undefined, name: string): State | undefined =>
  state && { ...state, held: more(state.held, name) };

/** `?GOT/0`: an answer that is awaited, and which of the hands of its kind it may have. */
const awaited = (kind: Kind, hands: readonly number[]): string => `?${kind.name}/${hands.join('+')}`;

function ask(state: State, kind: Kind, request: Kind, step: Step): State[] {
  let ways: { state: State; hands: number[] }[] = [{ state, hands: [] }];
  for (const [i, hand] of handsOf(kind).entries()) {
    ways = ways.flatMap((way) => {
      const { yes, no } = part(way.state, hand.asked, sentField(request, step, way.state));
      return [...(yes ? [{ state: yes, hands: [...way.hands, i] }] : []), ...(no ? [{ ...way, state: no }] : [])];
    });
  }
  return ways.map((way) => ({ ...way.state, held: more(way.state.held, awaited(kind, way.hands)) }));
}

export function sent(state: State, step: Step, tell: Tell): readonly State[] {
  const kind = KINDS[step.kind ?? 0];
  if (!kind.reply) relied(state, kind, kind, step, tell);
  const gone = handOver([marked(state, step)], kind, step, undefined, tell);
  const reply = KINDS.find((k) => k.name === kind.reply);
  return reply ? gone.flatMap((s) => ask(s, reply, kind, step)) : gone;
}

export function replied(state: State, step: Step, request: Kind | undefined, tell: Tell): readonly State[] {
  if (!request) {
    tell(ANSWER, RULES.answeredByHook.say());
    return [state];
  }
  const reply = KINDS.find((k) => k.name === request.reply);
  if (countOf(state.held, ANSWER) === 0) {
    tell(ANSWER, RULES.answeredTwice.say(request.name));
    return [state];
  }
  if (reply) relied(state, request, reply, step, tell);
  const states = [{ ...state, held: withCount(state.held, ANSWER, 0) }];
  return reply ? handOver(states, reply, step, request, tell) : states;
}

/** A message has come: its fields are in their registers, and what it hands over is held. */
export function received(state: State, kind: Kind, registers: readonly number[], hands: readonly number[]): State[] {
  let now = [state];
  for (const [i, hand] of handsOf(kind).entries()) {
    if (hand.only === 'sender' || !hands.includes(i)) continue;
    now = now.flatMap((s) => {
      const seen = (field: string): Seen => {
        const register = registers[kind.fields.indexOf(field)];
        return register === undefined ? { value: V.any() } : { value: s.registers[register], register };
      };
      const { yes, no } = part(s, hand.when, seen, false);
      return [take(yes, hand.what), no].flatMap((x) => x ?? []);
    });
  }
  return now;
}

/** What a message hands over whatever it answers. */
export const handsUnasked = (kind: Kind): number[] => handsOf(kind).flatMap((hand, i) => (hand.asked ? [] : [i]));

/** The answer is here: what was awaited is so no more. */
export function answered(state: State, step: Step, tell: Tell): readonly State[] {
  const kind = KINDS[step.kind ?? 0];
  const names = [...heldOf(state.held).keys()].filter((n) => n.startsWith(`?${kind.name}/`));
  if (names.length === 0) tell('asked', RULES.asked.say(kind.name));
  const ways = names.length > 0 ? names : [undefined];
  return ways.flatMap((name) => {
    const rest = name === undefined ? [state.held] : less(state.held, name);
    const hands = name?.split('/')[1].split('+').filter(Boolean).map(Number) ?? [];
    return rest.flatMap((held) => {
      const s = set({ ...state, held, gaveUp: false }, step.registers);
      return received(s, kind, step.registers, hands);
    });
  });
}

/** So many answers are here, and the count is 0. All that was asked, if the number is not known. */
export function counted(state: State, step: Step, tell: Tell): State {
  const kind = KINDS[step.kind ?? 0];
  const names = [...heldOf(state.held).keys()].filter((n) => n.startsWith(`?${kind.name}/`));
  const asked = names.reduce((sum, name) => sum + countOf(state.held, name), 0);
  const [count] = step.registers;
  const { set: numbers } = state.registers[count];
  const most = numbers ? Math.max(...numbers) : 1;
  if (asked < MANY && most > asked) tell('asked', RULES.counted.say(kind.name, numbers && most, asked));
  const left = numbers?.length === 1 && names.length === 1 ? Math.max(0, asked - most) : 0;
  const held = names.reduce((all, name) => withCount(all, name, left), state.held);
  return withRegister(set({ ...state, held, gaveUp: false }, step.writes), count, V.exactly(0));
}

/** Registers that were written with what nobody knows. */
export function set(state: State, written: readonly number[]): State {
  if (written.length === 0) return state;
  if (written.every((r) => state.registers[r] === V.ANY && (state.unset & (0x1_0001 << r)) === 0)) return state;
  const registers = [...state.registers];
  let { unset } = state;
  for (const r of written) {
    registers[r] = V.ANY;
    unset &= ~(0x1_0001 << r);
  }
  return { ...state, registers, unset };
}

function latched(state: State, { name }: Holding, step: Step): State {
  const value = state.registers[step.reads[step.reads.length - 1]];
  return { ...state, held: withCount(state.held, name, V.unequal(value, 0) ? 1 : 0) };
}

/** What the instruction makes stand, or ends. */
function marked(state: State, { name, number = 0, kind = 0 }: Step): State {
  let { held } = state;
  const is = (doing: Mark['set']): boolean =>
    doing.does === name &&
    (!doing.bits || (number & doing.bits) !== 0) &&
    (!doing.kinds || doing.kinds.some((one) => one === KINDS[kind].name));
  for (const mark of MARKS) {
    if (is(mark.set)) held = withCount(held, mark.name, 1);
    else if (is(mark.ended)) held = withCount(held, mark.name, 0);
  }
  return held === state.held ? state : { ...state, held };
}

/** What is not there that a message, or the answer to one, relies on when it says OK. */
function relied(state: State, asked: Kind, said: Kind, step: Step, tell: Tell): void {
  for (const on of SAYS_OK[asked.name as KindName] ?? []) {
    const { yes } = part(state, OK_OF, sentField(said, step, state));
    if (yes && countOf(state.held, on) === 0) tell(on, RULES.toldOk.say(said.name, saidOf(on)));
  }
}

/** What is not there that an instruction relies on. */
export function relies(state: State, { name }: Step, tell: Tell): void {
  for (const on of RELIES[name] ?? [])
    if (countOf(state.held, on) === 0) tell(`${name} ${on}`, RULES.relied.say(name, saidOf(on)));
}

/** What an instruction takes or gives by itself. */
export function done(before: State, step: Step, tell: Tell): readonly State[] {
  const state = marked(before, step);
  for (const holding of HOLDINGS) {
    const takes = isDoing(step.name, step.field, holding.taken);
    const gives = isDoing(step.name, step.field, holding.given);
    if (takes && holding.isLatch) return [latched(state, holding, step)];
    if (takes) return [take(state, holding.name) as State];
    if (gives) return given(state, holding.name, () => `${step.name} gives ${holding.said} back`, tell);
  }
  return [state];
}

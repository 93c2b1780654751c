/**
 * Every way through the microcode of a role, from each handler and each hook, calls included. What is held and which registers
 * nothing has written is followed exactly; what registers hold is followed as far as branches and answers say it, so that
 * "the slot is granted if the result is OK" is known. Ways that agree in what is held and written are one (values joined).
 * A hook is walked by itself, by its contract: its callers do not know which module serves.
 */
import { KINDS } from '../../../firmware/ports/messages.js';
import type { Unit } from '../checks.js';
import { turnsOf } from './branches.js';
import { type Step, stepsOf } from './code.js';
import { answered, counted, done, handsUnasked, received, relies, replied, sent, set, type Tell } from './effects.js';
import { HOLDING_NAMES, HOLDINGS, saidOf } from './holdings.js';
import { type Contract, hookContract } from './hooks.js';
import { Queue } from './queue.js';
import { RULES } from './rules.js';
import { ofHandler, ofHook } from './starts.js';
import {
  coarseKeyOf,
  countOf,
  keyOf,
  less,
  more,
  onlyHeld,
  type State,
  wholeKeyOf,
  widened,
  withCount,
} from './state.js';
import { narrowed, restored, Touches } from './touch.js';
import * as V from './values.js';
import { callsHook, checkZeroes, endsTask, leavesHook, readsUnset } from './verdicts.js';
import { type Place, type Run, takenAt, wayTo } from './ways.js';

/** Of a holding that no instruction takes a sub says that it does. */
const isSaidOnly = (name: string): boolean =>
  HOLDINGS.some((h) => h.name === name && h.taken.length === 0 && h.given.length === 0);

/** Of one place; more are joined. */
const MOST_STATES = 100;

interface Done {
  readonly run: Run;
  readonly exits: readonly Place[];
}

export class Walk {
  private readonly subs = new Map<string, Unit>();
  private readonly runs = new Map<string, Done>();
  private readonly told = new Set<string>();
  /** Of each kind whose waits are cancelled: what the registers of the wait hear. */
  private readonly cancelled = new Map<number, readonly V.Value[]>();
  private readonly answering = new Map<Unit, boolean>();
  private readonly touches: Touches;
  private learnt = false;

  constructor(private readonly units: readonly Unit[]) {
    for (const u of units) if (u.scope.kind === 'sub') this.subs.set(u.scope.name.text, u);
    this.touches = new Touches(this.subs);
  }

  /** Walks all of it; problems go to each unit's own report. */
  all(): void {
    const roots = this.units.filter((u) => u.scope.kind !== 'sub');
    // Who cancels comes first: what a cancelled wait hears is known then.
    const cancels = roots.filter((u) => stepsOf(u).some((s) => s.name === 'cancel'));
    let list = cancels.length > 0 ? cancels : roots;
    for (;;) {
      this.learnt = false;
      this.runs.clear();
      const runs = list.map((unit) => this.root(unit));
      if (list === roots && !this.learnt) {
        for (const run of runs) checkZeroes(run);
        return;
      }
      list = roots;
    }
  }

  private root(unit: Unit): Run {
    const contract = unit.scope.kind === 'hook' ? hookContract(unit.scope.name.text) : undefined;
    const { run, exits } = this.scope(unit, contract ? ofHook(contract) : ofHandler(unit));
    for (const exit of contract ? exits : []) {
      const tell: Tell = (what, text) => this.tell(exit, stepsOf(unit)[exit.at], what, text);
      leavesHook(unit, contract as Contract, exit, tell);
    }
    return run;
  }

  /** The scope from one state, or several that its message leaves open. */
  private scope(unit: Unit, entries: readonly State[], caller?: Place): Done {
    const root = caller && this.answers(unit) ? rootOf(caller).title : '';
    const key = `${unit.at}|${root}|${entries.map(wholeKeyOf).join('/')}`;
    const known = this.runs.get(key);
    if (known) return known;
    const run: Run = { unit, zeroes: 0, unbalanced: new Set(), ...(caller && { caller }) };
    const exits = this.through(run, entries);
    const made = { run, exits };
    this.runs.set(key, made);
    if (caller) for (const exit of exits) this.balance(unit, entries[0], exit);
    return made;
  }

  /** Whether what it does depends on who began: it answers, or ends. */
  private answers(unit: Unit): boolean {
    const known = this.answering.get(unit);
    if (known !== undefined) return known;
    const does = stepsOf(unit).some(({ name, callee = '' }) => {
      const sub = name === 'call' ? this.subs.get(callee) : undefined;
      return name === 'reply' || name === 'end' || (sub !== undefined && this.answers(sub));
    });
    this.answering.set(unit, does);
    return does;
  }

  private through(run: Run, entries: readonly State[]): Place[] {
    const steps = stepsOf(run.unit);
    const places: Map<string, Place>[] = [];
    const exits: Place[] = [];
    const open = new Queue();
    const come = (to: number, state: State, from?: Place): void => {
      const jumpedTo = from && to === from.at + 1 ? undefined : to;
      const place = this.straight({ run, at: to, state, from, jumpedTo, isOpen: false });
      const { at } = place;
      places[at] ??= new Map();
      const known = places[at];
      const fine = keyOf(place.state);
      const key = known.size < MOST_STATES || known.has(fine) ? fine : coarseKeyOf(place.state);
      const there = known.get(key);
      if (there) {
        const wider = widened(there.state, place.state);
        if (wider === there.state) return;
        there.state = wider;
        open.add(there);
        return;
      }
      known.set(key, place);
      open.add(place);
      if (steps[at].name === 'ret') exits.push(place);
    };
    for (const entry of entries) come(0, entry);
    for (let place = open.next(); place; place = open.next()) {
      for (const { to, state } of this.turns(place, steps[place.at])) if (to < steps.length) come(to, state, place);
    }
    return exits;
  }

  /** Over instructions that only write registers, as far as nothing else comes in between: no place need be kept there. */
  private straight(place: Place): Place {
    const steps = stepsOf(place.run.unit);
    let { at, state } = place;
    while (steps[at].isPlain && at + 1 < steps.length && !steps[at + 1].isTarget) {
      if (state.unset !== 0) this.readsUnset({ ...place, at, state }, steps[at]);
      state = set(state, steps[at].writes);
      at++;
    }
    return at === place.at ? place : { ...place, at, state };
  }

  private readsUnset(place: Place, step: Step): void {
    readsUnset(place, step, (what, text) => this.tell(place, step, what, text));
  }

  private turns(place: Place, step: Step): readonly { to: number; state: State }[] {
    const { state } = place;
    const tell: Tell = (what, text) => this.tell(place, step, what, text);
    if (state.unset !== 0) this.readsUnset(place, step);
    switch (step.name) {
      case 'end':
        endsTask(place, rootOf(place), tell);
        return [];
      case 'ret':
        return [];
      case 'call':
        return this.called(place, step, tell).map((s) => ({ to: place.at + 1, state: s }));
      default:
        if (step.isPlain) return [{ to: place.at + 1, state: set(state, step.writes) }];
        if (step.isBranch) return turnsOf(step, place.at, state);
        return this.after(place, step, state, tell).map((s) => ({ to: place.at + 1, state: s }));
    }
  }

  /** States behind an instruction that is no call of a sub. */
  private after(place: Place, step: Step, state: State, tell: Tell): readonly State[] {
    const { registers } = state;
    switch (step.name) {
      case 'call.hook':
        return [callsHook(place, step, tell)];
      case 'send':
      case 'post':
        return sent(state, step, tell);
      case 'reply':
        return replied(state, step, rootOf(place).kind, tell);
      case 'wait':
        return [...answered(state, step, tell), ...this.gaveUp(state, step)];
      case 'waitn':
        return [counted(state, step, tell), ...this.gaveUp(state, step)];
      case 'cancel':
        this.learns(state, step);
        return [state];
      case 'ldi':
        return [put(state, step.writes[0], V.exactly(step.number ?? 0))];
      case 'mov':
        return [put(state, step.writes[0], registers[step.reads[0]])];
      default:
        if (!place.run.unit.says.alone) relies(state, step, tell);
        return done(state, step, tell).map((s) => set(s, step.writes));
    }
  }

  private called(place: Place, step: Step, tell: Tell): readonly State[] {
    const sub = this.subs.get(step.callee ?? '');
    if (!sub) return [];
    const touch = this.touches.of(sub);
    const { run, exits } = this.scope(sub, [narrowed(place.state, touch)], place);
    place.run.zeroes |= run.zeroes;
    for (const name of run.unbalanced) place.run.unbalanced.add(name);
    let states = exits.map((exit) => restored(place.state, exit.state, touch));
    for (const { text } of sub.says.holds.filter((h) => isSaidOnly(h.text)))
      states = states.map((s) => ({ ...s, held: more(s.held, text) }));
    for (const { text } of sub.says.gives.filter((h) => isSaidOnly(h.text))) {
      if (countOf(place.state.held, text) === 0) tell(text, RULES.held.say(`${sub.title} gives ${saidOf(text)} back`));
      else states = states.flatMap((s) => less(s.held, text).map((held) => ({ ...s, held })));
    }
    return states;
  }

  /** A sub leaves what is held as it was, or says what it changes. What was told of it here is not told of its callers. */
  private balance(unit: Unit, entry: State, exit: Place): void {
    for (const name of HOLDING_NAMES.filter((n) => !isSaidOnly(n))) {
      const was = countOf(entry.held, name);
      const now = countOf(exit.state.held, name);
      const said = now > was ? unit.says.holds : unit.says.gives;
      if (now === was || said.some((s) => s.text === name)) continue;
      const step = stepsOf(unit)[exit.at];
      const [does, word] =
        now > was
          ? [`goes back with ${saidOf(name)}${takenAt(exit, name)}`, 'holds']
          : [`has given back ${saidOf(name)}`, 'gives'];
      this.tell(exit, step, name, RULES.balanced.say(unit.title, does, word, name));
      exit.run.unbalanced.add(name);
      exit.state = { ...exit.state, held: withCount(exit.state.held, name, was) };
    }
  }

  private gaveUp(state: State, { kind = 0, name, registers, extra }: Step): readonly State[] {
    const rest = { ...state, held: onlyHeld(state.held, (n) => !n.startsWith('?')), gaveUp: true };
    const heard = this.cancelled.get(kind);
    const ways: State[] = name === 'wait' && extra !== undefined ? [rest] : [];
    if (!heard) return ways;
    const values = name === 'waitn' ? [V.exactly(0), V.any()] : heard;
    let after: State = rest;
    for (const [i, r] of registers.entries()) if (values[i]) after = put(after, r, values[i]);
    // What it would have had with such an answer it has: a credit that was not used.
    const message = KINDS[kind];
    return [...ways, ...(name === 'wait' ? received(after, message, registers, handsUnasked(message)) : [after])];
  }

  private learns(state: State, { kind = 0, registers }: Step): void {
    const old = this.cancelled.get(kind);
    const now = registers.map((r) => state.registers[r]).slice(0, old?.length);
    const both = old ? now.map((v, i) => V.join(v, old[i])) : now.map((v) => V.join(v, v));
    if (old && both.length === old.length && both.every((v, i) => v === old[i])) return;
    this.learnt = true;
    this.cancelled.set(kind, both);
  }

  private tell(place: Place, { encoded, line }: Step, what: string, text: string): void {
    const { unit } = place.run;
    const key = `${unit.path}:${line}:${what}`;
    if (this.told.has(key) || place.run.unbalanced.has(what)) return;
    this.told.add(key);
    unit.report(encoded.statement, `${text} (${wayTo(place)})`);
  }
}

function rootOf(place: Place): Unit {
  let { run } = place;
  while (run.caller) run = run.caller.run;
  return run.unit;
}

function put(state: State, register: number, value: V.Value): State {
  const s = set(state, [register]);
  const registers = [...s.registers];
  registers[register] = value;
  return { ...s, registers };
}

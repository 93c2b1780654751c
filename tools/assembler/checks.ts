/** What holds for a whole scope, or along its calls, and is checked before any of it runs. */
import { HOOKS } from '../../firmware/engine/isa.js';
import { TABLE_LIST } from '../../firmware/memory/tables.js';
import type { Kind } from '../../firmware/ports/messages.js';
import { KINDS } from '../../firmware/ports/messages.js';
import type { At } from './errors.js';
import type { Encoded } from './resolve.js';
import type { Says } from './says.js';
import type { Scope } from './syntax.js';

/** An assembled scope. */
export interface Unit {
  readonly scope: Scope;
  /** `on WRITE`, `sub acked`, `hook commit of commit/owed-flags`. */
  readonly title: string;
  readonly path: string;
  /** Of an `on`: the kind that it handles. */
  readonly kind?: Kind;
  readonly code: readonly Encoded[];
  /** Its first instruction's number in the image. */
  readonly at: number;
  /** Names of registers, those of all its `use`s too. */
  readonly registers: ReadonlyMap<string, number>;
  readonly says: Says;
  readonly report: (at: At, text: string) => void;
}
/** Instructions after which the next one does not run. A handler was not called, so it cannot return. */
const LEAVES = { on: ['end', 'br'], sub: ['ret', 'br', 'end'], hook: ['ret', 'br', 'end'] };
/** Calls that a task can return from: the words of its stack. */
const DEPTH = TABLE_LIST.find((t) => t.name === 'task')?.fields.get('stack')?.words ?? 0;

/** A call in a unit and where it may lead. */
interface Call {
  readonly text: string;
  readonly to: readonly Unit[];
}

class Calls {
  private readonly subs = new Map<string, Unit>();
  private readonly hooks = new Map<string, Unit[]>();
  private readonly known = new Map<Unit, Call[]>();
  /** `deepest` of each unit, by its `most`. */
  private readonly chains = new Map<Unit, (readonly string[])[]>();

  constructor(units: readonly Unit[]) {
    for (const u of units) {
      const name = u.scope.name.text;
      if (u.scope.kind === 'sub') this.subs.set(name, u);
      if (u.scope.kind === 'hook') this.hooks.set(name, [...(this.hooks.get(name) ?? []), u]);
    }
  }

  of(unit: Unit): readonly Call[] {
    let calls = this.known.get(unit);
    if (!calls) {
      calls = unit.code.flatMap((e) => this.call(e) ?? []);
      this.known.set(unit, calls);
    }
    return calls;
  }

  private call({ row, operands }: Encoded): Call | undefined {
    const [first] = operands;
    if (row?.name === 'call' && first.shape === 'name') {
      const sub = this.subs.get(first.text);
      return sub && { text: `call ${first.text}`, to: [sub] };
    }
    if (row?.name === 'call.hook' && first.shape === 'name') {
      return { text: `call.hook ${first.text}`, to: this.hooks.get(first.text) ?? [] };
    }
    return undefined;
  }

  /** Every unit that runs when `unit` does, itself first, with the calls that lead there. */
  reach(unit: Unit): Map<Unit, readonly string[]> {
    const reached = new Map<Unit, readonly string[]>([[unit, []]]);
    for (const [u, way] of reached) {
      for (const call of this.of(u)) {
        for (const to of call.to) if (!reached.has(to)) reached.set(to, [...way, call.text]);
      }
    }
    return reached;
  }

  /** The longest chain of calls from here, of at most `most`: a sub that calls itself fills it. */
  deepest(unit: Unit, most: number): readonly string[] {
    const known = this.chains.get(unit)?.[most];
    if (known || most === 0) return known ?? [];
    let longest: readonly string[] = [];
    for (const call of this.of(unit)) {
      const ways = call.to.length > 0 ? call.to.map((to) => this.deepest(to, most - 1)) : [[]];
      for (const way of ways) if (way.length + 1 > longest.length) longest = [call.text, ...way];
    }
    const chains = this.chains.get(unit) ?? [];
    chains[most] = longest;
    this.chains.set(unit, chains);
    return longest;
  }
}

/** Why a unit must not wait; undefined when it may. An answer's handler is for a late one, and runs as a completion. */
function mustNotWait({ scope, kind, title }: Unit): string | undefined {
  if (kind && (kind.class === 'completion' || kind.isReply)) {
    return `${title} runs in class completion, which never waits`;
  }
  const hook = scope.kind === 'hook' ? HOOKS.find((h) => h.name === scope.name.text) : undefined;
  return hook && !hook.mayWait ? `hook ${hook.name} must not wait` : undefined;
}

function checkEnd({ scope, code, title, report }: Unit): void {
  const last = code.at(-1);
  if (!last) {
    report(scope, `${title} has no instruction`);
    return;
  }
  const trailing = scope.items.at(-1);
  if (trailing?.is === 'label') report(trailing, `label "${trailing.text}" has no instruction after it in ${title}`);
  const leaves = LEAVES[scope.kind];
  if (last.row && last.row.name !== 'ret' && !leaves.includes(last.row.name)) {
    report(last.statement, `${title} would run on after its last instruction; that must be ${leaves.join(' or ')}`);
  }
  for (const [i, { row, operands, statement }] of code.entries()) {
    if (row?.name === 'ret' && scope.kind === 'on')
      report(statement, `nobody called ${title}: it goes by end, not by ret`);
    const after = i + 1 + (operands[1]?.resolved.value ?? 0);
    if (row?.name === 'case' && (after <= i || after >= code.length)) {
      report(statement, `case skips to ${after - i} instructions further on; ${title} has ${code.length - 1 - i} more`);
    }
  }
}

function checkWaits(unit: Unit, reached: ReadonlyMap<Unit, readonly string[]>, told: Set<Encoded>): void {
  const why = mustNotWait(unit);
  if (!why) return;
  for (const [u, way] of reached) {
    for (const e of u.code) {
      if (!e.row?.waits || told.has(e)) continue;
      told.add(e);
      const by = way.length > 0 ? ` (${[unit.title, ...way].join(' → ')})` : '';
      u.report(e.statement, `${e.row.name} waits here, but ${why}${by}`);
    }
  }
}

function checkReplies(unit: Unit, reached: ReadonlyMap<Unit, readonly string[]>, told: Set<Encoded>): void {
  const { kind, title } = unit;
  if (!kind) return;
  const answer = KINDS.find((k) => k.name === kind.reply);
  for (const u of reached.keys()) {
    for (const e of u.code) {
      if (e.row?.name !== 'reply' || told.has(e)) continue;
      const count = e.operands[0].resolved.registers?.length ?? 0;
      if (answer && count <= answer.fields.length) continue;
      told.add(e);
      const has = answer?.fields.length ? `the fields ${answer.fields.join(', ')}` : 'no field';
      u.report(
        e.statement,
        answer
          ? `${title} answers with ${answer.name}, which has ${has}; here are ${count} registers`
          : `${title} is started by a message without an answer, so nothing can be replied`,
      );
    }
  }
}

/** Checks all scopes of a role's image; problems go to each unit's own report. */
export function checkUnits(units: readonly Unit[]): void {
  const calls = new Calls(units);
  const waits = new Set<Encoded>();
  const replies = new Set<Encoded>();
  for (const unit of units) {
    checkEnd(unit);
    const reached = calls.reach(unit);
    checkWaits(unit, reached, waits);
    checkReplies(unit, reached, replies);
    const chain = calls.deepest(unit, DEPTH + 1);
    if (unit.scope.kind === 'on' && chain.length > DEPTH) {
      unit.report(unit.scope, `calls are more than ${DEPTH} deep: ${[unit.title, ...chain].join(' → ')}`);
    }
  }
}

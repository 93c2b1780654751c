/**
 * A trace as Perfetto and Chrome's trace viewer read it (Trace Event Format, JSON): a process for each array, a thread for each
 * task of a role, a slice for each turn; flags, faults and marks at their moments; arrows from a turn that sent a message to the
 * turn that it began or woke, where both are in the trace.
 */
import { TOKEN_MASK } from '../../firmware/engine/tasks.js';
import { R_DATA, R_HEAD } from '../../firmware/memory/trace-ring.js';
import { ROLES } from '../../firmware/ports/messages.js';
import type { TraceFile } from '../../firmware/service/dump/trace-file.js';
import { allEvents, type TraceEvent, taskName } from './events.js';
import { placeText, saidOf } from './text.js';

/** As the format has them; times in µs. */
export interface PerfettoEvent {
  readonly ph: 'X' | 'i' | 's' | 'f' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly s?: 't' | 'p' | 'g';
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Threads of a role. */
const TASKS = TOKEN_MASK + 1;
const WORDS_BEFORE_DATA = R_DATA - R_HEAD;

interface Turn {
  readonly start: TraceEvent;
  end: TraceEvent | undefined;
}

export function* perfettoEvents(trace: TraceFile, zero_ns: number): Generator<PerfettoEvent> {
  const events = allEvents(trace);
  const pids = new Map(trace.head.arrays.map(({ name }, i) => [name, i + 1]));
  const tidOf = ({ role, task }: TraceEvent): number =>
    ROLES.indexOf(role as (typeof ROLES)[number]) * TASKS + (task & TOKEN_MASK) + 1;
  const where = (e: TraceEvent) => ({ pid: pids.get(e.array) ?? 0, tid: tidOf(e) });
  const us = (ns: number): number => (ns - zero_ns) / 1000;
  yield* names(events, pids, where);
  const turns = turnsOf(events);
  const out: PerfettoEvent[] = [];
  const last_ns = events.at(-1)?.time_ns ?? zero_ns;
  for (const { start, end } of turns.values()) {
    const ts = us(start.time_ns);
    const name = start.starts ?? start.place?.scope ?? 'turn';
    const args = { task: taskName(start.task), from: saidOf(start), ...(end && { to: saidOf(end) }) };
    out.push({ ph: 'X', name, cat: 'turn', ...where(start), ts, dur: us(end?.time_ns ?? last_ns) - ts, args });
  }
  for (const e of events) {
    const moment = momentOf(e);
    if (moment) out.push({ ph: 'i', ...moment, ...where(e), ts: us(e.time_ns) });
  }
  for (const [id, { from, to, kind }] of arrows(events, turns).entries()) {
    const flow = { name: kind, cat: 'message', id: id + 1 };
    out.push({ ph: 's', ...flow, ...where(from), ts: us(from.time_ns) });
    // A clock is read in each thread: an answer must not seem to come before its question.
    out.push({ ph: 'f', bp: 'e', ...flow, ...where(to), ts: us(Math.max(from.time_ns, to.time_ns)) });
  }
  yield* out.sort((a, b) => (a.ts as number) - (b.ts as number));
}

/** Of what is no turn and no message. */
function momentOf(e: TraceEvent): Pick<PerfettoEvent, 'name' | 's' | 'cat' | 'args'> | undefined {
  if (e.what === 'MARK') return { s: 'p', name: e.text ?? '', cat: 'mark' };
  if (e.what !== 'FLAGS' && e.what !== 'FAULT') return undefined;
  const [name = ''] = saidOf(e).split(' at microcode/');
  const args = { at: e.place ? placeText(e.place) : '' };
  return e.what === 'FAULT' ? { s: 'p', name, cat: 'fault', args } : { s: 't', name, cat: 'flags', args };
}

function* names(
  events: readonly TraceEvent[],
  pids: ReadonlyMap<string, number>,
  where: (e: TraceEvent) => { pid: number; tid: number },
): Generator<PerfettoEvent> {
  for (const [array, pid] of pids)
    yield { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: `array ${array}` } };
  const known = new Set<string>();
  for (const e of events) {
    const { pid, tid } = where(e);
    if (known.has(`${pid} ${tid}`)) continue;
    known.add(`${pid} ${tid}`);
    const number = e.task & TOKEN_MASK;
    const name = e.role === 'service' ? 'array' : number === 0 ? `${e.role} rings` : `${e.role} ${number}`;
    yield { ph: 'M', name: 'thread_name', pid, tid, args: { name } };
  }
}

/** By the event that begins it. One that power ended, ends there. */
function turnsOf(events: readonly TraceEvent[]): Map<TraceEvent, Turn> {
  const turns = new Map<TraceEvent, Turn>();
  const open = new Map<string, Turn>();
  for (const e of events) {
    const who = `${e.array}.${e.role}`;
    if (e.what === 'RUNS') {
      const turn = { start: e, end: undefined };
      turns.set(e, turn);
      open.set(who, turn);
    } else if (e.what === 'GIVES_UP' || e.what === 'FAULT') {
      const turn = open.get(who);
      if (turn?.start.task === e.task) turn.end = e;
      open.delete(who);
    } else if (e.text === 'power lost') {
      for (const [key, turn] of open) {
        if (!key.startsWith(`${e.array}.`)) continue;
        turn.end = e;
        open.delete(key);
      }
    }
  }
  return turns;
}

interface Arrow {
  readonly from: TraceEvent;
  readonly to: TraceEvent;
  readonly kind: string;
}

/** From what sent a message to the turn that it began or woke. */
function arrows(events: readonly TraceEvent[], turns: ReadonlyMap<TraceEvent, Turn>): Arrow[] {
  const senders = sendersOf(events);
  // Of each kind that a role took: those whose task has not begun. And by task, what it was answered last.
  const begins = new Map<string, TraceEvent[]>();
  const wakes = new Map<string, TraceEvent>();
  const found: Arrow[] = [];
  for (const e of events) {
    const who = `${e.array}.${e.role}`;
    if (e.what === 'TAKES') {
      if (e.task !== 0) wakes.set(`${who} ${e.task}`, e);
      else listOf(begins, `${who} ${e.message?.kind}`).push(e);
    } else if (e.text === 'power lost') {
      for (const key of [...begins.keys()]) if (key.startsWith(`${e.array}.`)) begins.delete(key);
    } else if (turns.has(e)) {
      const taken = e.starts === undefined ? wakes.get(`${who} ${e.task}`) : begins.get(`${who} ${e.starts}`)?.shift();
      wakes.delete(`${who} ${e.task}`);
      const from = taken && senders.get(taken);
      if (from) found.push({ from, to: e, kind: from.message?.kind ?? '' });
    }
  }
  return found;
}

function listOf<Value>(lists: Map<string, Value[]>, key: string): Value[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/**
 * By what was taken: what sent it in a turn of which the beginning is known. The rings between two roles keep their order,
 * a message is the same at both ends, and what was under way when power went is taken by nobody.
 */
function sendersOf(events: readonly TraceEvent[]): Map<TraceEvent, TraceEvent> {
  const sent = new Map<string, TraceEvent[]>();
  const taken: [TraceEvent, string][] = [];
  const powers = new Map<string, number>();
  const inTurn = new Map<string, number>();
  for (const e of events) {
    const { array, role, what, message, words } = e;
    const who = `${array}.${role}`;
    if (what === 'RUNS') inTurn.set(who, e.task);
    if (what === 'GIVES_UP') inTurn.delete(who);
    if (e.text === 'power lost') powers.set(array, e.number);
    if (message === undefined) continue;
    const ends = what === 'SENDS' ? `${role} ${message.other}` : `${message.other} ${role}`;
    const key = `${array} ${powers.get(array)} ${ends} ${message.kind} ${words.slice(WORDS_BEFORE_DATA).join(' ')}`;
    if (what === 'TAKES') taken.push([e, key]);
    else if (inTurn.get(who) === e.task) listOf(sent, key).push(e);
  }
  const senders = new Map<TraceEvent, TraceEvent>();
  for (const [e, key] of taken) {
    const from = sent.get(key)?.shift();
    if (from) senders.set(e, from);
  }
  return senders;
}

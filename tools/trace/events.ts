/** Records of a trace with what their numbers stand for: names, places in the source, messages by their fields. */
import type { Image } from '../../firmware/engine/image.js';
import { RECORD, type RecordName, TRACE_MARK } from '../../firmware/engine/recorder.js';
import { FREE, PARKED, SLEEPING, TOKEN_BITS, TOKEN_MASK, WAITING } from '../../firmware/engine/tasks.js';
import { FLAG } from '../../firmware/memory/constants.js';
import { readTime } from '../../firmware/memory/time.js';
import {
  DATA_WORDS,
  R_DATA,
  R_HEAD,
  R_NUMBER,
  R_PC,
  R_TASK,
  R_TIME,
  RECORD_WORDS,
} from '../../firmware/memory/trace-ring.js';
import { KINDS, ROLES } from '../../firmware/ports/messages.js';
import type { ReadRing, TracedArray, TraceFile } from '../../firmware/service/dump/trace-file.js';
import { kindName, type Place, Places } from './places.js';

export interface Message {
  readonly kind: string;
  /** The other role: who sent what was taken, who gets what was sent. */
  readonly other: string;
  /** Of the task that waits for the answer, and of the one that is answered; 0: none. */
  readonly token: number;
  readonly answers: number;
  /** By name. */
  readonly fields: Readonly<Record<string, number>>;
}

export interface FlagChange {
  /** `data0:17`, counted from 0 in its volume. */
  readonly track: string;
  readonly set: readonly string[];
  readonly cleared: readonly string[];
  /** All that it has now. */
  readonly flags: readonly string[];
}

/** One record. */
export interface TraceEvent {
  readonly what: RecordName;
  /** Its number modulo 2^32; only to put it in order. */
  readonly number: number;
  readonly time_ns: number;
  readonly array: string;
  readonly role: string;
  /** Of its ring. */
  readonly director: string;
  /** Token; 0: none. */
  readonly task: number;
  readonly place?: Place;
  /** What the role ran then. */
  readonly image?: Image;
  readonly message?: Message;
  readonly flags?: FlagChange;
  /** Of RUNS: the kind that the task owes an answer to, and whom; `starts`: the kind whose handler begins here. */
  readonly owes?: { readonly kind: string; readonly to: string; readonly token: number };
  readonly starts?: string;
  /** Of GIVES_UP. */
  readonly end?: { readonly how: TurnEnd; readonly awaits: string; readonly operations: number };
  /** Of FAULT and MARK, and of what is no record. */
  readonly text?: string;
  /** Words of the record, without number and time: what it says. */
  readonly words: Int32Array;
}

export type TurnEnd = 'ends' | 'waits' | 'parks' | 'sleeps' | 'yields';

const NAMES = Object.fromEntries(Object.entries(RECORD).map(([name, n]) => [n, name])) as Record<number, RecordName>;
const HOW: Readonly<Record<number, TurnEnd>> = {
  [FREE]: 'ends',
  [WAITING]: 'waits',
  [PARKED]: 'parks',
  [SLEEPING]: 'sleeps',
};

/** `3.17`: number and incarnation. */
export const taskName = (token: number): string => `${token & TOKEN_MASK}.${token >>> TOKEN_BITS}`;

const roleName = (role: number): string => ROLES[role] ?? `role ${role}`;

/** The events of a ring, oldest first. */
export const eventsOf = (trace: TraceFile, ring: ReadRing): TraceEvent[] => [...new RingEvents(trace, ring).all()];

/** Those of a ring, one after the other: a trace may have more records than events would fit in memory. */
export class RingEvents {
  readonly count: number;
  readonly #ring: ReadRing;
  readonly #array: TracedArray;
  readonly #images: readonly Image[];
  readonly #places = new Map<Image, Places>();
  /** What each role runs, at the next record. */
  readonly #running: Map<string, Image | undefined>;
  #next = 0;

  constructor({ head, tail, images }: TraceFile, ring: ReadRing) {
    this.count = ring.records.length / RECORD_WORDS;
    this.#ring = ring;
    this.#array = head.arrays[ring.array] as TracedArray;
    this.#images = images;
    // What ran at last is known; a change of microcode says what ran before it.
    this.#running = new Map(
      Object.entries(tail.images[ring.array] ?? {}).map(([role, number]) => [role, images[number]]),
    );
    for (let i = this.count - 1; i >= 0; i--) this.#change(this.#record(i), R_DATA + 2);
  }

  /** Of the next record: its number and time, by which rings are merged; undefined: there is none. */
  get head(): { readonly number: number; readonly time_ns: number } | undefined {
    if (this.#next >= this.count) return undefined;
    const record = this.#record(this.#next);
    return { number: record[R_NUMBER] as number, time_ns: readTime(record, R_TIME) };
  }

  /** There must be one. */
  take(): TraceEvent {
    const record = this.#record(this.#next++);
    this.#change(record, R_DATA + 1);
    const role = roleOf(record);
    const image = this.#running.get(role);
    return eventOf(record, this.#array, this.#ring.director, role, image && this.#placesOf(image));
  }

  *all(): Generator<TraceEvent> {
    while (this.#next < this.count) yield this.take();
  }

  #record(i: number): Int32Array {
    return this.#ring.records.subarray(i * RECORD_WORDS, (i + 1) * RECORD_WORDS);
  }

  /** If the record says that a role runs another image: that whose CRC stands in this word. */
  #change(record: Int32Array, crcAt: number): void {
    if ((record[R_HEAD] & 255) !== RECORD.MARK || record[R_DATA] !== TRACE_MARK.MICROCODE) return;
    const wanted = (record[crcAt] as number) >>> 0;
    this.#running.set(
      roleOf(record),
      this.#images.find(({ crc }) => crc === wanted),
    );
  }

  #placesOf(image: Image): Places {
    const places = this.#places.get(image) ?? new Places(image);
    this.#places.set(image, places);
    return places;
  }
}

const roleOf = (record: Int32Array): string => roleName(((record[R_HEAD] as number) >>> 8) & 255);

function eventOf(
  record: Int32Array,
  array: TracedArray,
  director: string,
  role: string,
  places: Places | undefined,
): TraceEvent {
  const head = record[R_HEAD] as number;
  const kind = (head >>> 16) & 255;
  const other = head >>> 24;
  const pc = record[R_PC] as number;
  const data = record.subarray(R_DATA, R_DATA + DATA_WORDS);
  const what = NAMES[head & 255] ?? 'MARK';
  const place = pc >= 0 ? places?.at(pc) : undefined;
  return {
    what,
    number: record[R_NUMBER] as number,
    time_ns: readTime(record, R_TIME),
    array: array.name,
    role,
    director,
    task: record[R_TASK] as number,
    words: record.subarray(R_HEAD),
    ...(place && { place }),
    ...(places && { image: places.image }),
    ...(what === 'RUNS' && runs(kind, other, data, pc, places)),
    ...((what === 'TAKES' || what === 'SENDS') && { message: messageOf(kind, other, data) }),
    ...(what === 'FLAGS' && { flags: flagsOf(data, array) }),
    ...(what === 'GIVES_UP' && { end: endOf(kind, data) }),
    ...(what === 'FAULT' && { text: textOf(data) }),
    ...(what === 'MARK' && { text: markOf(data) }),
  };
}

function runs(kind: number, other: number, data: Int32Array, pc: number, places: Places | undefined) {
  const starts = places?.startsAt(pc);
  return {
    ...(kind !== 0 && { owes: { kind: kindName(kind), to: roleName(other), token: data[0] as number } }),
    ...(starts !== undefined && { starts }),
  };
}

function messageOf(kind: number, other: number, data: Int32Array): Message {
  const names = KINDS[kind]?.fields ?? [];
  return {
    kind: kindName(kind),
    other: roleName(other),
    token: data[0] as number,
    answers: data[1] as number,
    fields: Object.fromEntries(names.map((name, i) => [name, data[2 + i] as number])),
  };
}

const flagNames = (flags: number): string[] =>
  Object.entries(FLAG).flatMap(([name, bit]) => ((flags & bit) !== 0 ? [name] : []));

function flagsOf([track, before, after]: Int32Array, { volumes }: TracedArray): FlagChange {
  const [was, is] = [before as number, after as number];
  return {
    track: trackName(track as number, volumes),
    set: flagNames(is & ~was),
    cleared: flagNames(was & ~is),
    flags: flagNames(is),
  };
}

function trackName(track: number, volumes: TracedArray['volumes']): string {
  let first = 0;
  for (const { name, tracks } of volumes) {
    if (track < first + tracks) return `${name}:${track - first}`;
    first += tracks;
  }
  return `track ${track}`;
}

const endOf = (kind: number, [state, operations]: Int32Array): NonNullable<TraceEvent['end']> => ({
  how: HOW[state as number] ?? 'yields',
  awaits: kind === 0 ? '' : kindName(kind),
  operations: operations as number,
});

function textOf(data: Int32Array): string {
  let text = '';
  for (const word of data)
    for (let i = 0; i < 4; i++) {
      const character = (word >>> (i * 8)) & 255;
      if (character === 0) return text;
      text += String.fromCharCode(character);
    }
  return `${text}…`;
}

const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');

function markOf([what, first, second]: Int32Array): string {
  if (what === TRACE_MARK.MICROCODE)
    return `goes on with image ${hex(first as number)} instead of ${hex(second as number)}`;
  if (what === TRACE_MARK.POWER_ON) return 'power on';
  if (what === TRACE_MARK.POWER_LOST) return 'power lost';
  if (what === TRACE_MARK.STARTS) return 'the director starts';
  return what === TRACE_MARK.VIOLATION ? 'violation' : `mark ${what}`;
}

/**
 * All events of a trace in one row: as they were numbered where all are numbered together, else by time.
 * Of a trace that is damaged in no way, those of one director stay in their order.
 */
export function* eachEvent(trace: TraceFile): Generator<TraceEvent> {
  const rows = trace.rings.map((ring) => new RingEvents(trace, ring));
  const heads = rows.map((row) => row.head);
  type Head = NonNullable<(typeof heads)[number]>;
  const isBefore = trace.head.isOrdered
    ? (a: Head, b: Head) => ((a.number - b.number) | 0) < 0
    : (a: Head, b: Head) => a.time_ns < b.time_ns;
  for (;;) {
    let first = -1;
    for (let r = 0; r < rows.length; r++) {
      const head = heads[r];
      if (head && (first < 0 || isBefore(head, heads[first] as Head))) first = r;
    }
    if (first < 0) return;
    const row = rows[first] as RingEvents;
    yield row.take();
    heads[first] = row.head;
  }
}

export const allEvents = (trace: TraceFile): TraceEvent[] => [...eachEvent(trace)];

/** When time begins in it: 0 of virtual time, else at its oldest record. */
export function zeroOf(trace: TraceFile): number {
  if (trace.head.clock === 'virtual') return 0;
  const firsts = trace.rings.flatMap((ring) => new RingEvents(trace, ring).head?.time_ns ?? []);
  return firsts.length === 0 ? 0 : Math.min(...firsts);
}

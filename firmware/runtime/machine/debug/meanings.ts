/** What the words of fields and registers stand for: which has which enumeration, which is a volume, a time, a queue. */
import {
  BATTERY,
  CLEANED,
  COMMAND_OP,
  FLAG,
  GRANT,
  HEAT,
  OFFERING,
  PAIR_MODE,
  PAIR_ROLE,
  PAIR_STATE,
  POOL,
  QUESTION,
  RESULT,
  SHIP_FLAG,
  VOLUME_STATE,
} from '../../../memory/constants.js';
import { KIND, MICROCODED_ROLES, ROLES, type Role, TASK_CLASSES } from '../../../ports/messages.js';

type Numbers = Readonly<Record<string, number>>;

export type Meaning =
  /** Bits with names; one of several names. */
  | { readonly as: 'bits' | 'name'; readonly of: Numbers }
  /** Number of a volume, or of a journal group, that much greater; below it: none. */
  | { readonly as: 'volume' | 'group'; readonly plus: 0 | 1 }
  /** Low word counts, high word is the epoch. */
  | { readonly as: 'generation' }
  | { readonly as: 'time_ns' }
  /** One number of two words. */
  | { readonly as: 'wide' }
  /** Tasks that wait: the first and the last. */
  | { readonly as: 'queue' }
  /** Number of a task of this role. */
  | { readonly as: 'task'; readonly role: Role }
  | { readonly as: 'recipe' }
  /** A volume of another array, as `pair.peer`. */
  | { readonly as: 'peer' }
  /** First sector | count << 16. */
  | { readonly as: 'span' };

const numbered = (names: readonly string[]): Numbers => Object.fromEntries(names.map((name, n) => [name, n]));
const asBits = (names: readonly string[]): Numbers => Object.fromEntries(names.map((name, n) => [name, 1 << n]));
const bits = (of: Numbers): Meaning => ({ as: 'bits', of });
const name = (of: Numbers): Meaning => ({ as: 'name', of });
const VOLUME: Meaning = { as: 'volume', plus: 0 };
const VOLUME_PLUS: Meaning = { as: 'volume', plus: 1 };
const GROUP: Meaning = { as: 'group', plus: 0 };
const GENERATION: Meaning = { as: 'generation' };
const TIME: Meaning = { as: 'time_ns' };
const WIDE: Meaning = { as: 'wide' };
const QUEUE: Meaning = { as: 'queue' };
const PEER: Meaning = { as: 'peer' };
const SPAN: Meaning = { as: 'span' };
const KINDS: Meaning = name({ none: 0, ...KIND });
const ROLE: Meaning = name(numbered(ROLES));

export const TASK_STATES = { FREE: 0, READY: 1, WAITING: 2, PARKED: 3, SLEEPING: 4 } as const;

/** Those of the first form are one word; fields of two words that are named here as none of these are `wide`. */
export const FIELD_MEANINGS: Readonly<Record<string, Meaning>> = {
  'system.lost': bits(asBits(MICROCODED_ROLES)),
  'system.wanted_volume': VOLUME,
  'volume.state': name(VOLUME_STATE),
  'volume.pair': VOLUME,
  'volume.journal': GROUP,
  'volume.home': VOLUME,
  'volume.also': VOLUME,
  'volume.onto': VOLUME_PLUS,
  'track.gen': GENERATION,
  'track.flags': bits(FLAG),
  'lock.acked': GENERATION,
  'lock.holder': { as: 'task', role: 'data' },
  'lock.waiting': QUEUE,
  'battery.lost': name(BATTERY),
  'pair.heard': TIME,
  'pair.state': name(PAIR_STATE),
  'pair.role': name(PAIR_ROLE),
  'pair.mode': bits(PAIR_MODE),
  'pair.recipe': { as: 'recipe' },
  'pair.peer': PEER,
  'pair.boots': name(VOLUME_STATE),
  'list.waiting': QUEUE,
  'label.role': name(PAIR_ROLE),
  'label.state': name(PAIR_STATE),
  'heat.hot': name(HEAT),
  'update.gen': GENERATION,
  'update.time': TIME,
  'update.volume': VOLUME,
  'update.span': SPAN,
  'update.own': GENERATION,
  'journaling.landed_any': VOLUME_PLUS,
  'journaling.room': QUEUE,
  'journaling.turn': QUEUE,
  'journaling.drained': QUEUE,
  'journaling.buffer': QUEUE,
  'journaling.delay': TIME,
  'image.time': TIME,
  'image.of': VOLUME_PLUS,
  'journal_volume.journal': GROUP,
  'session.offering': name({ none: 0, ...OFFERING }),
  'slot.gen': GENERATION,
  'slot.volume': VOLUME_PLUS,
  'entry.pool': name(POOL),
  'entry.granted': name({ no: 0, ...GRANT }),
  'entry.waiting': QUEUE,
  'pool.waiting': QUEUE,
  'dirty.throttled': QUEUE,
  'trunk.waiting': QUEUE,
  'front.lost': bits(asBits(MICROCODED_ROLES)),
  'command.op': name(COMMAND_OP),
  'command.volume': VOLUME,
  'node.ready': QUEUE,
  'node.due': TIME,
  'node.inbound': bits(asBits(ROLES)),
  'node.director': ROLE,
  'node.held': bits(asBits(TASK_CLASSES)),
  'task.state': name(TASK_STATES),
  'task.class': name(numbered(TASK_CLASSES)),
  'task.asker': ROLE,
  'task.kind': KINDS,
  'task.await': KINDS,
  'task.deadline': TIME,
};

/** By the name that the source, or a message, has for it. What a name stands for in some messages only is not here. */
const REGISTER_MEANINGS: Readonly<Record<string, Meaning>> = {
  result: name(RESULT),
  volume: VOLUME,
  what: name(QUESTION),
  role: name(PAIR_ROLE),
  span: SPAN,
};

/** Fields of messages that are something else, or something, in this kind only. */
const MESSAGE_MEANINGS: Readonly<Record<string, Meaning>> = {
  'PAIR_SEEN.state': name(PAIR_STATE),
  'STATUS.status': name(RESULT),
  'SHIP.volume': PEER,
  'CALL.volume': PEER,
  'CLEAN.cleaned': name(CLEANED),
  'SHIP.flags': bits(SHIP_FLAG),
  'APPLY.flags': bits(SHIP_FLAG),
  'FAR_APPLY.flags': bits(SHIP_FLAG),
};

export function fieldMeaning(table: string, field: string, words: number): Meaning | undefined {
  return FIELD_MEANINGS[`${table}.${field}`] ?? (words === 2 ? WIDE : undefined);
}

export function registerMeaning(register: string, words: number): Meaning | undefined {
  if (words === 2) return register === 'gen' ? GENERATION : WIDE;
  return REGISTER_MEANINGS[register];
}

export const messageMeaning = (kind: string, field: string): Meaning | undefined =>
  MESSAGE_MEANINGS[`${kind}.${field}`] ?? registerMeaning(field, 1);

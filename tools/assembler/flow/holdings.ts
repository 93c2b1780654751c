/**
 * What a task may hold and must give back, one table: which instruction takes it, which gives it, and which message hands it
 * to whoever it goes to. The assembler follows each along every way through the code (walk.ts); the manual prints it.
 */
import { FLAG, INTENT, RESULT, SHIP_FLAG } from '../../../firmware/memory/constants.js';
import type { KindName } from '../../../firmware/ports/messages.js';

/** An instruction, of one field if it says so; a `latch` is taken by a number that is not 0 and given by 0. */
export interface Doing {
  readonly does: string;
  readonly field?: string;
}

export interface Holding {
  readonly name: string;
  /** For people: `the lock of a track`. */
  readonly said: string;
  readonly taken: readonly Doing[];
  readonly given: readonly Doing[];
  /** A word that says who is at it: it is set and cleared, not counted. */
  readonly isLatch?: true;
}

/** What a field must be; `none`: none of these bits. */
export interface Test {
  readonly field: string;
  readonly is?: readonly number[];
  /** Beside `is`: where the sender names it, and not where it hands on what somebody answered. */
  readonly also?: readonly number[];
  readonly not?: readonly number[];
  readonly none?: number;
}

/** A message hands something over, if its fields are such, and those of the request that it answers. */
export interface Hand {
  readonly what: string;
  readonly when?: Test;
  readonly asked?: Test;
  /** Only one of the two counts it: the other is a port, or has any number of them. */
  readonly only?: 'sender' | 'receiver';
  /** All that the sender has. */
  readonly all?: true;
}

export const HOLDINGS: readonly Holding[] = [
  { name: 'lock', said: 'the lock of a track', taken: [{ does: 'lock' }], given: [{ does: 'unlock' }] },
  { name: 'grant', said: 'the grant of a slot', taken: [{ does: 'slot.grant' }], given: [{ does: 'slot.give' }] },
  { name: 'pin', said: 'a pin of a slot', taken: [{ does: 'slot.pin' }], given: [{ does: 'slot.unpin' }] },
  { name: 'buffer', said: 'a receive buffer', taken: [], given: [] },
  {
    name: 'credit',
    said: 'the credit of a write that came',
    taken: [],
    given: [{ does: 'inc', field: 'trunk.room' }],
  },
  {
    name: 'send_credit',
    said: 'a credit to send a write with',
    taken: [
      { does: 'dec', field: 'link.credits' },
      { does: 'dec', field: 'link.reserved' },
    ],
    given: [],
  },
  { name: 'command', said: 'a host command and its transfer buffer', taken: [], given: [] },
  /** Taken and given by subs, which say so (`holds`, `gives`). */
  { name: 'journal_buffer', said: "one of a journal group's buffers", taken: [], given: [] },
  latch('writing', "the writing of a volume's list", 'list.writing'),
  latch('busy', 'the word that an operator is at a pair', 'session.busy'),
  latch('fetching', 'the word that a track is fetched', 'system.fetching'),
  latch('making', 'the word that an image of a group is made', 'journaling.making'),
];

function latch(name: string, said: string, field: string): Holding {
  const st = { does: 'st', field };
  return { name, said, taken: [st], given: [st], isLatch: true };
}

/** What was done on this way, and stands until something ends it; nobody owes it to anybody. */
export interface Mark {
  /** Begins with `!`. */
  readonly name: string;
  readonly said: string;
  /** By an instruction with these bits, or a `send` of one of these kinds. */
  readonly set: { readonly does: string; readonly bits?: number; readonly kinds?: readonly KindName[] };
  readonly ended: { readonly does: string; readonly kinds?: readonly KindName[] };
}

export const MARKS: readonly Mark[] = [
  {
    // Behind the lock another track may be meant.
    name: '!marked',
    said: 'M1 write pending set before',
    set: { does: 'flag.set', bits: FLAG.M1_WP },
    ended: { does: 'unlock' },
  },
  {
    name: '!synced',
    said: 'a sync of the drive behind what was written to it',
    set: { does: 'send', kinds: ['DRIVE_SYNC'] },
    ended: { does: 'send', kinds: ['DRIVE_WRITE', 'DRIVE_DISCARD'] },
  },
];

/** What an instruction relies on: holdings and marks. Who is alone with the array, at power on, says so (`alone`). */
export const RELIES: { readonly [instruction: string]: readonly string[] } = {
  'slot.merge': ['lock', 'grant', '!marked'],
  'slot.zero': ['lock', 'grant', '!marked'],
  'gen.bump': ['lock'],
};

/** The same of a message, or the answer to one, that says OK. */
export const SAYS_OK: { readonly [kind in KindName]?: readonly string[] } = {
  DESTAGED: ['!synced'],
  LIST_WRITE: ['!synced'],
};
export const OK_OF: Test = { field: 'result', is: [RESULT.OK] };

/** What must be the same before and after a sub, unless it says otherwise, and in a hook. */
export const HOLDING_NAMES: readonly string[] = HOLDINGS.map((h) => h.name);

const { OK, LOOK } = RESULT;
const TO_CHANGE_IT = [INTENT.TO_WRITE, INTENT.TO_CHANGE];

export const HANDS: { readonly [kind in KindName]?: readonly Hand[] } = {
  COMMAND: [{ what: 'command' }],
  STATUS: [{ what: 'command' }],
  READY: [{ what: 'pin', when: { field: 'result', is: [OK] } }],
  PUSH: [{ what: 'pin' }],
  PUSHED: [{ what: 'pin' }],
  GOT: [
    { what: 'pin', when: { field: 'result', is: [OK], also: [LOOK] }, asked: { field: 'intent', not: TO_CHANGE_IT } },
    { what: 'grant', when: { field: 'result', is: [OK] }, asked: { field: 'intent', is: TO_CHANGE_IT } },
  ],
  GIVE: [{ what: 'grant' }],
  UNPIN: [{ what: 'pin' }],
  SPOILED: [{ what: 'pin' }],
  TAKEN: [{ what: 'pin', only: 'sender', all: true }],
  DESTAGED: [{ what: 'pin', only: 'receiver' }],
  CLEAN: [{ what: 'pin' }],
  FAR_APPLY: [
    { what: 'buffer', only: 'receiver', when: { field: 'flags', none: SHIP_FLAG.SHIP_ZERO } },
    { what: 'credit', only: 'receiver' },
    { what: 'send_credit', only: 'sender' },
  ],
  RECEIVED: [{ what: 'buffer' }],
  APPLY: [{ what: 'credit', only: 'sender' }],
  APPLIED: [{ what: 'credit', only: 'receiver', when: { field: 'result', not: [OK] } }],
};

/** For people: `the lock of a track`. */
export const saidOf = (name: string): string => [...HOLDINGS, ...MARKS].find((h) => h.name === name)?.said ?? name;

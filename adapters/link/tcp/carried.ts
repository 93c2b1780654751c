/**
 * The messages that a link carries, by their number on the wire: they are the contract between two arrays, so they do not
 * change when a kind is added to the table of messages.
 */
import { KIND, KINDS, type KindName } from '../../../firmware/ports/messages.js';

const CARRIED: readonly KindName[] = ['HELLO', 'FAR_APPLY', 'FAR_APPLIED', 'FAR_CALL', 'FAR_ANSWER', 'FAR_CREDIT'];

/** How a message is told from others of its kind: by nothing, by its own token, by the token that it answers. */
export const ONE_WAY = 0;
export const REQUEST = 1;
export const ANSWER = 2;

/** Kind of each number; 0 is none. */
export const KIND_OF = Uint8Array.from([0, ...CARRIED.map((name) => KIND[name])]);
/** By kind: its number, 0 for what no link carries; whether it has a token; payload words; the kind that answers it. */
export const NUMBER_OF = new Uint8Array(KINDS.length);
export const MANNER = new Uint8Array(KINDS.length);
export const FIELDS = new Uint8Array(KINDS.length);
export const REPLY = new Uint8Array(KINDS.length);

for (const [i, name] of CARRIED.entries()) {
  const kind = KINDS[KIND[name]];
  NUMBER_OF[kind.id] = i + 1;
  MANNER[kind.id] = kind.isReply ? ANSWER : kind.reply ? REQUEST : ONE_WAY;
  FIELDS[kind.id] = kind.fields.length;
  REPLY[kind.id] = kind.reply ? KIND[kind.reply as KindName] : 0;
}

/** Words of a message in a header. */
export const wordsOf = (kind: number): number => 1 + (MANNER[kind] === ONE_WAY ? 0 : 1) + FIELDS[kind];

const field = (kind: KindName, name: string): number => KINDS[KIND[kind]].fields.indexOf(name);
/** By kind: place of the number of the wire, which means something in one array only; -1: none. */
export const WIRE_AT = Int8Array.from(KINDS, (kind) => kind.fields.indexOf('wire'));
export const HELLO_CREDITS = field('HELLO', 'credits');
export const APPLY_SPAN = field('FAR_APPLY', 'span');
export const APPLY_AT = field('FAR_APPLY', 'at');
export const APPLY_FLAGS = field('FAR_APPLY', 'flags');
export const CREDIT_COUNT = field('FAR_CREDIT', 'count');
/** By kind: place of the credits that it gives; -1: none. */
export const CREDITS_AT = new Int8Array(KINDS.length).fill(-1);
CREDITS_AT[KIND.HELLO] = HELLO_CREDITS;
CREDITS_AT[KIND.FAR_CREDIT] = CREDIT_COUNT;

/**
 * Persistent reservations of one logical unit as a state and what PERSISTENT RESERVE OUT makes of it (SPC-4, 5.7 and 6.14): a
 * model of its own, which knows nothing of the microcode. A state is a word, so that sets of them fit a region.
 */
import { RESERVE_OUT, type Reserving } from '../../../../adapters/channel/workload/scsi-cdbs.js';

/** Initiators of a unit; a key has four bits here, 0: not registered. */
export const INITIATORS = 4;
const KEY_BITS = 4;
const KEY_MASK = 15;
/** Initiator + 1 that holds the reservation, of those types that one holds; 0: none does. */
const HOLDER_AT = 16;
const HOLDER_MASK = 7;
/** Type of the reservation, 0: there is none. */
const TYPE_AT = 19;
const TYPE_MASK = 15;
/** APTPL as it was last given. */
const KEPT_AT = 23;
/** Above it stands what others keep with a state. */
export const STATE_BITS = 24;

/** Types: bits 1, 3, 5 to 8. */
export const TYPES = [1, 3, 5, 6, 7, 8] as const;
/** Those that keep away writes only; the others keep away reads, too. */
const isWriteExclusive = (type: number): boolean => type === 1 || type === 5 || type === 7;
const isShared = (type: number): boolean => type >= 5;
export const isOfAll = (type: number): boolean => type >= 7;

export const STATUS = { GOOD: 1, CONFLICT: 2, CHECK: 3 } as const;

export interface Outcome {
  state: number;
  status: number;
}

export const keyOf = (state: number, initiator: number): number => (state >>> (initiator * KEY_BITS)) & KEY_MASK;
export const typeOf = (state: number): number => (state >>> TYPE_AT) & TYPE_MASK;
export const isKept = (state: number): boolean => ((state >>> KEPT_AT) & 1) !== 0;
/** Of a type that one initiator holds; −1: none. */
export const holderOf = (state: number): number => ((state >>> HOLDER_AT) & HOLDER_MASK) - 1;

const withField = (state: number, at: number, mask: number, value: number): number =>
  (state & ~(mask << at)) | (value << at);
const withKey = (state: number, initiator: number, key: number): number =>
  withField(state, initiator * KEY_BITS, KEY_MASK, key);
const reserved = (state: number, initiator: number, type: number): number =>
  withField(
    withField(state, HOLDER_AT, HOLDER_MASK, type === 0 || isOfAll(type) ? 0 : initiator + 1),
    TYPE_AT,
    TYPE_MASK,
    type,
  );
const released = (state: number): number => reserved(state, 0, 0);

/** From what READ FULL STATUS told: keys by initiator, the type and who holds it; `kept` is not told. */
export function stateFrom(keys: readonly number[], types: readonly number[], kept: boolean): number {
  let state = kept ? 1 << KEPT_AT : 0;
  for (const [i, key] of keys.entries()) state = withKey(state, i, key);
  const holder = types.findIndex((type) => type !== 0);
  return holder < 0 ? state : reserved(state, holder, types[holder]);
}

/** Does the initiator hold the reservation? */
export function holds(state: number, initiator: number): boolean {
  const type = typeOf(state);
  if (type === 0) return false;
  return isOfAll(type) ? keyOf(state, initiator) !== 0 : holderOf(state) === initiator;
}

/** May the initiator read, or write (SPC-4, tables of commands that are allowed)? */
export function mayPass(state: number, initiator: number, isWrite: boolean): boolean {
  const type = typeOf(state);
  if (type === 0 || holds(state, initiator)) return true;
  if (isShared(type) && keyOf(state, initiator) !== 0) return true;
  return !isWrite && isWriteExclusive(type);
}

/** What remains after a power loss. */
export const afterPowerLoss = (state: number): number => (isKept(state) ? state : 0);

/** A registration ends; what was reserved by it, too, unless others hold it as well. */
function left(state: number, initiator: number): number {
  const wasHolder = holds(state, initiator);
  const now = withKey(state, initiator, 0);
  if (!wasHolder) return now;
  return isOfAll(typeOf(state)) && hasAny(now) ? now : released(now);
}

const hasAny = (state: number): boolean => (state & 0xffff) !== 0;

/** The command of an initiator; the state after it, and the status that it gets. */
export function apply(state: number, initiator: number, asked: Reserving): Outcome {
  const own = keyOf(state, initiator);
  const { action, key } = asked;
  if (action === RESERVE_OUT.REGISTER || action === RESERVE_OUT.REGISTER_AND_IGNORE)
    return register(state, initiator, asked);
  if (own === 0 || own !== key) return { state, status: STATUS.CONFLICT };
  switch (action) {
    case RESERVE_OUT.RESERVE:
      return reserve(state, initiator, asked.type);
    case RESERVE_OUT.RELEASE:
      if (!holds(state, initiator)) return { state, status: STATUS.GOOD };
      if (typeOf(state) !== asked.type) return { state, status: STATUS.CHECK };
      return { state: released(state), status: STATUS.GOOD };
    case RESERVE_OUT.CLEAR:
      return { state: released(state) & ~0xffff, status: STATUS.GOOD };
    default:
      return preempt(state, initiator, asked);
  }
}

function register(state: number, initiator: number, { action, key, actionKey, isKept: kept }: Reserving): Outcome {
  const own = keyOf(state, initiator);
  if (action === RESERVE_OUT.REGISTER && own !== key) return { state, status: STATUS.CONFLICT };
  if (actionKey === 0) return { state: own === 0 ? state : left(state, initiator), status: STATUS.GOOD };
  return {
    state: withField(withKey(state, initiator, actionKey), KEPT_AT, 1, kept ? 1 : 0),
    status: STATUS.GOOD,
  };
}

function reserve(state: number, initiator: number, type: number): Outcome {
  if (typeOf(state) === 0) return { state: reserved(state, initiator, type), status: STATUS.GOOD };
  const isMine = holds(state, initiator) && typeOf(state) === type;
  return { state, status: isMine ? STATUS.GOOD : STATUS.CONFLICT };
}

function preempt(state: number, initiator: number, { type, actionKey }: Reserving): Outcome {
  const held = typeOf(state);
  const takes = isOfAll(held) ? actionKey === 0 : held !== 0 && keyOf(state, holderOf(state)) === actionKey;
  if (takes) {
    let now = reserved(state, initiator, type);
    for (let i = 0; i < INITIATORS; i++)
      if (i !== initiator && (actionKey === 0 || keyOf(state, i) === actionKey)) now = withKey(now, i, 0);
    return { state: now, status: STATUS.GOOD };
  }
  if (actionKey === 0) return { state, status: STATUS.CHECK };
  let now = state;
  for (let i = 0; i < INITIATORS; i++) if (keyOf(state, i) === actionKey) now = withKey(now, i, 0);
  if (now === state) return { state, status: STATUS.CONFLICT };
  return { state: isOfAll(held) && !hasAny(now) ? released(now) : now, status: STATUS.GOOD };
}

/** For people. */
export function describe(state: number): string {
  const keys = Array.from({ length: INITIATORS }, (_, i) => keyOf(state, i) || '-').join(' ');
  const type = typeOf(state);
  const by = isOfAll(type) ? 'all' : `initiator ${holderOf(state)}`;
  return `keys ${keys}, ${type === 0 ? 'free' : `type ${type} of ${by}`}${isKept(state) ? ', kept' : ''}`;
}

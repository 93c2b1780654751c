/**
 * Where a task's and a node's words stand, and the queues of tasks. A task's number in tokens, queues and lists is its
 * index in its role + 1; 0 is none.
 */
import { fieldOffset, shiftOf } from '../memory/tables.js';

const t = (field: string): number => fieldOffset('task', field);
const n = (field: string): number => fieldOffset('node', field);

export const TASK_SHIFT = shiftOf('task');
export const NODE_SHIFT = shiftOf('node');

export const T_STATE = t('state');
export const T_PC = t('pc');
export const T_CLASS = t('class');
/** Micro-operations since the task last gave up the engine. */
export const T_TURN = t('turn');
export const T_NEXT = t('next');
/** Node that asked. */
export const T_ASKER = t('asker');
/** Token that the answer carries back. */
export const T_TOKEN = t('token');
/** Kind that started the task; 0 once it was answered, or when no answer is owed. */
export const T_KIND = t('kind');
export const T_SP = t('sp');
export const T_STACK = t('stack');
/** Kind that is waited for, and where its payload goes. */
export const T_AWAIT = t('await');
export const T_NAMES = t('names');
export const T_COUNT = t('count');
export const T_WORST = t('worst');
export const T_TIMED_OUT = t('timed_out');
export const T_DEADLINE = t('deadline');
export const T_OUTSTANDING = t('outstanding');
export const T_LOCKS = t('locks');
export const T_INBOX = t('inbox');
export const T_INBOXES = t('inboxes');
/** A debugger holds it (held-tasks.ts). */
export const T_HELD = t('held');
/** Own token: incarnation << 12 | number. It stands in `node` so that it outlives the task. */
export const T_SELF = t('node');

export const N_FREE = n('free');
export const N_READY = n('ready');
export const N_DUE = n('due');
export const N_TIMERS = n('timers');
export const N_DEAD = n('dead');
export const N_OPS = n('ops');
export const N_INBOUND = n('inbound');
export const N_DIRECTOR = n('director');
/** Classes that start no task: their requests wait in the backlog. A bit each. */
export const N_HELD = n('held');

/** Task states. */
export const FREE = 0;
export const READY = 1;
export const WAITING = 2;
export const PARKED = 3;
export const SLEEPING = 4;

export const INBOX_ENTRIES = 8;
/** kind and eight payload words */
export const INBOX_WORDS = 9;

/** Tasks of a role fit twelve bits of a token; the other twenty count its incarnations. */
export const TOKEN_BITS = 12;
export const TOKEN_MASK = (1 << TOKEN_BITS) - 1;

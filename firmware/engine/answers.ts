/** Answers on their way from a message, or from the inbox, to the registers that a wait names. */
import * as TASKS from './tasks.js';

/** Of this module: so compiled code has them as constants, which it looks up in a namespace. */
const T = { ...TASKS };

/** Puts an answer's payload (word index) where the task's wait wants it; true when the wait is over. */
export function takeAnswer(m: Int32Array, task: number, payload: number): boolean {
  const names = m[task + T.T_NAMES] as number;
  const count = m[task + T.T_COUNT] as number;
  if (count === 0) {
    const n = m[task + T.T_WORST] as number;
    for (let i = 0; i < n; i++) m[task + ((names >>> (i << 2)) & 15)] = m[payload + i] as number;
    return true;
  }
  const first = m[payload] as number;
  if (first > (m[task + T.T_WORST] as number)) m[task + T.T_WORST] = first;
  m[task + T.T_COUNT] = count - 1;
  if (count > 1) return false;
  m[task + (names & 15)] = 0;
  m[task + ((names >>> 4) & 15)] = m[task + T.T_WORST] as number;
  return true;
}

/** Takes from the inbox what the wait just set up wants; true when the wait is over at once. */
export function fromInbox(m: Int32Array, task: number, kind: number): boolean {
  let n = m[task + T.T_INBOX] as number;
  for (let i = 0; i < n; ) {
    const entry = task + T.T_INBOXES + i * T.INBOX_WORDS;
    if (m[entry] !== kind) {
      i++;
      continue;
    }
    const over = takeAnswer(m, task, entry + 1);
    n--;
    const end = task + T.T_INBOXES + n * T.INBOX_WORDS;
    for (let w = entry; w < end; w++) m[w] = m[w + T.INBOX_WORDS] as number;
    m[task + T.T_INBOX] = n;
    if (over) return true;
  }
  return false;
}

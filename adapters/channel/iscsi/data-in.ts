/** Data-in on its way out: as Data-In PDUs that the initiator can take, the last of them with the status where it can. */
import { COPY_BYTES_MAX } from './outbox.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/**
 * Sends what was given to the task last.
 * @param moved the command has ended with GOOD and moved so many bytes; -1: it has not ended
 */
export function sendPart(session: Session, task: Task, moved: number): void {
  const { hub, replies, terms, client } = session;
  const { partSlot: slot, partBytes: bytes } = task;
  const { out } = client;
  const data = task.partData ?? hub.port.memory.bytes.subarray(task.partAt, task.partAt + bytes);
  const copies = bytes <= COPY_BYTES_MAX;
  const isPinned = !copies && slot >= 0 && out.takePin();
  // What no pin holds may change before the socket has sent it.
  const source = copies || isPinned || slot < 0 ? data : data.slice();
  task.partBytes = 0;
  task.partData = undefined;
  for (let from = 0; from < bytes; ) {
    const n = Math.min(bytes - from, terms.sendBytesMax, terms.burstBytesMax - task.burstSent);
    const isLast = from + n === bytes;
    const isAll = isLast && (moved >= 0 || task.sentBytes + n === task.inBytes);
    task.burstSent += n;
    const isFinal = isAll || task.burstSent === terms.burstBytesMax;
    if (isFinal) task.burstSent = 0;
    replies.dataIn(task, task.sentBytes, n, copies ? n : 0, isFinal, isLast ? moved : -1);
    const piece = n === bytes ? source : source.subarray(from, from + n);
    if (copies) out.copy(piece);
    else out.attach(Buffer.from(piece.buffer, piece.byteOffset, n));
    task.sentBytes += n;
    from += n;
  }
  session.readBytes += bytes;
  if (isPinned) out.pin(slot);
  else if (slot >= 0) hub.port.done(slot);
  if (moved >= 0) out.pay(task.owed);
  hub.hasReplies(client);
}

/**
 * Who sees to it that an answer comes, or that whoever waits for it hears that it will not. A wait for any other kind needs a
 * deadline. Read by the check of waits (waits.ts) and the manual.
 */
import type { KindName } from '../../../firmware/ports/messages.js';

export interface Guarantor {
  /** What answers every request, once: the microcode of a director (checked: its handlers answer on every way), or a port. */
  readonly by: 'director' | 'other array' | 'port';
  /** The message whose handler cancels the wait when that is dead, or gone; a port is there as long as the array is. */
  readonly ends?: KindName;
}

const director = (ends: KindName): Guarantor => ({ by: 'director', ends });
/** Note: a question that went over one of several links is cancelled with its wire's number, and asked again by microcode. */
const link: Guarantor = { by: 'other array', ends: 'LINK_DOWN' };

export const GUARANTORS: { readonly [kind in KindName]?: Guarantor } = {
  READY: director('CHANNEL_LOSES'),
  WRITTEN: director('CHANNEL_LOSES'),
  REWRITTEN: director('CHANNEL_LOSES'),
  SYNCED: director('CHANNEL_LOSES'),
  MAPPED: director('CHANNEL_LOSES'),
  INQUIRED: director('CHANNEL_LOSES'),
  GOT: director('DATA_LOSES'),
  FOUND: director('DATA_LOSES'),
  ADOPTED: director('DATA_LOSES'),
  LISTED: director('DATA_LOSES'),
  SHIPPED: director('DATA_LOSES'),
  ANSWER: director('DATA_LOSES'),
  STAGED: director('CACHE_LOSES'),
  TAKEN: director('DISK_LOSES'),
  APPLIED: director('REMOTE_LOSES'),
  ASKED: director('REMOTE_LOSES'),
  BROUGHT: director('REMOTE_LOSES'),
  JOURNAL_READ: director('REMOTE_LOSES'),
  FAR_APPLIED: link,
  FAR_ANSWER: link,
  DRIVE_DONE: { by: 'port' },
};

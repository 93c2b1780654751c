/** What the checks of every way through the code say of a small source. */
import type { Role } from '../../../firmware/ports/messages.js';
import { AssemblyError, assembleChecked } from '../../../tools/assembler/assemble.js';

/** The lines of the error that it throws; none when it throws none. */
export function told(assemble: () => void): string[] {
  try {
    assemble();
  } catch (error) {
    if (error instanceof AssemblyError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** The problems of one source; the first line is its role. */
export const problems = (role: Role, text: string): string[] =>
  told(() => assembleChecked(role, [{ path: 'x.uc', text: `role ${role}\n${text}` }]));
/** Of role data; what waits there is cancelled when the cache is dead, unless the source says what is. */
export const ofData = (text: string): string[] =>
  problems('data', text.includes('wait ') && !text.includes('on DATA_LOSES') ? `${text}${LOSES}` : text);
export const LOSES = '\non DATA_LOSES\n ldi r1, #NOT_READY\n cancel GOT (r1)\n cancel FOUND (r1)\n end';

/** Names of an array and its units as SCSI has them (SPC-6, 7.7.6): the same after every restart, and different in every target. */
import { createHash } from 'node:crypto';

/** All hosts reach it through one group of ports. */
export const PORTAL_GROUP = 1;

/** An OUI with the bit that says that nobody assigned it: of a company it would be another's (IEEE 802c). */
const LOCAL_OUI = 0x02414c;
const NAA_REGISTERED_EXTENDED = 6;

const hashOf = (target: string): string => createHash('sha256').update(target).digest('hex');
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** NAA 6 identifier of sixteen bytes: the target in 68 bits of a hash, and the volume's number in 32. */
export function naaOf(target: string, volume: number): number[] {
  const digits = `${NAA_REGISTERED_EXTENDED}${hex(LOCAL_OUI, 6)}${hashOf(target).slice(0, 17)}${hex(volume, 8)}`;
  return [...Buffer.from(digits, 'hex')];
}

/** Product serial number: twelve digits of the target, four of the volume. */
export const serialOf = (target: string, volume: number): string =>
  `${hashOf(target).slice(0, 12)}${hex(volume, 4)}`.toUpperCase();

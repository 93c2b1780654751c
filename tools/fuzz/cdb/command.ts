/** A command as the fuzzer sends it, what comes back, and both in words. */
import type { CdbLayout } from './layouts.js';

export const ATTRIBUTES = ['untagged', 'simple', 'ordered', 'head of queue', 'aca'] as const;
export const GOOD = 0;
export const CHECK = 2;
export const CONDITION_MET = 4;
export const CONFLICT = 0x18;
export const TASK_ABORTED = 0x40;
export const NO_STATUS = 0x100;

export interface Command {
  readonly host: number;
  readonly lunHigh: number;
  readonly lunLow: number;
  /** Number of its unit as the LUN field names it; -1: none. */
  readonly unit: number;
  readonly attribute: number;
  /** Sixteen bytes. */
  readonly cdb: Buffer;
  readonly out: Buffer | undefined;
  readonly inBytes: number;
  /** Undefined: of an operation that is not known. */
  readonly layout: CdbLayout | undefined;
}

export interface Answer {
  readonly status: number;
  /** key / code / qualifier in hex digits; empty unless CHECK CONDITION. */
  readonly sense: string;
  readonly information: number | undefined;
  /** Byte, bit, and whether it is of the CDB. */
  readonly pointer: { readonly byte: number; readonly bit: number | undefined; readonly inCdb: boolean } | undefined;
  readonly wanted: number;
  readonly data: Buffer;
}

export const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

const SHOWN_BYTES = 96;

export function inWords({ host, lunHigh, lunLow, attribute, cdb, out, inBytes, layout }: Command): string {
  const name = layout?.name ?? 'unknown operation';
  const lun = `lun ${hex(lunHigh, 8)}${hex(lunLow, 8)}`;
  const first = out ? out.subarray(0, SHOWN_BYTES).toString('hex') : '';
  const data = out ? `, out ${out.length}: ${first}${out.length > SHOWN_BYTES ? '…' : ''}` : '';
  return `host ${host}, ${lun}, ${ATTRIBUTES[attribute]}, ${name}: ${cdb.toString('hex')}, in ${inBytes}${data}`;
}

export function answerInWords({ status, sense, pointer, information, data, wanted }: Answer): string {
  const more = [
    sense,
    pointer && `field ${pointer.inCdb ? 'of CDB' : 'of list'} ${pointer.byte}.${pointer.bit ?? '-'}`,
    information !== undefined && `information ${information}`,
    data.length > 0 && `${data.length} bytes of ${wanted}`,
  ].filter(Boolean);
  return `status ${hex(status, 2)} ${more.join(', ')}`;
}

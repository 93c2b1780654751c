/** What a class of arrays is to SCSI hosts: who it says that it is, and how many of them it takes. */
import type { JsonObject } from '../json-reader.js';

export interface HostSideProfile {
  /** Of INQUIRY: at most 8, 16 and 4 printable characters. */
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
  /** Of INQUIRY; 1: nothing turns. Absent: that of its drives, if they are known. */
  readonly rpm?: number;
  /** Sessions of initiators at once. */
  readonly sessions: number;
  /** Initiators that it remembers, with their registrations. */
  readonly initiators: number;
  /** Buffers of 64 KiB for parameter data. */
  readonly workBuffers: number;
  /** Mode pages at power on: WCE, D_SENSE. */
  readonly writeCache: boolean;
  readonly descriptorSense: boolean;
}

/** Of a profile that says nothing of it. */
export const DEFAULT_HOST_SIDE: HostSideProfile = {
  vendor: 'ARRAYLAB',
  product: 'EMULATED ARRAY',
  revision: '0001',
  sessions: 64,
  initiators: 64,
  workBuffers: 16,
  writeCache: true,
  descriptorSense: false,
};

/** The part `scsi` of an array's profile. */
export function readHostSide(json: JsonObject): HostSideProfile {
  const text = (field: 'vendor' | 'product' | 'revision'): string =>
    json.has(field) ? json.text(field) : DEFAULT_HOST_SIDE[field];
  const number = (field: string, otherwise: number): number => (json.has(field) ? json.number(field) : otherwise);
  return {
    vendor: text('vendor'),
    product: text('product'),
    revision: text('revision'),
    ...(json.has('rpm') && { rpm: json.number('rpm') }),
    sessions: number('sessions', DEFAULT_HOST_SIDE.sessions),
    initiators: number('initiators', DEFAULT_HOST_SIDE.initiators),
    workBuffers: number('work_buffers', DEFAULT_HOST_SIDE.workBuffers),
    writeCache: json.has('write_cache') ? json.flag('write_cache') : DEFAULT_HOST_SIDE.writeCache,
    descriptorSense: json.flag('descriptor_sense'),
  };
}

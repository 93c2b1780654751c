/** What the SCSI side of an array is made from: the rig's and the profile's words, in numbers and bytes. */
import type { ArrayMemory } from '../../memory/layout.js';
import type { TableName } from '../../memory/tables.js';

/** Name of an array's iSCSI target, where its rig says none. */
export const targetName = (array: string): string => `iqn.2026-11.example.arraylab:${array.toLowerCase()}`;

/** A page of parameter data that microcode gives as it stands, or completes. */
export interface ScsiPage {
  readonly volume: number;
  /** PAGE_KIND. */
  readonly kind: number;
  readonly code: number;
  readonly bytes: readonly number[];
}

export interface ScsiUnit {
  /** UNIT_TYPE bits. */
  readonly type: number;
  readonly sectors: number;
  /** FORMAT UNIT and SANITIZE wait so long after each eight tracks; absent: they do not. */
  readonly pace_us?: number;
}

export interface ScsiConfig {
  /** LUNs of each host group: the volume's number by LUN. */
  readonly groups: readonly (readonly (number | undefined)[])[];
  /** By volume. */
  readonly units: readonly ScsiUnit[];
  readonly pages: readonly ScsiPage[];
}

/** An array's tables, for whoever fills them. */
export interface TableWriter {
  readonly memory: ArrayMemory;
  at(table: TableName, field: string, record?: number): number;
  get(table: TableName, field: string, record?: number): number;
  set(table: TableName, field: string, record: number, value: number): void;
}

/**
 * What the suite needs a unit of its own for. A unit that can be ejected or that nobody may write is no unit for the rest
 * of the suite, so one plain unit cannot pass all of it.
 */
import type { Unit } from './suite.js';

export const SPECIALS = ['removable', 'read-only'] as const;
export type Special = (typeof SPECIALS)[number];

/** Where the suite finds a target's units: the plain one, and those that it has of the others. */
export interface Target {
  readonly name: string;
  readonly plain: Unit;
  readonly special: Readonly<Partial<Record<Special, Unit>>>;
  /** Ends it, if it was started for this. */
  stop(): Promise<void>;
}

/** Families that say `[SKIPPED]` of any other unit. */
const NEEDS: Readonly<Record<string, Special>> = {
  NoMedia: 'removable',
  PreventAllow: 'removable',
  ReadOnly: 'read-only',
  StartStopUnit: 'removable',
};

export const needOf = (family: string): Special | undefined => NEEDS[family];

/** A unit of a target that was started here, by one address. */
export function unitAt(address: string, iqn: string, lun: number): Unit {
  const url = `iscsi://${address}/${iqn}/${lun}`;
  return { url, url2: url };
}

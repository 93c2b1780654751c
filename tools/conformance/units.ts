/**
 * What the suite needs a unit of its own for. A unit that can be ejected or that nobody may write is no unit for the rest
 * of the suite, so one plain unit cannot pass all of it.
 */
import { familyOf, type Test, type Unit } from './suite.js';

export const SPECIALS = ['removable', 'read-only', 'large-block'] as const;
export type Special = (typeof SPECIALS)[number];

/** Where the suite finds a target's units: the plain one, and those that it has of the others. */
export interface Target {
  readonly name: string;
  readonly plain: Unit;
  readonly special: Readonly<Partial<Record<Special, Unit>>>;
  /** Ends it, if it was started for this. */
  stop(): Promise<void>;
}

/**
 * Families, and single tests, that say `[SKIPPED]` of any other unit. With physical blocks of several logical ones
 * GetLBAStatus.UnmapSingle fails: it takes the block behind the one that it asks of for the one that it asks of.
 */
const NEEDS: Readonly<Record<string, Special>> = {
  NoMedia: 'removable',
  PreventAllow: 'removable',
  ReadOnly: 'read-only',
  StartStopUnit: 'removable',
  'CompareAndWrite.InvalidDataOutSize': 'large-block',
  'WriteSame10.InvalidDataOutSize': 'large-block',
  'WriteSame16.InvalidDataOutSize': 'large-block',
};

export const needOf = (test: Test): Special | undefined => NEEDS[test] ?? NEEDS[familyOf(test)];

/** A unit of a target that was started here, by one address. */
export function unitAt(address: string, iqn: string, lun: number): Unit {
  const url = `iscsi://${address}/${iqn}/${lun}`;
  return { url, url2: url };
}

/**
 * What an array's memory tells whoever looks on, while its directors run: plain loads of single words, which disturb
 * nobody. Words that wrap at 32 bits are made longer here, which is right if somebody looks before one has gone round.
 */
import { Ring } from 'sharedarraybuffer-ring';
import { RESULT, SECTOR_BYTES, TIME_BUCKETS } from '../../memory/constants.js';
import { linkRecord } from '../../memory/layout.js';
import type { TableName } from '../../memory/tables.js';
import { DESCRIPTOR_WORDS, MICROCODED_ROLES, ROLES, type Role, roleNumber } from '../../ports/messages.js';
import { hostVolumes } from '../machine/config.js';
import type { ArrayTables } from '../machine/tables.js';
import { LIVE_CLOCK } from './clock.js';
import type { LinkPlan } from './director-job.js';
import { journalFigures } from './journal-figures.js';
import type { ArrayFigures, FlagCounts, Histogram, VolumeFigures, WayFigures } from './system.js';
import type { VolumeSeen } from './volume-look.js';
import { wideAt } from './wide-word.js';

export type TracksSeen = NonNullable<VolumeFigures['tracks']>;
export type Measured = Omit<ArrayFigures, 'name' | 'hasPower' | 'directors'>;

/** Of an array without power. */
export const NO_FIGURES: Measured = { volumes: [], pools: [], rings: [], microOperations: [], links: [], journals: [] };

/** The payload of TRACKS_SEEN; undefined: the array has not booted yet. */
export function flagsSeen(payload: readonly number[]): TracksSeen | undefined {
  const [result, m1_wp, m2_wp, m1_fp, m2_fp, m1_inv, m2_inv] = payload;
  if (result !== RESULT.OK) return undefined;
  const counts = (writePending: number, formatPending: number, invalid: number): FlagCounts => ({
    writePending,
    formatPending,
    invalid,
  });
  return { own: counts(m1_wp, m1_fp, m1_inv), other: counts(m2_wp, m2_fp, m2_inv) };
}

export class Gauges {
  readonly #tables: ArrayTables;
  readonly #rings: readonly { readonly from: string; readonly to: string; readonly ring: Ring }[];
  /** By word address: what a word that wraps was at the last look, and how far its count had come. */
  readonly #long = new Map<number, { last: number; total: number }>();

  constructor(tables: ArrayTables) {
    const { m, layout } = tables.memory;
    this.#tables = tables;
    this.#rings = layout.rings.map(({ from, to, base, capacity }) => ({
      from: ROLES[from],
      to: ROLES[to],
      ring: new Ring(m, base, capacity, DESCRIPTOR_WORDS),
    }));
  }

  /** Power went: all counts begin anew. */
  forget(): void {
    this.#long.clear();
  }

  /** Micro-operations of a role. */
  operations(role: Role): number {
    return this.#count('node', 'ops', roleNumber(role));
  }

  /** @param tracks by volume, as `seen`. */
  read(
    tracks: readonly (TracksSeen | undefined)[],
    links: readonly LinkPlan[],
    seen: readonly (VolumeSeen | undefined)[] = [],
  ): Measured {
    const level = (table: TableName, field: string, record: number): number => this.#tables.get(table, field, record);
    return {
      volumes: hostVolumes(this.#tables.config).map(({ name }, v) => ({
        ...this.#volume(name, v, tracks[v]),
        ...(seen[v] && { ready: seen[v].own.ready === true, writeDisabled: seen[v].own.writeDisabled === true }),
      })),
      pools: (['host', 'remote'] as const).map((pool, p) => ({
        pool,
        slots: level('pool', 'slots', p),
        writePending: level('pool', 'wp', p),
        limit: level('pool', 'wp_limit', p),
      })),
      // Both ends move on meanwhile.
      rings: this.#rings.map(({ from, to, ring }) => ({
        from,
        to,
        items: Math.min(Math.max(ring.availableLocal(), 0), ring.capacity),
        capacity: ring.capacity,
      })),
      microOperations: MICROCODED_ROLES.map((role) => ({ role, count: this.operations(role) })),
      links: links.map(({ trunk, number, peer }) => ({ peer, number, ...this.wire(linkRecord(trunk, number)) })),
      journals: journalFigures(this.#tables, LIVE_CLOCK.now_ns()),
    };
  }

  #volume(name: string, v: number, tracks: TracksSeen | undefined): VolumeFigures {
    return {
      name,
      reads: this.#count('meter', 'reads', v),
      writes: this.#count('meter', 'writes', v),
      read_bytes: this.#count('meter', 'read_sectors', v) * SECTOR_BYTES,
      written_bytes: this.#count('meter', 'written_sectors', v) * SECTOR_BYTES,
      readTimes: this.#histogram('read', v),
      writeTimes: this.#histogram('write', v),
      writePendingSlots: this.#tables.get('device', 'wp', v),
      writePendingLimit: this.#tables.get('device', 'wp_limit', v),
      ...(tracks && { tracks }),
    };
  }

  #histogram(what: 'read' | 'write', v: number): Histogram {
    const first = this.#tables.at('meter', `${what}_times`, v);
    return {
      buckets: Array.from({ length: TIME_BUCKETS }, (_, i) => this.#longer(first + i)),
      sum_seconds: this.#wide('meter', `${what}_us`, v) / 1_000_000,
    };
  }

  /** What went over a link. @param link its record. */
  wire(link: number): { readonly sent: WayFigures; readonly received: WayFigures } {
    return { sent: this.#way('sent', link), received: this.#way('received', link) };
  }

  #way(way: 'sent' | 'received', link: number): WayFigures {
    return {
      bytes: this.#wide('wire', `${way}_bytes`, link),
      frames: this.#count('wire', `${way}_frames`, link),
      messages: this.#count('wire', `${way}_messages`, link),
    };
  }

  #count(table: TableName, field: string, record: number): number {
    return this.#longer(this.#tables.at(table, field, record));
  }

  #longer(at: number): number {
    const now = (this.#tables.memory.m[at] as number) >>> 0;
    const seen = this.#long.get(at) ?? { last: 0, total: 0 };
    seen.total += (now - seen.last) >>> 0;
    seen.last = now;
    this.#long.set(at, seen);
    return seen.total;
  }

  #wide(table: TableName, field: string, record: number): number {
    return wideAt(this.#tables.memory.m, this.#tables.at(table, field, record));
  }
}

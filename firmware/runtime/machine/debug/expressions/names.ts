/** Looks the names of expressions up: tables, fields, volumes, registers, constants. */
import { CONSTANTS, FLAG, TRACKS_PER_CYLINDER } from '../../../../memory/constants.js';
import { shiftOf, TABLE_NAMES, type TableName, tableByName } from '../../../../memory/tables.js';
import { KIND, MICROCODED_ROLES, ROLES } from '../../../../ports/messages.js';
import { cylinderRecord } from '../../../../units/tracks.js';
import { Code } from '../code.js';
import { listed, type Rig } from '../machines.js';
import type { FieldTree } from './tree.js';

/** Tables that have a record for each volume. */
const BY_VOLUME: ReadonlySet<string> = new Set<TableName>([
  'volume',
  'format',
  'pair',
  'list',
  'label',
  'image',
  'session',
  'device',
  'meter',
]);
/** For each track, and for each cylinder of a volume. */
const BY_TRACK: ReadonlySet<string> = new Set<TableName>(['track', 'lock']);
const BY_GROUP: ReadonlySet<string> = new Set<TableName>(['journal', 'journaling']);
const BY_ROLE: ReadonlySet<string> = new Set<TableName>(['node', 'task']);

/** Of whoever runs the arrays; 0 where he does not count them. */
export const COUNTS: readonly string[] = ['time_us', 'time_ns', 'operations', 'step', 'hits'];

/** All flags of this side's copy, and of the other's. */
export const COPIES: Readonly<Record<string, number>> = {
  M1: FLAG.M1_WP | FLAG.M1_FP | FLAG.M1_INV,
  M2: FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV,
};
export const FLAG_SETS: Readonly<Record<string, number>> = { ...COPIES, ...FLAG };

export interface Records {
  /** See RecordTree. */
  readonly first: readonly number[];
  readonly least: number;
  readonly most: readonly number[];
  readonly divided: number;
}

export class ExpressionNames {
  readonly rig: Rig;
  /** Names that go before all others. */
  readonly #own: Readonly<Record<string, number>>;

  constructor(rig: Rig, own: Readonly<Record<string, number>> = {}) {
    this.rig = rig;
    this.#own = own;
  }

  own(name: string): number | undefined {
    return Object.hasOwn(this.#own, name) ? this.#own[name] : undefined;
  }

  /** Those of arrays, volumes and groups that are no single words else. */
  dashed(): string[] {
    const { arrays } = this.rig;
    const all = arrays.flatMap(({ name, tables: { config } }) => [
      name,
      ...config.volumes.map((v) => v.name),
      ...(config.journals ?? []).map((j) => j.name),
    ]);
    return [...new Set([...all, ...Object.keys(this.#own)])]
      .filter((name) => name.includes('-'))
      .sort((a, b) => b.length - a.length);
  }

  constant(name: string): number | undefined {
    return this.own(name) ?? CONSTANTS[name] ?? COPIES[name] ?? KIND[name as keyof typeof KIND];
  }

  /** Does the source of some role call a register so? */
  isRegister(name: string): boolean {
    return this.rig.arrays.some(({ images }) =>
      Object.values(images).some((image) => Code.of(image).registers.has(name)),
    );
  }

  isCount(name: string): boolean {
    return COUNTS.includes(name) || this.rig.machines.count?.(name) !== undefined;
  }

  isTable(name: string): name is TableName {
    return TABLE_NAMES.some((table) => table === name);
  }

  /** What a name in brackets stands for in a table; undefined: nothing there. */
  records(table: TableName, name: string): Records | undefined {
    if (BY_ROLE.has(table)) return this.#roles(table, name);
    const first: number[] = [];
    const most: number[] = [];
    const isOfTracks = BY_TRACK.has(table);
    const isOfCylinders = table === 'cylinder';
    if (!BY_VOLUME.has(table) && !BY_GROUP.has(table) && !isOfTracks && !isOfCylinders) return undefined;
    for (const [a, { tables }] of this.rig.arrays.entries()) {
      const { volumes, journals = [] } = tables.config;
      const number = (BY_GROUP.has(table) ? journals : volumes).findIndex((one) => one.name === name);
      const of = number < 0 ? { first: 0, tracks: 0 } : this.rig.tracksOf(a, number);
      const record = isOfTracks ? of.first : isOfCylinders ? cylinderRecord(of.first, number, 0) : number;
      first.push(number < 0 ? -1 : record);
      most.push(isOfTracks || isOfCylinders ? of.tracks - 1 : 0);
    }
    if (first.every((n) => n < 0)) return undefined;
    return { first, least: 0, most, divided: isOfCylinders ? TRACKS_PER_CYLINDER : 1 };
  }

  #roles(table: TableName, name: string): Records | undefined {
    const names: readonly string[] = ROLES;
    const role = names.indexOf(name);
    if (role < 0 || (table === 'task' && role >= MICROCODED_ROLES.length)) return undefined;
    if (table === 'node') {
      const [first, most] = [this.rig.arrays.map(() => role), this.rig.arrays.map(() => 0)];
      return { first, least: 0, most, divided: 1 };
    }
    // Tasks count from 1.
    const each = this.rig.arrays.map(({ tables }) => tables.memory.layout.tasksOfRole);
    return { first: each.map((n) => role * n - 1), least: 1, most: each, divided: 1 };
  }

  /** Errors: RangeError with the tables that there are, or with the fields. */
  words(table: string, field: string): number {
    const found = tableByName(table);
    if (!found) throw new RangeError(`there is no table ${table}; tables are ${listed(TABLE_NAMES)}`);
    const f = found.fields.get(field);
    if (!f) throw new RangeError(`table ${table} has no field ${field}; it has ${listed(found.fields.keys())}`);
    return f.words;
  }

  /** Where a field of a table, or a word of it, stands. */
  places(table: TableName, field: string, plus = 0): Pick<FieldTree, 'at' | 'records' | 'shift'> {
    const { arrays } = this.rig;
    return {
      at: arrays.map(({ tables }) => tables.at(table, field) + plus),
      records: arrays.map(({ tables }) => tables.memory.layout.records[table]),
      shift: shiftOf(table),
    };
  }
}

/** The arrays that a debugger looks into, and their names in numbers. All errors are RangeErrors that say what there is. */
import type { RegisterName } from '../../../engine/image-names.js';
import { FREE, T_PC, T_SP, T_STACK, T_STATE, TASK_SHIFT } from '../../../engine/tasks.js';
import { TRUNK_SHIFT, VOLUME_BITS } from '../../../memory/constants.js';
import { shiftOf, type TableName } from '../../../memory/tables.js';
import { MICROCODED_ROLES, ROLES, type Role } from '../../../ports/messages.js';
import type { Images } from '../config.js';
import type { NamedLink } from '../faults/names.js';
import type { ArrayTables } from '../tables.js';
import { Code } from './code.js';
import type { Directors } from './directors.js';
import type { Place, Table, TaskRef } from './target.js';

export interface DebugArray {
  readonly name: string;
  readonly tables: ArrayTables;
  /** What its roles run now. */
  readonly images: Images;
}

export interface Machines {
  readonly arrays: readonly DebugArray[];
  now_ns(): number;
  /** The task that is meant when a question names none. */
  readonly current: TaskRef | undefined;
  /** Counts that expressions may name: operations, step, hits, and own ones; undefined: nobody counts that. */
  count?(name: string): number | undefined;
  /** Of each of the arrays, its position in the rig; absent: all are there. */
  readonly positions?: readonly number[];
  /** Links of the rig, for conditions that name one; absent: none may. */
  readonly links?: readonly NamedLink[];
  /** Those that can be held; absent: nothing runs here. */
  readonly directors?: Directors;
  /** What directors did last, by the words of a `look`; absent: nobody kept it. */
  trace?(words: readonly string[]): Table;
}

export const listed = (names: Iterable<string | number>): string => [...names].join(', ') || 'none';

/** What all parts of an inspector ask of the arrays. */
export class Rig {
  readonly machines: Machines;

  constructor(machines: Machines) {
    this.machines = machines;
  }

  get arrays(): readonly DebugArray[] {
    return this.machines.arrays;
  }

  /** Number of an array; −1: there is none of that name. */
  arrayNumber(name: string): number {
    return this.arrays.findIndex((array) => array.name === name);
  }

  array(name: string): number {
    const number = this.arrayNumber(name);
    if (number < 0) throw new RangeError(`there is no array ${name}; there are ${listed(this.#arrayNames())}`);
    return number;
  }

  tables(array: number): ArrayTables {
    const found = this.arrays[array];
    if (!found) throw new RangeError(`there is no array ${array}; there are ${listed(this.arrays.keys())}`);
    return found.tables;
  }

  /** Number of a volume; −1: the array has none of that name. */
  volumeNumber(array: number, name: string): number {
    return this.tables(array).config.volumes.findIndex((volume) => volume.name === name);
  }

  volume(array: number, name: string): number {
    const number = this.volumeNumber(array, name);
    if (number >= 0) return number;
    const { name: arrayName, tables } = this.arrays[array];
    const all = tables.config.volumes.map((volume) => `${arrayName}:${volume.name}`);
    throw new RangeError(`there is no volume ${arrayName}:${name}; array ${arrayName} has ${listed(all)}`);
  }

  /** `A:data0`, or `data0` where one array is meant: that of a task. */
  volumeNamed(text: string, task: TaskRef | undefined): { readonly array: number; readonly volume: number } {
    const [first = '', second] = text.split(':');
    if (second !== undefined) {
      const array = this.array(first);
      return { array, volume: this.volume(array, second) };
    }
    const array = task?.array ?? (this.arrays.length === 1 ? 0 : undefined);
    if (array === undefined)
      throw new RangeError(
        `"${text}" is a volume of which array? It is written ARRAY:VOLUME (${listed(this.#arrayNames())})`,
      );
    return { array, volume: this.volume(array, first) };
  }

  /** Record of a volume's first track, and how many it has. */
  tracksOf(array: number, volume: number): { readonly first: number; readonly tracks: number } {
    const { volumes } = this.tables(array).config;
    return {
      first: volumes.slice(0, volume).reduce((n, { tracks }) => n + tracks, 0),
      tracks: volumes[volume]?.tracks ?? 0,
    };
  }

  /** Of a record of `track` or `lock`: `A:data0:17`. */
  trackName(array: number, record: number): string {
    let first = 0;
    for (const { name, tracks } of this.tables(array).config.volumes) {
      if (record < first + tracks) return `${this.arrays[array].name}:${name}:${record - first}`;
      first += tracks;
    }
    return `${this.arrays[array].name}:${record}`;
  }

  /** Number of the array that a trunk leads to; −1: nobody knows. */
  otherArray(array: number, trunk: number): number {
    const { trunks } = this.tables(array).config;
    const { positions } = this.machines;
    const position = trunks?.[trunk] ?? (this.arrays.length === 2 && trunk === 0 ? 1 - array : -1);
    return positions ? positions.indexOf(position) : position;
  }

  /** `B:data0`, by the trunk and the number there that a word as `pair.peer` has. */
  peerName(array: number, peer: number): string {
    const [trunk, number] = [peer >>> TRUNK_SHIFT, peer & VOLUME_BITS];
    const other = this.arrays[this.otherArray(array, trunk)];
    const volume = other?.tables.config.volumes[number];
    return volume ? `${other.name}:${volume.name}` : `volume ${number} behind trunk ${trunk}`;
  }

  // ── tasks

  /** Word address of a task's record. */
  taskAt({ array, role, task }: TaskRef): number {
    const { layout } = this.tables(array).memory;
    return layout.base.task + ((role * layout.tasksOfRole + task - 1) << TASK_SHIFT);
  }

  /** The task, if there is such a one; it may be free. */
  checkTask(ref: TaskRef): TaskRef {
    const { tasksOfRole } = this.tables(ref.array).memory.layout;
    const role = ROLES[ref.role];
    if (!MICROCODED_ROLES.includes(role))
      throw new RangeError(`role ${ref.role} runs no microcode; those that do are ${listed(this.#roles())}`);
    if (!Number.isInteger(ref.task) || ref.task < 1 || ref.task > tasksOfRole)
      throw new RangeError(
        `there is no task ${ref.task} of ${this.arrays[ref.array].name}.${role}; it has 1 to ${tasksOfRole}`,
      );
    return ref;
  }

  word(ref: TaskRef, word: number): number {
    return this.tables(ref.array).memory.m[this.taskAt(ref) + word];
  }

  isFree(ref: TaskRef): boolean {
    return this.word(ref, T_STATE) === FREE;
  }

  /** `A.data 3`. */
  taskName({ array, role, task }: TaskRef): string {
    return `${this.arrays[array]?.name ?? array}.${ROLES[role]} ${task}`;
  }

  /** Names of registers in force at an instruction; none where the image of the role is not known. */
  namesAt(array: number, role: number, instruction: number): readonly RegisterName[] {
    const image = this.arrays[array].images[ROLES[role]];
    return image ? Code.of(image).namesAt(instruction) : [];
  }

  /** The words of a field, record by record: for who looks at many. */
  column(array: number, table: TableName, field: string): (record: number) => number {
    const tables = this.tables(array);
    const { m } = tables.memory;
    const [at, shift] = [tables.at(table, field), shiftOf(table)];
    return (record) => m[at + (record << shift)];
  }

  /** Instructions of a task's frames, the innermost first: its next one, then the calls that it is in. */
  stackOf(ref: TaskRef): number[] {
    const at = this.taskAt(ref);
    const { m } = this.tables(ref.array).memory;
    const depth = Math.min(Math.max(m[at + T_SP], 0), 4);
    const frames = [m[at + T_PC]];
    for (let i = depth - 1; i >= 0; i--) frames.push(m[at + T_STACK + i] - 1);
    return frames;
  }

  /** Without file and line where the image of the role is not known, or has no such instruction. */
  place(array: number, role: number, instruction: number): Place {
    const image = this.arrays[array].images[ROLES[role]];
    const code = image && Code.of(image);
    return {
      array: this.arrays[array].name,
      role: ROLES[role] as Role,
      instruction,
      file: code?.fileOf(instruction) ?? '',
      line: code?.lineOf(instruction) ?? 0,
      scope: code?.scopeOf(instruction) ?? '',
    };
  }

  #arrayNames(): string[] {
    return this.arrays.map(({ name }) => name);
  }

  #roles(): string[] {
    return MICROCODED_ROLES.map((role, n) => `${n} (${role})`);
  }
}

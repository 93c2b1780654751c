/**
 * A role goes on with another image in the middle of its work. Tasks go on in the new image wherever it has the code that
 * they are in the middle of. If one is in code that the new image has not, new requests wait in the role's backlogs until
 * that task is through. It may itself wait for such a request, or have work as long as hosts write: so if that does not
 * help, what comes from outside waits at the array's front, and everything inside comes to an end.
 *
 * Nobody else touches the array's memory while `moveTasks` runs.
 */
import type { Image } from '../../engine/image.js';
import { ImageChange } from '../../engine/image-change.js';
import { whereIs } from '../../engine/program.js';
import { FREE, T_PC, T_SP, T_STACK, T_STATE, TASK_SHIFT } from '../../engine/tasks.js';
import { MICROCODED_ROLES, type Role, roleNumber, TASK_CLASSES } from '../../ports/messages.js';
import type { ArrayTables } from './tables.js';

const bits = (...classes: readonly (typeof TASK_CLASSES)[number][]): number =>
  classes.reduce((all, c) => all | (1 << TASK_CLASSES.indexOf(c)), 0);

/** What waits meanwhile: nothing; requests to the role; commands of hosts and writes of the other array. */
export type Held = 'nothing' | 'role' | 'front';

const HELD: Readonly<Record<Held, Readonly<Partial<Record<Role | 'own', number>>>>> = {
  nothing: {},
  role: { own: bits('host', 'remote', 'destage') },
  front: { channel: bits('host'), remote: bits('remote') },
};

export class MicrocodeChange {
  readonly #tables: ArrayTables;
  readonly #old: Image;
  readonly #change: ImageChange;
  readonly #first: number;

  /** @param old what the role runs. */
  constructor(tables: ArrayTables, old: Image, image: Image) {
    const { layout } = tables.memory;
    this.#tables = tables;
    this.#old = old;
    this.#change = new ImageChange(old, image);
    this.#first = layout.base.task + ((roleNumber(image.role) * layout.tasksOfRole) << TASK_SHIFT);
  }

  /** Where a task is that cannot go on in the new image, for people; undefined: none is. */
  get stuck(): string | undefined {
    const { m } = this.#tables.memory;
    const at = this.#places().find((word) => this.#change.placeOf(m[word] as number) < 0);
    if (at === undefined) return undefined;
    const task = ((at - this.#first) >> TASK_SHIFT) + 1;
    return `task ${task} of role ${this.#old.role} does not leave ${whereIs(this.#old, m[at] as number)}`;
  }

  /** Places of all tasks become those of the new image, or, if one has none there, nothing changes. */
  moveTasks(): boolean {
    const { m } = this.#tables.memory;
    const places = this.#places();
    const moved = places.map((word) => this.#change.placeOf(m[word] as number));
    if (moved.includes(-1)) return false;
    for (const [i, word] of places.entries()) m[word] = moved[i] as number;
    return true;
  }

  /** From now on this waits, and all else goes on. */
  hold(held: Held): void {
    for (const [number, role] of MICROCODED_ROLES.entries()) {
      const own = role === this.#old.role ? (HELD[held].own ?? 0) : 0;
      this.#tables.set('node', 'held', number, own | (HELD[held][role] ?? 0));
    }
  }

  /** Word addresses of all places in the code that tasks hold: where each goes on, and where its calls return to. */
  #places(): number[] {
    const { m, layout } = this.#tables.memory;
    const places: number[] = [];
    for (let i = 0; i < layout.tasksOfRole; i++) {
      const task = this.#first + (i << TASK_SHIFT);
      if (m[task + T_STATE] === FREE) continue;
      places.push(task + T_PC);
      const calls = m[task + T_SP] as number;
      for (let c = 0; c < calls; c++) places.push(task + T_STACK + c);
    }
    return places;
  }
}

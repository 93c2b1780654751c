/**
 * Microcode of a role is changed for another image while hosts work. Tasks go on in the new image wherever it has the code
 * that they are in the middle of. If one is in code that the new image has not, new requests wait in the role's backlogs
 * until that task is through; it may itself wait for requests of a weaker class, so that they are let in between.
 */
import type { Image } from '../../engine/image.js';
import { ImageChange } from '../../engine/image-change.js';
import { whereIs } from '../../engine/program.js';
import { FREE, T_PC, T_SP, T_STACK, T_STATE, TASK_SHIFT } from '../../engine/tasks.js';
import { roleNumber, TASK_CLASSES } from '../../ports/messages.js';
import type { Images } from '../machine/config.js';
import type { ArrayTables } from '../machine/tables.js';
import { Refusal } from './system.js';

/** So long may hosts be kept waiting; then the old microcode goes on. */
const LOAD_MS = 2000;
const ROUND_MS = 200;
const LOOK_MS = 2;

const bits = (...classes: readonly (typeof TASK_CLASSES)[number][]): number =>
  classes.reduce((all, c) => all | (1 << TASK_CLASSES.indexOf(c)), 0);
/** What is held back, in turns: all that may wait, and only what comes from outside, which destage does not wait for. */
const ROUNDS = [bits('host', 'remote', 'destage'), bits('host', 'remote')];

/** As Directors has it. */
type Standstill = (change: (tables: ArrayTables) => Images) => Promise<void>;

/**
 * @param images what the array runs now.
 * Errors: Refusal; the array runs what it ran then.
 */
export async function loadMicrocode(
  tables: ArrayTables,
  images: Images,
  image: Image,
  standstill: Standstill,
): Promise<void> {
  const old = images[image.role];
  if (!old) throw new Refusal(`role ${image.role} has no microcode that could be replaced`);
  const load = new Load(tables, old, image);
  const next: Images = { ...images, [image.role]: image };
  const hold = (classes: number): void => tables.set('node', 'held', roleNumber(image.role), classes);
  let isDone = false;
  let stuck = `role ${image.role} is too busy`;
  const attempt = (classes: number): Promise<void> =>
    standstill(() => {
      isDone = load.moveTasks();
      hold(isDone ? 0 : classes);
      return isDone ? next : images;
    });
  const end_ms = performance.now() + LOAD_MS;
  try {
    for (let round = 0; !isDone && performance.now() < end_ms; round++) {
      await attempt(ROUNDS[round % ROUNDS.length] ?? 0);
      const roundEnd_ms = Math.min(performance.now() + ROUND_MS, end_ms);
      while (!isDone && load.stuck() !== undefined && performance.now() < roundEnd_ms) await pause(LOOK_MS);
    }
  } finally {
    if (!isDone) {
      stuck = load.stuck() ?? stuck;
      await attempt(0);
    }
  }
  if (!isDone) throw new Refusal(`array ${tables.config.name}: ${stuck}; the old microcode goes on`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Load {
  readonly #tables: ArrayTables;
  readonly #old: Image;
  readonly #change: ImageChange;
  readonly #first: number;

  constructor(tables: ArrayTables, old: Image, image: Image) {
    const { layout } = tables.memory;
    this.#tables = tables;
    this.#old = old;
    this.#change = new ImageChange(old, image);
    this.#first = layout.base.task + ((roleNumber(image.role) * layout.tasksOfRole) << TASK_SHIFT);
  }

  /** Where a task is that cannot go on in the new image; undefined: none is. */
  stuck(): string | undefined {
    const { m } = this.#tables.memory;
    const at = this.#places().find((word) => this.#change.placeOf(m[word] as number) < 0);
    if (at === undefined) return undefined;
    const task = Math.floor((at - this.#first) / (1 << TASK_SHIFT)) + 1;
    return `task ${task} of role ${this.#old.role} does not leave ${whereIs(this.#old, m[at] as number)} within ${LOAD_MS / 1000} s, which the new image changes`;
  }

  /** Places of all tasks become those of the new image, or nothing changes. All directors stand still. */
  moveTasks(): boolean {
    const { m } = this.#tables.memory;
    const places = this.#places();
    const moved = places.map((word) => this.#change.placeOf(m[word] as number));
    if (moved.includes(-1)) return false;
    for (const [i, word] of places.entries()) m[word] = moved[i] as number;
    return true;
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

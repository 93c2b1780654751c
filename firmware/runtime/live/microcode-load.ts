/** Microcode of a role is changed for another image while hosts work; how is in runtime/machine/microcode-change.ts. */
import type { Image } from '../../engine/image.js';
import type { Images } from '../machine/config.js';
import { type Held, MicrocodeChange } from '../machine/microcode-change.js';
import type { ArrayTables } from '../machine/tables.js';
import { Refusal } from './system.js';

/** So long may hosts be kept waiting; then the old microcode goes on. */
const LOAD_MS = 2000;
const ROUND_MS = 200;
const LOOK_MS = 2;

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
  const change = new MicrocodeChange(tables, old, image);
  const next: Images = { ...images, [image.role]: image };
  let isDone = false;
  let stuck = `role ${image.role} is too busy`;
  const attempt = (held: Held): Promise<void> =>
    standstill(() => {
      isDone = change.moveTasks();
      change.hold(isDone ? 'nothing' : held);
      return isDone ? next : images;
    });
  const end_ms = performance.now() + LOAD_MS;
  try {
    for (let round = 0; !isDone && performance.now() < end_ms; round++) {
      await attempt(round === 0 ? 'role' : 'front');
      const roundEnd_ms = Math.min(performance.now() + ROUND_MS, end_ms);
      while (!isDone && change.stuck !== undefined && performance.now() < roundEnd_ms) await pause(LOOK_MS);
    }
  } finally {
    if (!isDone) {
      stuck = change.stuck ?? stuck;
      await attempt('nothing');
    }
  }
  if (isDone) return;
  const { name } = tables.config;
  throw new Refusal(
    `array ${name}: ${stuck} within ${LOAD_MS / 1000} s, which the new image changes; the old microcode goes on`,
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * After which micro-operations a power loss is worth a world of its own. A power loss leaves of an array its battery
 * memory and its drives. As long as only the array's own roles make steps, and its battery memory stays as it is, it does
 * not matter at which of their micro-operations the power goes: one of them stands for all.
 */
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../../firmware/runtime/machine/array.js';
import type { World } from '../../../firmware/runtime/simulated/world.js';

interface Side {
  readonly array: ArrayMachine;
  /** Words that a power loss keeps, and a copy of each range. */
  readonly kept: readonly { readonly now: Int32Array; readonly copy: Int32Array }[];
  ops: number;
  /** Something else has happened since the last point. */
  isNew: boolean;
  points: number[];
}

export class Points {
  readonly #sides: readonly Side[];

  constructor(world: World) {
    this.#sides = world.arrays.map((array) => {
      const { m, layout } = array.memory;
      const kept: { now: Int32Array; copy: Int32Array }[] = [];
      let from = 0;
      for (const [at, next] of [...layout.volatile, [layout.words, layout.words] as const]) {
        if (at > from) kept.push({ now: m.subarray(from, at), copy: new Int32Array(at - from) });
        from = next;
      }
      return { array, kept, ops: 0, isNew: true, points: [] };
    });
  }

  /** Points from here on. Micro-operations are counted since power on. */
  begin(): void {
    for (const side of this.#sides) {
      side.ops = opsOf(side.array);
      side.isNew = true;
      side.points = [];
      for (const { now, copy } of side.kept) copy.set(now);
    }
  }

  /** After each step; `took`: array whose role took a message in it, −1: none did. */
  step(took: number): void {
    for (const [a, side] of this.#sides.entries()) {
      const ops = opsOf(side.array);
      const done = ops - side.ops;
      if (done === 0) {
        if (took !== a) side.isNew = true;
        continue;
      }
      if (changed(side)) {
        for (let k = side.ops + 1; k <= ops; k++) side.points.push(k);
      } else if (side.isNew) side.points.push(side.ops + 1);
      side.isNew = false;
      side.ops = ops;
    }
  }

  of(array: number): readonly number[] {
    return this.#sides[array]?.points ?? [];
  }
}

/** Of all roles of an array, since power on. */
export function opsOf(array: ArrayMachine): number {
  let n = 0;
  for (let role = 0; role < MICROCODED_ROLES.length; role++) n += array.get('node', 'ops', role);
  return n;
}

function changed(side: Side): boolean {
  let differs = false;
  for (const { now, copy } of side.kept) {
    for (let i = 0; i < now.length; i++) {
      if (now[i] === copy[i]) continue;
      differs = true;
      copy[i] = now[i] as number;
    }
  }
  return differs;
}

/** Breaks as a user set them, made ready for the rig that is shown: places are numbers, conditions can be evaluated. */

import { KINDS } from '../../../ports/messages.js';
import type { Inspector } from './inspector.js';
import type { Break, BreakState, Place, TaskRef } from './target.js';

type Spot = ReturnType<Inspector['spot']>;

/** An instruction of a role of an array as one number. */
export const placeKey = (array: number, role: number, instruction: number): number =>
  (array * 16 + role) * 0x1_0000 + instruction;

/** A break in a rig. */
export interface Armed {
  readonly break: Break;
  readonly places: readonly Place[];
  /** Instructions (`placeKey`). */
  readonly keys: readonly number[];
  /** Of a message: its kind, and the array that takes it (−1: any). */
  readonly kind: number;
  readonly array: number;
  readonly spot: Spot | undefined;
  readonly holds: (() => boolean) | undefined;
  readonly condition: ((task: TaskRef | undefined) => number) | undefined;
}

/** Errors: RangeError for what there is not. */
export function arm(one: Break, inspector: Inspector): Armed {
  const { where, condition } = one;
  const nothing = { break: one, places: [], keys: [], kind: 0, array: -1, spot: undefined, holds: undefined };
  const all = { ...nothing, condition: condition === undefined ? undefined : inspector.compile(condition) };
  switch (where.on) {
    case 'line':
    case 'label':
    case 'instruction': {
      const found = inspector.places(where);
      return {
        ...all,
        places: found.map(({ place }) => place),
        keys: found.map(({ array, role, instruction }) => placeKey(array, role, instruction)),
      };
    }
    case 'message': {
      const kind = KINDS.findIndex(({ name }) => name === where.kind);
      if (kind < 0) throw new RangeError(`there is no message ${where.kind}`);
      return {
        ...all,
        kind: (KINDS[kind] as { id: number }).id,
        array: where.array === undefined ? -1 : inspector.arrayNumber(where.array),
      };
    }
    case 'watch':
      return { ...all, spot: inspector.spot(where.what, where.task) };
    case 'state':
      return { ...all, holds: inspector.state(where.when) };
    default:
      return all;
  }
}

/** The breaks of a user, and how often each was met. */
export class Arms {
  #breaks: Break[] = [];
  readonly #hits = new Map<number, number>();
  /** Of watches: what they meant when they were set. */
  readonly #spots = new Map<string, Armed['spot']>();

  get breaks(): readonly Break[] {
    return this.#breaks;
  }

  /** These and no others. Those with a number that there was go on counting. */
  set(breaks: readonly Break[]): void {
    this.#breaks = [...breaks];
    for (const id of [...this.#hits.keys()]) if (!breaks.some((one) => one.id === id)) this.#hits.delete(id);
  }

  hits(id: number): number {
    return this.#hits.get(id) ?? 0;
  }

  /** It was met. True: it stops. */
  meet({ id, ignore = 0 }: Break): boolean {
    const hits = this.hits(id) + 1;
    this.#hits.set(id, hits);
    return hits > ignore;
  }

  /** It stopped. */
  stopped(ids: readonly number[]): void {
    this.#breaks = this.#breaks.filter(({ id, once }) => !(once && ids.includes(id)));
  }

  /** A register in what is watched may mean another place by now. */
  #asItWas(armed: Armed): Armed {
    const { id, where } = armed.break;
    if (where.on !== 'watch') return armed;
    const key = `${id} ${where.what}`;
    const spot = this.#spots.get(key) ?? armed.spot;
    this.#spots.set(key, spot);
    return { ...armed, spot };
  }

  /** What can be armed, and what became of each. */
  arm(inspector: Inspector): { readonly armed: Armed[]; readonly states: BreakState[] } {
    const armed: Armed[] = [];
    const states = this.#breaks.map((one): BreakState => {
      const hits = this.hits(one.id);
      try {
        const ready = this.#asItWas(arm(one, inspector));
        armed.push(ready);
        return { id: one.id, places: ready.places, hits };
      } catch (error) {
        return { id: one.id, places: [], hits, error: (error as Error).message };
      }
    });
    return { armed, states };
  }
}

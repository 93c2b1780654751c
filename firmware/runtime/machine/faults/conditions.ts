/** Conditions on the state of arrays, made ready for a rig: each look reads a few words, and keeps nothing. */
import { Ring } from 'sharedarraybuffer-ring';
import { FLAG, PAIR_STATE } from '../../../memory/constants.js';
import { shiftOf } from '../../../memory/tables.js';
import { DESCRIPTOR_WORDS, roleNumber } from '../../../ports/messages.js';
import type { ArrayTables } from '../tables.js';
import type { Compare, Condition, FlagName } from './fault.js';
import type { RigNames } from './names.js';

/** Does it hold now? By the tables of all arrays of the rig; those of another process are undefined, and nothing holds there. */
export type Holds = (tables: readonly (ArrayTables | undefined)[]) => boolean;

const COMPARED: Readonly<Record<Compare, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

/** Errors: RangeError for what the rig has not. */
export function makeReady(condition: Condition, rig: RigNames): Holds {
  switch (condition.of) {
    case 'flag': {
      const { array, volume } = rig.volume(condition.volume);
      const { flag, isSet, track } = condition;
      if (track === undefined) return at(array, (tables) => countOf(tables, volume, flag) > 0 === isSet);
      const first = rig.firstTrack(array, volume, track, condition.volume);
      return at(array, (tables) => ((tables.get('track', 'flags', first) & FLAG[flag]) !== 0) === isSet);
    }
    case 'pair': {
      const { array, volume } = rig.pair(condition.volume);
      return at(array, (tables) => tables.get('pair', 'state', volume) === PAIR_STATE[condition.state]);
    }
    case 'write-pending': {
      const { compare, count, place } = condition;
      if (!place.includes(':')) {
        const pending = (t: ArrayTables): number => t.get('pool', 'wp', 0) + t.get('pool', 'wp', 1);
        return at(rig.array(place), (tables) => COMPARED[compare](pending(tables), count));
      }
      const { array, volume } = rig.volume(place);
      return at(array, (tables) => COMPARED[compare](tables.get('device', 'wp', volume), count));
    }
    case 'credits': {
      const { compare, count, link } = condition;
      const array = rig.array(condition.array);
      if (link !== undefined) rig.hasLink(array, link);
      return at(array, (tables) => COMPARED[compare](creditsOf(tables, link), count));
    }
    default:
      return ringHolds(condition, rig);
  }
}

const at =
  (array: number, look: (tables: ArrayTables) => boolean): Holds =>
  (all) => {
    const tables = all[array];
    return tables !== undefined && look(tables);
  };

/** Over its tracks themselves: counts are volatile, and zero until the array has booted. */
function countOf(tables: ArrayTables, volume: number, flag: FlagName): number {
  const { m, layout } = tables.memory;
  const first = tables.config.volumes.slice(0, volume).reduce((n, { tracks }) => n + tracks, 0);
  if (tables.get('system', 'ready') !== 0) return tables.get('volume', flag.toLowerCase(), volume);
  let n = 0;
  const end = first + (tables.config.volumes[volume]?.tracks ?? 0);
  const word = tables.at('track', 'flags') - layout.base.track;
  for (let t = first; t < end; t++) {
    if (((m[layout.base.track + (t << shiftOf('track')) + word] as number) & FLAG[flag]) !== 0) n++;
  }
  return n;
}

function creditsOf(tables: ArrayTables, link: number | undefined): number {
  if (link !== undefined) return tables.get('link', 'credits', link);
  let credits = 0;
  for (let one = 0; one < tables.memory.layout.records.link; one++) credits += tables.get('link', 'credits', one);
  return credits;
}

function ringHolds(condition: Condition & { readonly of: 'ring' }, rig: RigNames): Holds {
  const { compare, count, array, from, to } = condition;
  const [sender, reader] = [roleNumber(from), roleNumber(to)];
  const index = rig.array(array);
  rig.ring(index, from, to);
  return at(index, ({ memory: { m, layout } }) => {
    const ring = layout.rings.find((one) => one.from === sender && one.to === reader);
    if (!ring) return false;
    const items = new Ring(m, ring.base, ring.capacity, DESCRIPTOR_WORDS).availableLocal();
    return COMPARED[compare](Math.max(items, 0), count);
  });
}

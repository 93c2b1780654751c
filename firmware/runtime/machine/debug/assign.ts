/** Sets what an expression stands for. What does not fit there is refused, and changes nothing. */
import { Tracks } from '../../../units/tracks.js';
import { ExpressionNames } from './expressions/names.js';
import { parse } from './expressions/parser.js';
import { listed, type Rig } from './machines.js';
import type { Meaning } from './meanings.js';
import { bitNames, showNumber } from './show.js';
import { type KnownSpot, numberOf, spotOf } from './spots.js';
import type { TaskRef, Value } from './target.js';
import { spotValue } from './values.js';

const HALF = 0x1_0000_0000;

/** @returns what it is afterwards. Errors: RangeError. */
export function assign(rig: Rig, text: string, value: string, task: TaskRef | undefined): Value {
  const spot = spotOf(rig, parse(text, new ExpressionNames(rig)), task, text);
  const tree = parse(value, new ExpressionNames(rig, namesFor(rig, spot)));
  const number = numberOf(rig, tree, task);
  const wrong = (right: string): never => {
    throw new RangeError(`'${text}' cannot be ${showNumber(number)}: ${right}`);
  };
  const { m } = rig.tables(spot.array).memory;
  if (spot.meaning?.as === 'queue') wrong('it is a queue of tasks; its words are +0 and +1');
  if (spot.words > 2) wrong(`it is ${spot.words} words; one of them is written with +0 to +${spot.words - 1}`);
  if (spot.words === 2) {
    if (spot.meaning?.as === 'generation' && number < 0) wrong('a generation is no less than 0');
    m[spot.word] = number | 0;
    m[spot.word + 1] = Math.floor(number / HALF);
    return spotValue(rig, spot);
  }
  if (number < -HALF / 2 || number >= HALF) wrong('it is one word, -2147483648 to 4294967295');
  const right = fits(rig, spot, number);
  if (right !== undefined) wrong(right);
  setWord(rig, spot, number | 0);
  return spotValue(rig, spot);
}

function setWord(rig: Rig, spot: KnownSpot, value: number): void {
  const tables = rig.tables(spot.array);
  const { m } = tables.memory;
  const { mask } = spot;
  const isOneBit = mask > 0 && (mask & (mask - 1)) === 0;
  // Of one flag 1 says that it is set.
  const bits = isOneBit && value === 1 ? mask : value;
  const word = (m[spot.word] & ~mask) | bits;
  const volume =
    spot.table === 'track' && tables.at('track', 'flags', spot.record) === spot.word ? volumeOf(rig, spot) : -1;
  // Before power is on nothing counts the flags.
  if (volume < 0 || tables.get('volume', 'tracks', volume) === 0) {
    m[spot.word] = word;
    return;
  }
  const record = spot.record as number;
  const tracks = new Tracks(tables.memory, () => Math.floor(rig.machines.now_ns() / 1_000_000_000));
  tracks.clearFlags(record, volume, m[spot.word] & ~word);
  tracks.setFlags(record, volume, word);
}

function volumeOf(rig: Rig, { array, record = 0 }: KnownSpot): number {
  let end = 0;
  return rig.tables(array).config.volumes.findIndex(({ tracks }) => {
    end += tracks;
    return record < end;
  });
}

/** Names that what stands there may have, before all others: of volumes, groups, states. */
function namesFor(rig: Rig, { array, meaning }: KnownSpot): Record<string, number> {
  const { volumes, journals = [], recipes } = rig.tables(array).config;
  const numbered = (all: readonly { readonly name: string }[], plus: number): Record<string, number> =>
    Object.fromEntries([['none', plus - 1], ...all.map(({ name }, n) => [name, n + plus] as const)]);
  switch (meaning?.as) {
    case 'bits':
      return { none: 0, ...meaning.of };
    case 'name':
      return meaning.of;
    case 'volume':
      return numbered(volumes, meaning.plus);
    case 'group':
      return numbered(journals, meaning.plus);
    case 'recipe':
      return Object.fromEntries(recipes.map(({ name }, n) => [name, n]));
    default:
      return {};
  }
}

/** What would be right; undefined: this is. */
function fits(rig: Rig, spot: KnownSpot, value: number): string | undefined {
  const { meaning, mask } = spot;
  if (mask !== -1) {
    const isOneBit = (mask & (mask - 1)) === 0;
    if ((value & ~mask) === 0 && value >= 0) return undefined;
    if (isOneBit && value === 1) return undefined;
    const names = meaning?.as === 'bits' ? bitNames(meaning.of, mask) : showNumber(mask);
    return `only ${names} ${isOneBit ? 'is' : 'are'} meant; 0, or flags of these`;
  }
  return meaning && fitsMeaning(rig, spot.array, meaning, value);
}

function fitsMeaning(rig: Rig, array: number, meaning: Meaning, value: number): string | undefined {
  const { volumes, journals = [], recipes } = rig.tables(array).config;
  const within = (what: string, least: number, count: number): string | undefined =>
    value >= least && value < least + count ? undefined : `${what} there are ${least} to ${least + count - 1}`;
  switch (meaning.as) {
    case 'bits': {
      const all = Object.values(meaning.of).reduce((bits, bit) => bits | bit, 0);
      return (value & ~all) === 0 && value <= all && value >= 0
        ? undefined
        : `its bits are ${listed(Object.keys(meaning.of))}`;
    }
    case 'name':
      return Object.values(meaning.of).includes(value) ? undefined : `it is one of ${listed(Object.keys(meaning.of))}`;
    case 'volume':
      return within('volumes', meaning.plus - 1, volumes.length + 1);
    case 'group':
      return within('journal groups', meaning.plus - 1, journals.length + 1);
    case 'task':
      return within('tasks', 0, rig.tables(array).memory.layout.tasksOfRole + 1);
    case 'recipe':
      return within('recipes', 0, recipes.length);
    default:
      return undefined;
  }
}

/** A journal group is restored to an entry or a time, onto other volumes of its target: what is asked, and what the answers mean. */
import { IMAGE_PART, PAIR_ROLE, RESULT, VOLUME_STATE } from '../../memory/constants.js';
import { fieldOffset, shiftOf } from '../../memory/tables.js';
import { KIND } from '../../ports/messages.js';
import { Journals } from '../../units/journals.js';
import type { ArrayConfig } from '../machine/config.js';
import type { ArrayTables } from '../machine/tables.js';
import { LIVE_CLOCK } from './clock.js';
import { stateName } from './pair-command.js';
import { Refusal, type RestoreView, type RestoreWish, Unknown, type VolumeImageView } from './system.js';
import { dateOf } from './volume-look.js';
import { wideAt } from './wide-word.js';

const RANGE = 0x1_0000_0000;
const UPDATE_SHIFT = shiftOf('update');
const TIME = fieldOffset('update', 'time');

/** The array, as far as this needs it. */
export interface Restorer {
  readonly config: ArrayConfig;
  readonly tables: ArrayTables;
  ask(kind: number, ...payload: number[]): Promise<number[]>;
}

interface Onto {
  readonly from: number;
  readonly to: number;
}

/** @param name of the group. Errors: Refusal, Unknown. */
export async function restoreGroup(array: Restorer, name: string, wish: RestoreWish): Promise<RestoreView> {
  const { config } = array;
  const journal = (config.journals ?? []).findIndex((group) => group.name === name);
  if (journal < 0) {
    const names = (config.journals ?? []).map((group) => group.name).join(', ') || 'none';
    throw new Unknown(`array ${config.name} has no journal group ${name}; it has ${names}`);
  }
  const images = Object.entries(wish.onto).map(([from, to]) => checked(config, journal, name, from, to));
  if (images.length === 0)
    throw new Refusal(`group ${config.name}:${name}: "onto" names no volume; it needs one at least`);
  if ((wish.number === undefined) === (wish.time === undefined))
    throw new Refusal(`group ${config.name}:${name}: it needs a number or a time, and not both`);
  const at = wish.number ?? clockOf(config.name, name, wish.time ?? '');
  const how = wish.number === undefined ? IMAGE_PART.IMAGE_AT_TIME : 0;
  let answer: number[] = [];
  for (const [i, { from, to }] of images.entries()) {
    const first = i === 0 ? IMAGE_PART.IMAGE_FIRST : 0;
    const last = i === images.length - 1 ? IMAGE_PART.IMAGE_LAST : 0;
    answer = await array.ask(KIND.IMAGE, from, to, at | 0, Math.floor(at / RANGE), how | first | last);
    if (answer[0] !== RESULT.OK) throw new Refusal(refusal(array, journal, images[i], answer));
  }
  const [, low, high, time_low, time_high] = answer;
  const time_ns = wide(time_low, time_high);
  const nameOf = (volume: number): string => `${config.name}:${config.volumes[volume].name}`;
  return {
    group: name,
    array: config.name,
    number: wide(low, high),
    ...(time_ns !== 0 && { time: dateOf(time_ns).toISOString() }),
    images: images.map(({ from, to }) => ({ volume: nameOf(to), of: nameOf(from) })),
  };
}

/** Hosts may have a volume that got a part of an image. Errors: Refusal. */
export async function releaseVolume(array: Restorer, volume: number): Promise<void> {
  const { config } = array;
  const [result] = await array.ask(KIND.RELEASE, volume);
  if (result === RESULT.OK) return;
  const name = `${config.name}:${config.volumes[volume].name}`;
  if (result === RESULT.WRONG_STATE)
    throw new Refusal(`volume ${name} has no part of an image: there is nothing to release`);
  if (result === RESULT.BUSY) throw new Refusal(`volume ${name}: its image is being made`);
  throw new Refusal(`volume ${name}: array ${config.name} has not booted yet`);
}

/** The image that a volume got last; undefined: none. */
export function imageOf(tables: ArrayTables, volume: number): VolumeImageView | undefined {
  const { config, memory } = tables;
  if (config.journals === undefined) return undefined;
  const of = tables.get('image', 'of', volume);
  if (of === 0) return undefined;
  const source = `${config.name}:${config.volumes[of - 1].name}`;
  if (tables.get('volume', 'state', volume) === VOLUME_STATE.VOLUME_TORN) return { of: source, isWhole: false };
  const time_ns = wideAt(memory.m, tables.at('image', 'time', volume));
  const number = wideAt(memory.m, tables.at('image', 'number', volume));
  return { of: source, isWhole: true, number, ...(time_ns !== 0 && { time: dateOf(time_ns).toISOString() }) };
}

/** Who takes over goes on in a range of numbers of its own: "2:17" is 17 in the second one behind the first. */
export const numberText = (n: number): string => (n < RANGE ? String(n) : `${Math.floor(n / RANGE)}:${n % RANGE}`);

/** What stands in the rig of the two volumes. */
function checked(config: ArrayConfig, journal: number, group: string, from: string, to: string): Onto {
  const { name: array, volumes } = config;
  const indexOf = (name: string): number => volumes.findIndex((volume) => volume.name === name);
  const members = volumes.filter((volume) => volume.journal === journal).map(({ name }) => name);
  if (!members.includes(from))
    throw new Unknown(`group ${array}:${group} has no volume ${from}; it has ${members.join(', ')}`);
  const tracks = volumes[indexOf(from)].tracks;
  const fits = volumes.filter((v) => v.pair === undefined && v.journal === undefined && v.tracks === tracks);
  if (fits.some(({ name }) => name === to)) return { from: indexOf(from), to: indexOf(to) };
  const names = fits.map(({ name }) => name).join(', ') || 'none';
  const right = `a volume without a pair, of the size of ${from}, of which array ${array} has ${names}`;
  throw new Refusal(`group ${array}:${group}: ${from} is to be restored onto ${to}; it must be ${right}`);
}

function clockOf(array: string, group: string, time: string): number {
  const ms = Date.parse(time);
  if (Number.isNaN(ms) || !/^\d{4}-\d\d-\d\dT/.test(time))
    throw new Refusal(
      `group ${array}:${group}: time is "${time}"; it must be an ISO time, for example 2026-11-21T18:39:06.347Z`,
    );
  return Math.max(0, Math.round(LIVE_CLOCK.now_ns() + (ms - Date.now()) * 1_000_000));
}

const wide = (low = 0, high = 0): number => (low >>> 0) + (high >>> 0) * RANGE;

function refusal(array: Restorer, journal: number, { from, to }: Onto, answer: readonly number[]): string {
  const { config, tables } = array;
  const group = `group ${config.name}:${config.journals?.[journal]?.name}`;
  const nameOf = (volume: number): string => config.volumes[volume].name;
  const isTorn = tables.get('volume', 'state', to) === VOLUME_STATE.VOLUME_TORN;
  const torn = isTorn ? `; ${nameOf(to)} holds a part of an image: restore once more, or release the volume` : '';
  const [result, low, high, , , last_low, last_high] = answer;
  switch (result) {
    case RESULT.NOT_KEPT: {
      const moment = (number: number): string => {
        const time_ns = timeOf(tables, journal, number);
        return `${numberText(number)}${time_ns === 0 ? '' : ` of ${dateOf(time_ns).toISOString()}`}`;
      };
      return `${group} can be restored to its entries ${moment(wide(low, high))} to ${moment(wide(last_low, last_high))}; what is older is in ${nameOf(from)} already, what is newer has not come yet`;
    }
    case RESULT.WRONG_STATE: {
      const { role, state } = { role: tables.get('pair', 'role', from), state: tables.get('pair', 'state', from) };
      const what = role === PAIR_ROLE.TARGET ? `is ${stateName(state)}` : 'is not the target of its pair';
      return `${group}: ${nameOf(from)} ${what} here; a target in PAIR can be restored`;
    }
    case RESULT.NO_PLACE:
      return `${group}: ${nameOf(to)} gets the image of another volume`;
    case RESULT.BUSY:
      return `${group}: another restore is under way`;
    case RESULT.ENDED:
      return `${group}: nothing is held back now: it is taken over, suspended or copied, or a journal of it is short of room${torn}`;
    case RESULT.MEDIUM_ERROR:
      return `${group}: ${nameOf(from)} cannot be read here, or ${nameOf(to)} not be written${torn}`;
    default:
      return `array ${config.name} has not booted yet, or its cache is lost (result ${result})${torn}`;
  }
}

/** When an entry was written, in nanoseconds of the machine's clock; 0: that is not known any more. */
function timeOf(tables: ArrayTables, journal: number, number: number): number {
  const { m, layout } = tables.memory;
  const at = layout.base.update + (new Journals(tables.memory).find(journal, number) << UPDATE_SHIFT);
  return wideAt(m, at) === number ? wideAt(m, at + TIME) : 0;
}

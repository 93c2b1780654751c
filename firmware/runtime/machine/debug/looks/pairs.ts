/** Pairs of volumes, as this side has them. */
import { FLAG, PAIR_ROLE, PAIR_STATE } from '../../../../memory/constants.js';
import type { Rig } from '../machines.js';
import { microseconds, wide } from '../show.js';
import { type Looking, volumeName, volumesOf, volumesWanted } from './looking.js';

const OWED = FLAG.M2_WP | FLAG.M2_FP | FLAG.M2_INV;

export const lookAtPairs: Looking = (rig, words, task) => ({
  columns: ['pair', 'state', 'side', 'with', 'epoch', 'recipe', 'session', 'owed tracks', 'heard'],
  rows: volumesWanted(rig, 'pairs', words, task).flatMap((wanted) =>
    volumesOf(rig, wanted)
      .filter((volume) => rig.tables(wanted.array).config.volumes[volume].pair !== undefined)
      .map((volume) => rowOf(rig, wanted.array, volume)),
  ),
});

function rowOf(rig: Rig, array: number, volume: number): string[] {
  const tables = rig.tables(array);
  const pair = (field: string): number => tables.get('pair', field, volume);
  const named = (names: Readonly<Record<string, number>>, n: number): string =>
    Object.keys(names).find((name) => names[name] === n) ?? String(n);
  const recipe = tables.config.recipes[pair('recipe')]?.name ?? String(pair('recipe'));
  const at = tables.at('pair', 'heard', volume);
  const heard = wide(tables.memory.m[at], tables.memory.m[at + 1]);
  return [
    volumeName(rig, array, volume),
    named(PAIR_STATE, pair('state')),
    pair('role') === PAIR_ROLE.NO_ROLE ? '' : named(PAIR_ROLE, pair('role')).toLowerCase(),
    rig.peerName(array, pair('peer')),
    String(pair('epoch')),
    recipe,
    sessionOf(rig, array, volume),
    String(owedOf(rig, array, volume)),
    heard === 0 ? 'never' : microseconds(heard),
  ];
}

function sessionOf(rig: Rig, array: number, volume: number): string {
  const session = (field: string): number => rig.tables(array).get('session', field, volume);
  const said = [
    session('open') !== 0 && 'open',
    session('taking') !== 0 && `takes epoch ${session('taking')}`,
    session('agreed') !== 0 && 'agreed',
    session('offering') !== 0 && 'an offer runs',
    session('again') !== 0 && 'to be offered again',
    session('foreign') !== 0 && 'refused as foreign',
    session('busy') !== 0 && 'an operator waits',
  ];
  return said.filter((one) => one !== false).join(', ') || 'none';
}

/** Counted from the flags: counts are volatile, and zero until the array has booted. */
function owedOf(rig: Rig, array: number, volume: number): number {
  const { first, tracks } = rig.tracksOf(array, volume);
  const flags = rig.column(array, 'track', 'flags');
  let owed = 0;
  for (let t = first; t < first + tracks; t++) if ((flags(t) & OWED) !== 0) owed++;
  return owed;
}

/** Tracks that bear a flag of what is pending or invalid, as ranges. */
import { FLAG } from '../../../../memory/constants.js';
import type { Rig } from '../machines.js';
import { bitNames } from '../show.js';
import { type Looking, volumeName, volumesOf, volumesWanted } from './looking.js';

const OF_COPIES = FLAG.M1_WP | FLAG.M2_WP | FLAG.M1_FP | FLAG.M2_FP | FLAG.M1_INV | FLAG.M2_INV;

export const lookAtFlags: Looking = (rig, words, task) => ({
  columns: ['volume', 'tracks', 'how many', 'flags'],
  rows: volumesWanted(rig, 'flags', words, task).flatMap((wanted) =>
    volumesOf(rig, wanted).flatMap((volume) => rangesOf(rig, wanted.array, volume)),
  ),
});

function rangesOf(rig: Rig, array: number, volume: number): string[][] {
  const { first, tracks } = rig.tracksOf(array, volume);
  const column = rig.column(array, 'track', 'flags');
  const flagsOf = (track: number): number => column(first + track) & OF_COPIES;
  const rows: string[][] = [];
  for (let from = 0, to = 1; from < tracks; from = to++) {
    const flags = flagsOf(from);
    while (to < tracks && flagsOf(to) === flags) to++;
    if (flags === 0) continue;
    const range = to - from === 1 ? `${from}` : `${from}-${to - 1}`;
    rows.push([volumeName(rig, array, volume), range, String(to - from), bitNames(FLAG, flags)]);
  }
  return rows;
}

/** All that is known of one track. */
import { TRACKS_PER_CYLINDER } from '../../../../memory/constants.js';
import { cylinderRecord } from '../../../../units/tracks.js';
import { listed, type Rig } from '../machines.js';
import { fieldMeaning } from '../meanings.js';
import { showWords } from '../show.js';
import type { TaskRef } from '../target.js';
import { taskNames, tasksIn } from '../tasks.js';
import { evaluate } from '../values.js';
import type { Looking } from './looking.js';
import { sectorsIn } from './slots.js';

export const lookAtTrack: Looking = (rig, words, task) => {
  const { array, volume, track } = trackNamed(rig, words, task);
  const { tables } = rig.arrays[array];
  const { first } = rig.tracksOf(array, volume);
  const record = first + track;
  const field = (table: 'track' | 'lock' | 'cylinder' | 'heat', name: string, of: number, words = 1): string => {
    const at = tables.at(table, name, of);
    return showWords(rig, array, fieldMeaning(table, name, words), [...tables.memory.m.subarray(at, at + words)]);
  };
  const holder = tables.get('lock', 'holder', record);
  const waiting = tables.get('lock', 'waiting', record);
  const { sectorsPerTrack } = tables.config.dims;
  const cylinder = cylinderRecord(first, volume, track);
  const number = Math.floor(track / TRACKS_PER_CYLINDER);
  const rows: [string, string][] = [
    ['track', `${rig.trackName(array, record)} (record ${record})`],
    ['flags', field('track', 'flags', record)],
    ['generation', field('track', 'gen', record, 2)],
    ['last operation, s', field('track', 'time', record)],
    ['lock', taskNames(rig, tasksIn(rig, array, 'lock', holder).slice(0, 1)) || 'nobody'],
    ['wait for the lock', (holder !== 0 && taskNames(rig, tasksIn(rig, array, 'lock', waiting))) || 'nobody'],
    ['sends not acknowledged', field('lock', 'unacked', record)],
    ['acknowledged last', field('lock', 'acked', record, 2)],
    ['slot', slotOf(rig, array, volume, track)],
    ['sectors of the volume', `${track * sectorsPerTrack} to ${(track + 1) * sectorsPerTrack - 1}`],
    ['cylinder', `${number} (record ${cylinder})`],
    ['flags of the cylinder', countsOf(rig, array, cylinder)],
  ];
  if (tables.get('list', 'lba', volume) !== 0) {
    const at = tables.get('list', 'heat', volume) + cylinder;
    rows.push(['cylinder in the list on the drive', field('heat', 'hot', at)]);
  }
  return { columns: ['what', 'is'], rows };
};

/** `A:data0:17`; `data0:17` of the task's array. Numbers may be expressions. */
function trackNamed(
  rig: Rig,
  words: readonly string[],
  task: TaskRef | undefined,
): { array: number; volume: number; track: number } {
  const [text = ''] = words;
  const found = /^((?:[\w-]+:)?[\w-]+):(\d+|[^:]+)$/.exec(text);
  if (words.length !== 1 || !found || rig.arrayNumber(found[1]) >= 0)
    throw new RangeError(
      `${['track', ...words].join(' ')}: it is "track ARRAY:VOLUME:TRACK", for example track ${exampleOf(rig)}`,
    );
  const { array, volume } = rig.volumeNamed(found[1], task);
  const { tracks } = rig.tracksOf(array, volume);
  const track = evaluate(rig, found[2], task).number ?? -1;
  if (track < 0 || track >= tracks)
    throw new RangeError(`there is no track ${track} of ${found[1]}; it has 0 to ${tracks - 1}`);
  return { array, volume, track };
}

const exampleOf = (rig: Rig): string => {
  const [array] = rig.arrays;
  return array ? `${array.name}:${array.tables.config.volumes[0]?.name}:0` : 'A:data0:0';
};

function slotOf(rig: Rig, array: number, volume: number, track: number): string {
  const { tables } = rig.arrays[array];
  for (let slot = 0; slot < tables.memory.layout.records.slot; slot++) {
    if (tables.get('slot', 'volume', slot) !== volume + 1 || tables.get('slot', 'track', slot) !== track) continue;
    // One that was moved away from is an orphan until nobody pins it.
    if (tables.get('entry', 'orphan', slot) !== 0) continue;
    const [valid, dirty] = [sectorsIn(tables, 'valid', slot), sectorsIn(tables, 'dirty', slot)];
    return `${slot}: ${valid} sectors held, ${dirty} dirty, ${tables.get('entry', 'pins', slot)} pins`;
  }
  return 'not in cache';
}

function countsOf(rig: Rig, array: number, cylinder: number): string {
  const { tables } = rig.arrays[array];
  const names = ['m1_wp', 'm2_wp', 'm1_fp', 'm2_fp', 'm1_inv', 'm2_inv', 'written', 'fba_4096'];
  const counts = names.map((name) => [name.toUpperCase(), tables.get('cylinder', name, cylinder)] as const);
  return listed(counts.filter(([, n]) => n !== 0).map(([name, n]) => `${n} ${name}`));
}

/** Cache slots that hold a track, or that somebody uses. */
import { GRANT } from '../../../../memory/constants.js';
import { fieldOffset } from '../../../../memory/tables.js';
import type { ArrayTables } from '../../tables.js';
import type { Rig } from '../machines.js';
import { fieldMeaning } from '../meanings.js';
import { showWords } from '../show.js';
import { taskNames, tasksIn } from '../tasks.js';
import { type Looking, volumesWanted } from './looking.js';

const MASK_WORDS = fieldOffset('slot', 'dirty') - fieldOffset('slot', 'valid');

export const lookAtSlots: Looking = (rig, words, task) => {
  const rows = volumesWanted(rig, 'slots', words, task).flatMap(({ array, volume }) => {
    const tables = rig.tables(array);
    const all = Array.from({ length: tables.memory.layout.records.slot }, (_, slot) => slot);
    return all
      .filter((slot) =>
        volume === undefined ? isUsed(tables, slot) : tables.get('slot', 'volume', slot) === volume + 1,
      )
      .map((slot) => rowOf(rig, array, slot));
  });
  return {
    columns: [
      'slot',
      'pool',
      'track',
      'generation',
      'held',
      'dirty',
      'pins',
      'granted',
      'credits',
      'is',
      'wait for it',
    ],
    rows,
  };
};

function isUsed(tables: ArrayTables, slot: number): boolean {
  return (
    tables.get('slot', 'volume', slot) !== 0 ||
    (['pins', 'granted', 'credits', 'waiting', 'queued'] as const).some(
      (field) => tables.get('entry', field, slot) !== 0,
    )
  );
}

/** Sectors of which a mask of a slot has the bit. */
export function sectorsIn(tables: ArrayTables, mask: 'valid' | 'dirty', slot: number): number {
  let sectors = 0;
  const at = tables.at('slot', mask, slot);
  for (let i = at; i < at + MASK_WORDS; i++)
    for (let word = tables.memory.m[i]; word !== 0; word &= word - 1) sectors++;
  return sectors;
}

function rowOf(rig: Rig, array: number, slot: number): string[] {
  const tables = rig.tables(array);
  const entry = (field: string): number => tables.get('entry', field, slot);
  const gen = tables.at('slot', 'gen', slot);
  const volume = tables.get('slot', 'volume', slot) - 1;
  const { first } = rig.tracksOf(array, volume);
  const track = volume < 0 ? '' : rig.trackName(array, first + tables.get('slot', 'track', slot));
  const said = [
    entry('orphan') !== 0 && 'orphan',
    entry('queued') !== 0 && 'to be destaged',
    entry('held') !== 0 && 'its drive did not take it',
    tables.get('slot', 'spoiled', slot) !== 0 && 'spoiled',
  ];
  const granted = Object.entries(GRANT).find(([, n]) => n === entry('granted'))?.[0] ?? '';
  const { m } = tables.memory;
  return [
    `${rig.arrays[array].name} ${slot}`,
    slot < tables.config.dims.hostSlots ? 'host' : 'remote',
    track,
    showWords(rig, array, fieldMeaning('slot', 'gen', 2), [m[gen], m[gen + 1]]),
    String(sectorsIn(tables, 'valid', slot)),
    String(sectorsIn(tables, 'dirty', slot)),
    String(entry('pins')),
    granted,
    String(entry('credits')),
    said.filter((one) => one !== false).join(', '),
    taskNames(rig, tasksIn(rig, array, 'entry', entry('waiting'))),
  ];
}

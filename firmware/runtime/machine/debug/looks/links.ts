/** Links to other arrays that have a wire, and trunks where tasks wait. */
import { LINKS_MAX } from '../../../../memory/constants.js';
import type { Rig } from '../machines.js';
import { taskNames, tasksIn } from '../tasks.js';
import { arraysWanted, type Looking, yes } from './looking.js';

export const lookAtLinks: Looking = (rig, words) => ({
  columns: ['link', 'wire', 'greeted', 'heard', 'up', 'credits', 'reserved', 'wait for a credit'],
  rows: arraysWanted(rig, 'links', words).flatMap((array) => {
    const { layout } = rig.tables(array).memory;
    const all = Array.from({ length: layout.records.link }, (_, link) => link);
    return all.filter((link) => isKnown(rig, array, link)).map((link) => rowOf(rig, array, link));
  }),
});

/** It has a wire, or stands for its trunk whose tasks wait. */
function isKnown(rig: Rig, array: number, link: number): boolean {
  const tables = rig.tables(array);
  const trunk = Math.floor(link / LINKS_MAX);
  const { trunks = [0] } = tables.config;
  return trunk < trunks.length && (tables.get('link', 'wire', link) !== 0 || link % LINKS_MAX === 0);
}

function rowOf(rig: Rig, array: number, link: number): string[] {
  const tables = rig.tables(array);
  const trunk = Math.floor(link / LINKS_MAX);
  const number = link % LINKS_MAX;
  const other = rig.otherArray(array, trunk);
  const get = (field: string): number => tables.get('link', field, link);
  const waiting = number === 0 ? tasksIn(rig, array, 'trunk', tables.get('trunk', 'waiting', trunk)) : [];
  return [
    `${rig.arrays[array].name}-${rig.arrays[other]?.name ?? `trunk ${trunk}`}:${number}`,
    get('wire') === 0 ? 'none' : String(get('wire') >>> 0),
    yes(get('greeted')),
    yes(get('heard')),
    yes(get('up')),
    String(get('credits')),
    String(get('reserved')),
    taskNames(rig, waiting),
  ];
}

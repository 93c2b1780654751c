/** Journal groups: their numbers, and how full they are. */
import type { TableName } from '../../../../memory/tables.js';
import type { Rig } from '../machines.js';
import { wide } from '../show.js';
import { taskNames, tasksIn } from '../tasks.js';
import { arraysWanted, type Looking } from './looking.js';

const QUEUES = ['room', 'turn', 'drained', 'buffer'] as const;

export const lookAtGroups: Looking = (rig, words) => ({
  columns: [
    'group',
    'newest',
    'sent',
    'restored',
    'gone',
    'asked',
    'entries',
    'data, sectors',
    'in memory',
    'runs',
    'wait',
  ],
  rows: arraysWanted(rig, 'groups', words).flatMap((array) =>
    (rig.tables(array).config.journals ?? []).map((_, group) => rowOf(rig, array, group)),
  ),
});

function rowOf(rig: Rig, array: number, group: number): string[] {
  const tables = rig.tables(array);
  const { config, memory } = tables;
  const number = (table: TableName, field: string): number => {
    const at = tables.at(table, field, group);
    return wide(memory.m[at], memory.m[at + 1]);
  };
  const { records = 0, windowSectors = 0 } = config.dims.journals?.[group] ?? {};
  const { name = '', volumes = [] } = config.journals?.[group] ?? {};
  const room = volumes.reduce((sum, { dataSectors }) => sum + dataSectors, 0);
  const [last, freed] = [number('journal', 'last'), number('journal', 'freed')];
  const [tail, head, spilled] = [number('journal', 'tail'), number('journal', 'head'), number('journal', 'spilled')];
  return [
    `${rig.arrays[array].name}:${name}`,
    String(last),
    String(number('journaling', 'sent')),
    String(number('journal', 'restored')),
    String(freed),
    String(number('journaling', 'asked')),
    `${last - freed} of ${records}`,
    `${tail - head} of ${room}`,
    `${tail - Math.max(spilled, head)} of ${windowSectors}`,
    runsIn(rig, array, group),
    QUEUES.flatMap((queue) => {
      const tasks = tasksIn(rig, array, 'journaling', tables.get('journaling', queue, group));
      return tasks.length > 0 ? [`${queue}: ${taskNames(rig, tasks)}`] : [];
    }).join('; '),
  ];
}

function runsIn(rig: Rig, array: number, group: number): string {
  const get = (field: string): number => rig.tables(array).get('journaling', field, group);
  const said = [
    get('pulling') !== 0 && `${get('pulling')} pulls`,
    get('restoring') !== 0 && `${get('restoring')} restorers`,
    get('spilling') !== 0 && 'spills',
    get('dropping') !== 0 && 'drops',
    get('yielding') !== 0 && 'yields',
    get('closing') !== 0 && 'closes',
    get('handing') !== 0 && 'hands on',
    get('making') !== 0 && 'makes an image',
    get('holding') !== 0 && 'holds back',
    get('broken') !== 0 && 'its volume lost entries',
  ];
  return said.filter((one) => one !== false).join(', ');
}

/** How the last word of what a user writes may go on. */

import { T_PC } from '../../../engine/tasks.js';
import { CONSTANTS } from '../../../memory/constants.js';
import { TABLE_NAMES, tableByName } from '../../../memory/tables.js';
import { KINDS, ROLES } from '../../../ports/messages.js';
import { Code } from './code.js';
import { COPIES, COUNTS } from './expressions/names.js';
import type { Rig } from './machines.js';
import type { TaskRef } from './target.js';

/** More than anybody reads. */
const MOST = 200;
const CALLS = ['u64(', 'ring(', 'backlog('];

/** Whole words that begin as the last one does, in order. */
export function complete(rig: Rig, text: string, task: TaskRef | undefined): string[] {
  const word = /[\w#./:-]*$/.exec(text)?.[0] ?? '';
  const all = new Set([...placesIn(rig, word), ...namesIn(rig, word, task)]);
  return [...all]
    .filter((name) => name.startsWith(word) && name !== word)
    .sort()
    .slice(0, MOST);
}

/** `write.uc:merged`: labels of a file. */
function placesIn(rig: Rig, word: string): string[] {
  const codes = new Set(rig.arrays.flatMap(({ images }) => Object.values(images).map((image) => Code.of(image))));
  const [file = '', label] = word.split(':');
  if (label === undefined)
    return [...codes].flatMap(({ image }) => [...filesOf(image.files), ...image.labels.map(({ name }) => name)]);
  if (!file.endsWith('.uc')) return [];
  return [...codes].flatMap((code) =>
    code.image.labels
      .filter(({ at }) => code.fileOf(at) === file || code.fileOf(at).endsWith(`/${file}`))
      .map(({ name }) => `${file}:${name}`),
  );
}

/** With each folder and without. */
const filesOf = (files: readonly string[]): string[] =>
  files.flatMap((file) => {
    const parts = file.split('/');
    return parts.map((_, n) => parts.slice(n).join('/'));
  });

function namesIn(rig: Rig, word: string, task: TaskRef | undefined): string[] {
  const [, prefix = '', table] = /^((?:[\w-]+:)*)(\w+)\./.exec(word) ?? [];
  if (table !== undefined)
    return [...(tableByName(table)?.fields.keys() ?? [])].map((field) => `${prefix}${table}.${field}`);
  const arrays = rig.arrays.flatMap(({ name, tables: { config } }) => [
    `${name}:`,
    ...config.volumes.map((volume) => `${name}:${volume.name}`),
    ...(config.journals ?? []).map((group) => `${name}:${group.name}`),
    ...TABLE_NAMES.map((one) => `${name}:${one}.`),
  ]);
  if (word.includes(':')) return arrays;
  const constants = [...Object.keys(CONSTANTS), ...Object.keys(COPIES)];
  const here = task ? rig.namesAt(task.array, task.role, rig.word(task, T_PC)).map(({ name }) => name) : [];
  return [
    ...arrays,
    ...here,
    ...rig.arrays.flatMap(({ tables: { config } }) => config.volumes.map(({ name }) => name)),
    ...TABLE_NAMES.map((name) => `${name}.`),
    ...(word.startsWith('#') ? constants.map((name) => `#${name}`) : constants),
    ...KINDS.slice(1).map(({ name }) => name),
    ...COUNTS,
    ...ROLES,
    ...CALLS,
  ];
}

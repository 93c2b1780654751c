/** Messages that wait: in the rings between roles, and in the backlogs of roles whose tasks are all taken. */
import { Ring } from 'sharedarraybuffer-ring';
import type { RingPlace } from '../../../../memory/layout.js';
import {
  D_HEAD,
  D_PAYLOAD,
  DESCRIPTOR_WORDS,
  KINDS,
  MICROCODED_ROLES,
  ROLES,
  TASK_CLASSES,
} from '../../../../ports/messages.js';
import type { Rig } from '../machines.js';
import { messageMeaning } from '../meanings.js';
import { showWords } from '../show.js';
import { arraysWanted, type Looking } from './looking.js';

/** Those that hold something; with the word `all`, all. */
export const lookAtRings: Looking = (rig, words) => {
  const isAll = words.includes('all');
  const arrays = arraysWanted(
    rig,
    'rings',
    words.filter((word) => word !== 'all'),
  );
  const rows = arrays.flatMap((array) => {
    const { layout } = rig.tables(array).memory;
    const rings = layout.rings.map((place) => rowOf(rig, array, place, `${ROLES[place.from]}->${ROLES[place.to]}`));
    const backlogs = layout.backlogs.map((place, n) => {
      const role = MICROCODED_ROLES[Math.floor(n / TASK_CLASSES.length)];
      return rowOf(rig, array, place, `${role} backlog ${TASK_CLASSES[n % TASK_CLASSES.length]}`);
    });
    return [...rings, ...backlogs].filter(([, items]) => isAll || items !== '0');
  });
  return { columns: ['ring', 'messages', 'room for', 'the oldest'], rows };
};

function rowOf(rig: Rig, array: number, place: RingPlace, name: string): string[] {
  const { m } = rig.tables(array).memory;
  const { waits, unpublished } = itemsOf(rig, array, place);
  const ring = new Ring(m, place.base, place.capacity, DESCRIPTOR_WORDS);
  const oldest = waits + unpublished === 0 ? '' : messageText(rig, array, m, ring.at(0));
  const items = unpublished === 0 ? String(waits) : `${waits}, ${unpublished} to come`;
  return [`${rig.arrays[array].name}:${name}`, items, String(place.capacity), oldest];
}

/** Messages that wait for a role in its rings, where it can see them. */
export function waitingFor(rig: Rig, array: number, role: number): number {
  const rings = rig.tables(array).memory.layout.rings.filter(({ to }) => to === role);
  return rings.reduce((sum, place) => sum + itemsOf(rig, array, place).waits, 0);
}

/** What its receiver sees, and what another director has pushed and not shown it yet: it does so at the end of its turn. */
function itemsOf(rig: Rig, array: number, place: RingPlace): { readonly waits: number; readonly unpublished: number } {
  const { base, capacity, from, to } = place;
  const tables = rig.tables(array);
  const ring = new Ring(tables.memory.m, base, capacity, DESCRIPTOR_WORDS);
  const within = (items: number): number => Math.min(Math.max(items, 0), capacity);
  const all = within(ring.availableLocal());
  const isFar = from !== to && tables.get('node', 'director', from) !== tables.get('node', 'director', to);
  const waits = isFar ? Math.min(within(ring.available()), all) : all;
  return { waits, unpublished: all - waits };
}

/** `GET volume=data0 track=5 …`: a message by its fields. */
export function messageText(rig: Rig, array: number, m: Int32Array, at: number): string {
  const kind = KINDS[m[at + D_HEAD] & 255];
  if (kind === undefined) return `kind ${m[at + D_HEAD] & 255}`;
  const fields = kind.fields.map(
    (field, i) => `${field}=${showWords(rig, array, messageMeaning(kind.name, field), [m[at + D_PAYLOAD + i]])}`,
  );
  return [kind.name, ...fields].join(' ');
}

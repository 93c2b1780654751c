/** What a path must have given back when it is done. */

import { Ring } from 'sharedarraybuffer-ring';
import type { Node } from '../../firmware/engine/node.js';
import { FREE } from '../../firmware/engine/tasks.js';
import { DESCRIPTOR_WORDS } from '../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';

/** What may be left: slots that are pinned (each as often as it is named) or granted for the asker. */
export interface Leaves {
  readonly pinned?: readonly number[];
  readonly granted?: readonly number[];
}

/** Each line names one thing that is left and should not be, or is not left and should. */
export function leftOver(machine: ArrayMachine, node: Node, leaves: Leaves): string[] {
  const { layout, m } = machine.memory;
  const left: string[] = [];
  const base = node.role * layout.tasksOfRole;
  for (let n = 0; n < layout.tasksOfRole; n++) {
    if (machine.get('task', 'state', base + n) !== FREE) left.push(`task ${n + 1} has not ended`);
  }
  for (const b of layout.backlogs) {
    const waiting = new Ring(m, b.base, b.capacity, DESCRIPTOR_WORDS).availableLocal();
    if (waiting > 0) left.push(`${waiting} request(s) wait for a task`);
  }
  for (let t = 0; t < layout.records.lock; t++) {
    if (machine.get('lock', 'holder', t) !== 0) left.push(`track ${t} is locked`);
    const unacked = machine.get('lock', 'unacked', t);
    if (unacked !== 0) left.push(`track ${t} counts ${unacked} unacknowledged send(s)`);
  }
  for (let s = 0; s < layout.records.entry; s++) {
    const pins = machine.get('entry', 'pins', s);
    const wanted = leaves.pinned?.filter((p) => p === s).length ?? 0;
    if (pins !== wanted) left.push(`slot ${s} has ${pins} pin(s), not ${wanted}`);
    const granted = machine.get('entry', 'granted', s) !== 0;
    if (granted !== (leaves.granted?.includes(s) ?? false)) left.push(`slot ${s} is ${granted ? '' : 'not '}granted`);
  }
  if (node.timers.due_ns !== Number.POSITIVE_INFINITY) left.push('a timer runs');
  return left;
}

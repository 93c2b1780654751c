/** Arrays for a debugger's tests: two of them beside each other, with a write of a host under way in A. */
import { roleNumber } from '../../../../../firmware/ports/messages.js';
import { Inspector, type Machines } from '../../../../../firmware/runtime/machine/debug/inspector.js';
import type { TaskRef } from '../../../../../firmware/runtime/machine/debug/target.js';
import { imagesWith } from '../../../../harness/images.js';
import { type Path, span } from '../../../../harness/path.js';
import { source } from '../../../../microcode/fixtures.js';

const VOLUMES = { volumes: [{ tracks: 20, pair: 'source', peer: 7 }, { tracks: 20 }] } as const;

export interface Desk {
  readonly a: Path;
  readonly b: Path;
  readonly inspector: Inspector;
  readonly task: TaskRef;
  readonly counts: Record<string, number>;
  current: TaskRef | undefined;
}

/** Array A in epoch 3, array B beside it; both have volumes v0 and v1 of 20 tracks. @param microcode in place of data's own */
export function desk(microcode?: string): Desk {
  const options = { ...VOLUMES, ...(microcode !== undefined && { source: microcode }) };
  const [a, b] = [source('PAIR', options), source('PSUE', options)];
  const images = imagesWith('data', microcode);
  const task = { array: 0, role: roleNumber('data'), task: 1 };
  const counts: Record<string, number> = { operations: 0, step: 0, hits: 0 };
  const made = { a, b, task, counts, current: undefined as TaskRef | undefined };
  const machines: Machines = {
    arrays: [
      { name: 'A', tables: a.machine, images },
      { name: 'B-2', tables: b.machine, images },
    ],
    now_ns: () => a.time_ns,
    get current() {
      return made.current;
    },
    count: (name) => counts[name],
  };
  return Object.assign(made, { inspector: new Inspector(machines) });
}

/** A write of two sectors of track 5 of v1 in A, which is stopped after so many micro-operations; its task is task 4 of data. */
export function writing(ops: number): Desk {
  const d = desk();
  d.a.receive('WRITE', { volume: 1, track: 5, span: span(1, 2), at: d.a.transferAt }, { ops });
  return Object.assign(d, { task: { ...d.task, task: 4 } });
}

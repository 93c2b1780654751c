/**
 * Traces and dumps of arrays that serve hosts. The other directors go on while a dump is written: their tables are as they
 * were at one moment, taken at once; slots and transfer buffers as they were when their turn came.
 */
import { join } from 'node:path';
import { N_DEAD, NODE_SHIFT, T_SELF, TASK_SHIFT } from '../../engine/tasks.js';
import { SECTOR_BYTES } from '../../memory/constants.js';
import { readTime } from '../../memory/time.js';
import { R_TIME, RECORD_WORDS } from '../../memory/trace-ring.js';
import { MICROCODED_ROLES } from '../../ports/messages.js';
import type { ArrayRemains } from '../../runtime/live/system.js';
import { type DumpCause, type DumpPlace, dumpChunks } from './dump-file.js';
import { encodeFile, writeChunksLater } from './files.js';
import { numberImages, type TraceHead, traceChunks, tracedArray } from './trace-file.js';

const headOf = (rig: string, { config, traces }: ArrayRemains): TraceHead => ({
  rig,
  clock: 'machine',
  isOrdered: false,
  arrays: [tracedArray(config)],
  rings: traces.map(({ director }) => ({ array: 0, director })),
});

/** A trace as the bytes of a file. */
export function liveTrace(rig: string, remains: ArrayRemains): Buffer {
  const { images, byRole } = numberImages([remains.images, ...remains.former]);
  const records = remains.traces.map((trace) => trace.records);
  const tail = { images: byRole.slice(0, 1), written: records.map(({ written }) => written) };
  return encodeFile(
    'trace',
    traceChunks(
      headOf(rig, remains),
      images,
      records.map(({ words }) => words),
      tail,
    ),
  );
}

/**
 * Writes a dump into a folder, while others have their turn; its path. @param reason what a director died of.
 * Errors: Error that names the file.
 */
export async function writeLiveDump(
  folder: string,
  rig: string,
  remains: ArrayRemains,
  reason: string,
  now: Date,
): Promise<string> {
  const { config, images, former, tables, traces } = remains;
  const { memory } = tables;
  const path = join(folder, `${config.name}-${now.toISOString().replaceAll(':', '-')}.aldump`);
  const first = memory.bytes.slice(0, memory.layout.slotsAt * SECTOR_BYTES);
  const where = placeOf(remains, reason);
  const cause: DumpCause = {
    what: where ? 'fault' : 'check',
    text: `array ${config.name}: ${reason}`,
    time_ns: lastOf(remains),
    ...(where && { where }),
  };
  const rings = traces.map(({ records }) => records);
  const array = { config, images, memory: memory.bytes, first };
  const source = { head: headOf(rig, remains), cause, arrays: [array], otherImages: former, rings };
  await writeChunksLater(path, 'dump', dumpChunks(source));
  return path;
}

/** Of a microcode fault: which role stopped at which instruction stands in the tables, which task in the reason. */
function placeOf({ tables: { memory } }: ArrayRemains, reason: string): DumpPlace | undefined {
  const [, name = '', number = ''] = /^microcode fault .* \((\w+), task (\d+)\)$/s.exec(reason) ?? [];
  const role = MICROCODED_ROLES.indexOf(name as (typeof MICROCODED_ROLES)[number]);
  if (role < 0) return undefined;
  const { m, layout } = memory;
  const task = layout.base.task + ((role * layout.tasksOfRole + Number(number) - 1) << TASK_SHIFT);
  const pc = (m[layout.base.node + (role << NODE_SHIFT) + N_DEAD] as number) - 1;
  return { array: 0, role: MICROCODED_ROLES[role], task: m[task + T_SELF] as number, pc };
}

/** Time of the newest record; 0: there is none. */
const lastOf = ({ traces }: ArrayRemains): number =>
  traces.reduce((last, { records: { words } }) => {
    const at = words.length - RECORD_WORDS;
    return at < 0 ? last : Math.max(last, readTime(words, at + R_TIME));
  }, 0);

/** Trace rings of an array's directors. They are made once and outlive power losses, and the threads that write them. */
import { Recorder, TRACE_MARK } from '../../engine/recorder.js';
import { makeTraceRing, readTraceRing, type TraceRecords, TraceRing, writtenOf } from '../../memory/trace-ring.js';
import { MICROCODED_ROLES } from '../../ports/messages.js';
import { DIRECTORS, type DirectorName } from '../machine/director-names.js';

/** Of each director: what all five of an array hold fits an answer of the HTTP interface. */
export const LIVE_RECORDS = 32_768;

export interface DirectorTrace {
  readonly director: DirectorName;
  readonly records: TraceRecords;
}

export class DirectorTraces {
  /** By director. */
  readonly buffers: readonly SharedArrayBuffer[] = DIRECTORS.map(() => makeTraceRing(LIVE_RECORDS));

  /** What they hold now, of those that ever ran. */
  read(): DirectorTrace[] {
    return DIRECTORS.flatMap((director, number) => {
      const words = new Int32Array(this.buffers[number]);
      return writtenOf(words) === 0 ? [] : [{ director, records: readTraceRing(words) }];
    });
  }
}

/** On the thread of a director: for all roles that it runs. */
export function recorderOf(buffer: SharedArrayBuffer): Recorder {
  const ring = new TraceRing(buffer);
  return new Recorder(MICROCODED_ROLES.map(() => ring));
}

/** It begins to run, with nothing under way. */
export const begins = (recorder: Recorder): void => recorder.mark(TRACE_MARK.STARTS);

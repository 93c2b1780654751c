/** A trace from a file, of whichever format it is: its first line tells. */
import { basename } from 'node:path';
import type { Trace } from '../../runtime/simulated/workload/trace.js';
import { disksimReader } from './disksim.js';
import { IOLOG_HEAD, IologReader } from './iolog.js';
import { eachLine, TraceError } from './lines.js';
import { Requests } from './requests.js';

export interface TraceFile {
  readonly trace: Trace;
  /** Of all its bytes: two files with the same one are the same. */
  readonly digest: string;
}

/** Errors: TraceError that names the file, the line, and what would be right. */
export function readTrace(path: string): TraceFile {
  const requests = new Requests(path);
  let take: ((text: string, line: number) => void) | undefined;
  const digest = eachLine(path, (text, line) => {
    if (take) {
      take(text, line);
      return;
    }
    const [, version] = IOLOG_HEAD.exec(text.trim()) ?? [];
    if (version === undefined) {
      take = disksimReader(path, requests);
      take(text, line);
    } else {
      const reader = new IologReader(path, version, requests);
      take = (t, l) => reader.take(t, l);
    }
  });
  const trace = requests.trace(basename(path));
  if (trace.length === 0) throw new TraceError(`${path}: there is no request in it`);
  return { trace, digest };
}

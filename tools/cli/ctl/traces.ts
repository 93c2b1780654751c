/** What `ctl` fetches of the traces that directors leave. */
import { decodeTrace } from '../../../firmware/service/dump/trace-file.js';
import type { TraceView } from '../../../firmware/service/http/views.js';
import { writeBytesWhole } from '../../regress/files.js';
import { ACT_MS, ARRAY, hasArray, type Outcome, outcome, type Subcommand, targetOf } from './asking.js';
import { ask, Refused, type Target } from './processes.js';

async function fetchTrace(targets: readonly Target[], array: string, to: string): Promise<Outcome> {
  const path = `/v1/arrays/${encodeURIComponent(array)}/trace`;
  const view = await ask<TraceView>(targetOf(targets, array), { method: 'GET', path, timeout_ms: ACT_MS });
  const bytes = Buffer.from(view.trace, 'base64');
  try {
    const { rings } = decodeTrace(to, bytes);
    const records = rings.map(({ director, records: words }) => `${director} ${words.byteLength / 64}`);
    writeBytesWhole(to, bytes);
    return outcome({ array, file: to, bytes: bytes.length }, `${to}: records of ${records.join(', ')}\n`);
  } catch (error) {
    throw new Refused((error as Error).message);
  }
}

export const TRACES: readonly Subcommand[] = [
  {
    words: ['trace'],
    help: 'what its directors did last into a file, if serve has --trace',
    argument: ARRAY,
    takes: { out: { pattern: /./s, right: 'a path to a file' } },
    knows: hasArray,
    run: (targets, array, _force, _value, _port, own) => fetchTrace(targets, array, own?.out ?? `${array}.altrace`),
  },
];

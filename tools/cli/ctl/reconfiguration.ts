/** What `ctl` can be told of directors and microcode. */
import { readFileSync, statSync } from 'node:fs';
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import type { ArrayView, MicrocodeView } from '../../../firmware/runtime/live/system.js';
import { arrayOf, DIRECTOR_NAME } from '../../../firmware/service/http/names.js';
import type { StatusView } from '../../../firmware/service/http/views.js';
import { ACT_MS, ARRAY, askAll, hasArray, outcome, type Subcommand, targetOf } from './asking.js';
import { mergeStatus } from './merge.js';
import { ask, Refused } from './processes.js';
import { directorsText, microcodeText } from './text.js';

/** The interface takes no more. */
const IMAGE_BYTES_MAX = 1024 * 1024;

/** Errors: Refused. */
export function readImage(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > IMAGE_BYTES_MAX) throw new Error(`it has ${size} bytes; an image has at most ${IMAGE_BYTES_MAX}`);
    return readFileSync(file);
  } catch (error) {
    throw new Refused(`${file}: ${(error as Error).message}`);
  }
}

export const RECONFIGURATION: readonly Subcommand[] = [
  {
    words: ['directors'],
    help: 'directors of the arrays: thread, roles, ports, micro-operations',
    run: async (targets) => {
      const { views, notes } = await askAll<StatusView>(targets, '/v1/status');
      const { arrays } = mergeStatus(views);
      return outcome(
        arrays.map(({ name, directors }) => ({ array: name, directors })),
        directorsText(arrays),
        notes,
      );
    },
  },
  {
    words: ['director', 'role'],
    help: 'let a role go on at this director, while hosts work; its port stays where it is',
    argument: { name: 'ARRAY:DIRECTOR', form: DIRECTOR_NAME },
    value: { name: 'ROLE', form: { pattern: /./, right: `a role: ${MICROCODED_ROLES.join(', ')}` } },
    knows: (record, director) => hasArray(record, arrayOf(director)),
    run: async (targets, director, _force, role) => {
      const path = `/v1/directors/${encodeURIComponent(director)}/role`;
      const target = targetOf(targets, arrayOf(director));
      const view = await ask<ArrayView>(target, { method: 'POST', path, body: { role }, timeout_ms: ACT_MS });
      return outcome(view, directorsText([view]));
    },
  },
  {
    words: ['microcode', 'load'],
    help: 'let the role of an image go on with it, while hosts work; a bad one is refused',
    argument: ARRAY,
    value: { name: 'FILE', form: { pattern: /./, right: 'the path of an image' } },
    knows: hasArray,
    run: async (targets, name, _force, file) => {
      const path = `/v1/arrays/${encodeURIComponent(name)}/microcode`;
      const body = { file, image: readImage(file).toString('base64') };
      const view = await ask<MicrocodeView>(targetOf(targets, name), {
        method: 'POST',
        path,
        body,
        timeout_ms: ACT_MS,
      });
      return outcome(view, microcodeText([view]));
    },
  },
  {
    words: ['microcode'],
    help: 'what the roles of the arrays run: version and CRC of each image',
    run: async (targets) => {
      const { views, notes } = await askAll<readonly MicrocodeView[]>(targets, '/v1/microcode');
      const all = views.flat();
      return outcome(all, microcodeText(all), notes);
    },
  },
];

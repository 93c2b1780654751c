/**
 * The same microcode as another image: every second handler begins with one instruction more, which does nothing. So these
 * are other scopes, which no task may be in the middle of; all else is the same at other places.
 */
import { type Image, imageCrc } from '../../firmware/engine/image.js';
import { BY_OPCODE, INSTRUCTION_WORDS } from '../../firmware/engine/isa.js';
import { targetOf } from '../../firmware/engine/operands.js';
import type { Images } from '../../firmware/runtime/machine/config.js';

/** mov r0, r0 */
const NOTHING = 0x19;

export function relaid(image: Image): Image {
  const handlers = image.labels.filter(({ kind }) => kind === 'on').map(({ at }) => at);
  const starts = new Set(handlers.filter((_, i) => i % 2 === 0));
  const count = image.lines.length;
  const places: number[] = [];
  let next = 0;
  for (let at = 0; at < count; at++) {
    if (starts.has(at)) next += 1;
    places.push(next++);
  }
  const placeOf = (at: number): number => places[at] ?? -1;
  const entryOf = (at: number): number => placeOf(at) - (starts.has(at) ? 1 : 0);
  const code = new Int32Array(next * INSTRUCTION_WORDS);
  const lines = new Int32Array(next);
  for (let at = 0; at < count; at++) {
    const to = placeOf(at);
    const [first, second] = image.code.subarray(at * INSTRUCTION_WORDS, (at + 1) * INSTRUCTION_WORDS);
    if (starts.has(at)) {
      code[(to - 1) * INSTRUCTION_WORDS] = NOTHING;
      lines[to - 1] = image.lines[at];
    }
    const row = BY_OPCODE[first & 255];
    const target = row && targetOf(row, first, second);
    code[to * INSTRUCTION_WORDS] = first;
    code[to * INSTRUCTION_WORDS + 1] = target === undefined ? second : second - target + placeOf(target);
    lines[to] = image.lines[at];
  }
  const other = {
    ...image,
    version: `${image.version}, relaid`,
    code,
    lines,
    handlers: image.handlers.map((at) => (at < 0 ? at : entryOf(at))),
    hooks: image.hooks.map((hook) => ({ ...hook, at: placeOf(hook.at) })),
    labels: image.labels.map((label) => ({ ...label, at: entryOf(label.at) })),
    fields: image.fields.map(placeOf),
  };
  return { ...other, crc: imageCrc(other) };
}

export const relaidAll = (images: Images): Images =>
  Object.fromEntries(Object.values(images).map((image) => [image.role, relaid(image)]));

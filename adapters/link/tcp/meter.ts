/** What goes over the link, counted in the table `wire` for the service processor, which may read at any time. */
import type { ArrayMemory } from '../../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../../firmware/memory/tables.js';

/** One way of a link; all its connections count on. */
export class WireMeter {
  readonly #m: Int32Array;
  readonly #bytes: number;
  readonly #frames: number;
  readonly #messages: number;

  constructor({ m, layout }: ArrayMemory, way: 'sent' | 'received', link: number) {
    const at = layout.base.wire + (link << shiftOf('wire'));
    this.#m = m;
    this.#bytes = at + fieldOffset('wire', `${way}_bytes`);
    this.#frames = at + fieldOffset('wire', `${way}_frames`);
    this.#messages = at + fieldOffset('wire', `${way}_messages`);
  }

  frame(bytes: number, messages: number): void {
    const m = this.#m;
    const low = (m[this.#bytes] + bytes) | 0;
    m[this.#bytes] = low;
    if (low >>> 0 < bytes) m[this.#bytes + 1] += 1;
    m[this.#frames] += 1;
    m[this.#messages] += messages;
  }
}

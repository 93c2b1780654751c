/** A trace of requests that somebody recorded, and how it is replayed. Readers of files make them. */
import type { Region } from '../../../ports/schedule.js';
import type { Source } from './generator.js';
import type { Space } from './space.js';

export class Trace {
  readonly name: string;
  /** What its devices are called, in the order of the volumes that stand for them. */
  readonly devices: readonly string[];
  /** By request: when it came, since the first; its device; COMMAND_OP; first sector; sectors; line of the file. */
  readonly times_ns: Float64Array;
  readonly device: Uint16Array;
  readonly op: Uint8Array;
  readonly lba: Float64Array;
  readonly sectors: Int32Array;
  readonly line: Int32Array;

  constructor(
    name: string,
    devices: readonly string[],
    columns: Pick<Trace, 'times_ns' | 'device' | 'op' | 'lba' | 'sectors' | 'line'>,
  ) {
    this.name = name;
    this.devices = devices;
    this.times_ns = columns.times_ns;
    this.device = columns.device;
    this.op = columns.op;
    this.lba = columns.lba;
    this.sectors = columns.sectors;
    this.line = columns.line;
  }

  get length(): number {
    return this.op.length;
  }

  /** Errors: RangeError of the first request that the volumes cannot take, with its line. */
  check(volumes: readonly string[], sizes: readonly number[]): void {
    if (this.devices.length > volumes.length)
      throw new RangeError(
        `trace ${this.name} has ${this.devices.length} devices (${this.devices.join(', ')}), and ${volumes.length} volumes stand for them (${volumes.join(', ')})`,
      );
    for (let i = 0; i < this.length; i++) {
      const device = this.device[i] as number;
      const end = (this.lba[i] as number) + (this.sectors[i] as number);
      if (end > (sizes[device] as number))
        throw new RangeError(
          `${this.name}:${this.line[i]}: sectors ${this.lba[i]} to ${end - 1} of ${this.devices[device]}; volume ${volumes[device]} has ${sizes[device]}`,
        );
    }
  }
}

/** Its state is one word: the number of the next request. */
export class TraceSource implements Source {
  gap_ns = 0;
  op = 0;
  at = 0;
  sectors = 0;
  readonly #m: Int32Array;
  readonly #at: number;
  readonly #trace: Trace;
  /** Where in the space each device begins. */
  readonly #starts: readonly number[];

  constructor(region: Region, trace: Trace, space: Space) {
    this.#m = region.m;
    this.#at = region.at;
    this.#trace = trace;
    let at = 0;
    this.#starts = space.places.map(({ sectors }) => {
      at += sectors;
      return at - sectors;
    });
  }

  next(): boolean {
    const i = this.#m[this.#at] as number;
    const { times_ns, op, device, lba, sectors } = this.#trace;
    if (i >= op.length) return false;
    this.#m[this.#at] = i + 1;
    this.gap_ns = (times_ns[i] as number) - (i === 0 ? 0 : (times_ns[i - 1] as number));
    this.op = op[i] as number;
    this.at = (this.#starts[device[i] as number] as number) + (lba[i] as number);
    this.sectors = sectors[i] as number;
    return true;
  }
}

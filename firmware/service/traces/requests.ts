/** Requests of a trace while it is read: columns that grow. */
import { Trace } from '../../runtime/simulated/workload/trace.js';
import { wrongLine } from './lines.js';

const FIRST = 1024;
/** 52 days: virtual time is exact up to twice that. */
const LONGEST_NS = 2 ** 52;

function grown<T extends Float64Array | Uint16Array | Uint8Array | Int32Array>(column: T, length: number): T {
  const longer = new (column.constructor as new (length: number) => T)(length);
  longer.set(column as never);
  return longer;
}

export class Requests {
  readonly devices: string[] = [];
  readonly #file: string;
  #length = 0;
  #times_ns = new Float64Array(FIRST);
  #device = new Uint16Array(FIRST);
  #op = new Uint8Array(FIRST);
  #lba = new Float64Array(FIRST);
  #sectors = new Int32Array(FIRST);
  #line = new Int32Array(FIRST);

  /** @param file that they are read from, for errors. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Time of the last one. */
  get last_ns(): number {
    return this.#length === 0 ? 0 : (this.#times_ns[this.#length - 1] as number);
  }

  /** Errors: TraceError of the line for one that comes too long after the first. */
  add(time_ns: number, device: number, op: number, lba: number, sectors: number, line: number): void {
    if (!(time_ns - this.#first_ns(time_ns) <= LONGEST_NS))
      throw wrongLine(
        this.#file,
        line,
        'more than 52 days lie between the first request and this one: a shorter trace is wanted',
      );
    const i = this.#length++;
    if (i === this.#op.length) {
      this.#times_ns = grown(this.#times_ns, i * 2);
      this.#device = grown(this.#device, i * 2);
      this.#op = grown(this.#op, i * 2);
      this.#lba = grown(this.#lba, i * 2);
      this.#sectors = grown(this.#sectors, i * 2);
      this.#line = grown(this.#line, i * 2);
    }
    this.#times_ns[i] = time_ns;
    this.#device[i] = device;
    this.#op[i] = op;
    this.#lba[i] = lba;
    this.#sectors[i] = sectors;
    this.#line[i] = line;
  }

  #first_ns(usual: number): number {
    return this.#length === 0 ? usual : (this.#times_ns[0] as number);
  }

  /** Times count from the first request on. */
  trace(name: string): Trace {
    const n = this.#length;
    const first = this.#first_ns(0);
    return new Trace(name, this.devices, {
      times_ns: this.#times_ns.subarray(0, n).map((t) => t - first),
      device: this.#device.subarray(0, n),
      op: this.#op.subarray(0, n),
      lba: this.#lba.subarray(0, n),
      sectors: this.#sectors.subarray(0, n),
      line: this.#line.subarray(0, n),
    });
  }
}

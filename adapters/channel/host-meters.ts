/** What hosts move to and from each volume since power on, for the service processor, which may read at any time. */
import { FIRST_TIME_BUCKET_US, TIME_BUCKETS } from '../../firmware/memory/constants.js';
import type { ArrayMemory } from '../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../firmware/memory/tables.js';

/** The machine's. */
export interface PortClock {
  now_ns(): number;
}

const READS = fieldOffset('meter', 'reads');
const WRITES = fieldOffset('meter', 'writes');
const READ_SECTORS = fieldOffset('meter', 'read_sectors');
const WRITTEN_SECTORS = fieldOffset('meter', 'written_sectors');
const READ_US = fieldOffset('meter', 'read_us');
const WRITE_US = fieldOffset('meter', 'write_us');
const READ_TIMES = fieldOffset('meter', 'read_times');
const WRITE_TIMES = fieldOffset('meter', 'write_times');
const METER_SHIFT = shiftOf('meter');
/** log2 of the first bucket's bound. */
const FIRST_BUCKET_BITS = 31 - Math.clz32(FIRST_TIME_BUCKET_US);
/** An hour: of a command that lasts longer no more is told. */
const TIME_MOST_US = 3_600_000_000;

export class HostMeters {
  private readonly m: Int32Array;
  private readonly base: number;
  private readonly clock: PortClock | undefined;
  /** When each command was submitted. */
  private readonly started_ns: Float64Array;

  /** Without a clock no response times are metered. */
  constructor({ m, layout }: ArrayMemory, clock?: PortClock) {
    this.m = m;
    this.base = layout.base.meter;
    this.clock = clock;
    this.started_ns = new Float64Array(layout.dims.commands);
  }

  begins(command: number): void {
    if (this.clock !== undefined) this.started_ns[command] = this.clock.now_ns();
  }

  /** A command that ended well. */
  read(command: number, volume: number, sectors: number): void {
    const meter = this.base + (volume << METER_SHIFT);
    this.m[meter + READS] += 1;
    this.m[meter + READ_SECTORS] += sectors;
    this.time(command, meter + READ_US, meter + READ_TIMES);
  }

  /** A command that ended well. */
  wrote(command: number, volume: number, sectors: number): void {
    const meter = this.base + (volume << METER_SHIFT);
    this.m[meter + WRITES] += 1;
    this.m[meter + WRITTEN_SECTORS] += sectors;
    this.time(command, meter + WRITE_US, meter + WRITE_TIMES);
  }

  /** From `begins` to now. */
  private time(command: number, sum: number, buckets: number): void {
    const { clock, m } = this;
    if (clock === undefined) return;
    const lasted_us = Math.ceil((clock.now_ns() - this.started_ns[command]) / 1000);
    // At least 1, so that the logarithm is one.
    const us = Math.min(Math.max(lasted_us, 1), TIME_MOST_US) >>> 0;
    const low = (m[sum] + us) | 0;
    m[sum] = low;
    if (low >>> 0 < us) m[sum + 1] += 1;
    const bits = 32 - Math.clz32(us - 1);
    m[buckets + Math.min(Math.max(bits - FIRST_BUCKET_BITS, 0), TIME_BUCKETS - 1)] += 1;
  }
}

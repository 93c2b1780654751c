/** The engine by itself: micro-operations of a small loop, and host requests of an array without any socket. */
import type { HostListener } from '../../adapters/channel/host-port.js';
import { withCounts } from '../../firmware/engine/counts.js';
import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { KIND, roleNumber } from '../../firmware/ports/messages.js';
import { LiveArray } from '../../firmware/runtime/live/live-array.js';
import type { Images } from '../../firmware/runtime/machine/array.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadRig } from '../../firmware/service/rig.js';
import { assembleRole } from '../assembler/assemble.js';
import { counting } from '../coverage/coverage.js';
import { type Figure, median } from './figures.js';

const RIG = 'single';
const VOLUME = 0;
const BLOCK_SECTORS = 8;
const DEPTH = 32;

/** Requests between two turns of the event loop: as many as a busy socket brings. */
const BATCHES = 4;
/** Turns of the loop between two looks at the clock, and rounds of the loop in each turn. */
const RUNS = 100;
const LOOPS = 1000;
const LOOP = `role data

on BOOT
    ldi   r0, #0
    ldi   r1, #1
    ldi   r2, #0
again:
    ldi   r3, #${LOOPS}
turn:
    add   r0, r0, r1
    or    r1, r1, r0
    shl   r2, r0, #3
    add   r1, r1, r2
    sub   r3, r3, #1
    br.ne r3, #0, turn
    yield
    br    again
`;

/** Median of what `batch` does a second; it gives back how much it has done. */
async function perSecond(rounds: number, seconds: number, batch: () => number): Promise<number> {
  const round = async (most_s: number): Promise<number> => {
    const start_ms = performance.now();
    let done = 0;
    while (performance.now() - start_ms < most_s * 1000) {
      done += batch();
      // The array's timers and the rest of its destage are the event loop's.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (done / (performance.now() - start_ms)) * 1000;
  };
  await round(0.5);
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) rates.push(await round(seconds));
  return median(rates);
}

function newArray(images: Images): LiveArray {
  const onFault = (reason: Error): void => {
    throw reason;
  };
  return new LiveArray({ config: loadRig(RIG).arrays[0], images, onFault });
}

/** One role runs a loop; everything that it does is counted. */
function operations(rounds: number, seconds: number, images: Images): Promise<number> {
  const role = 'data';
  const assembled = assembleRole(role, [{ path: 'bench.uc', text: LOOP }]);
  const loop = images[role]?.counts === undefined ? assembled : withCounts(assembled);
  const { machine } = newArray({ ...images, [role]: loop });
  machine.format(1);
  machine.powerOn();
  machine.serviceMail.ask(KIND.BOOT, 0);
  const node = machine.nodes[roleNumber(role)];
  node.accept(roleNumber('service'));
  return perSecond(rounds, seconds, () => {
    let done = 0;
    for (let i = 0; i < RUNS; i++) done += node.run(Number.MAX_SAFE_INTEGER, false);
    return done;
  });
}

/** A host without a protocol: it keeps so many commands under way, at places that a fixed seed gives. */
class Host implements HostListener {
  private readonly array: LiveArray;
  private readonly blocks: number;
  private readonly at: number;
  private ends = 0;
  private state = 1;

  constructor(array: LiveArray) {
    const { dims } = array.machine.config;
    this.array = array;
    this.blocks = Math.floor((dims.tracks[VOLUME] * dims.sectorsPerTrack) / BLOCK_SECTORS);
    // One buffer for all writes: what they hold matters to nobody here.
    this.at = array.hostPort.allocate(BLOCK_SECTORS);
  }

  pushed(_command: number, slot: number): void {
    this.array.hostPort.done(slot);
  }

  ended(_command: number, status: number): void {
    if (status !== RESULT.OK) throw new Error(`a host request of the benchmark ended with result ${status}`);
    this.ends += 1;
  }

  /** Writes every block once, so that all that is read is in the cache. */
  fill(): void {
    for (let block = 0; block < this.blocks; ) {
      const first = this.ends;
      const last = Math.min(this.blocks, block + DEPTH);
      const count = last - block;
      for (; block < last; block++) this.submit(COMMAND_OP.OP_WRITE, block);
      while (this.ends < first + count) this.array.director.pump();
    }
  }

  /** So many batches of DEPTH requests; how many requests that were. */
  batches(op: number, count: number): number {
    const first = this.ends;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < DEPTH; k++) this.submit(op, this.next() % this.blocks);
      const due = first + (i + 1) * DEPTH;
      while (this.ends < due) this.array.director.pump();
    }
    return this.ends - first;
  }

  private submit(op: number, block: number): void {
    const at = op === COMMAND_OP.OP_WRITE ? this.at : 0;
    const command = this.array.hostPort.submit(op, VOLUME, block * BLOCK_SECTORS, BLOCK_SECTORS, at, 0, this);
    if (command < 0) throw new Error(`the array of the benchmark takes fewer than ${DEPTH} commands`);
  }

  /** xorshift32. */
  private next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }
}

/** `seconds` for each round of each figure. Errors: when a request fails; what microcode throws. */
export async function benchEngine(rounds: number, seconds: number): Promise<Figure[]> {
  const images = loadImages();
  return [
    ...(await figuresOf(rounds, seconds, images, '')),
    ...(await figuresOf(rounds, seconds, counting(images), ', counted (coverage)')),
  ];
}

async function figuresOf(rounds: number, seconds: number, images: Images, how: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  const add = (name: string, unit: string, value: number): void => {
    figures.push({ name: `engine: ${name}${how}`, unit, value });
  };
  add('micro-operations of a loop', 'operations/s', await operations(rounds, seconds, images));
  const array = newArray(images);
  try {
    array.boot();
    const host = new Host(array);
    host.fill();
    const what = `4 KiB, depth ${DEPTH}, no sockets`;
    const reads = await perSecond(rounds, seconds, () => host.batches(COMMAND_OP.OP_READ, BATCHES));
    add(`reads of ${what}`, 'reads/s', reads);
    const writes = await perSecond(rounds, seconds, () => host.batches(COMMAND_OP.OP_WRITE, BATCHES));
    add(`writes of ${what}`, 'writes/s', writes);
  } finally {
    array.director.close();
  }
  return figures;
}

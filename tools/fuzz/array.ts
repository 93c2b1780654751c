/**
 * The array behind a fuzzed front: one real array with all roles on this thread and drives in memory, on a clock that only
 * goes on when it is told to; and the connections to its front, all within this process.
 */
import type { Socket } from 'node:net';
import { LiveArray } from '../../firmware/runtime/live/live-array.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadRig } from '../../firmware/service/rig.js';
import { withScsi } from '../../firmware/service/rig-scsi.js';
import { Wire } from './memory-socket.js';
import { FuzzFailure } from './target.js';

export const VOLUME_BYTES = 1 << 20;
/** Small, so that everything runs out now and then. */
const SIZES = { hostSlots: 64, commands: 32, transferSectors: 2048 };
/** By volume; the last is the honest host's own. */
export const VOLUMES = ['data0', 'removable0', 'readonly0', 'own0'] as const;
export const OWN_VOLUME = VOLUMES.indexOf('own0');
/** LUNs of the hosts that are not to be trusted, and of the honest one. */
export const GROUP = { ANY: 0, OWN: 1 } as const;

const RIG = JSON.stringify({
  arrays: [
    {
      name: 'A',
      profile: 'dmx',
      volumes: [
        { name: VOLUMES[0], size_bytes: VOLUME_BYTES },
        { name: VOLUMES[1], size_bytes: VOLUME_BYTES, device: { removable: true } },
        { name: VOLUMES[2], size_bytes: VOLUME_BYTES, device: { read_only: true } },
        { name: VOLUMES[3], size_bytes: VOLUME_BYTES },
      ],
    },
  ],
});

/** Rounds after which what still moves is taken for an endless motion: a 1 MiB read, byte by byte, has fewer. */
const ROUNDS_MAX = 3_000_000;
/** Turns of the event loop without a motion after which the rest has come; a drive may take a few more. */
const QUIET_TURNS = 2;
const DRIVE_TURNS = 1000;

const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class FuzzedArray {
  readonly array: LiveArray;
  /** Sends what has ended. */
  flush: () => void = () => undefined;
  /** Milliseconds of the array's clock. */
  now_ms = 1_000_000;
  #fault: Error | undefined;
  readonly #wires = new Set<Wire>();
  #connections = 0;

  constructor() {
    const [array] = loadRig({ name: 'fuzz', path: 'fuzz.json', text: RIG }).arrays;
    const config = withScsi({ ...array, dims: { ...array.dims, ...SIZES } }, (scsi) => ({
      ...scsi,
      groups: [[0, 1, 2], [OWN_VOLUME]],
    }));
    const clock = { now_ns: () => this.now_ms * 1_000_000 };
    this.array = new LiveArray({ config, images: loadImages(), clock, onFault: (fault) => (this.#fault = fault) });
    // Not `boot`: its number is by chance.
    this.array.machine.format(1);
    this.array.powerOn();
    this.array.director.onPumped = () => this.flush();
  }

  readonly pump = (): void => this.array.director.pump();

  /** A connection that the front takes by `accept`; `take` is told of what comes over it. */
  connect(accept: (socket: Socket) => void, take: (bytes: Buffer) => void): Wire {
    this.#connections += 1;
    const wire = new Wire(1024 + (this.#connections % 60_000), take);
    this.#wires.add(wire);
    accept(wire.socket.asSocket);
    return wire;
  }

  /** Lets everything happen that happens without more being said. Errors: FuzzFailure, when that has no end. */
  async settle(): Promise<void> {
    let turns = 0;
    for (let round = 0; ; round++) {
      if (round > ROUNDS_MAX) throw new FuzzFailure('the front does not come to rest');
      if (this.#fault) throw this.#fault;
      if (this.#step()) turns = 0;
      else if (turns >= (this.array.hostPort.commandsUnderWay > 0 ? DRIVE_TURNS : QUIET_TURNS)) return;
      else {
        turns += 1;
        await turnOfLoop();
      }
    }
  }

  /** Time goes on, for the array. */
  passes(ms: number): void {
    this.now_ms += ms;
    for (const node of this.array.machine.nodes) node.tick();
    this.pump();
    this.flush();
  }

  close(): void {
    this.array.director.close();
  }

  #step(): boolean {
    let did = false;
    for (const wire of this.#wires) {
      if (wire.step()) did = true;
      else if (wire.isClosed) this.#wires.delete(wire);
    }
    return did;
  }
}

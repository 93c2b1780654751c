/**
 * One array that runs on this thread: its five roles, its drives and its host port, on the machine's clock. `pump` is the
 * hot path of every host request: it runs whatever has something to do until nothing has, by one look at the BUSY word
 * for each that it runs.
 *
 * What always holds: nothing runs but in `pump`; between two pumps all state is in memory, and every deadline is behind
 * the one timer. After the first fault nothing runs any more.
 */

import { HostPort } from '../../../adapters/channel/host-port.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import type { Clock } from '../../engine/engine.js';
import { MachineCheck } from '../../engine/wiring.js';
import { RESULT } from '../../memory/constants.js';
import { BUSY_WORD } from '../../memory/layout.js';
import { D_PAYLOAD, KIND, MICROCODED_ROLES, roleNumber } from '../../ports/messages.js';
import { type ArrayConfig, ArrayMachine, type Images } from '../machine/array.js';

/** Whole nanoseconds since this process began. */
export const LIVE_CLOCK: Clock = { now_ns: () => Math.floor(performance.now() * 1_000_000) };

const HOST_PORT = 1 << roleNumber('hostPort');
const DRIVE_PORT = 1 << roleNumber('drivePort');
const ROLE_BITS = (1 << MICROCODED_ROLES.length) - 1;
/** What has a part in `pump`; other bits of the BUSY word wait for whoever takes that mail. */
const PUMPED = ROLE_BITS | HOST_PORT | DRIVE_PORT;
const NS_PER_MS = 1_000_000;
/** Longest time-out that Node's timers take; a later deadline is looked at again then. */
const TIMEOUT_MAX_MS = 0x7fff_ffff;
/** Drive traffic that one pump may do before sockets are looked at again: 32 scattered 4 KiB writes, or two tracks. */
const DRIVE_BYTES_PER_PUMP = 128 * 1024;

export interface LiveArrayOptions {
  readonly config: ArrayConfig;
  readonly images: Images;
  /** The array has stopped for good, with the reason. Called once. */
  readonly onFault: (reason: Error) => void;
  readonly clock?: Clock;
}

export class LiveArray {
  readonly machine: ArrayMachine;
  readonly hostPort: HostPort;
  readonly drives: MemoryDrives;
  /** Called after each pump that was not asked for by a host protocol: there may be replies to send. */
  onPumped: () => void = () => undefined;
  readonly #options: LiveArrayOptions;
  readonly #clock: Clock;
  readonly #m: Int32Array;
  #stopped = false;
  #pumping = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off; Infinity: it is not set. */
  #armed_ns = Number.POSITIVE_INFINITY;
  #again: NodeJS.Immediate | undefined;

  constructor(options: LiveArrayOptions) {
    const { config, images } = options;
    const layout = ArrayMachine.layoutFor(config);
    this.#options = options;
    this.#clock = options.clock ?? LIVE_CLOCK;
    this.machine = new ArrayMachine(config, layout, new SharedArrayBuffer(layout.bytes), images, this.#clock);
    const { memory, driveMail, hostMail } = this.machine;
    this.#m = memory.m;
    this.drives = new MemoryDrives(memory, driveMail, driveSizes(config));
    this.hostPort = new HostPort(memory, hostMail);
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Powers a new array on; hosts may be served when this returns. Errors: MachineCheck; what microcode or drives throw. */
  boot(): void {
    const { machine } = this;
    const { serviceMail } = machine;
    machine.format();
    machine.powerOn();
    serviceMail.ask(KIND.BOOT, 0);
    this.#run();
    const done = serviceMail.peek();
    const result = done < 0 ? RESULT.NOT_READY : this.#m[done + D_PAYLOAD];
    if (result !== RESULT.OK) throw new MachineCheck(`array ${machine.config.name}: BOOT ended with result ${result}`);
    serviceMail.drop();
    this.#arm();
  }

  /** Runs the array until nothing is left to do now. Does not throw: a fault stops the array and goes to `onFault`. */
  readonly pump = (): void => {
    // The second: a host protocol that is told of an end pumps for what it submits then; the pump under way does it.
    if (this.#stopped || this.#pumping) return;
    this.#pumping = true;
    try {
      this.#run();
      this.#arm();
    } catch (error) {
      this.close();
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#pumping = false;
    }
  };

  /** Nothing runs from now on. */
  close(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#again);
    this.#timer = undefined;
    this.#again = undefined;
  }

  #run(): void {
    const m = this.#m;
    const { nodes } = this.machine;
    const driveBytesMost = this.drives.copied_bytes + DRIVE_BYTES_PER_PUMP;
    let pumped = PUMPED;
    for (;;) {
      const busy = m[BUSY_WORD] & pumped;
      if (busy === 0) break;
      // In rounds, each role once, rather than the first that is busy: so each takes more at once.
      for (let left = busy & ROLE_BITS; left !== 0; left &= left - 1) {
        const number = 31 - Math.clz32(left & -left);
        nodes[number].pump();
        // After it, because what runs marks itself busy; on one thread nobody else can have come in between.
        m[BUSY_WORD] &= ~(1 << number);
      }
      if ((busy & HOST_PORT) !== 0) {
        // Replies go out first: no host waits for a drive that works for somebody else.
        if (this.hostPort.pump()) pumped &= ~DRIVE_PORT;
        m[BUSY_WORD] &= ~HOST_PORT;
      }
      if ((busy & pumped & DRIVE_PORT) !== 0) {
        this.drives.pump();
        m[BUSY_WORD] &= ~DRIVE_PORT;
        // A long destage must not keep sockets waiting: the rest comes after them.
        if (this.drives.copied_bytes > driveBytesMost) pumped &= ~DRIVE_PORT;
      }
    }
    if ((m[BUSY_WORD] & DRIVE_PORT) !== 0) this.#again ??= setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#again = undefined;
    this.pump();
    if (!this.#stopped) this.onPumped();
  };

  /** Sets the timer to the earliest deadline. One that goes off too early does no harm, so it is only ever moved forward. */
  #arm(): void {
    let due_ns = Number.POSITIVE_INFINITY;
    for (const node of this.machine.nodes) {
      const at_ns = node.timers.due_ns;
      if (at_ns < due_ns) due_ns = at_ns;
    }
    if (due_ns >= this.#armed_ns) return;
    clearTimeout(this.#timer);
    this.#armed_ns = due_ns;
    const delay_ms = Math.max(0, Math.ceil((due_ns - this.#clock.now_ns()) / NS_PER_MS));
    this.#timer = setTimeout(this.#expire, Math.min(delay_ms, TIMEOUT_MAX_MS));
    // Who keeps the process alive is whoever serves hosts.
    this.#timer.unref();
  }

  readonly #expire = (): void => {
    this.#armed_ns = Number.POSITIVE_INFINITY;
    for (const node of this.machine.nodes) node.tick();
    this.#goOn();
  };
}

/** Sectors of each drive: up to the end of the last volume on it. */
function driveSizes(config: ArrayConfig): number[] {
  const sizes: number[] = [];
  for (const { drive, driveBase, tracks } of config.volumes) {
    sizes[drive] = Math.max(sizes[drive] ?? 0, driveBase + tracks * config.dims.sectorsPerTrack);
  }
  return Array.from(sizes, (size) => size ?? 0);
}

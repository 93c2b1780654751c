/**
 * A director: some of an array's nodes (roles and ports) on one thread, on the machine's clock. `pump` is the hot path of
 * every host request: it runs whatever has something to do until nothing has, by one look at the busy word for each that
 * it runs.
 *
 * What always holds: nothing runs but in `pump`; between two pumps all state is in memory, and every deadline is behind
 * the one timer. After the first fault, or when the bell says STOP, nothing runs any more.
 */
import type { Clock } from '../../engine/engine.js';
import type { Node } from '../../engine/node.js';
import type { Port } from '../../ports/mail.js';
import { MICROCODED_ROLES, ROLES, roleNumber } from '../../ports/messages.js';
import type { ArrayMachine } from '../machine/array.js';

/** Bit of a director's bell: power goes, or the array is closed. Nothing runs after the turn that is under way. */
export const STOP = 31;
/** Another: it shall stand still, while what runs where is changed. */
export const STAND = 30;
/** Another: the battery's log wants to know that all that was changed before is written down. */
export const LOG = 29;
/** Another: a debugger has told it something. */
export const DEBUG = 28;

const ROLE_BITS = (1 << MICROCODED_ROLES.length) - 1;
const HOST_PORT = 1 << roleNumber('hostPort');
const DRIVE_PORT = 1 << roleNumber('drivePort');
const NS_PER_MS = 1_000_000;
/** Longest time-out that Node's timers take; a later deadline is looked at again then. */
const TIMEOUT_MAX_MS = 0x7fff_ffff;
/** Drive traffic that one pump may do before sockets are looked at again: 32 scattered 4 KiB writes, or two tracks. */
const DRIVE_BYTES_PER_PUMP = 128 * 1024;

export interface DrivePort extends Port {
  /** Bytes that its pumps have copied so far, on this thread. */
  readonly copied_bytes: number;
}

/** Keeps what the roles change in battery memory. An error of either call ends the director. */
export interface BatteryKeeper {
  /** Nobody has heard of what was changed since the last call. */
  commit(): void;
  /** The bell said LOG. */
  pass(): void;
}

/** A debugger, while one looks. */
export interface DebugPart {
  /** The bell said DEBUG: blocks while the director is to stand. True: `over` must be asked again. */
  heed(): boolean;
  /** Who is pumped in the place of each node. */
  over(nodes: readonly Node[]): readonly Port[];
}

/** Ports that live on the director. */
export interface DirectorPorts {
  readonly hostPort?: Port;
  readonly drivePort?: DrivePort;
  readonly linkPort?: Port;
  readonly service?: Port;
}

export interface DirectorOptions {
  readonly machine: ArrayMachine;
  readonly ports: DirectorPorts;
  readonly clock: Clock;
  readonly battery?: BatteryKeeper;
  /** The director has died, with the reason. Called once. */
  readonly onFault: (reason: Error) => void;
  /** The bell said STOP. Called once. */
  readonly onStop?: () => void;
  /** The bell said STAND: blocks until the array may go on. True when the machine was placed anew meanwhile. */
  readonly onStand?: () => boolean;
  readonly debug?: DebugPart;
}

export class Director {
  /** Called after each pump that was not asked for by a host protocol: there may be replies to send. */
  onPumped: () => void = () => undefined;
  readonly #options: DirectorOptions;
  readonly #machine: ArrayMachine;
  readonly #m: Int32Array;
  readonly #busy: number;
  /** By number: a role's node or a port; what is not here has no entry. */
  readonly #nodes = new Array<Port | undefined>(ROLES.length).fill(undefined);
  /** Its nodes, a bit each; mail for others of this thread waits for whoever takes it. */
  #here = 0;
  readonly #drives: DrivePort | undefined;
  #stopped = false;
  #pumping = false;
  /** Sleeps in `serve`: there is no event loop to go back to. */
  #blocks = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off; Infinity: it is not set. */
  #armed_ns = Number.POSITIVE_INFINITY;
  #again: NodeJS.Immediate | undefined;

  constructor(options: DirectorOptions) {
    const { machine, ports } = options;
    this.#options = options;
    this.#machine = machine;
    this.#m = machine.memory.m;
    this.#busy = machine.wiring.busy;
    this.#drives = ports.drivePort;
    for (const name of ['hostPort', 'drivePort', 'linkPort', 'service'] as const) {
      this.#nodes[roleNumber(name)] = ports[name];
    }
    this.#look();
  }

  /** The machine was placed anew; this comes after it, before anything runs. */
  placed(): void {
    this.#look();
    clearTimeout(this.#timer);
    this.#armed_ns = Number.POSITIVE_INFINITY;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Runs until nothing is left to do now. Does not throw: a fault stops the director and goes to `onFault`. */
  readonly pump = (): void => {
    // The second: a host protocol that is told of an end pumps for what it submits then; the pump under way does it.
    if (this.#stopped || this.#pumping) return;
    this.#pumping = true;
    try {
      this.#run();
      if (!this.#blocks) this.#arm();
    } catch (error) {
      this.close();
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#pumping = false;
    }
  };

  /** From now on the event loop hears the bell, for a director with sockets. Something else must keep the loop alive. */
  attend(): void {
    this.#listen();
  }

  /** A port pushed something from the event loop: a pump comes, one for all that is pushed in this turn of the loop. */
  readonly stir = (): void => {
    if (!this.#stopped) this.#again ??= setImmediate(this.#goOn);
  };

  /** Runs until STOP or a fault, asleep whenever nothing is to be done: for a director without sockets. Blocks the thread. */
  serve(): void {
    const { bell } = this.#machine.wiring;
    const { clock } = this.#options;
    this.#blocks = true;
    for (;;) {
      this.pump();
      if (this.#stopped) return;
      const left_ns = this.#due_ns() - clock.now_ns();
      if (left_ns > 0) bell.park(left_ns / NS_PER_MS);
      else for (const node of this.#machine.nodes) node.tick();
    }
  }

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
    const busyWord = this.#busy;
    const drives = this.#drives;
    const { wiring } = this.#machine;
    const { battery } = this.#options;
    const driveBytesMost = this.#blocks ? Number.POSITIVE_INFINITY : (drives?.copied_bytes ?? 0) + DRIVE_BYTES_PER_PUMP;
    let pumped = this.#here;
    for (;;) {
      const bits = wiring.listen();
      if (bits < 0) {
        this.#halt();
        return;
      }
      if (battery !== undefined && (bits & (1 << LOG)) !== 0) battery.pass();
      if ((bits & (1 << STAND)) !== 0) {
        this.#stand();
        pumped = this.#here;
      }
      if ((bits & (1 << DEBUG)) !== 0 && this.#options.debug?.heed()) this.#look();
      const busy = (m[busyWord] as number) & pumped;
      if (busy === 0) break;
      // In rounds, each role once, rather than the first that is busy: so each takes more at once.
      for (let left = busy & ROLE_BITS; left !== 0; left &= left - 1) this.#turn(31 - Math.clz32(left & -left));
      // Before hosts, drives, the other array or another director see anything of it.
      if (battery !== undefined) battery.commit();
      for (let left = busy & ~ROLE_BITS & ~DRIVE_PORT; left !== 0; left &= left - 1) {
        // Replies go out first: no host waits for a drive that works for somebody else.
        if (this.#turn(31 - Math.clz32(left & -left)) && (left & -left) === HOST_PORT) pumped &= ~DRIVE_PORT;
      }
      if (drives !== undefined && (busy & pumped & DRIVE_PORT) !== 0) {
        this.#turn(roleNumber('drivePort'));
        // A long destage must not keep sockets waiting: the rest comes after them.
        if (drives.copied_bytes > driveBytesMost) pumped &= ~DRIVE_PORT;
      }
      wiring.publish();
    }
    // What a port or the service processor pushed between two pumps.
    wiring.publish();
    if (((m[busyWord] as number) & DRIVE_PORT & ~pumped) !== 0) this.#again ??= setImmediate(this.#goOn);
  }

  #turn(node: number): boolean {
    const did = (this.#nodes[node] as Port).pump();
    // After it, because what runs marks itself busy; nobody else touches this word.
    this.#m[this.#busy] = (this.#m[this.#busy] as number) & ~(1 << node);
    return did;
  }

  readonly #goOn = (): void => {
    this.#again = undefined;
    this.pump();
    if (!this.#stopped) this.onPumped();
  };

  /** Microcoded roles come and go; ports stay. */
  #look(): void {
    for (const role of MICROCODED_ROLES.keys()) this.#nodes[role] = undefined;
    const { nodes } = this.#machine;
    const ports = this.#options.debug?.over(nodes) ?? nodes;
    for (const [i, { role }] of nodes.entries()) this.#nodes[role] = ports[i];
    this.#here = this.#nodes.reduce((bits, port, node) => (port === undefined ? bits : bits | (1 << node)), 0);
  }

  #stand(): void {
    // What others are to find where it was sent.
    this.#machine.wiring.publish();
    if (this.#options.onStand?.()) this.placed();
  }

  #halt(): void {
    this.close();
    this.#options.onStop?.();
  }

  readonly #listen = (): void => {
    if (this.#stopped) return;
    const rung = this.#machine.wiring.bell.parkAsync();
    // Through the event loop, so that sockets get their turn.
    if (rung === true) setImmediate(this.#heard);
    else void rung.then(this.#heard);
  };

  readonly #heard = (): void => {
    this.#goOn();
    this.#listen();
  };

  #due_ns(): number {
    let due_ns = Number.POSITIVE_INFINITY;
    for (const node of this.#machine.nodes) {
      const at_ns = node.timers.due_ns;
      if (at_ns < due_ns) due_ns = at_ns;
    }
    return due_ns;
  }

  /** Sets the timer to the earliest deadline. One that goes off too early does no harm, so it is only ever moved forward. */
  #arm(): void {
    const due_ns = this.#due_ns();
    if (due_ns >= this.#armed_ns) return;
    clearTimeout(this.#timer);
    this.#armed_ns = due_ns;
    const delay_ms = Math.max(0, Math.ceil((due_ns - this.#options.clock.now_ns()) / NS_PER_MS));
    this.#timer = setTimeout(this.#expire, Math.min(delay_ms, TIMEOUT_MAX_MS));
    // Who keeps the process alive is whoever serves hosts.
    this.#timer.unref();
  }

  readonly #expire = (): void => {
    this.#armed_ns = Number.POSITIVE_INFINITY;
    for (const node of this.#machine.nodes) node.tick();
    this.#goOn();
  };
}

/** One array with all its nodes on this thread, memory drives, and a host port for whoever plays the host. */

import { randomInt } from 'node:crypto';
import { HostPort } from '../../../adapters/channel/host-port.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import type { Clock } from '../../engine/engine.js';
import { MachineCheck } from '../../engine/wiring.js';
import { RESULT } from '../../memory/constants.js';
import { D_PAYLOAD, KIND } from '../../ports/messages.js';
import { type ArrayConfig, ArrayMachine, type Images } from '../machine/array.js';
import { driveEnds } from '../machine/config.js';
import { LIVE_CLOCK } from './clock.js';
import { Director } from './director.js';

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
  readonly director: Director;

  constructor({ config, images, onFault, clock = LIVE_CLOCK }: LiveArrayOptions) {
    const layout = ArrayMachine.layoutFor(config);
    const machine = new ArrayMachine(config, layout, new SharedArrayBuffer(layout.bytes), images, clock);
    this.machine = machine;
    this.drives = new MemoryDrives(machine.memory, machine.driveMail, MemoryDrives.buffers(driveEnds(config)));
    this.hostPort = new HostPort(machine.memory, machine.hostMail, clock);
    const ports = { hostPort: this.hostPort, drivePort: this.drives };
    this.director = new Director({ machine, ports, clock, onFault });
  }

  /** Powers a new array on; hosts may be served when this returns. Errors: MachineCheck with what went wrong. */
  boot(): void {
    this.machine.format(randomInt(1, 2 ** 32));
    this.powerOn();
  }

  /** As `boot`, with what battery memory has. */
  powerOn(): void {
    const { machine } = this;
    machine.powerOn();
    this.#ask('BOOT');
    if (machine.config.scsi) this.#ask('CHANNEL_ON');
  }

  #ask(kind: 'CHANNEL_ON' | 'BOOT'): void {
    const { machine } = this;
    const { serviceMail, memory } = machine;
    serviceMail.ask(KIND[kind], 0);
    this.director.pump();
    const done = serviceMail.peek();
    const result = done < 0 ? RESULT.NOT_READY : memory.m[done + D_PAYLOAD];
    if (result !== RESULT.OK)
      throw new MachineCheck(`array ${machine.config.name}: ${kind} ended with result ${result}`);
    serviceMail.drop();
  }
}

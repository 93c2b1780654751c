/** A machine of QEMU's with a kernel of the distribution, told over its second serial port what to run. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, start } from '../../../tools/bench/children.js';
import { ready } from '../../../tools/bench/nbd-peers.js';
import type { Image } from './image.js';

/** Interpreted: no machine may depend on hardware that others lack. */
const MACHINE =
  '-machine q35,accel=tcg -cpu max -smp 2 -m 512 -display none -monitor none -no-reboot -nodefaults'.split(' ');
/** The guest finds this machine's loopback interface at this address. */
export const HOST_IN_GUEST = '10.0.2.2';
const LOOK_FOR_END = /^#exit (\d+)$/;

export class Guest {
  readonly #child: Child;
  readonly #control: Socket;
  readonly #console: string;
  readonly #lines: AsyncIterableIterator<string>;

  private constructor(child: Child, control: Socket, consoleFile: string) {
    this.#child = child;
    this.#control = control;
    this.#console = consoleFile;
    this.#lines = createInterface({ input: control })[Symbol.asyncIterator]();
  }

  /** Boots it; sockets and logs are in this folder. Errors: Error with what it said when it does not come up. */
  static async boot(image: Image, folder: string): Promise<Guest> {
    const socket = join(folder, 'control');
    const consoleFile = join(folder, 'console.log');
    const child = start('qemu-system-x86_64', 'qemu-system-x86_64', [
      ...MACHINE,
      ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', 'console=ttyS0 panic=-1'],
      ...['-serial', `file:${consoleFile}`, '-serial', `unix:${socket},server=on,wait=on`],
      ...['-nic', 'user,model=virtio-net-pci'],
    ]);
    const control = await ready('qemu-system-x86_64', child.process, child.said, () => reach(socket));
    const guest = new Guest(child, control, consoleFile);
    await guest.#answer('its start', () => undefined);
    return guest;
  }

  /** Everything that the kernel said. */
  kernelSaid(): string {
    return readFileSync(this.#console, 'utf8');
  }

  /**
   * What a line of shell writes. One at a time. @param seen told of each line when it comes.
   * Errors: Error with what it wrote when it ends with anything but 0, and when the guest is gone.
   */
  async run(line: string, seen: (line: string) => void = () => undefined): Promise<string> {
    this.#control.write(`${line}\n`);
    return this.#answer(line, seen);
  }

  async stop(): Promise<void> {
    const { process: child } = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async #answer(what: string, seen: (line: string) => void): Promise<string> {
    const lines: string[] = [];
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done)
        throw new Error(`the guest is gone in ${what}: ${lines.join('\n')}\n${this.#child.said()}${this.kernelSaid()}`);
      const status = LOOK_FOR_END.exec(line)?.[1];
      if (status === undefined) {
        lines.push(line);
        seen(line);
      } else if (status === '0') return lines.join('\n');
      else throw new Error(`${what}: exit ${status}: ${lines.join('\n')}`);
    }
  }
}

function reach(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

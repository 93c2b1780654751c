/** QEMU's monitor protocol (QMP) over a Unix socket: one command at a time, events passed over. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Line {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** A command that is not answered in this time never is. */
const ANSWER_MS = 10_000;

export class Qmp {
  private readonly socket: Socket;
  private readonly lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Errors: nobody listens at this path, or it is no monitor. */
  static async connect(path: string): Promise<Qmp> {
    const socket = connect(path);
    await once(socket, 'connect');
    // A monitor that goes away later shows as the end of its lines.
    socket.on('error', () => undefined);
    const monitor = new Qmp(socket);
    await monitor.answer('greeting', ({ QMP }) => QMP !== undefined);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /** What the command returns. Errors: what the monitor says; that it went away, or does not answer. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const line = await this.answer(command, ({ event }) => event === undefined);
    if (line.error !== undefined) throw new Error(`QEMU's monitor refuses ${command}: ${line.error.desc}`);
    return line.return;
  }

  close(): void {
    this.socket.destroy();
  }

  private async answer(what: string, isIt: (line: Line) => boolean): Promise<Line> {
    const late = setTimeout(() => this.socket.destroy(), ANSWER_MS);
    try {
      for (;;) {
        const { done, value } = await this.lines.next();
        if (done) throw new Error(`QEMU's monitor went away, or gave no answer to ${what} within ${ANSWER_MS} ms`);
        const line = JSON.parse(value) as Line;
        if (isIt(line)) return line;
      }
    } finally {
      clearTimeout(late);
    }
  }
}

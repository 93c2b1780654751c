/** A wire between two ports on loopback that a test can cut, silence, damage, or make deliver in pieces of any size. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  /** Bytes of the pieces in which everything is passed on, over and over; empty: as it comes. */
  pieces: readonly number[] = [];
  /** Connections are refused at once. */
  closed = false;
  /** What arrives is thrown away. */
  silent = false;
  /** Changes one byte: of which direction (0: from the dialer), the how-manieth of the connection, xor what. */
  damage: { direction: number; at: number; xor: number } | undefined;
  /** Connections so far. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer({ noDelay: true }, (dialer) => {
      this.connections += 1;
      const listener = connect({ port, host: '127.0.0.1', noDelay: true });
      for (const [direction, from, to] of [
        [0, dialer, listener],
        [1, listener, dialer],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        this.#pass(direction, from, to);
      }
      if (this.closed) this.cut();
    });
  }

  /** Before this port of loopback; where it listens. */
  static async before(port: number, made: (wire: Wire) => void): Promise<number> {
    const wire = new Wire(port);
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    made(wire);
    const address = wire.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #pass(direction: number, from: Socket, to: Socket): void {
    let passed = 0;
    let piece = 0;
    let busy = false;
    const queue: Buffer[] = [];
    const step = (): void => {
      const chunk = queue[0];
      busy = chunk !== undefined && !to.destroyed;
      if (chunk === undefined || to.destroyed) return;
      const size = this.pieces.length === 0 ? chunk.length : this.pieces[piece++ % this.pieces.length];
      to.write(Buffer.from(chunk.subarray(0, size)));
      if (size < chunk.length) queue[0] = chunk.subarray(size);
      else queue.shift();
      // Not before the other side had its chance to read this piece alone.
      setImmediate(step);
    };
    from.on('data', (chunk: Buffer) => {
      if (this.silent) return;
      const { damage } = this;
      if (damage?.direction === direction && damage.at >= passed && damage.at < passed + chunk.length) {
        chunk[damage.at - passed] ^= damage.xor;
        this.damage = undefined;
      }
      passed += chunk.length;
      queue.push(chunk);
      if (!busy) step();
    });
    from.on('end', () => {
      const end = (): void => {
        if (busy) setImmediate(end);
        else to.end();
      };
      end();
    });
  }
}

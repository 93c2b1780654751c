/** The NBD front of a real array, and what must hold of it when everybody but the honest client has gone. */
import { NbdServer } from '../../../adapters/channel/nbd/server.js';
import { FuzzedArray, VOLUME_BYTES, VOLUMES } from '../array.js';
import { MemorySocket, type Wire } from '../memory-socket.js';
import { FuzzFailure } from '../target.js';

const CONNECTIONS_MOST = 8;
/** The watch of this front has no clock of ours: none of its times comes within an input. */
const NEVER_MS = 3_600_000;

export class NbdBed {
  readonly array = new FuzzedArray();
  readonly server: NbdServer;
  readonly #sectors: number;
  readonly #pins: number;

  constructor() {
    const { array } = this;
    const port = array.array.hostPort;
    this.server = new NbdServer({
      port,
      pump: array.pump,
      volumes: VOLUMES.map((name, volume) => ({
        name,
        volume,
        sectors: VOLUME_BYTES / 512,
        readOnly: name === 'readonly0',
      })),
      connectionsMax: CONNECTIONS_MOST,
      handshake_ms: NEVER_MS,
      stall_ms: NEVER_MS,
      drain_ms: 0,
    });
    array.flush = () => this.server.flush();
    this.#sectors = port.transferSectorsFree;
    this.#pins = this.server.pins.left;
  }

  connect(take: (bytes: Buffer) => void): Wire {
    return this.array.connect((socket) => this.server.accept(socket, MemorySocket.receive), take);
  }

  settle(): Promise<void> {
    return this.array.settle();
  }

  /** The watch looks twice: who holds memory, and says nothing in between, is let go if others wait. */
  async watch(): Promise<void> {
    for (let i = 0; i < 2; i++) {
      this.server.dropStalled();
      await this.settle();
    }
  }

  /** Errors: FuzzFailure, when anything is left of those that have gone. */
  checkLeft(): void {
    const { commandsUnderWay, transferSectorsFree, tracksPromised } = this.array.array.hostPort;
    const left = {
      commands: commandsUnderWay,
      sectors: this.#sectors - transferSectorsFree,
      tracks: tracksPromised,
      pins: this.#pins - this.server.pins.left,
    };
    if (Object.values(left).every((n) => n === 0)) return;
    throw new FuzzFailure(`left when all have gone: ${JSON.stringify(left)}`);
  }

  async close(): Promise<void> {
    // It does not listen: what it would wait for is the end of its connections.
    await this.server.close();
    this.array.close();
  }
}

/** The iSCSI front of a real array, and what must hold of it when everybody but the honest host has gone. */
import { IscsiServer } from '../../../adapters/channel/iscsi/server.js';
import { STATE } from '../../../adapters/channel/iscsi/task.js';
import { FuzzedArray } from '../array.js';
import { MemorySocket, type Wire } from '../memory-socket.js';
import { FuzzFailure } from '../target.js';
import { TARGET_OPTIONS } from './login.js';
import { WatchedPort } from './watched-port.js';

const PINS = 8;
/** Times that the watch goes by, of the array's clock. */
const TIMES = { login_ms: 15_000, idle_ms: 30_000, ping_ms: 15_000, pdu_ms: 60_000, stall_ms: 10_000 };

export class IscsiBed {
  readonly array = new FuzzedArray();
  readonly port: WatchedPort;
  readonly server: IscsiServer;

  constructor() {
    const { array } = this;
    this.port = new WatchedPort(array.array.hostPort);
    this.server = new IscsiServer({
      port: this.port,
      target: TARGET_OPTIONS,
      pump: array.pump,
      pins: PINS,
      depth: 16,
      sessionsMax: 8,
      loginsMax: 8,
      burst_bytes: 64 * 1024,
      firstBurst_bytes: 16 * 1024,
      receive_bytes: 64 * 1024,
      drain_ms: 0,
      ...TIMES,
    });
    array.flush = () => this.server.flush();
  }

  connect(take: (bytes: Buffer) => void): Wire {
    return this.array.connect((socket) => this.server.accept(socket, MemorySocket.receive), take);
  }

  settle(): Promise<void> {
    return this.array.settle();
  }

  /** Time goes on in steps of the watch. */
  async passes(seconds: number): Promise<void> {
    for (let s = 0; s < seconds; s++) {
      this.array.passes(1000);
      this.server.look(this.array.now_ms);
      await this.settle();
    }
  }

  /** Nothing stands still that nobody but the array could set going again. */
  checkRest(): void {
    const { commands } = this.port;
    if (commands > 0) throw new FuzzFailure(`${commands} commands do not end`);
    for (const { active, tsih } of this.server.sessions as Set<{
      active: readonly { state: number }[];
      tsih: number;
    }>) {
      if (active.length > 0 && active.every(({ state }) => state === STATE.READY)) {
        throw new FuzzFailure(`session ${tsih}: ${active.length} commands are ready, and none of them runs`);
      }
    }
  }

  /** All but so many sessions have gone: what they held is here again. */
  checkLeft(sessions: number): void {
    const { port, server } = this;
    const left = {
      sessions: server.sessions.size,
      openings: server.openings.size,
      nexuses: port.nexuses,
      // One is the server's, for logins.
      buffers: port.buffers - 1,
      slots: port.pushed,
      commands: port.commands,
      pins: PINS - server.pins.left,
    };
    const right = { sessions, openings: 0, nexuses: sessions, buffers: 0, slots: 0, commands: 0, pins: 0 };
    if (JSON.stringify(left) !== JSON.stringify(right)) {
      throw new FuzzFailure(`left when all have gone: ${JSON.stringify(left)}; right is ${JSON.stringify(right)}`);
    }
    if (server.identityUser !== undefined) throw new FuzzFailure('a login has left its buffer taken');
  }

  async close(): Promise<void> {
    this.server.dropAll();
    await this.settle();
    await this.server.close();
    this.array.close();
  }
}

/** One connection's question, while it haggles: may hosts write to a volume, and in blocks of which size? */
import { COMMAND_OP, SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { Client, Hub } from './hub.js';
import type { Collector } from './requests.js';

export class Inquiry implements Collector {
  /** It was put, and its answer is not used yet. */
  isOpen = false;
  /** The RESULT, once it is there. */
  result: number | undefined;
  /** Bytes of a block; of the last answer. */
  blockBytes = SECTOR_BYTES;
  private readonly hub: Hub;
  private readonly client: Client;

  constructor(hub: Hub, client: Client) {
    this.hub = hub;
    this.client = client;
  }

  /** False: no command can be started now. */
  put(volume: number): boolean {
    const { hub, client } = this;
    const command = hub.port.submit(COMMAND_OP.OP_INQUIRE, volume, 0, 0, 0, 0, client);
    if (command < 0) return false;
    hub.requests.open(command, 0, 0, 0, 0, 0, false);
    hub.requests.long[command] = this;
    client.underWay += 1;
    this.isOpen = true;
    this.blockBytes = SECTOR_BYTES;
    return true;
  }

  /** Takes the answer; undefined: it is not there. */
  take(): number | undefined {
    const { result } = this;
    if (result !== undefined) this.isOpen = false;
    this.result = undefined;
    return result;
  }

  pushed(): void {
    throw new RangeError('inquiry: it pushes nothing');
  }

  mapped(_command: number, align: number): void {
    this.blockBytes = (align + 1) * SECTOR_BYTES;
  }

  ended(_command: number, status: number): void {
    this.result = status;
    // The client goes on when the server next looks at those that wait: outside of the array's run.
    if (!this.client.closed) this.hub.wait(this.client);
  }
}

/** One connection's question, while it haggles, whether hosts may write to a volume. */
import { COMMAND_OP } from '../../../firmware/memory/constants.js';
import type { Client, Hub } from './hub.js';
import type { Collector } from './requests.js';

export class Inquiry implements Collector {
  /** It was put, and its answer is not used yet. */
  isOpen = false;
  /** The RESULT, once it is there. */
  result: number | undefined;
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

  ended(_command: number, status: number): void {
    this.result = status;
    // The client goes on when the server next looks at those that wait: outside of the array's run.
    if (!this.client.closed) this.hub.wait(this.client);
  }
}

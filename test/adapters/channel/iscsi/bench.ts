/** A server on the stand-in port, for the tests of one file: each begins with its own, and nothing of it may be left. */
import { afterEach, expect } from 'vitest';
import { IscsiServer, type IscsiServerOptions } from '../../../../adapters/channel/iscsi/server.js';
import type { TargetOptions } from '../../../../adapters/channel/iscsi/target.js';
import { Initiator, TARGET } from './initiator.js';
import { type DoubleOptions, PortDouble } from './port-double.js';

export interface Bench {
  readonly port: PortDouble;
  readonly server: IscsiServer;
  readonly at: number;
  /** A connection that has not logged in. */
  open(): Promise<Initiator>;
  /** One that has. */
  login(...pairs: string[]): Promise<Initiator>;
}

const PINS = 16;

interface Parts {
  readonly target?: Partial<TargetOptions>;
  readonly server?: Partial<IscsiServerOptions>;
  readonly port?: DoubleOptions;
}

let benches: { bench: Bench; initiators: Initiator[]; slots: number; timer: NodeJS.Timeout }[] = [];

export async function bench(parts: Parts = {}): Promise<Bench> {
  const port = new PortDouble(parts.port);
  const target = { name: TARGET, portals: [], access: () => ({ group: 0 }), ...parts.target };
  const server = new IscsiServer({
    port,
    target,
    pump: () => port.pump(),
    pins: PINS,
    drain_ms: 2000,
    ...parts.server,
  });
  const { port: at } = await server.listen('127.0.0.1', 0);
  const initiators: Initiator[] = [];
  const open = async (): Promise<Initiator> => {
    const initiator = await Initiator.open(at);
    initiators.push(initiator);
    return initiator;
  };
  const made: Bench = {
    port,
    server,
    at,
    open,
    login: async (...pairs) => {
      const initiator = await open();
      await initiator.login(pairs);
      return initiator;
    },
  };
  // The array has work of its own: slots that a long read waits for.
  const timer = setInterval(() => server.turn(), 1);
  benches.push({ bench: made, initiators, slots: port.slotsFree, timer });
  return made;
}

afterEach(async () => {
  for (const { bench, initiators, slots, timer } of benches) {
    for (const initiator of initiators) initiator.socket.destroy();
    bench.port.let();
    await bench.server.close();
    clearInterval(timer);
    // Whatever a test has done: no buffer, slot, command or nexus is lost.
    const { transferUnitsTaken, slotsFree, commandsUnderWay, nexuses } = bench.port;
    const pins = bench.server.pins.left;
    const left = { transferUnitsTaken, slots: slotsFree, commandsUnderWay, nexuses: nexuses.size, pins };
    expect(left).toEqual({ transferUnitsTaken: 0, slots, commandsUnderWay: 0, nexuses: 0, pins: PINS });
  }
  benches = [];
});

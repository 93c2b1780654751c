/** Boots the arrays of a rig on this thread and opens their volumes to hosts over NBD. Loopback only. */
import { NbdServer } from '../../../adapters/channel/nbd/server.js';
import type { ArrayConfig, Images } from '../machine/array.js';
import { LiveArray } from './live-array.js';

export const NBD_HOST = '127.0.0.1';
export const NBD_PORT_BASE = 10809;

/** What is served: the arrays of a rig. */
export interface LiveRig {
  readonly name: string;
  readonly arrays: readonly ArrayConfig[];
}

export interface ServeOptions {
  readonly rig: LiveRig;
  readonly images: Images;
  /** Port of the first array's NBD server, the others follow; 0: any that are free. */
  readonly portBase: number;
  /** An array has stopped for good; the others go on. */
  readonly onFault: (array: string, reason: Error) => void;
}

export interface Served {
  readonly arrays: readonly { readonly name: string; readonly nbd: string }[];
  /** Answers what hosts asked, then stops. */
  close(): Promise<void>;
}

interface Running {
  readonly array: LiveArray;
  readonly server: NbdServer;
}

/**
 * Errors: RangeError for what cannot run live, or a port number that does not exist; Error for a port that is in use;
 * what booting throws. Nothing is left open then.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { rig, portBase } = options;
  refuseUnable(rig);
  if (portBase + rig.arrays.length - 1 > 65535) {
    throw new RangeError(`port base is ${portBase}; ${rig.arrays.length} ports from there on must be 65535 at most`);
  }
  const running: Running[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map(({ server }) => server.close()));
    for (const { array } of running) array.close();
  };
  try {
    const arrays: { name: string; nbd: string }[] = [];
    for (const [position, config] of rig.arrays.entries()) {
      const started = start(config, options);
      running.push(started);
      const { host, port } = await listen(started.server, config.name, portBase === 0 ? 0 : portBase + position);
      arrays.push({ name: config.name, nbd: `${host}:${port}` });
    }
    return { arrays, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function refuseUnable({ name, arrays }: LiveRig): void {
  const paired = arrays.flatMap((a) => a.volumes.filter((v) => v.pair).map((v) => `${a.name}:${v.name}`));
  if (paired.length === 0) return;
  throw new RangeError(
    `rig ${name}: ${paired.join(', ')} are mirrored, and there are no live links yet; ` +
      '`arraylab sim` runs rigs with pairs, `arraylab serve` those without',
  );
}

function start(config: ArrayConfig, { images, onFault }: ServeOptions): Running {
  const array = new LiveArray({ config, images, onFault: (reason) => onFault(config.name, reason) });
  array.boot();
  const server = new NbdServer({
    port: array.hostPort,
    pump: array.pump,
    volumes: config.volumes.map(({ name, tracks }, volume) => ({
      name,
      volume,
      sectors: tracks * config.dims.sectorsPerTrack,
      readOnly: false,
    })),
  });
  array.onPumped = () => server.flush();
  return { array, server };
}

async function listen(server: NbdServer, array: string, port: number): Promise<{ host: string; port: number }> {
  try {
    return await server.listen(NBD_HOST, port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Error(`array ${array}: ${NBD_HOST}:${port} is in use by another process`);
    if (code === 'EACCES') throw new Error(`array ${array}: ${NBD_HOST}:${port} may not be used by this user`);
    throw new Error(`array ${array}: ${NBD_HOST}:${port}: ${message}`);
  }
}

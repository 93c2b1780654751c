/** The service processor's HTTP interface of a process: a server, its token, and its record for `ctl` to find. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ServedSystem } from '../../runtime/live/system.js';
import { packageRoot } from '../package-root.js';
import { isLoopback } from './access.js';
import { arrayOf } from './names.js';
import { register } from './registry.js';
import { remoteHandler } from './remote.js';
import { makeServer } from './server.js';

const TOKEN_BYTES = 32;
const INSTANCE_BYTES = 16;

export interface ServiceOptions {
  /** Loopback only. Port 0: any that is free. */
  readonly http: { readonly host: string; readonly port: number };
  /** The same for all processes that serve arrays of one rig. */
  readonly rigId: string;
}

export interface Service {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly tokenFile: string;
  /** May be called again. */
  close(): Promise<void>;
}

/** Errors: RangeError for a host that is not this machine; Error for a port in use, and for a runtime folder that is not private. */
export async function startService(system: ServedSystem, { http, rigId }: ServiceOptions): Promise<Service> {
  const host = listenHost(http.host);
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const instance = randomBytes(INSTANCE_BYTES).toString('hex');
  const app = await makeServer(system, { token, instance, version: version() });
  try {
    await listen(app, host, http.port);
    system.answerRemote(remoteHandler(app, token));
    const { port } = app.server.address() as AddressInfo;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const pairs = await system.pairs();
    const { tokenFile, remove } = register(token, {
      pid: process.pid,
      instance,
      url,
      rig: system.rig,
      rigId,
      arrays: system.arrays.map((array) => array.name),
      pairs: pairs.map(({ primary, secondary }) => ({ primary, arrays: [arrayOf(primary), arrayOf(secondary)] })),
      links: system.links.map((link) => link.between),
      started: new Date().toISOString(),
    });
    // Also when the process ends in a hurry.
    process.once('exit', remove);
    const close = async (): Promise<void> => {
      remove();
      process.removeListener('exit', remove);
      await app.close();
    };
    return { url, tokenFile, close };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** An address, so that no name service has a say. */
function listenHost(host: string): string {
  if (!isLoopback(host)) {
    throw new RangeError(
      `the HTTP interface cannot listen on "${host}": it is for this machine alone; use 127.0.0.1, localhost or [::1]`,
    );
  }
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '');
}

async function listen(app: Awaited<ReturnType<typeof makeServer>>, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `the HTTP interface: ${host}:${port}`;
    if (code === 'EADDRINUSE') throw new Error(`${where} is in use by another process`);
    if (code === 'EACCES') throw new Error(`${where} may not be used by this user`);
    throw new Error(`${where}: ${message}`);
  }
}

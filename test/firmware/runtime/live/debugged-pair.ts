/** A pair whose arrays are in this process, under a debugger, without HTTP between; and hosts. */
import { afterEach } from 'vitest';
import { type Role, roleNumber } from '../../../../firmware/ports/messages.js';
import { type Served, serve } from '../../../../firmware/runtime/live/serve.js';
import type { DebugProgress } from '../../../../firmware/runtime/live/system.js';
import type { Break, Look, Resume, Stop, TaskRef } from '../../../../firmware/runtime/machine/debug/target.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { NbdClient } from '../../../adapters/channel/nbd-client.js';

const WRITE = 1;
const HOSTS = 6;
const BLOCK = Buffer.alloc(512, 7);

let served: Served | undefined;
const clients: NbdClient[] = [];
/** Directors that died. */
export const deaths: string[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await served?.close();
  served = undefined;
  deaths.length = 0;
});

/** A pair whose arrays are here, its debugger, and a host. */
export async function start(placement: 'dedicated' | 'fused') {
  served = await serve({
    rig: loadRig('tiny-pair'),
    images: loadImages(),
    placement,
    portBase: 0,
    secretOf: () => {
      throw new Error('no secret is needed when both ends of a link are here');
    },
    onDead: (array, roles) => deaths.push(`${array} ${roles.join('+')}`),
  });
  const { system, arrays } = served;
  const port = Number(arrays[0].nbd.split(':')[1]);
  // While everything stands none gets in.
  for (let i = 0; i < HOSTS; i++) clients.push(await NbdClient.attach(port));
  const other = await NbdClient.attach(Number(arrays[1].nbd.split(':')[1]), 'work0');
  clients.push(other);
  let writes = 0;
  const { session, stop } = await system.debug.attach();
  const desk = system.debug;
  return {
    system,
    stop,
    write: (sector: number) =>
      clients[writes++ % HOSTS]
        .ask({ type: WRITE, offset: sector * 512, length: 512 }, BLOCK)
        .then(({ errno }) => errno),
    /** A volume that B serves, and mirrors to A. */
    writeToB: (sector: number) =>
      other.ask({ type: WRITE, offset: sector * 512, length: 512 }, BLOCK).then(({ errno }) => errno),
    breaks: (...breaks: Break[]) => desk.breaks(session, breaks),
    hits: () => desk.breaks(session).map(({ hits }) => hits),
    /** Until it stands. */
    async goOn(how: Resume = { how: 'continue' }): Promise<{ readonly stop: Stop; readonly lines: readonly string[] }> {
      const lines: string[] = [];
      for (let seen: DebugProgress = await desk.resume(session, how); ; seen = await desk.progress(session, true)) {
        lines.push(...seen.lines);
        if (seen.stop) return { stop: seen.stop, lines };
      }
    },
    resume: (how: Resume) => desk.resume(session, how),
    pause: () => desk.pause(session),
    ask: ((question, ask) => desk.ask(session, question, ask)) as typeof desk.ask extends (
      session: string,
      ...rest: infer R
    ) => unknown
      ? (...rest: R) => unknown
      : never,
    number: (text: string, task?: TaskRef) =>
      desk.ask(session, 'evaluate', { text, ...(task && { task }) }).number as number,
    assign: (text: string, value: string, task?: TaskRef) =>
      desk.ask(session, 'assign', { text, value, ...(task && { task }) }),
    hold: (array: number, role?: Role, number?: number) =>
      desk.ask(session, 'hold', {
        isHeld: true,
        array,
        ...(role && { role: roleNumber(role) }),
        ...(number !== undefined && { number }),
      }),
    release: (array?: number, role?: Role, number?: number) =>
      desk.ask(session, 'hold', {
        isHeld: false,
        ...(array !== undefined && { array }),
        ...(role && { role: roleNumber(role) }),
        ...(number !== undefined && { number }),
      }),
    /** Rows by what stands in their first column. */
    table: (what: Look, ...words: string[]): Readonly<Record<string, readonly string[]>> =>
      Object.fromEntries(desk.ask(session, 'look', { what, words }).rows.map(([name, ...rest]) => [name, rest])),
    detach: () => desk.detach(session),
  };
}

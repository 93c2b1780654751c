/** Arrays of this process under a debugger, without HTTP between, and hosts of one of them. */
import { type Role, roleNumber } from '../../firmware/ports/messages.js';
import { type Served, type ServeOptions, serve } from '../../firmware/runtime/live/serve.js';
import type { DebugProgress } from '../../firmware/runtime/live/system.js';
import type {
  AnswerOf,
  AskOf,
  Break,
  Look,
  Question,
  Resume,
  Stop,
  TaskRef,
} from '../../firmware/runtime/machine/debug/target.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadRig } from '../../firmware/service/rig.js';
import { NbdClient } from '../adapters/channel/nbd-client.js';

const WRITE = 1;
const READ = 0;
const HOSTS = 6;
const BLOCK = Buffer.alloc(512, 7);
const SECRET = new Uint8Array(32);

let served: Served | undefined;
const clients: NbdClient[] = [];
/** Directors that died: array and roles. */
export const deaths: string[] = [];

/** Call it after each test. */
export async function letGo(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  await served?.close();
  served = undefined;
  deaths.length = 0;
}

interface Hosts {
  /** Array that they are at; the first one if none is named. */
  readonly at?: string;
  readonly volume?: string;
  readonly hosts?: number;
  /** One more host, of another array. */
  readonly other?: { readonly at: string; readonly volume: string };
}

/** A debugger is attached, and everything stands. */
export async function debugged(
  placement: 'dedicated' | 'fused',
  rig = 'tiny-pair',
  { at, volume, hosts = HOSTS, other, ...more }: Partial<ServeOptions> & Hosts = {},
) {
  served = await serve({
    rig: loadRig(rig),
    images: loadImages(),
    placement,
    portBase: 0,
    secretOf: () => SECRET,
    onDead: (array, roles) => deaths.push(`${array} ${roles.join('+')}`),
    ...more,
  });
  const { system, arrays } = served;
  const portOf = (array?: string): number =>
    Number(arrays.find(({ name }) => array === undefined || name === array)?.nbd.split(':')[1]);
  // While everything stands none gets in.
  for (let i = 0; i < hosts; i++) clients.push(await NbdClient.attach(portOf(at), volume));
  const another = other && (await NbdClient.attach(portOf(other.at), other.volume));
  if (another) clients.push(another);
  let commands = 0;
  const { session, stop } = await system.debug.attach();
  const desk = system.debug;
  const host = (): NbdClient => clients[commands++ % hosts] as NbdClient;
  const writeBy = (client: NbdClient | undefined, sector: number): Promise<number | undefined> =>
    Promise.resolve(client?.ask({ type: WRITE, offset: sector * 512, length: 512 }, BLOCK)).then((said) => said?.errno);
  return {
    system,
    stop,
    write: (sector: number) => writeBy(host(), sector),
    /** By the one host more. */
    writeToOther: (sector: number) => writeBy(another, sector),
    read: (sector: number) =>
      host()
        .ask({ type: READ, offset: sector * 512, length: 512 })
        .then(({ errno }) => errno),
    about: () => desk.about(session),
    source: (file: string) => desk.source(session, file).text,
    breaks: (...breaks: Break[]) => desk.breaks(session, breaks),
    states: () => desk.breaks(session),
    hits: () => desk.breaks(session).map(({ hits }) => hits),
    /** Until it stands. */
    async goOn(how: Resume = { how: 'continue' }): Promise<{ readonly stop: Stop; readonly lines: readonly string[] }> {
      const lines: string[] = [];
      for (let seen: DebugProgress = await desk.resume(session, how); ; seen = await desk.progress(session, true)) {
        lines.push(...seen.lines);
        if (seen.stop) return { stop: seen.stop, lines };
      }
    },
    /** Lets it run, and does not wait. Resolves when it runs. */
    resume: (how: Resume) => desk.resume(session, how),
    pause: () => desk.pause(session),
    ask: <Q extends Question>(question: Q, ask: AskOf<Q>): AnswerOf<Q> => desk.ask(session, question, ask),
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

/**
 * One end of a link in these tests: an array's memory with real rings, the port under test, and in place of the remote
 * role's microcode the test itself, which notes what it is told and says what the test wants said.
 */
import type { LinkState, TcpLinkOptions } from '../../../../adapters/link/tcp/options.js';
import type { TcpLink } from '../../../../adapters/link/tcp/tcp-link.js';
import { TcpLinks } from '../../../../adapters/link/tcp/tcp-links.js';
import { PortMail, Wiring } from '../../../../firmware/engine/wiring.js';
import { LINKS_MAX, SECTOR_BYTES, TRUNK_SHIFT } from '../../../../firmware/memory/constants.js';
import { type ArrayMemory, attach, type Dimensions, layoutOf } from '../../../../firmware/memory/layout.js';
import {
  D_ANSWERS,
  D_HEAD,
  D_PAYLOAD,
  D_TOKEN,
  KIND,
  KINDS,
  type KindName,
  roleNumber,
} from '../../../../firmware/ports/messages.js';

export const DIMENSIONS: Dimensions = {
  sectorsPerTrack: 16,
  tracks: [64],
  hostSlots: 4,
  remoteSlots: 4,
  tasks: [8, 8, 2, 4],
  commands: 8,
  transferSectors: 1024,
  credits: 32,
};

export const SECRET = Buffer.from('what both arrays know');
export const span = (first: number, count: number): number => first | (count << 16);

/** What the remote role was told. */
export interface Told {
  readonly kind: string;
  readonly token: number;
  readonly answers: number;
  readonly fields: Record<string, number>;
  /** Of a write with bytes: what stood in its receive buffer when it came. */
  readonly bytes?: Buffer;
}

/** A wait that ends by its condition, or with what it waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const late = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > late) throw new Error(`waited 10 s for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export class End {
  readonly memory: ArrayMemory;
  readonly port: TcpLinks;
  readonly link: TcpLink;
  readonly told: Told[] = [];
  readonly states: LinkState[] = [];
  /** The role does not look at its mail. */
  sleeps = false;
  /** Gives a receive buffer back as soon as its write was noted. */
  givesBack = true;
  readonly #mail: PortMail;

  constructor(options: Partial<TcpLinkOptions>, dims: Partial<Dimensions> = {}) {
    const layout = layoutOf({ ...DIMENSIONS, ...dims });
    this.memory = attach(layout, new SharedArrayBuffer(layout.bytes));
    const wiring = new Wiring(this.memory, 0);
    this.#mail = new PortMail(wiring, roleNumber('remote'));
    const mail = new PortMail(wiring, roleNumber('linkPort'));
    this.port = new TcpLinks({ memory: this.memory, mail, pump: this.pump });
    this.link = this.port.add(0, 0, {
      array: 'A',
      peer: 'B',
      secret: SECRET,
      onState: (state) => this.states.push(state),
      retryFirst_ms: 5,
      retryMost_ms: 20,
      ...options,
    });
  }

  readonly pump = (): void => {
    do this.listen();
    while (this.port.pump());
  };

  /** Number of the last wire that came up; 0 when it went, or none came. */
  get wire(): number {
    const last = this.told.filter((t) => t.kind === 'LINK_UP' || t.kind === 'LINK_DOWN').at(-1);
    return last?.kind === 'LINK_UP' ? last.fields.wire : 0;
  }

  /** How many wires came, the one of now with them; 0 when none is there. */
  get times(): number {
    return Math.floor((this.wire & (2 ** TRUNK_SHIFT - 1)) / LINKS_MAX);
  }

  /** What the remote role was told, but for credits that came back. */
  kinds(): string[] {
    return this.told.map((t) => t.kind).filter((kind) => kind !== 'UNSPENT');
  }

  of(kind: KindName): Told[] {
    return this.told.filter((t) => t.kind === kind);
  }

  /** The last reason for which the link was not up. */
  get reason(): string {
    return this.states.filter((s) => s.state !== 'up').at(-1)?.reason ?? '';
  }

  /** Says something to the port; `pump` sends it. */
  say(kind: KindName, fields: Record<string, number> = {}, token = 0): void {
    const { isReply, reply, fields: names } = KINDS[KIND[kind]];
    const mail = this.#mail;
    const d = isReply
      ? mail.respond(KIND[kind], roleNumber('linkPort'), token)
      : reply
        ? mail.ask(KIND[kind], token)
        : mail.post(KIND[kind]);
    for (const [i, name] of names.entries())
      mail.m[d + D_PAYLOAD + i] = fields[name] ?? (name === 'wire' ? this.wire : 0);
  }

  hello(wire = this.wire): void {
    this.say('HELLO', { wire, credits: this.port.buffers.free });
    this.pump();
  }

  /** A write from transfer memory, where these bytes are put. */
  write(token: number, first: number, bytes: Uint8Array, at: number, fields: Record<string, number> = {}): void {
    this.memory.bytes.set(bytes, at * SECTOR_BYTES);
    this.say('FAR_APPLY', { span: span(first, bytes.length / SECTOR_BYTES), at, ...fields }, token);
  }

  /** The remote role takes its mail; the port is not pumped. */
  listen(): void {
    if (this.sleeps) return;
    const mail = this.#mail;
    const { m } = mail;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      const kind = KINDS[m[d + D_HEAD] & 255];
      const fields = Object.fromEntries(kind.fields.map((name, i) => [name, m[d + D_PAYLOAD + i]]));
      const hasBytes = kind.name === 'FAR_APPLY' && (fields.flags & 1) === 0;
      const from = fields.at * SECTOR_BYTES;
      const bytes = hasBytes
        ? Buffer.from(this.memory.bytes.slice(from, from + (fields.span >>> 16) * SECTOR_BYTES))
        : undefined;
      this.told.push({ kind: kind.name, token: m[d + D_TOKEN], answers: m[d + D_ANSWERS], fields, bytes });
      mail.drop();
      if (hasBytes && this.givesBack) this.say('RECEIVED', { at: fields.at });
    }
  }
}

export type Pair = { readonly a: End; readonly b: End; close(): Promise<void> };

/** A listens, B dials; both have greeted. `through`: where B dials instead, made from where A listens. */
export async function pair(
  options: { a?: Partial<TcpLinkOptions>; b?: Partial<TcpLinkOptions>; dims?: Partial<Dimensions> } = {},
  through: (port: number) => Promise<number> = async (port) => port,
): Promise<Pair> {
  const a = new End({ listen: { host: '127.0.0.1', port: 0 }, ...options.a }, options.dims);
  const where = await a.link.start();
  const port = await through(where?.port ?? 0);
  const b = new End({ array: 'B', peer: 'A', dial: { host: '127.0.0.1', port }, ...options.b }, options.dims);
  await b.link.start();
  const close = async (): Promise<void> => {
    await Promise.all([a.link.close(), b.link.close()]);
  };
  return { a, b, close };
}

/** Both ends are up, have greeted, and have heard the other's greeting. */
export async function greeted({ a, b }: Pair): Promise<void> {
  await until('both ends to be up', () => a.wire > 0 && b.wire > 0);
  for (const end of [a, b]) end.hello();
  await until('both greetings', () =>
    [a, b].every((end) => end.kinds().lastIndexOf('HELLO') > end.kinds().lastIndexOf('LINK_UP')),
  );
}

/** Array A, listening. */
export async function listening(options: Partial<TcpLinkOptions> = {}): Promise<{ end: End; port: number }> {
  const end = new End({ listen: { host: '127.0.0.1', port: 0 }, ...options });
  const where = await end.link.start();
  return { end, port: where?.port ?? 0 };
}

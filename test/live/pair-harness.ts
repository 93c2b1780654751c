/**
 * Mirrored pairs as a user starts and operates them: `serve` and `ctl` as child processes, with a runtime folder of their
 * own, so that `ctl` finds these processes and no others.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FlagCounts, LinkView, Meter, PairView, TracksView } from '../../firmware/runtime/live/system.js';
import { request, requestText } from '../../firmware/service/http/request.js';
import type { StatusView } from '../../firmware/service/http/views.js';
import { type Child, start } from '../../tools/bench/children.js';
import { addressOf, HOST, ready, type Served } from '../../tools/bench/nbd-peers.js';
import { run as runCtl } from '../../tools/cli/commands/ctl.js';
import { here } from '../harness/here.js';
import { NumberedWriter, type WriteRecord, type WriterOptions } from './numbered-writer.js';

const CLI = 'dist/tools/cli/main.js';
/** For what hangs, not for what is slow: less than a test may take, so that the reason is told. */
const WAIT_MS = 60_000;
const LOOK_MS = 20;
const HTTP_MS = 10_000;
/** Where processes leave their records for `ctl`, and look for those of others. */
const RUNTIME_VARIABLES = ['XDG_RUNTIME_DIR', 'TMPDIR'] as const;
export const PAIR = 'A:data0';
export const TRACK_BYTES = 65_536;

/** Waits until `probe` holds. Errors: Error that says what was waited for and what was seen last. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T> | T,
  holds: (seen: T) => boolean,
): Promise<T> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await probe();
    if (holds(seen)) return seen;
    if (performance.now() > end)
      throw new Error(`not within ${WAIT_MS / 1000} s: ${what}; last: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Waits for so many more writes with good status. Errors: Error when the writer ends before. */
export async function moreWrites(writer: NumberedWriter, count: number): Promise<void> {
  const goal = writer.writes + count;
  const look = () => ({ writes: writer.writes, ended: writer.hasEnded, errors: writer.errors });
  const seen = await eventually(`${goal} writes`, look, (now) => now.writes >= goal || now.ended);
  if (seen.writes < goal) throw new Error(`the writer ended before ${goal} writes: ${JSON.stringify(seen)}`);
}

/** Waits for the end of a writer whose connection or permission was taken away; of nothing else. */
export async function endOf(writer: NumberedWriter): Promise<void> {
  await eventually('the end of the writer', () => writer.hasEnded, Boolean);
  await writer.ended;
  expect(writer.faults).toEqual([]);
}

/** Ends a writer that must have seen no error and no wrong byte; then both copies hold what it was told they do. */
export async function expectNothingLost(
  served: ServeProcess,
  writer: NumberedWriter,
  record: WriteRecord,
): Promise<void> {
  await writer.stop();
  expect(writer).toMatchObject({ errors: [], faults: [], disconnected: false });
  await untilPaired(served, 'A');
  await untilClean(served);
  await record.check(served.port('A'), 'data0');
  await record.check(served.port('B'), 'data0');
}

/** A process that serves arrays. */
export class ServeProcess {
  readonly #child: Child;
  readonly #served: Served;

  constructor(child: Child, served: Served) {
    this.#child = child;
    this.#served = served;
  }

  get pid(): number {
    return this.#child.process.pid ?? 0;
  }

  /** Its service processor. */
  get http(): { readonly url: string; readonly tokenFile: string } {
    const { http = '', tokenFile = '' } = this.#served;
    return { url: http, tokenFile };
  }

  port(array: string): number {
    return addressOf(this.#served, array).port;
  }

  /** Where an array's iSCSI server listens, and its target's name. */
  iscsi(array: string): { readonly portal: string; readonly port: number; readonly iqn: string } {
    const { iscsi = '', iqn = '' } = this.#served.arrays.find(({ name }) => name === array) ?? {};
    if (iqn === '') throw new Error(`serve says nothing of iSCSI for array ${array}`);
    return { portal: iscsi, port: Number(iscsi.slice(iscsi.lastIndexOf(':') + 1)), iqn };
  }

  /** All that it printed so far. */
  said(): string {
    return this.#child.said();
  }

  /** Where clients find a volume. */
  uri(array: string, volume = 'data0'): string {
    return `nbd://${HOST}:${this.port(array)}/${volume}`;
  }

  async pair(name = PAIR): Promise<PairView> {
    const pairs = (await this.#get('/v1/pairs')) as PairView[];
    const pair = pairs.find(({ primary }) => primary === name);
    if (pair === undefined) throw new Error(`no pair ${name}: ${JSON.stringify(pairs)}`);
    return pair;
  }

  async links(): Promise<readonly LinkView[]> {
    return ((await this.#get('/v1/status')) as StatusView).links;
  }

  async meter(array: string): Promise<Meter> {
    const { arrays } = (await this.#get('/v1/status')) as StatusView;
    const found = arrays.find(({ name }) => name === array);
    if (found === undefined) throw new Error(`no array ${array} here: ${JSON.stringify(arrays)}`);
    return found.meter;
  }

  /** What the list of the volume's own array says of an array's copy. */
  async tracks(volume: string, of: string): Promise<FlagCounts> {
    const view = (await this.#get(`/v1/tracks/${volume}`)) as TracksView;
    return view[of] as FlagCounts;
  }

  /** Bytes that an array sent over its links since its power came on. */
  async sentBytes(array: string): Promise<number> {
    const { http = '', tokenFile = '' } = this.#served;
    const token = readFileSync(tokenFile, 'utf8').trim();
    const { text } = await requestText({ method: 'GET', url: http, path: '/metrics', token, timeout_ms: HTTP_MS });
    const line = new RegExp(
      `^arraylab_link_bytes_total\\{array="${array}",peer="[^"]+",link="\\d+",direction="sent"\\} (\\d+)$`,
      'gm',
    );
    const sent = [...text.matchAll(line)];
    if (sent.length === 0) throw new Error(`no bytes over the links of ${array} in ${text}`);
    return sent.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.process.kill(signal);
  }

  /** Exit code and signal when it is gone. Errors: Error when it stays. */
  async exit(): Promise<{ code: number | null; signal: string | null }> {
    const { process: child, said } = this.#child;
    const state = (): { code: number | null; signal: string | null } => ({
      code: child.exitCode,
      signal: child.signalCode,
    });
    return eventually(
      `the end of serve; it said: ${said()}`,
      state,
      ({ code, signal }) => code !== null || signal !== null,
    );
  }

  async #get(path: string): Promise<unknown> {
    const { http = '', tokenFile = '' } = this.#served;
    const token = readFileSync(tokenFile, 'utf8').trim();
    const { status, json } = await request({ method: 'GET', url: http, path, token, timeout_ms: HTTP_MS });
    if (status !== 200) throw new Error(`${path}: ${status}: ${JSON.stringify(json)}`);
    return json;
  }
}

export interface CtlResult {
  readonly code: number;
  /** Of stdout; undefined when that is empty. */
  readonly json: unknown;
  readonly stderr: string;
}

/** A place to work in, for one test. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'arraylab-pair-'));
  readonly #children: Child[] = [];
  readonly #writers: NumberedWriter[] = [];
  readonly #before = RUNTIME_VARIABLES.map((name) => [name, process.env[name]] as const);

  constructor() {
    for (const name of RUNTIME_VARIABLES) process.env[name] = this.folder;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Records and tokens of processes that run. */
  get runtimeFiles(): string[] {
    return readdirSync(this.file('arraylab'));
  }

  /**
   * A rig of two arrays with one mirrored volume; its path. With a port, its arrays may be in different processes.
   * `choices`: more fields of its pair. `links`: how many join them.
   */
  async rig(
    size_bytes: number,
    apart = false,
    choices: Readonly<Record<string, unknown>> = {},
    links = 1,
  ): Promise<string> {
    const volume = { name: 'data0', size_bytes };
    const pair = { to: 'B:data0', recipe: 'track-mirror', ...choices };
    const link = async () => ({
      between: ['A', 'B'],
      ...(apart && { port: await linkPort(), secret_file: 'link.secret' }),
    });
    const rig = {
      arrays: [
        { name: 'A', profile: 'dmx', volumes: [{ ...volume, pair }] },
        { name: 'B', profile: 'dmx', volumes: [volume] },
      ],
      links: await Promise.all(Array.from({ length: links }, link)),
    };
    const path = this.file('test-rig.json');
    writeFileSync(path, JSON.stringify(rig));
    return path;
  }

  /** A rig of one array with a volume; its path. */
  single(size_bytes: number): string {
    const path = this.file('single.json');
    const volumes = [{ name: 'data0', size_bytes }];
    writeFileSync(path, JSON.stringify({ arrays: [{ name: 'A', profile: 'dmx', volumes }] }));
    return path;
  }

  /** Errors: Error when it does not get ready, with what it said. */
  async serve(rig: string, args: readonly string[] = []): Promise<ServeProcess> {
    const child = start('serve', process.execPath, [CLI, 'serve', rig, '--port-base', '0', ...args]);
    this.#children.push(child);
    const served = await ready('serve', child.process, child.said, async () => {
      const line = /^ready (\{.*\})$/m.exec(child.stdout());
      return line?.[1] === undefined ? undefined : (JSON.parse(line[1]) as Served);
    });
    return new ServeProcess(child, served);
  }

  /** A host that writes to a volume of the array at this port, until the test ends at the latest. */
  async write(
    port: number,
    record: WriteRecord,
    options: WriterOptions = {},
    volume = 'data0',
  ): Promise<NumberedWriter> {
    const writer = await NumberedWriter.start(port, volume, record, options);
    this.#writers.push(writer);
    return writer;
  }

  /** What an operator types after `arraylab ctl --json`. */
  async ctl(words: string): Promise<CtlResult> {
    const { status: code, out, err } = await here(runCtl, ['--json', ...words.split(' ')]);
    return { code, json: out === '' ? undefined : (JSON.parse(out) as unknown), stderr: err };
  }

  /** The same where it must succeed; what it answers. */
  async told(words: string): Promise<unknown> {
    const { code, json, stderr } = await this.ctl(words);
    if (code !== 0) throw new Error(`ctl ${words}: exit ${code}: ${stderr}`);
    return json;
  }

  /** Ends everything that the test started. Errors: Error when a process that served had to complain of something unexpected. */
  async close(expected?: RegExp): Promise<void> {
    for (const [name, value] of this.#before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    const running = this.#children.filter(({ process: p }) => p.exitCode === null && p.signalCode === null);
    const gone = running.map(({ process: p }) => once(p, 'exit'));
    for (const child of running) child.process.kill('SIGKILL');
    await Promise.all(gone);
    await Promise.allSettled(this.#writers.map((writer) => writer.stop()));
    rmSync(this.folder, { recursive: true, force: true });
    const complaints = this.#children
      .filter(({ process: p }) => p.spawnargs.includes('serve'))
      .map((child) =>
        child
          .said()
          .replace(child.stdout(), '')
          .replace(expected ?? '', ''),
      );
    if (complaints.some((text) => text !== '')) throw new Error(`serve said: ${complaints.join('')}`);
  }
}

/** Waits until the pair is in PAIR, served by this array, and nothing is owed. @param at serves, or is asked besides. */
export async function untilPaired(at: ServeProcess, serves: string, name = PAIR): Promise<PairView> {
  return eventually(
    `pair ${name} in PAIR, nothing owed, array ${serves} serves`,
    () => at.pair(name),
    (pair) => pair.state === 'PAIR' && pair.owedTracks === 0 && pair.serves === serves,
  );
}

/** Waits until no track of either side has a flag, in either list. */
export async function untilClean(at: ServeProcess): Promise<void> {
  const looks = [PAIR, 'B:data0'].flatMap((volume) => ['A', 'B'].map((of) => () => at.tracks(volume, of)));
  const isNone = (f: FlagCounts): boolean => f.writePending + f.formatPending + f.invalid === 0;
  await eventually(
    'no flag in any list',
    () => Promise.all(looks.map((look) => look())),
    (all) => all.every(isNone),
  );
}

/**
 * A free port for a link, below those that systems give to whoever connects: while nobody listens there, the other array's
 * attempts must not meet themselves or a client.
 */
export async function linkPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, HOST, () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** A client of the Debug Adapter Protocol that is not ours, with events that are kept until somebody waits for them. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import testsupport from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { packageRoot } from '../../firmware/service/package-root.js';
import type { Openers } from '../../tools/debugger/dap/open.js';
import { Session, type SessionOptions } from '../../tools/debugger/dap/session.js';

const MAIN = join(packageRoot(), 'dist/tools/cli/main.js');
/** Each of them once, as the client knows them. */
const EVENTS = ['initialized', 'stopped', 'output', 'terminated', 'exited', 'invalidated', 'capabilities'];
const PROGRESS = ['progressStart', 'progressEnd'];

export type Stopped = DebugProtocol.StoppedEvent['body'];

export class Client extends testsupport.DebugClient {
  readonly #events = new Map<string, DebugProtocol.Event[]>();
  readonly #waiting = new Map<string, ((event: DebugProtocol.Event) => void)[]>();
  process: ChildProcessWithoutNullStreams | undefined;
  #closed: Promise<unknown[]> | undefined;
  socket: Socket | undefined;
  /** What the adapter said to stderr. */
  said = '';

  private constructor(from: Readable, to: Writable) {
    super('node', '', 'arraylab');
    this.defaultTimeout = 110_000;
    for (const name of [...EVENTS, ...PROGRESS]) this.on(name, (event: DebugProtocol.Event) => this.#keep(name, event));
    this.connect(from, to);
  }

  /** Of the real command, over its standard streams. */
  static command(...args: string[]): Client {
    const child = spawn(process.execPath, [MAIN, 'dap', ...args], { stdio: 'pipe' });
    const client = new Client(child.stdout, child.stdin);
    client.process = child;
    client.#closed = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      client.said += text;
    });
    return client;
  }

  /** Of a session in this process. */
  static session(openers: Partial<Openers>, options?: SessionOptions): Client {
    const to = new PassThrough();
    const from = new PassThrough();
    new Session(to, from, openers as Openers, options);
    return new Client(from, to);
  }

  /** Of the session that a server makes for who connects. */
  static async at(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new Client(socket, socket);
    client.socket = socket;
    return client;
  }

  /** Of the command as a server, when it says it. */
  async port(): Promise<number> {
    for await (const chunk of this.process?.stderr ?? []) {
      const [, port] = /listens at 127\.0\.0\.1:(\d+)/.exec(String(chunk)) ?? [];
      if (port !== undefined) return Number(port);
    }
    throw new Error('it ended, and named no port');
  }

  #keep(name: string, event: DebugProtocol.Event): void {
    const waiting = this.#waiting.get(name)?.shift();
    if (waiting) waiting(event);
    else this.#events.set(name, [...(this.#events.get(name) ?? []), event]);
  }

  /** The next event of a name, also one that came before anybody waited. */
  next(name: string): Promise<DebugProtocol.Event> {
    const kept = this.#events.get(name)?.shift();
    if (kept) return Promise.resolve(kept);
    return new Promise((resolve) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
    });
  }

  async stopped(): Promise<Stopped> {
    return (await this.next('stopped')).body;
  }

  /** Text of all output events of a category that came until now. */
  output(category: string): string {
    const events = (this.#events.get('output') ?? []).filter(({ body }) => body.category === category);
    return events.map(({ body }) => body.output).join('');
  }

  /** Through initialize and launch to where breakpoints may be set. */
  async launched(args: object, client: object = {}): Promise<DebugProtocol.Capabilities> {
    const said = { adapterID: 'arraylab', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path' };
    const { body } = await this.initializeRequest({ ...said, ...client });
    await this.launchRequest(args);
    await this.next('initialized');
    return body ?? {};
  }

  /** Innermost frame of the thread that stopped. */
  async top({ threadId = 0 }: Stopped): Promise<DebugProtocol.StackFrame> {
    const { body } = await this.stackTraceRequest({ threadId });
    return body.stackFrames[0] as DebugProtocol.StackFrame;
  }

  /** The message of the refusal. */
  async refusal(command: string, args?: object): Promise<string> {
    try {
      await this.customRequest(command, args);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`${command} was not refused`);
  }

  /** Status of the command, when it ended and all that it said was read. */
  async exit(): Promise<number> {
    if (!this.#closed) throw new Error('there is no process');
    return (await this.#closed)[0] as number;
  }
}

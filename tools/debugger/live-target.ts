/** Arrays that a process serves as a debugger's target: its HTTP interface under /v1/debug. They stand from when it is opened. */
import { readFileSync } from 'node:fs';
import type { DebugAttached, DebugProgress } from '../../firmware/runtime/live/system.js';
import type {
  About,
  AnswerOf,
  AskOf,
  Break,
  BreakState,
  Question,
  Resume,
  Stop,
  Target,
} from '../../firmware/runtime/machine/debug/target.js';
import { isLoopback } from '../../firmware/service/http/access.js';
import { request } from '../../firmware/service/http/request.js';

/** More than a request waits for a stop. */
const ANSWER_MS = 30_000;
const LEASE_MS = 30_000;
/** Shows that it is there so many times in a lease. */
const BEATS = 4;

export interface LiveOptions {
  /** What `serve` says: http://127.0.0.1:PORT. */
  readonly url: string;
  /** Where the token of that process is; `serve` says it too. */
  readonly tokenFile: string;
  /** If nothing is heard for so long, the arrays go on as if nobody had looked. */
  readonly lease_ms?: number;
}

class LiveTarget implements Target {
  onOutput: (line: string) => void = () => undefined;
  readonly #url: string;
  readonly #token: string;
  readonly #session: string;
  readonly #beat: NodeJS.Timeout;
  #isRunning = false;
  #isClosed = false;

  constructor(url: string, token: string, session: string, lease_ms: number) {
    this.#url = url;
    this.#token = token;
    this.#session = session;
    this.#beat = setInterval(() => this.#show(), lease_ms / BEATS).unref();
  }

  about(): Promise<About> {
    return this.#ask('about', {});
  }

  setBreaks(breaks: readonly Break[]): Promise<readonly BreakState[]> {
    return this.#ask('breaks', { breaks });
  }

  breaks(): Promise<readonly BreakState[]> {
    return this.#ask('breaks', {});
  }

  async resume(how: Resume): Promise<Stop> {
    if (this.#isRunning) throw new Error('the rig runs; pause it first');
    this.#isRunning = true;
    try {
      for (let progress = await this.#ask<DebugProgress>('resume', { how }); ; ) {
        for (const line of progress.lines) this.onOutput(line);
        if (progress.stop) return progress.stop;
        progress = await this.#ask<DebugProgress>('progress', { waits: true });
      }
    } finally {
      this.#isRunning = false;
    }
  }

  pause(): void {
    // If it is gone, `resume` says so.
    this.#ask('pause', {}).catch(() => undefined);
  }

  async stop(): Promise<Stop> {
    const { stop } = await this.#ask<DebugProgress>('progress', {});
    if (stop) return stop;
    throw new Error('the rig runs; pause it first');
  }

  async ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> {
    return (await this.#ask<{ readonly answer: AnswerOf<Q> }>('ask', { question, ask })).answer;
  }

  /** As the process has it, of the tree that it was started with. */
  async source(file: string): Promise<string | undefined> {
    return (await this.#ask<{ readonly text?: string }>('source', { file })).text;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    clearInterval(this.#beat);
    // Nothing to let go of where the process is gone, or did so by itself.
    await this.#ask('detach', {}).catch(() => undefined);
    this.#isClosed = true;
  }

  #show(): void {
    if (!this.#isRunning) this.#ask('progress', {}).catch(() => undefined);
  }

  #ask<T>(what: string, body: object): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('the debugger has let go of the rig'));
    return post(this.#url, this.#token, what, { session: this.#session, ...body });
  }
}

/**
 * All arrays of a process come to a stand. Errors: Error for a URL that is not of this machine, a token that is wrong, a process
 * that does not answer, and while another debugger is attached.
 */
export async function openLive({ url, tokenFile, lease_ms = LEASE_MS }: LiveOptions): Promise<Target> {
  const origin = originOf(url);
  const token = readToken(tokenFile);
  const { session } = await post<DebugAttached>(origin, token, 'attach', { lease_ms });
  return new LiveTarget(origin, token, session, lease_ms);
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !isLoopback(url.hostname) || url.pathname !== '/' || url.username !== '')
    throw new Error(`"${text}" is not the URL of this machine that \`serve\` said, http://127.0.0.1:PORT`);
  return url.origin.replace('//localhost', '//127.0.0.1');
}

function readToken(file: string): string {
  let token = '';
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`the token cannot be read: ${(error as Error).message}`);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${file}: this is not a token; it must be one word`);
  return token;
}

/** Errors: Error with what the process says. */
async function post<T>(url: string, token: string, what: string, body: object): Promise<T> {
  const asked = { method: 'POST', url, path: `/v1/debug/${what}`, token, body, timeout_ms: ANSWER_MS } as const;
  const { status, json } = await request(asked);
  if (status === 200) return json as T;
  if (status === 401) throw new Error(`${url}: the token is not that of this process`);
  const said = (json as { readonly error?: unknown } | null)?.error;
  throw new Error(typeof said === 'string' ? said : `${url}: status ${status}: this is no arraylab`);
}

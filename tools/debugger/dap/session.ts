/**
 * A session of the Debug Adapter Protocol: takes requests in their order, one after the other, and answers each. While the rig
 * runs, requests go on being answered; `pause` and `cancel` do not wait for the request before them.
 */
import type { Readable, Writable } from 'node:stream';
import { nearest } from '../../../firmware/service/profile/nearest.js';
import { BREAKPOINTS } from './breakpoints.js';
import { Context, type Requests } from './context.js';
import { Fields } from './fields.js';
import { close, lifecycle } from './lifecycle.js';
import { LOOKING } from './looking.js';
import { MEMORY } from './memory.js';
import type { Openers } from './open.js';
import { RUNNING } from './running.js';
import { Wire } from './wire.js';

/** From so long on one sees that a way back takes its time. */
const PATIENCE_MS = 1000;
const AT_ONCE = ['pause', 'cancel'];

export interface SessionOptions {
  readonly patience_ms?: number;
}

export class Session {
  readonly #requests: Requests;
  readonly #context: Context;
  readonly #wire: Wire;
  #seq = 1;
  #before: Promise<void> = Promise.resolve();
  /** Settled when the other side is gone, or said `disconnect`, and nothing is held any more: why, if it was no good end. */
  readonly ended: Promise<string | undefined>;
  #end: (reason?: string) => void = () => {};

  constructor(input: Readable, output: Writable, openers: Openers, options: SessionOptions = {}) {
    this.#requests = { ...lifecycle(openers), ...BREAKPOINTS, ...RUNNING, ...LOOKING, ...MEMORY };
    const event = (name: string, body?: object): void => this.#send({ type: 'event', event: name, body });
    this.#context = new Context(event, options.patience_ms ?? PATIENCE_MS);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#wire = new Wire(
      input,
      output,
      (message) => this.#take(message),
      (reason) => this.#gone(reason),
    );
  }

  #send(message: object): void {
    this.#wire.send({ seq: this.#seq++, ...message });
  }

  #take(message: unknown): void {
    const request = message as { type?: unknown; seq?: unknown; command?: unknown; arguments?: unknown } | null;
    if (request?.type !== 'request' || typeof request.command !== 'string' || !Number.isSafeInteger(request.seq)) {
      this.#context.output('important', 'a message came that is no request: it is passed over');
      return;
    }
    const { command, seq, arguments: given } = request as { command: string; seq: number; arguments?: unknown };
    const carried = (): Promise<void> => this.#carryOut(command, seq, given);
    if (AT_ONCE.includes(command) && this.#context.run) void carried();
    else this.#before = this.#before.then(carried);
  }

  async #carryOut(command: string, seq: number, given: unknown): Promise<void> {
    const head = { type: 'response', request_seq: seq, command };
    try {
      const handler = Object.hasOwn(this.#requests, command) ? this.#requests[command] : undefined;
      if (!handler) throw new Error(this.#unknown(command));
      const body = await handler(this.#context, new Fields(command, given));
      this.#send({ ...head, success: true, ...(body && { body }) });
    } catch (error) {
      const { message } = error as Error;
      // The braces of a message would be places for variables.
      const shown = { id: 1, format: '{said}', variables: { said: message }, showUser: true };
      this.#send({ ...head, success: false, message, body: { error: shown } });
    }
    this.#context.responded();
    if (command === 'disconnect') this.#gone();
  }

  #unknown(command: string): string {
    const meant = nearest(command, Object.keys(this.#requests), 2);
    return `there is no request "${command}"${meant ? `; did you mean "${meant}"?` : ''}`;
  }

  #gone(reason?: string): void {
    this.#context.isOver = true;
    // A request that is under way ends first: it may be opening what has to be closed.
    this.#before = this.#before
      .then(() => close(this.#context))
      .catch(() => {})
      .then(() => this.#end(reason));
  }
}

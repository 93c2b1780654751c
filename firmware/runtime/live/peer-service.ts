/**
 * The service processor of an array and that of the array at the other end of its link: each asks the other one by
 * messages over the link, which have proved that both know its secret. What is asked, and whether it may be, is decided by
 * whoever answers.
 */
import { MESSAGE_BYTES_MAX, type ServiceMessage } from '../../../adapters/link/tcp/service-channel.js';
import { Refusal, type RemoteAnswer, type RemoteHandler, type RemoteRequest } from './system.js';

/** Longer than anything that may be asked takes. */
const ANSWER_MS = 25_000;
/** Requests of each side that are not answered. */
const UNDER_WAY_MAX = 4;
const IDS = 0x7fff_ffff;

export interface PeerServiceOptions {
  readonly array: string;
  readonly peer: string;
  /** The rig lets the other side ask. */
  readonly isOpen: boolean;
  /** Why the link cannot be used; undefined: it is up. */
  down(): string | undefined;
  send(message: ServiceMessage): void;
}

interface Pending {
  resolve(answer: RemoteAnswer): void;
  reject(reason: Error): void;
  readonly late: NodeJS.Timeout;
}

export class PeerService {
  /** Who answers the other side; undefined: nobody yet. */
  handler: RemoteHandler | undefined;
  readonly #options: PeerServiceOptions;
  readonly #pending = new Map<number, Pending>();
  #id = 0;
  #answering = 0;

  constructor(options: PeerServiceOptions) {
    this.#options = options;
  }

  get peer(): string {
    return this.#options.peer;
  }

  /** What the other side's service processor answers. Errors: Refusal, when it cannot be asked, or does not answer. */
  ask(request: RemoteRequest): Promise<RemoteAnswer> {
    const { peer, down, send } = this.#options;
    const why = down();
    if (why !== undefined) return Promise.reject(this.#unheard(why));
    if (this.#pending.size >= UNDER_WAY_MAX) {
      return Promise.reject(new Refusal(`array ${peer} has not answered ${UNDER_WAY_MAX} requests yet`));
    }
    const bytes = Buffer.from(JSON.stringify(request));
    if (bytes.length > MESSAGE_BYTES_MAX) {
      return Promise.reject(new Refusal(`a request of ${bytes.length} bytes; the link carries ${MESSAGE_BYTES_MAX}`));
    }
    this.#id = (this.#id % IDS) + 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#fail(id, `no answer came within ${ANSWER_MS / 1000} s`), ANSWER_MS);
      this.#pending.set(id, { resolve, reject, late });
      send({ id, isAnswer: false, bytes });
    });
  }

  /** A message of the other side. */
  heard({ id, isAnswer, bytes }: ServiceMessage): void {
    if (isAnswer) this.#answered(id, bytes);
    else void this.#answer(bytes).then((answer) => this.#reply(id, answer));
  }

  /** A message did not leave: the link was not up. */
  unsent({ id, isAnswer }: ServiceMessage): void {
    if (!isAnswer) this.#fail(id, this.#options.down() ?? 'the link went');
  }

  /** The link went: no answer comes to what was asked. */
  severed(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id, reason);
  }

  #answered(id: number, bytes: Uint8Array): void {
    const pending = this.#pending.get(id);
    const answer = answerOf(bytes);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.late);
    if (answer) pending.resolve(answer);
    else pending.reject(new Refusal(`array ${this.#options.peer} answers what is not an answer`));
  }

  async #answer(bytes: Uint8Array): Promise<RemoteAnswer> {
    const { array, isOpen } = this.#options;
    const refuse = (status: number, error: string): RemoteAnswer => ({ status, body: { error } });
    if (!isOpen) {
      return refuse(403, `array ${array} takes no orders over its link: remote_service is false in its rig`);
    }
    const request = requestOf(bytes);
    if (!request) return refuse(400, `array ${array} got a request that is none`);
    if (!this.handler) return refuse(409, `the service processor of array ${array} is not ready yet`);
    if (this.#answering >= UNDER_WAY_MAX) return refuse(409, `array ${array} has too much to answer`);
    this.#answering += 1;
    try {
      return await this.handler(request);
    } catch (error) {
      return refuse(500, (error as Error).message);
    } finally {
      this.#answering -= 1;
    }
  }

  #reply(id: number, answer: RemoteAnswer): void {
    const bytes = Buffer.from(JSON.stringify(answer));
    const error = `array ${this.#options.array} has an answer of ${bytes.length} bytes; the link carries ${MESSAGE_BYTES_MAX}`;
    const isTooLarge = bytes.length > MESSAGE_BYTES_MAX;
    const sent = isTooLarge ? Buffer.from(JSON.stringify({ status: 500, body: { error } })) : bytes;
    this.#options.send({ id, isAnswer: true, bytes: sent });
  }

  #fail(id: number, why: string): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.late);
    pending.reject(this.#unheard(why));
  }

  #unheard(why: string): Refusal {
    const { array, peer } = this.#options;
    return new Refusal(`array ${peer} cannot be asked over the link of array ${array}: ${why}`);
  }
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function requestOf(bytes: Uint8Array): RemoteRequest | undefined {
  const { method, path, body } = parse(bytes) ?? {};
  if ((method !== 'GET' && method !== 'POST') || typeof path !== 'string') return undefined;
  return { method, path, ...(body !== undefined && { body }) };
}

function answerOf(bytes: Uint8Array): RemoteAnswer | undefined {
  const { status, body } = parse(bytes) ?? {};
  return typeof status === 'number' && status >= 200 && status <= 599 ? { status, body } : undefined;
}

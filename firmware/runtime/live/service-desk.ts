/**
 * The service processor's node: it asks the array's roles and hands their answers to whoever waits for them. Its state is
 * promises, because it stands outside of the machine.
 */
import type { Mail, Port } from '../../ports/mail.js';
import { D_ANSWERS, D_PAYLOAD, PAYLOAD_WORDS } from '../../ports/messages.js';

interface Waiting {
  resolve(payload: number[]): void;
  reject(reason: Error): void;
}

export class ServiceDesk implements Port {
  readonly #mail: Mail;
  readonly #waiting = new Map<number, Waiting>();
  #token = 0;
  #closed: Error | undefined;

  constructor(mail: Mail) {
    this.#mail = mail;
  }

  /** The payload of the answer. Whoever calls makes the director run. Errors: what `close` was given. */
  ask(kind: number, ...payload: number[]): Promise<number[]> {
    if (this.#closed) return Promise.reject(this.#closed);
    this.#token = (this.#token + 1) & 0x3fffffff;
    const token = this.#token;
    this.#put(this.#mail.ask(kind, token), payload);
    return new Promise((resolve, reject) => this.#waiting.set(token, { resolve, reject }));
  }

  tell(kind: number, ...payload: number[]): void {
    if (!this.#closed) this.#put(this.#mail.post(kind), payload);
  }

  pump(): boolean {
    const mail = this.#mail;
    const { m } = mail;
    let any = false;
    for (let d = mail.peek(); d >= 0; d = mail.peek()) {
      any = true;
      const token = m[d + D_ANSWERS] as number;
      const payload = Array.from({ length: PAYLOAD_WORDS }, (_, i) => m[d + D_PAYLOAD + i] as number);
      mail.drop();
      this.#waiting.get(token)?.resolve(payload);
      this.#waiting.delete(token);
    }
    return any;
  }

  /** Whoever waits now gets no answer. */
  fail(reason: Error): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  /** No answers come any more. */
  close(reason: Error): void {
    this.#closed = reason;
    this.fail(reason);
  }

  #put(d: number, payload: readonly number[]): void {
    const { m } = this.#mail;
    for (let i = 0; i < PAYLOAD_WORDS; i++) m[d + D_PAYLOAD + i] = payload[i] ?? 0;
  }
}

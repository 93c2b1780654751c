/**
 * The mail of a drive port with planned faults before it: what asks a drive for something that it cannot do is answered
 * here, with MEDIUM_ERROR, and the port never sees it. Everything else passes.
 */
import { RESULT } from '../../firmware/memory/constants.js';
import type { Mail } from '../../firmware/ports/mail.js';
import { D_HEAD, D_PAYLOAD, KIND } from '../../firmware/ports/messages.js';
import type { DriveFaults } from './model/faults.js';

export class FaultyMail implements Mail {
  readonly m: Int32Array;
  readonly #mail: Mail;
  readonly #faults: readonly DriveFaults[];

  /** @param faults what is wrong with each drive, by its number. */
  constructor(mail: Mail, faults: readonly DriveFaults[]) {
    this.m = mail.m;
    this.#mail = mail;
    this.#faults = faults;
  }

  peek(): number {
    const mail = this.#mail;
    for (;;) {
      const d = mail.peek();
      if (d < 0 || this.#does(d)) return d;
      this.m[mail.answer(KIND.DRIVE_DONE, d) + D_PAYLOAD] = RESULT.MEDIUM_ERROR;
      mail.drop();
    }
  }

  #does(d: number): boolean {
    const { m } = this;
    const faults = this.#faults[m[d + D_PAYLOAD]];
    if (faults === undefined || faults.healthy) return true;
    const kind = m[d + D_HEAD] & 255;
    const lba = m[d + D_PAYLOAD + 1];
    const sectors = m[d + D_PAYLOAD + 2];
    if (kind === KIND.DRIVE_READ) return faults.reads(lba, sectors);
    if (kind === KIND.DRIVE_SYNC) return !faults.lost;
    return faults.writes(lba, sectors);
  }

  drop(): void {
    this.#mail.drop();
  }

  post(kind: number): number {
    return this.#mail.post(kind);
  }

  answer(kind: number, request: number): number {
    return this.#mail.answer(kind, request);
  }

  respond(kind: number, node: number, token: number): number {
    return this.#mail.respond(kind, node, token);
  }

  forward(kind: number, token: number, answers: number): number {
    return this.#mail.forward(kind, token, answers);
  }

  ask(kind: number, token: number): number {
    return this.#mail.ask(kind, token);
  }
}

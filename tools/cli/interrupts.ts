/** Ctrl-C for a command that ends in order: the first one is heard by whoever asks, a second one ends the process. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export class Interrupts {
  #status: number | undefined;
  readonly #heard = (signal: (typeof SIGNALS)[number]): void => {
    this.#status = 128 + constants.signals[signal];
    this.end();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#heard);
  }

  /** Exit status that the signal asks for; undefined: none came. */
  get status(): number | undefined {
    return this.#status;
  }

  /** From now on signals do what they usually do. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#heard);
  }
}

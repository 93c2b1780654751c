/** Changes that must not meet: each begins when the one before has ended, well or not. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves, or fails, as `change` does. */
  run<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change, change);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Brings directors to a stand, and waits until each of them says that it stands. */
import type { DirectorThread } from '../director-thread.js';
import { Refusal } from '../system.js';

/** So long may they take: a turn takes a fraction of a millisecond, a loaded machine adds its own. */
const STAND_MS = 3000;
/** So often it is looked who died meanwhile. */
const LOOK_MS = 20;

export interface Post {
  readonly key: number;
  readonly thread: DirectorThread;
}

export class Standing {
  readonly #posts: () => readonly Post[];
  #number = 0;
  #left = new Set<number>();
  #end: ((error?: Error) => void) | undefined;

  /** @param posts those that run or stand now. */
  constructor(posts: () => readonly Post[]) {
    this.#posts = posts;
  }

  /** A director stands, for the order of this number. */
  stands(key: number, number: number): void {
    if (number !== this.#number) return;
    this.#left.delete(key);
    if (this.#left.size === 0) this.#end?.();
  }

  /** Whoever waits in `all` waits no longer. */
  giveUp(): void {
    this.#end?.();
  }

  /** Errors: Refusal when one does not come. */
  async all(): Promise<void> {
    const posts = this.#posts();
    this.#number += 1;
    this.#left = new Set(posts.map(({ key }) => key));
    for (const { thread } of posts) thread.debug({ what: 'stand', number: this.#number });
    let late: NodeJS.Timeout | undefined;
    let look: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = (error) => (error ? reject(error) : resolve());
        const why = `the directors do not come to a stand within ${STAND_MS / 1000} s; they go on`;
        late = setTimeout(() => this.#end?.(new Refusal(why)), STAND_MS);
        look = setInterval(() => this.#forgetDead(), LOOK_MS);
        if (this.#left.size === 0) resolve();
      });
    } finally {
      clearTimeout(late);
      clearInterval(look);
      this.#end = undefined;
    }
  }

  #forgetDead(): void {
    const living = new Set(this.#posts().map(({ key }) => key));
    for (const key of this.#left) if (!living.has(key)) this.#left.delete(key);
    if (this.#left.size === 0) this.#end?.();
  }
}

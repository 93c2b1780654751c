/**
 * The directors of an array: their threads while it has power, which roles they run, and how that changes while hosts work.
 * A change waits until all directors stand still, each between two turns: then nothing is anywhere but in the memory, and
 * a role goes on at another director with its tasks, timers and messages as they are.
 */
import { decodeImage, type Image } from '../../engine/image.js';
import { checkCode, checkReplacement } from '../../engine/image-check.js';
import { type Role, roleNumber } from '../../ports/messages.js';
import type { ArrayMachine } from '../machine/array.js';
import type { Images } from '../machine/config.js';
import { DIRECTORS, type DirectorName, directorNumber } from '../machine/director-names.js';
import type { ArrayTables, Placement } from '../machine/tables.js';
import { clockStood } from './clock.js';
import type { DebugEvent } from './debug/orders.js';
import type { DirectorJob, Report } from './director-job.js';
import { DirectorThread } from './director-thread.js';
import { loadMicrocode } from './microcode-load.js';
import { directorsOf, portsOf, rolesOf } from './placement.js';
import { type DirectorView, Refusal } from './system.js';

/** So long may directors take to come to a stand: a turn takes a fraction of a millisecond, a loaded machine adds its own. */
const STAND_MS = 2000;
const STANDSTILLS = 0x7fff_ffff;

/** Thrown while nobody runs who could answer. */
export const noPower = (name: string): Refusal =>
  new Refusal(`array ${name} has no power; \`array start ${name}\` switches it on`);

/** Thrown while nobody answers because everything stands. */
export const lookedAt = (name: string): Refusal =>
  new Refusal(`array ${name} stands, because a debugger looks at it; it goes on when that says so, or is gone`);

/** Thrown while somebody does not answer because a debugger holds it. */
export const heldHere = (name: string, { number }: DirectorThread): Refusal =>
  new Refusal(
    `array ${name}: director ${DIRECTORS[number]} is held by a debugger; it goes on when that releases it, or is gone`,
  );

export interface DirectorsOptions {
  readonly tables: ArrayTables;
  readonly placement: Placement;
  readonly images: Images;
  onReport(report: Report): void;
  /** What a director tells a debugger. */
  onDebug(director: number, event: DebugEvent): void;
  /** A director died by itself. */
  onDead(director: number, reason: string): void;
  /** One starts while the array runs: when it may. */
  join<T>(start: () => Promise<T>): Promise<T>;
}

/** Of a director, what is the same for all of an array. */
type ArrayJob = Omit<DirectorJob, 'director' | 'images' | 'stood_ns'>;

export class Directors {
  readonly #options: DirectorsOptions;
  #placement: Placement;
  #images: Images;
  #threads: DirectorThread[] = [];
  #service: ArrayMachine | undefined;
  #job: ArrayJob | undefined;
  #standstill = 0;
  /** Everything stands, because a debugger wants it so: nothing may be changed. */
  isLookedAt = false;
  /** Those that a fault keeps from doing anything. */
  readonly #hung = new Set<DirectorThread>();
  /** Those that a debugger lets stand when others go on. */
  readonly held = new Set<DirectorThread>();

  constructor(options: DirectorsOptions) {
    this.#options = options;
    this.#placement = options.placement;
    this.#images = options.images;
  }

  /** As the last change left it; kept over a power loss. */
  get placement(): Placement {
    return this.#placement;
  }

  /** Those that run, or stand for a debugger. */
  get living(): readonly DirectorThread[] {
    return this.#threads.filter((thread) => thread.dead === undefined && !this.#hung.has(thread));
  }

  /** Also those that hang: they hear of it later. */
  get alive(): readonly DirectorThread[] {
    return this.#threads.filter((thread) => thread.dead === undefined);
  }

  hangs(thread: DirectorThread): boolean {
    return this.#hung.has(thread);
  }

  /** What the array runs now, or at the next power on. */
  get images(): Images {
    return this.#images;
  }

  /** Those that have a thread. @param operations of a role, since power on. */
  views(operations: (role: Role) => number): DirectorView[] {
    return this.#threads.map(({ number, threadId, dead }): DirectorView => {
      const roles = rolesOf(this.#placement, number);
      const ports = portsOf(this.#placement, number);
      const isIdle = roles.length === 0 && ports.length === 0;
      return {
        name: DIRECTORS[number],
        thread: threadId,
        roles,
        ports,
        operations: roles.reduce((sum, role) => sum + operations(role), 0),
        state: dead !== undefined ? 'dead' : isIdle ? 'idle' : 'running',
        ...(dead !== undefined && { reason: dead }),
      };
    });
  }

  /** The thread on which a role or a port is; undefined: no power. */
  threadOf(node: Role): DirectorThread | undefined {
    return this.#threads.find(({ number }) => number === this.#placement[roleNumber(node)]);
  }

  /**
   * Resolves when all of them run. @param service the service processor's part of the machine, over the same memory.
   * Errors: Error with what one died of.
   */
  async start(service: ArrayMachine, job: ArrayJob): Promise<void> {
    this.#service = service;
    this.#job = job;
    await Promise.all(directorsOf(this.#placement).map((number) => this.#startOne(service, job, number)));
  }

  /** A bit of every director's bell. */
  ring(bit: number): void {
    for (const { number } of this.#threads) this.#service?.wiring.bellOf(number).ring(bit);
  }

  /** A director does nothing, from after its turn on, until it may go on. Errors: Refusal. */
  hang(director: DirectorName): void {
    const thread = this.#living(director);
    if (this.#hung.has(thread)) return;
    this.#hung.add(thread);
    this.#standstill = (this.#standstill % STANDSTILLS) + 1;
    thread.stand(this.#standstill);
  }

  /** Of one that does not hang, nothing. */
  goOn(director: DirectorName): void {
    const thread = this.#threads.find(({ number }) => number === directorNumber(director));
    if (thread && this.#hung.delete(thread)) thread.goOn();
  }

  goOnAll(): void {
    for (const thread of this.#hung) thread.goOn();
    this.#hung.clear();
  }

  /** A director dies, whatever it does. Resolves when its thread is gone. Errors: Refusal. */
  async kill(director: DirectorName): Promise<void> {
    const thread = this.#living(director);
    this.#hung.delete(thread);
    await thread.kill('a fault that was planned');
  }

  #living(director: DirectorName): DirectorThread {
    const { name } = this.#options.tables.config;
    if (!this.#service) throw noPower(name);
    const thread = this.#threads.find(({ number }) => number === directorNumber(director));
    if (!thread) {
      const there = this.#threads.map(({ number }) => DIRECTORS[number]).join(', ');
      throw new Refusal(`array ${name} has no director ${director} now; it has ${there}`);
    }
    if (thread.dead !== undefined) throw new Refusal(`array ${name}: director ${director} is dead: ${thread.dead}`);
    return thread;
  }

  /** Ends all threads. */
  async stop(): Promise<void> {
    this.#hung.clear();
    this.held.clear();
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    this.#threads = [];
    this.#service = undefined;
  }

  /** A role goes on at another director. Errors: Refusal; nothing has changed then. */
  async move(role: Role, to: DirectorName): Promise<void> {
    const service = this.#whole();
    const [node, director] = [roleNumber(role), directorNumber(to)];
    if (this.#placement[node] === director) return;
    const job = this.#job;
    if (job && !this.#threads.some(({ number }) => number === director)) {
      try {
        await this.#options.join(() => this.#startOne(service, job, director));
      } catch (error) {
        this.#threads = this.#threads.filter(({ number }) => number !== director);
        throw new Refusal(`director ${to} cannot start: ${(error as Error).message}`);
      }
    }
    await this.standstill((tables) => {
      tables.set('node', 'director', node, director);
      this.#placement = this.#placement.map((was, n) => (n === node ? director : was));
      return this.#images;
    });
  }

  /**
   * A role goes on with another image, which is a file's bytes. @param name what errors call the file.
   * Errors: Refusal; the array runs what it ran then.
   */
  async load(bytes: Uint8Array, name: string): Promise<void> {
    this.#whole();
    const image = this.#check(bytes, name);
    await loadMicrocode(this.#options.tables, this.#images, image, (change) => this.standstill(change));
  }

  /**
   * All directors stand still while `change` writes to the memory; then they go on as the memory and its images say.
   * `change` may throw: then nothing of it must have been written. Errors: Refusal; what `change` throws.
   */
  async standstill(change: (tables: ArrayTables) => Images): Promise<void> {
    const service = this.#whole();
    const threads = [...this.#threads];
    this.#standstill = (this.#standstill % STANDSTILLS) + 1;
    const number = this.#standstill;
    let changed: { readonly images: Images } | undefined;
    try {
      const all = Promise.all(threads.map((thread) => stands(thread, number)));
      for (const thread of threads) thread.stand(number);
      await inTime(all, this.#options.tables.config.name);
      service.wiring.showAll();
      changed = { images: change(this.#options.tables) };
      this.#images = changed.images;
      service.place(changed.images);
    } finally {
      for (const thread of threads) thread.goOn(changed);
    }
  }

  /** Errors: Refusal with what is wrong with the image. */
  #check(bytes: Uint8Array, name: string): Image {
    try {
      const image = decodeImage(bytes, name);
      checkCode(image, name);
      checkReplacement(image, Object.values(this.#images), this.#options.tables.config.recipes, name);
      return image;
    } catch (error) {
      throw new Refusal((error as Error).message);
    }
  }

  /** The service processor's part, when all directors live. Errors: Refusal. */
  #whole(): ArrayMachine {
    const { name } = this.#options.tables.config;
    if (!this.#service) throw noPower(name);
    if (this.isLookedAt) throw lookedAt(name);
    const dead = this.#threads.find((thread) => thread.dead !== undefined);
    if (dead) throw new Refusal(`array ${name}: director ${DIRECTORS[dead.number]} is dead: ${dead.dead}`);
    const [hung] = this.#hung;
    if (hung) throw new Refusal(`array ${name}: director ${DIRECTORS[hung.number]} hangs, as a fault has it`);
    const [held] = this.held;
    if (held) throw heldHere(name, held);
    return this.#service;
  }

  async #startOne(service: ArrayMachine, job: ArrayJob, number: number): Promise<void> {
    const { onReport, onDebug, onDead } = this.#options;
    const thread = new DirectorThread(
      { ...job, director: number, images: this.#images, stood_ns: clockStood() },
      DIRECTORS[number],
      service.wiring.bellOf(number),
      (report) => (report.what === 'debug' ? onDebug(number, report.event) : onReport(report)),
      (reason) => onDead(number, reason),
    );
    this.#threads = [...this.#threads, thread].sort((a, b) => a.number - b.number);
    await thread.next('up');
  }
}

/** Errors: Refusal when a director dies first, or the time is over. */
async function inTime(all: Promise<unknown>, array: string): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const why = `array ${array}: its directors do not come to a stand within ${STAND_MS / 1000} s; nothing has changed`;
    late = setTimeout(() => reject(new Refusal(why)), STAND_MS);
  });
  try {
    await Promise.race([all, over]);
  } catch (error) {
    throw error instanceof Refusal
      ? error
      : new Refusal(`array ${array}: a director died: ${(error as Error).message}`);
  } finally {
    clearTimeout(late);
    // Whoever comes too late has nobody left to tell.
    all.catch(() => undefined);
  }
}

async function stands(thread: DirectorThread, standstill: number): Promise<void> {
  // A report of an earlier one, which was given up, may still come.
  for (;;) {
    const report = await thread.next('stands');
    if (report.standstill === standstill) return;
  }
}

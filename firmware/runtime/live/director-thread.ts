/** The thread of one director, as the main thread holds it. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Doorbell } from 'sharedarraybuffer-ring';
import { clockStood } from './clock.js';
import type { DebugLine, DebugOrder } from './debug/orders.js';
import { DEBUG, STAND, STOP } from './director.js';
import type { Change, DirectorJob, Gate, Order, Report } from './director-job.js';

/** So long may a director take to stop before its thread is ended from outside. */
const STOP_MS = 1000;

type What = Report['what'];
type ReportOf<W extends What> = Extract<Report, { what: W }>;

export class DirectorThread {
  /** Of its director. */
  readonly number: number;
  /** Node's number of the thread. */
  readonly threadId: number;
  /** Why it died; undefined while it lives, and after it was stopped. */
  dead: string | undefined;
  readonly #worker: Worker;
  readonly #bell: Doorbell;
  readonly #exited: Promise<void>;
  readonly #shut = new Int32Array(new SharedArrayBuffer(4));
  readonly #changes: MessagePort;
  readonly #sent = new Int32Array(new SharedArrayBuffer(4));
  readonly #orders: MessagePort;
  readonly #waiting = new Set<(report: Report | undefined) => void>();
  #stopping = false;
  #reason = '';

  /**
   * @param onReport whatever the director says.
   * @param onDead it died by itself; called once.
   */
  constructor(
    job: DirectorJob,
    name: string,
    bell: Doorbell,
    onReport: (report: Report) => void,
    onDead: (reason: string) => void,
  ) {
    this.number = job.director;
    this.#bell = bell;
    const { port1, port2 } = new MessageChannel();
    this.#changes = port1;
    const gate: Gate = { shut: this.#shut, changes: port2 };
    const debug = new MessageChannel();
    this.#orders = debug.port1;
    const line: DebugLine = { sent: this.#sent, orders: debug.port2 };
    this.#worker = new Worker(new URL('./director.worker.js', import.meta.url), {
      workerData: { job, gate, line },
      transferList: [port2, debug.port2],
      name: `${job.config.name} ${name}`,
    });
    this.threadId = this.#worker.threadId;
    this.#worker.on('message', (report: Report) => {
      if (report.what === 'fault') this.#reason = report.reason;
      else onReport(report);
      for (const tell of [...this.#waiting]) tell(report);
    });
    this.#worker.on('error', (error) => {
      this.#reason = error instanceof Error ? error.message : String(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        resolve();
        this.#changes.close();
        this.#orders.close();
        if (!this.#stopping) {
          this.dead = this.#reason || 'its thread ended';
          onDead(this.dead);
        }
        for (const tell of [...this.#waiting]) tell(undefined);
      });
    });
  }

  /** Resolves with the first report of these kinds. Errors: Error with what it died of. */
  next<W extends What>(...whats: readonly W[]): Promise<ReportOf<W>> {
    if (this.dead !== undefined) return Promise.reject(new Error(this.dead));
    return new Promise((resolve, reject) => {
      const tell = (report: Report | undefined): void => {
        if (report !== undefined && !(whats as readonly What[]).includes(report.what) && report.what !== 'fault')
          return;
        this.#waiting.delete(tell);
        if (report === undefined) reject(new Error(this.dead ?? 'it was stopped'));
        else if (report.what === 'fault') reject(new Error(report.reason));
        else resolve(report as ReportOf<W>);
      };
      this.#waiting.add(tell);
    });
  }

  order(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** It shall stand still, for the standstill of this number, which is not 0; it then reports `stands`. */
  stand(standstill: number): void {
    Atomics.store(this.#shut, 0, standstill);
    this.#bell.ring(STAND);
  }

  /** It may go on. `change`: what it runs is another thing now. */
  goOn(change?: Change): void {
    if (change) this.#changes.postMessage(change);
    Atomics.store(this.#shut, 0, 0);
    Atomics.notify(this.#shut, 0);
  }

  /** Of a debugger: heard between two turns, and while it stands. */
  debug(order: DebugOrder): void {
    this.#orders.postMessage(order);
    Atomics.add(this.#sent, 0, 1);
    Atomics.notify(this.#sent, 0);
    this.#bell.ring(DEBUG);
  }

  /** Ends it in the middle of whatever it does, as if it had died by itself. */
  async kill(reason: string): Promise<void> {
    this.#reason = reason;
    await this.#worker.terminate();
    await this.#exited;
  }

  /** Ends it after the turn that is under way. Resolves when its thread is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.goOn();
    this.#bell.ring(STOP);
    this.debug({ what: 'leave', stood_ns: clockStood() });
    const late = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    await this.#exited;
    clearTimeout(late);
  }
}

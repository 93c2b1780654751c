/** A simulated run as a debugger's target: on a thread of its own, which stands inside the run. */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
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
import { ASKED, PAUSE, SIGNALS, type SimulatedOptions, type Told } from './simulated/open.js';
import type { Request } from './simulated/session.js';
import { sourceReader } from './simulated/sources.js';

export type { SimulatedOptions } from './simulated/open.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class SimTarget implements Target {
  onOutput: (line: string) => void = () => undefined;
  readonly #worker: Worker;
  readonly #port: MessageChannel['port1'];
  readonly #signals = new Int32Array(new SharedArrayBuffer(SIGNALS * 4));
  readonly #waiting = new Map<number, Waiting>();
  readonly #source: (file: string) => Promise<string | undefined>;
  #asked = 0;
  #about: About | undefined;
  #isClosed = false;
  readonly ready: Promise<void>;

  constructor(options: SimulatedOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#source = sourceReader(options);
    this.#worker = new Worker(new URL('./simulated/sim.worker.js', import.meta.url), {
      workerData: { options, port: port2, signals: this.#signals },
      transferList: [port2],
    });
    this.ready = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(error);
        for (const { reject: refuse } of this.#waiting.values()) refuse(error);
        this.#waiting.clear();
      };
      const hear = (told: Told): void => {
        if (told.what === 'ready') {
          this.#about = told.about;
          resolve();
        } else if (told.what === 'failed') fail(new Error(told.error));
        else this.#hear(told);
      };
      port1.on('message', hear);
      this.#worker.on('error', fail);
      this.#worker.on('exit', () => {
        // Its end may be heard before what it said last.
        for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) hear(last.message);
        fail(new Error('the run is closed'));
      });
    });
  }

  #hear(told: Told): void {
    if (told.what === 'line') this.onOutput(told.line);
    if (told.what !== 'answer' && told.what !== 'refused') return;
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (told.what === 'answer') waiting?.resolve(told.value);
    else waiting?.reject(new Error(told.error));
  }

  #send(request: Request): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new Error('the run is closed'));
    return new Promise((resolve, reject) => {
      const id = ++this.#asked;
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, request });
      Atomics.add(this.#signals, ASKED, 1);
      Atomics.notify(this.#signals, ASKED);
    });
  }

  async about(): Promise<About> {
    await this.ready;
    return this.#about as About;
  }

  setBreaks(breaks: readonly Break[]): Promise<readonly BreakState[]> {
    return this.#send({ what: 'breaks', breaks }) as Promise<readonly BreakState[]>;
  }

  breaks(): Promise<readonly BreakState[]> {
    return this.#send({ what: 'states' }) as Promise<readonly BreakState[]>;
  }

  resume(how: Resume): Promise<Stop> {
    return this.#send({ what: 'resume', how }) as Promise<Stop>;
  }

  pause(): void {
    Atomics.store(this.#signals, PAUSE, 1);
  }

  stop(): Promise<Stop> {
    return this.#send({ what: 'stop' }) as Promise<Stop>;
  }

  ask<Q extends Question>(question: Q, ask: AskOf<Q>): Promise<AnswerOf<Q>> {
    return this.#send({ what: 'ask', question, ask }) as Promise<AnswerOf<Q>>;
  }

  source(file: string): Promise<string | undefined> {
    return this.#source(file);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
    this.#port.close();
  }
}

/** Begins a run, which stands at its beginning. Errors: Error for a scenario, a rig or an option that there is not. */
export async function openSimulated(options: SimulatedOptions): Promise<Target> {
  const target = new SimTarget(options);
  try {
    await target.ready;
  } catch (error) {
    await target.close();
    throw error;
  }
  return target;
}

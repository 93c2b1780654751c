/** The ends of links that an array has here: how they stand, what the operator said of them, and what comes over them. */
import type { WireFault } from '../../../adapters/link/tcp/receive-gate.js';
import type { LinkPlan, LinkState, Report } from './director-job.js';
import type { DirectorThread } from './director-thread.js';
import { noPower } from './directors.js';
import { PeerService } from './peer-service.js';
import { Refusal } from './system.js';

export interface ArrayLinksOptions {
  readonly array: string;
  readonly links: readonly LinkPlan[];
  readonly hasPower: () => boolean;
  /** That of the link port; undefined: no power. */
  readonly thread: () => DirectorThread | undefined;
}

/** Why nothing can be said over a link; undefined: it is up. */
function whyDown({ state, reason }: LinkState): string | undefined {
  if (state === 'up') return undefined;
  if (state === 'held') return reason ?? 'the link is held down';
  return `the link is down${reason === undefined ? '' : `: ${reason}`}`;
}

export class ArrayLinks {
  /** To the service processor of the other array; undefined: there is no link. */
  readonly peer: PeerService | undefined;
  readonly #options: ArrayLinksOptions;
  /** With the ports that they got. */
  #links: readonly LinkPlan[];
  /** By number what they are like, and those that the operator holds. */
  readonly #states = new Map<number, LinkState>();
  readonly #held = new Set<number>();
  readonly #faults = new Map<number, readonly WireFault[]>();

  constructor(options: ArrayLinksOptions) {
    this.#options = options;
    this.#links = options.links;
    this.peer = this.#links[0] && this.#peerService(this.#links[0]);
  }

  get plans(): readonly LinkPlan[] {
    return this.#links;
  }

  get numbers(): number[] {
    return this.#links.map(({ number }) => number);
  }

  /** Those that the operator holds; kept over a power loss. */
  get held(): number[] {
    return [...this.#held];
  }

  /** Port at which the link listens, once the array was switched on. */
  port(number: number): number {
    return this.#links.find((link) => link.number === number)?.port ?? 0;
  }

  state(number: number): LinkState {
    if (this.#held.has(number) && !this.#options.hasPower()) return { state: 'held' };
    return this.#states.get(number) ?? { state: 'down', reason: 'it was not up yet' };
  }

  /** All together: up if one is; else what the first is like. */
  get together(): LinkState {
    const states = this.numbers.map((number) => this.state(number));
    return states.find(({ state }) => state === 'up') ?? states[0] ?? { state: 'down', reason: 'there is none' };
  }

  /** The operator's word. */
  hold(number: number, held: boolean): void {
    if (held) this.#held.add(number);
    else this.#held.delete(number);
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: held ? 'hold link' : 'release link', number });
  }

  /** This is wrong with what arrives over a link, beside what is already; until `mend`, over power losses too. */
  fail(number: number, fault: WireFault): void {
    this.#tellFaults(number, [...(this.#faults.get(number) ?? []), fault]);
  }

  mend(number: number, fault: WireFault): void {
    this.#tellFaults(
      number,
      (this.#faults.get(number) ?? []).filter((other) => other !== fault),
    );
  }

  #tellFaults(number: number, faults: readonly WireFault[]): void {
    this.#faults.set(number, faults);
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: 'link faults', number, faults });
  }

  /** What the array lacks would leave what comes over links without an end: they are held until the next power on. */
  holdAll(reason: string): void {
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: 'hold link', reason });
  }

  /** A further link to the other array. The port at which it listens, or which it dials. Errors: Refusal. */
  async add(number: number, port: number): Promise<number> {
    const thread = this.#thread();
    const [like] = this.#links;
    if (like === undefined) throw new Refusal(`array ${this.#options.array} has no link to any array`);
    const link = { ...like, number, port };
    const answer = thread.next('link added', 'link not added');
    thread.order({ what: 'add link', link });
    const report = await answer;
    if (report.what === 'link not added') throw new Refusal(`array ${this.#options.array}: ${report.message}`);
    this.#links = [...this.#links, { ...link, port: report.port }];
    return report.port;
  }

  /** What is under way on it goes over another one. Errors: Refusal. */
  async remove(number: number): Promise<void> {
    const thread = this.#thread();
    const answer = thread.next('link removed');
    thread.order({ what: 'remove link', number });
    await answer;
    this.#links = this.#links.filter((link) => link.number !== number);
    this.#states.delete(number);
    this.#held.delete(number);
  }

  heard(report: Report): void {
    if (report.what === 'up') {
      const { listening } = report;
      this.#links = this.#links.map((link) => ({ ...link, port: listening[link.number] ?? link.port }));
      for (const [number, faults] of this.#faults) if (faults.length > 0) this.#tellFaults(number, faults);
    }
    if (report.what === 'link') this.#stands(report.number, report.link);
    if (report.what === 'service') this.peer?.heard(report.message);
    if (report.what === 'unsent') this.peer?.unsent(report.message);
  }

  /** Power or the director is gone. */
  allDown(reason: string): void {
    for (const number of this.numbers) this.#stands(number, { state: 'down', reason });
  }

  #stands(number: number, state: LinkState): void {
    this.#states.set(number, state);
    // An answer may have been on its way over this one.
    const why = whyDown(state);
    if (why !== undefined) this.peer?.severed(why);
  }

  #thread(): DirectorThread {
    const { array, hasPower, thread: find } = this.#options;
    const thread = find();
    if (!hasPower() || thread === undefined) throw noPower(array);
    if (thread.dead !== undefined)
      throw new Refusal(`array ${array}: the director of its links is dead: ${thread.dead}`);
    return thread;
  }

  #peerService({ peer, remoteService }: LinkPlan): PeerService {
    return new PeerService({
      array: this.#options.array,
      peer,
      isOpen: remoteService,
      down: () => whyDown(this.together),
      send: (message) => {
        const thread = this.#options.thread();
        if (thread?.dead === undefined) thread?.order({ what: 'service', message });
      },
    });
  }
}

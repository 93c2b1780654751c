/**
 * The ends of links that an array has here: how they stand, what the operator said of them, and what comes over them. A link
 * is called by its record in the array's memory; all links to one other array are a trunk.
 */
import type { WireFault } from '../../../adapters/link/tcp/receive-gate.js';
import { LINKS_MAX } from '../../memory/constants.js';
import { linkRecord } from '../../memory/layout.js';
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

const recordOf = ({ trunk, number }: LinkPlan): number => linkRecord(trunk, number);

export class ArrayLinks {
  /** By trunk: to the service processor of the array there. */
  readonly #peers = new Map<number, PeerService>();
  readonly #options: ArrayLinksOptions;
  /** With the ports that they got. */
  #links: readonly LinkPlan[];
  /** By record what they are like, and those that the operator holds. */
  readonly #states = new Map<number, LinkState>();
  readonly #held = new Set<number>();
  readonly #faults = new Map<number, readonly WireFault[]>();

  constructor(options: ArrayLinksOptions) {
    this.#options = options;
    this.#links = options.links;
    for (const link of this.#links) {
      if (!this.#peers.has(link.trunk)) this.#peers.set(link.trunk, this.#peerService(link));
    }
  }

  get plans(): readonly LinkPlan[] {
    return this.#links;
  }

  /** To the service processors of the other arrays. */
  get peers(): readonly PeerService[] {
    return [...this.#peers.values()];
  }

  /** Record of the link of this number to another array. */
  recordTo(peer: string, number: number): number {
    return linkRecord(this.#to(peer)?.trunk ?? 0, number);
  }

  /** Those that the operator holds; kept over a power loss. */
  get held(): number[] {
    return [...this.#held];
  }

  /** Of the links to another array this end is the one that listens. */
  listensTo(peer: string): boolean {
    return this.#to(peer)?.listens ?? false;
  }

  /** Port at which the link listens, once the array was switched on. */
  port(record: number): number {
    return this.#links.find((link) => recordOf(link) === record)?.port ?? 0;
  }

  state(record: number): LinkState {
    if (this.#held.has(record) && !this.#options.hasPower()) return { state: 'held' };
    return this.#states.get(record) ?? { state: 'down', reason: 'it was not up yet' };
  }

  /** All to one other array together: up if one is; else what the first is like. */
  together(peer: string): LinkState {
    const states = this.#links.filter((link) => link.peer === peer).map((link) => this.state(recordOf(link)));
    return states.find(({ state }) => state === 'up') ?? states[0] ?? { state: 'down', reason: 'there is none' };
  }

  /** The operator's word. */
  hold(record: number, held: boolean): void {
    if (held) this.#held.add(record);
    else this.#held.delete(record);
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: held ? 'hold link' : 'release link', record });
  }

  /** This is wrong with what arrives over a link, beside what is already; until `mend`, over power losses too. */
  fail(record: number, fault: WireFault): void {
    this.#tellFaults(record, [...(this.#faults.get(record) ?? []), fault]);
  }

  mend(record: number, fault: WireFault): void {
    this.#tellFaults(
      record,
      (this.#faults.get(record) ?? []).filter((other) => other !== fault),
    );
  }

  #tellFaults(record: number, faults: readonly WireFault[]): void {
    this.#faults.set(record, faults);
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: 'link faults', record, faults });
  }

  /** What the array lacks would leave what comes over links without an end: they are held until the next power on. */
  holdAll(reason: string): void {
    const thread = this.#options.thread();
    if (thread?.dead === undefined) thread?.order({ what: 'hold link', reason });
  }

  /** A further link to another array. The port at which it listens, or which it dials. Errors: Refusal. */
  async add(peer: string, number: number, port: number): Promise<number> {
    const thread = this.#thread();
    const like = this.#to(peer);
    if (like === undefined) throw new Refusal(`array ${this.#options.array} has no link to array ${peer}`);
    const link = { ...like, number, port };
    const answer = thread.next('link added', 'link not added');
    thread.order({ what: 'add link', link });
    const report = await answer;
    if (report.what === 'link not added') throw new Refusal(`array ${this.#options.array}: ${report.message}`);
    this.#links = [...this.#links, { ...link, port: report.port }];
    return report.port;
  }

  /** What is under way on it goes over another one. Errors: Refusal. */
  async remove(record: number): Promise<void> {
    const thread = this.#thread();
    const answer = thread.next('link removed');
    thread.order({ what: 'remove link', record });
    await answer;
    this.#links = this.#links.filter((link) => recordOf(link) !== record);
    this.#states.delete(record);
    this.#held.delete(record);
  }

  heard(report: Report): void {
    if (report.what === 'up') {
      const { listening } = report;
      this.#links = this.#links.map((link) => ({ ...link, port: listening[recordOf(link)] ?? link.port }));
      for (const [record, faults] of this.#faults) if (faults.length > 0) this.#tellFaults(record, faults);
    }
    if (report.what === 'link') this.#stands(report.record, report.link);
    if (report.what === 'service') this.#peers.get(report.trunk)?.heard(report.message);
    if (report.what === 'unsent') this.#peers.get(report.trunk)?.unsent(report.message);
  }

  /** Power or the director is gone. */
  allDown(reason: string): void {
    for (const link of this.#links) this.#stands(recordOf(link), { state: 'down', reason });
  }

  #stands(record: number, state: LinkState): void {
    this.#states.set(record, state);
    // An answer may have been on its way over this one.
    const why = whyDown(state);
    if (why !== undefined) this.#peers.get(Math.floor(record / LINKS_MAX))?.severed(why);
  }

  #to(peer: string): LinkPlan | undefined {
    return this.#links.find((link) => link.peer === peer);
  }

  #thread(): DirectorThread {
    const { array, hasPower, thread: find } = this.#options;
    const thread = find();
    if (!hasPower() || thread === undefined) throw noPower(array);
    if (thread.dead !== undefined)
      throw new Refusal(`array ${array}: the director of its links is dead: ${thread.dead}`);
    return thread;
  }

  #peerService({ trunk, peer, remoteService }: LinkPlan): PeerService {
    return new PeerService({
      array: this.#options.array,
      peer,
      isOpen: remoteService,
      down: () => whyDown(this.together(peer)),
      send: (message) => {
        const thread = this.#options.thread();
        if (thread?.dead === undefined) thread?.order({ what: 'service', trunk, message });
      },
    });
  }
}

/** The links of a rig, as far as their ends are at arrays of this process: how they stand, and what operators tell them. */
import { LINKS_MAX } from '../../memory/constants.js';
import { type LiveRig, linkName, numbered } from './live-rig.js';
import { OneByOne } from './one-by-one.js';
import type { ServedArray } from './served-array.js';
import { type LinkView, Refusal, Unknown } from './system.js';
import { until } from './until.js';

/** So long may a link take to come up or to go down before the operator is told how it stands. */
const LINK_MS = 3000;

/** A link, by the positions of its arrays. */
interface OneLink {
  readonly between: readonly [number, number];
  readonly number: number;
}

export class RigLinks {
  readonly #rig: LiveRig;
  readonly #served: readonly ServedArray[];
  readonly #links: OneLink[];
  readonly #changes = new OneByOne();

  constructor(rig: LiveRig, served: readonly ServedArray[]) {
    this.#rig = rig;
    this.#served = served;
    this.#links = numbered(rig)
      .map(({ link, number }) => ({ between: link.between, number }))
      .filter(({ between }) => this.#ends(between).length > 0);
  }

  get views(): readonly LinkView[] {
    return this.#links.map((link) => this.#linkView(link));
  }

  /** See `ServedSystem.addLink`. */
  add(arrays: string, port?: number): Promise<LinkView> {
    return this.#changes.run(() => this.#add(arrays, port));
  }

  /** See `ServedSystem.removeLink`. */
  remove(name: string): Promise<LinkView> {
    return this.#changes.run(() => this.#remove(name));
  }

  async #add(arrays: string, port?: number): Promise<LinkView> {
    const between = this.#joined(arrays);
    const taken = this.#linksBetween(between).map((link) => link.number);
    const number = [...Array(LINKS_MAX).keys()].find((n) => !taken.includes(n));
    if (number === undefined) throw new Refusal(`there are ${LINKS_MAX} links ${arrays}; more cannot be`);
    const ends = this.#ends(between);
    if (ends.length < 2 && port === undefined) {
      throw new Refusal(`link ${arrays}: its ends are in two processes, so a port must be said`);
    }
    const link = { between, number };
    // Who listens goes first, so that the other knows where.
    const listens = (end: ServedArray): boolean => end.links.listensTo(this.#otherOf(end, between));
    ends.sort((x, y) => Number(listens(y)) - Number(listens(x)));
    const done: ServedArray[] = [];
    try {
      let at = port ?? 0;
      for (const end of ends) {
        at = await end.addLink(this.#otherOf(end, between), number, at);
        done.push(end);
      }
    } catch (error) {
      for (const end of done) await end.removeLink(this.#record(end, link));
      throw error;
    }
    this.#links.push(link);
    await until(LINK_MS, async () => this.#isAll(link, 'up'));
    return this.#linkView(link);
  }

  async #remove(name: string): Promise<LinkView> {
    const link = this.#find(name);
    const others = this.#linksBetween(link.between).filter((other) => other !== link);
    if (!others.some((other) => this.#isAll(other, 'up'))) {
      throw new Refusal(`link ${name}: no other link is up; \`link down\` takes it down`);
    }
    const view = this.#linkView(link);
    for (const end of this.#ends(link.between)) await end.removeLink(this.#record(end, link));
    this.#links.splice(this.#links.indexOf(link), 1);
    return { ...view, state: 'down', ends: [] };
  }

  /** The array at the other end. */
  #otherOf({ name }: ServedArray, between: OneLink['between']): string {
    const [a, b] = linkName(this.#rig, { between });
    return name === a ? b : a;
  }

  /** That a link has at one of its arrays. */
  #record(array: ServedArray, { between, number }: OneLink): number {
    return array.links.recordTo(this.#otherOf(array, between), number);
  }

  async hold(name: string, held: boolean): Promise<LinkView> {
    const link = this.#find(name);
    for (const array of this.#ends(link.between)) array.links.hold(this.#record(array, link), held);
    const wanted = held ? 'held' : 'up';
    await until(LINK_MS, async () => this.#isAll(link, wanted));
    return this.#linkView(link);
  }

  #isAll(link: OneLink, state: LinkView['state']): boolean {
    return this.#ends(link.between).every((array) => array.links.state(this.#record(array, link)).state === state);
  }

  #linksBetween([a, b]: readonly [number, number]): OneLink[] {
    return this.#links.filter(({ between }) => between.includes(a) && between.includes(b));
  }

  /** The two arrays of "A-B", in the order in which the rig joins them. Errors: Unknown. */
  #joined(name: string): readonly [number, number] {
    const found = this.#rig.links.find((l) => {
      const [a, b] = linkName(this.#rig, l);
      return name === `${a}-${b}` || name === `${b}-${a}`;
    });
    if (found) return found.between;
    throw new Unknown(`rig ${this.#rig.name} has no link ${name}; it has ${this.#names() || 'none'}`);
  }

  #find(name: string): OneLink {
    const [arrays, number] = name.split(':');
    const all = this.#linksBetween(this.#joined(arrays));
    if (all.length === 0)
      throw new Unknown(`link ${arrays} of rig ${this.#rig.name}: its arrays are served by other processes`);
    const found = number === undefined && all.length === 1 ? all[0] : all.find((l) => String(l.number) === number);
    if (found) return found;
    throw new Unknown(
      number === undefined
        ? `there are several links ${name}; say which: ${all.map((l) => this.#nameOf(l)).join(', ')}`
        : `rig ${this.#rig.name} has no link ${name}; it has ${this.#names()}`,
    );
  }

  #nameOf({ between, number }: OneLink): string {
    const name = linkName(this.#rig, { between }).join('-');
    return this.#linksBetween(between).length === 1 ? name : `${name}:${number}`;
  }

  #names(): string {
    return this.#links.map((link) => this.#nameOf(link)).join(', ');
  }

  #ends(between: readonly [number, number]): ServedArray[] {
    const names = between.map((array) => this.#rig.arrays[array].name);
    return this.#served.filter((array) => names.includes(array.name));
  }

  #linkView(link: OneLink): LinkView {
    const { between, number } = link;
    const ends = this.#ends(between).map((array) => ({
      array: array.name,
      ...array.links.state(this.#record(array, link)),
      ...array.linkBytes(this.#record(array, link)),
    }));
    const held = ends.some((end) => end.state === 'held') && ends.every((end) => end.state !== 'up');
    const state = held ? 'held' : ends.every((end) => end.state === 'up') ? 'up' : 'down';
    return { name: this.#nameOf(link), number, between: linkName(this.#rig, { between }), state, ends };
  }
}

/**
 * The faults that a run was given: each strikes at its time, when a state begins, or before an instruction. What became of
 * them is words of the world (records.ts), so it is in every snapshot; what is here follows from the plans and those words.
 * A run without faults has none of this.
 */

import { numbersInTrunks } from '../../../../adapters/link/model/link-places.js';
import type { WireFaults } from '../../../../adapters/link/model/links.js';
import type { Node } from '../../../engine/node.js';
import { roleNumber } from '../../../ports/messages.js';
import { EVENT, type Region } from '../../../ports/schedule.js';
import type { ArrayMachine, Images } from '../../machine/array.js';
import { KINDS } from '../../machine/faults/kinds.js';
import { type NamedLink, RigNames } from '../../machine/faults/names.js';
import { ofFault, type PlannedFault, planFault } from '../../machine/faults/plan.js';
import type { SimRig } from '../world-plan.js';
import { ACTIONS, type FaultHost, WAY_DEAD_NS } from './actions.js';
import { labelsOf } from './labels.js';
import { FaultRecord, hashOf, STATE } from './records.js';

/** What struck. */
export interface FiredFault {
  readonly fault: string;
  /** Virtual time at which it struck, or struck first. */
  readonly time_us: number;
  /** Of a fault that strikes frames: how many. */
  readonly times: number;
}

/** What becomes of a fault, in its event. */
const STRIKE = 0;
const END = 1;
/** Nothing came one way for so long that the connection ends. */
const SILENT = 2;
/** Linux's shortest time before TCP sends again what was not acknowledged (TCP_RTO_MIN). */
const RESEND_NS = 200_000_000;
/** What cannot strike yet is tried again so often, as long as anything happens that could let it. */
const AGAIN_NS = 20_000;
const MARK = 0x4ff;

/** The links of a rig, as conditions and faults name them. */
export function linksOf({ links }: SimRig): NamedLink[] {
  const numbers = numbersInTrunks(links);
  return links.map(({ between }, index) => ({ index, number: numbers[index] as number, between }));
}

/** Errors: RangeError for what cannot be read, or names what rig and microcode have not. */
export function planFaults(texts: readonly string[], rig: SimRig, images: Images): PlannedFault[] {
  const names = new RigNames(rig.arrays, linksOf(rig));
  return texts.map((text) => {
    const plan = planFault(text, names, 'simulated');
    const { start } = plan.fault;
    if (start.at === 'label') ofFault(text, () => labelsOf(start, images));
    return plan;
  });
}

export class SimFaults implements WireFaults {
  readonly plans: readonly PlannedFault[];
  readonly #host: FaultHost;
  readonly #records: readonly FaultRecord[];
  readonly #hashes: readonly number[];
  /** Those that strike frames. */
  readonly #onFrames: readonly number[];

  static words(plans: readonly PlannedFault[]): number {
    return FaultRecord.words(plans.length);
  }

  constructor(host: FaultHost, region: Region, plans: readonly PlannedFault[]) {
    this.#host = host;
    this.plans = plans;
    this.#records = plans.map((_, i) => new FaultRecord(region, i));
    this.#hashes = plans.map(({ text }, i) => hashOf(text, plans.slice(0, i).filter((p) => p.text === text).length));
    const isOnFrames = ({ fault: { kind } }: PlannedFault): boolean =>
      KINDS[kind].strikes !== undefined || kind === 'one-way';
    this.#onFrames = plans.flatMap((plan, i) => (isOnFrames(plan) ? [i] : []));
  }

  /** Of a new world. */
  begin(seed: number): void {
    const { events } = this.#host.world;
    for (const [i, { fault }] of this.plans.entries()) {
      this.#record(i).chance.seed(seed, this.#hashes[i] as number);
      const { start } = fault;
      if (start.at === 'once') this.#due(i, 0);
      else if (start.at === 'time') events.at(start.time_ns, EVENT.INJECT, i, STRIKE, 0);
    }
    this.attach();
  }

  /** The world's objects are new. */
  attach(): void {
    const { world } = this.#host;
    if (world.link && this.#onFrames.length > 0) world.link.faults = this;
    this.#watch();
  }

  /** Nodes are others now, or faults are: who is asked before steps and at labels. */
  #watch(): void {
    const { world } = this.#host;
    const looks = (i: number): boolean => {
      const { state } = this.#record(i);
      return state === STATE.AGAIN || (state === STATE.ARMED && this.#plan(i).holds !== undefined);
    };
    world.onStep = this.plans.some((_, i) => looks(i)) ? this.#look : undefined;
    for (const [a, array] of world.arrays.entries()) for (const node of array.nodes) node.stopAt(this.#stops(a, node));
  }

  /** Where a node is to stop. */
  #stops(array: number, { role, program }: Node): number[] {
    return this.plans.flatMap(({ fault: { start } }, i) => {
      if (start.at !== 'label' || this.#record(i).state !== STATE.ARMED) return [];
      if (this.#host.rig.arrays[array]?.name !== start.array) return [];
      return labelsOf(start, { [program.image.role]: program.image }, false)
        .filter((label) => roleNumber(label.role) === role)
        .map((label) => label.instruction);
    });
  }

  /** A role is about to do an instruction. */
  reached(array: number, role: number, instruction: number): void {
    const node = this.#host.world.arrays[array]?.nodes.find((one) => one.role === role);
    if (!node) return;
    for (const [i, { fault }] of this.plans.entries()) {
      const { start } = fault;
      if (start.at !== 'label' || this.#record(i).state !== STATE.ARMED) continue;
      if (this.#host.rig.arrays[array]?.name !== start.array) continue;
      const labels = labelsOf(start, { [node.program.image.role]: node.program.image }, false);
      if (!labels.some((label) => label.instruction === instruction)) continue;
      if (this.#record(i).passes(start.nth)) this.#due(i, start.after_ns);
    }
  }

  readonly #look = (): void => {
    const arrays = this.#host.world.arrays as readonly ArrayMachine[];
    for (const [i, { fault, holds }] of this.plans.entries()) {
      const record = this.#record(i);
      if (record.state === STATE.AGAIN && this.#host.world.events.now_ns() >= record.end_ns) this.#strike(i);
      if (record.state !== STATE.ARMED || holds === undefined || fault.start.at !== 'state') continue;
      if (record.begins(holds(arrays), fault.start.nth)) this.#due(i, fault.start.after_ns);
    }
  };

  /** Its event (EVENT.INJECT). */
  event(number: number, what: number): void {
    if (number >= this.plans.length) return;
    const record = this.#record(number);
    if (what === END) {
      if (record.state === STATE.ACTIVE) this.#end(number);
    } else if (what === SILENT) {
      const { links } = this.#plan(number);
      if (record.state === STATE.ACTIVE) for (const link of links) this.#host.world.cutLink(link.index);
    } else if (record.state === STATE.ARMED || record.state === STATE.DUE) this.#strike(number);
  }

  #due(i: number, after_ns: number): void {
    const { events } = this.#host.world;
    this.#record(i).state = STATE.DUE;
    // Not in the middle of an instruction of what changes.
    if (after_ns === 0 && this.#plan(i).fault.kind !== 'microcode-load') this.#strike(i);
    else events.at(events.now_ns() + after_ns, EVENT.INJECT, i, STRIKE, 0);
    this.#watch();
  }

  #strike(i: number): void {
    const { world } = this.#host;
    const record = this.#record(i);
    const { fault } = this.#plan(i);
    const isAgain = record.state === STATE.AGAIN;
    record.state = STATE.DUE;
    const now_ns = world.events.now_ns();
    const isDone = ACTIONS[fault.kind].strike(this.#host, this.#plan(i), record);
    if (!isDone) {
      record.state = STATE.AGAIN;
      record.end_ns = now_ns + AGAIN_NS;
    }
    if (fault.kind === 'microcode-load' || isDone === isAgain) this.#watch();
    if (!isDone) return;
    const { strikes, lasts } = KINDS[fault.kind];
    if (strikes === undefined) this.#mark(i);
    record.state = lasts ? STATE.ACTIVE : STATE.DONE;
    record.end_ns = fault.for_ns === undefined ? 0 : now_ns + fault.for_ns;
    if (fault.for_ns !== undefined) world.events.at(record.end_ns, EVENT.INJECT, i, END, 0);
    if (fault.kind === 'one-way' && (fault.for_ns ?? Number.POSITIVE_INFINITY) > WAY_DEAD_NS)
      world.events.at(now_ns + WAY_DEAD_NS, EVENT.INJECT, i, SILENT, 0);
  }

  #end(i: number): void {
    const plan = this.#plan(i);
    this.#record(i).state = STATE.DONE;
    ACTIONS[plan.fault.kind].end?.(this.#host, plan);
    this.#host.world.note(MARK + 1, this.#hashes[i] as number);
  }

  /** Faults that last end, those to come do not come; an array with a dead director loses its power. */
  endAll(): void {
    for (const i of this.plans.keys()) {
      if (this.#record(i).state === STATE.ACTIVE) this.#end(i);
      this.#record(i).state = STATE.DONE;
    }
    const { world } = this.#host;
    // Nobody waits for a time that is far off, and at which nothing happens.
    world.events.drop(EVENT.INJECT);
    for (const [a, array] of world.arrays.entries())
      if (array.nodes.some((node) => node.dead && world.powered(a))) world.losePower(a);
    this.#watch();
  }

  // ── frames

  arrival(link: number, to: number, time_ns: number): number {
    let time = time_ns;
    for (const i of this.#onFrames) {
      const plan = this.#plan(i);
      const { kind, value } = plan.fault;
      if (kind === 'damage' || !this.#isOn(i, link, to)) continue;
      if (kind === 'one-way') {
        time = Math.max(time, this.#record(i).first_ns + Math.min(plan.fault.for_ns ?? WAY_DEAD_NS, WAY_DEAD_NS));
        continue;
      }
      if (!this.#draws(i)) continue;
      time += value?.is === 'time' ? value.time_ns : RESEND_NS;
    }
    return time;
  }

  damages(link: number, to: number): boolean {
    let isDamaged = false;
    for (const i of this.#onFrames)
      if (this.#plan(i).fault.kind === 'damage' && this.#isOn(i, link, to) && this.#draws(i)) isDamaged = true;
    return isDamaged;
  }

  #isOn(i: number, link: number, to: number): boolean {
    const { links, fault, array } = this.#plan(i);
    if (this.#record(i).state !== STATE.ACTIVE || !links.some(({ index }) => index === link)) return false;
    return fault.kind !== 'one-way' || to === array;
  }

  /** Is this frame one of those? */
  #draws(i: number): boolean {
    const { fault } = this.#plan(i);
    const { ratio, for_ns, kind } = fault;
    if (ratio && !this.#record(i).chance.chance(ratio.of, ratio.outOf)) return false;
    this.#mark(i);
    if (!ratio && for_ns === undefined && KINDS[kind].strikes === 'next') this.#record(i).state = STATE.DONE;
    return true;
  }

  #mark(i: number): void {
    const { world } = this.#host;
    this.#record(i).strike(world.events.now_ns());
    world.note(MARK, this.#hashes[i] as number);
  }

  /** What struck so far, in the order of time. */
  get fired(): FiredFault[] {
    return this.plans
      .flatMap(({ text }, i) => {
        const { struck, first_ns } = this.#record(i);
        return struck === 0 ? [] : [{ fault: text, time_us: Math.floor(first_ns / 1000), times: struck }];
      })
      .sort((a, b) => a.time_us - b.time_us);
  }

  /** Those whose moment did not come. */
  get unfired(): string[] {
    return this.plans.flatMap(({ text }, i) => (this.#record(i).struck === 0 ? [text] : []));
  }

  #plan(i: number): PlannedFault {
    return this.plans[i] as PlannedFault;
  }

  #record(i: number): FaultRecord {
    return this.#records[i] as FaultRecord;
  }
}

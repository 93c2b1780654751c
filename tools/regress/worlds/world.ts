/**
 * Runs one world from the snapshot of its pair's state, and says where it could have gone otherwise: at which messages
 * which events may come, and at which micro-operations the power may go.
 */
import { COMMAND_OP, PAIR_STATE, RESULT } from '../../../firmware/memory/constants.js';
import { ROLES } from '../../../firmware/ports/messages.js';
import type { ArrayMachine, Images } from '../../../firmware/runtime/machine/array.js';
import { checkFlags } from '../../../firmware/runtime/simulated/checks.js';
import { pairOf } from '../../../firmware/runtime/simulated/inspect.js';
import { Sim } from '../../../firmware/runtime/simulated/sim.js';
import { mend } from '../../../firmware/runtime/simulated/storm.js';
import type { Buffers, SimRig } from '../../../firmware/runtime/simulated/world-plan.js';
import { act, linkEventsNow, possibleNow } from './act.js';
import { opsOf, Points } from './points.js';
import type { EventName, Placed, Spec } from './spec.js';
import { bringTo } from './states.js';

/** Steps until rest at most; usual are some hundreds. */
const STEPS_MOST = 200_000;
const DATA = ROLES.indexOf('data');
const REMOTE = ROLES.indexOf('remote');

export interface Boundary {
  readonly at: Placed['at'];
  readonly events: readonly EventName[];
}

export interface Outcome {
  /** An event could not come where it was placed, or the power not go: there is no such world. */
  readonly impossible: boolean;
  readonly violation?: string;
  readonly time_us: number;
  readonly hash: string;
  /** Where one event more may come, behind the last one. */
  readonly boundaries: readonly Boundary[];
  /** Of each array: micro-operations, counted from the act, behind the last event, at which a power loss is new. */
  readonly points: readonly (readonly number[])[];
  /** Micro-operations of both arrays behind the last event. */
  readonly ops: number;
}

/** A pair in a state: a sim, and the snapshot from which its worlds begin. */
export class Start {
  readonly #sim: Sim;
  readonly #snapshot: Buffers;
  readonly #index: number;
  readonly #points: Points;
  readonly #opsAtStart: readonly number[];
  #boundaries: Boundary[] = [];
  #messages = 0;
  /** Array whose role took a message in this step; −1: none did. */
  #took = -1;
  /** Events that are still to be placed by the count of messages. */
  #queue: Placed[] = [];

  /** `prepare` is called with the new sim. Errors: Error when the pair cannot be brought to the state; RangeError when the rig has no such pair. */
  constructor(
    rig: SimRig,
    images: Images,
    seed: number,
    pair: string,
    state: Spec['state'],
    prepare: (sim: Sim) => void = () => {},
  ) {
    this.#sim = new Sim(rig, images, seed);
    this.#sim.stepsMost = STEPS_MOST;
    prepare(this.#sim);
    this.#index = this.#sim.volume(pair).image;
    bringTo(this.#sim, pair, state);
    this.#snapshot = this.#sim.snapshot();
    this.#points = new Points(this.#sim.world);
    this.#opsAtStart = this.#sim.world.arrays.map(opsOf);
  }

  /** Never throws for what the machine does. Errors: RangeError for an array that the rig has not. */
  run(spec: Spec): Outcome {
    const sim = this.#sim;
    const crashed = spec.crash ? this.#arrayOf(spec.crash.array) : -1;
    sim.rewind(this.#snapshot);
    sim.world.redraw(sim.seed);
    this.#boundaries = [];
    let possible = false;
    let ops = 0;
    try {
      if (spec.crash) sim.world.losePower(crashed, spec.crash.ops);
      possible = this.#begin(spec.act);
      if (possible) ({ possible, ops } = this.#upToRest(spec, crashed));
      if (spec.crash && possible) possible = this.#comeBack(spec, crashed);
      sim.world.onMessage = undefined;
      if (possible) this.#finish();
    } catch (error) {
      possible = true;
      sim.violate(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
    sim.world.onMessage = undefined;
    const [violation] = sim.violations;
    const points = sim.world.arrays.map((_, a) =>
      spec.crash ? [] : this.#points.of(a).map((k) => k - (this.#opsAtStart[a] as number)),
    );
    return {
      impossible: !possible,
      ...(violation ? { violation: violation.text } : {}),
      time_us: violation?.time_us ?? sim.time_us,
      hash: sim.world.hash,
      boundaries: this.#boundaries,
      points,
      ops,
    };
  }

  #begin(what: Spec['act']): boolean {
    const sim = this.#sim;
    if (what !== 'write') return act(sim, this.#index, what);
    const perTrack = sim.rig.arrays[0]?.dims.sectorsPerTrack ?? 1;
    sim.start(0, COMMAND_OP.OP_WRITE, this.#volumeAt(sim.authority(this.#index)), Math.min(1, perTrack - 1), 2);
    return true;
  }

  /** The act and the events before the power loss, up to that or to rest. */
  #upToRest(spec: Spec, crashed: number): { possible: boolean; ops: number } {
    const { world } = this.#sim;
    const notes = spec.crash === undefined;
    const sum = (): number => world.arrays.reduce((n, a) => n + opsOf(a), 0);
    let from = sum();
    let possible = true;
    this.#listen(spec.before, notes);
    this.#points.begin();
    this.#steps(
      () => {
        if (!notes && !world.powered(crashed)) return false;
        const placed = this.#place();
        possible = placed !== 'impossible';
        if (placed === 'placed') {
          this.#points.begin();
          from = sum();
        }
        return possible;
      },
      () => notes && this.#points.step(this.#took),
    );
    const left = this.#queue.length > 0 || (!notes && world.powered(crashed));
    return { possible: possible && !(left && this.#sim.violations.length === 0), ops: notes ? sum() - from : 0 };
  }

  /** Power is back, and events come while it is away and after. */
  #comeBack(spec: Spec, crashed: number): boolean {
    const sim = this.#sim;
    const down = spec.after.filter((p) => p.at === 'down');
    const counted = spec.after.filter((p) => p.at !== 'down');
    sim.world.redraw(sim.seed);
    if (spec.crash?.late) {
      this.#listen([], false);
      this.#steps(() => true);
      for (const { event } of down) {
        if (!act(sim, this.#index, event)) return false;
        this.#steps(() => true);
        checkFlags(sim);
      }
      if (counted.length === 0)
        this.#boundaries.push({
          at: 'down',
          events: [...this.#possibleBut(crashed), ...linkEventsNow(sim)],
        });
    }
    let possible = true;
    sim.world.powerOn(crashed);
    this.#listen(counted, true);
    this.#steps(() => {
      possible = this.#place() !== 'impossible';
      return possible;
    });
    return possible && (this.#queue.length === 0 || sim.violations.length > 0);
  }

  /** What arrays but this one may be told now. */
  #possibleBut(array: number): EventName[] {
    const others = [...this.#sim.rig.arrays.keys()].filter((a) => a !== array);
    return others.flatMap((a) => possibleNow(this.#sim, this.#index, a));
  }

  /** Counts messages from here on; behind the last event to be placed, notes where one more could be. */
  #listen(events: readonly Placed[], notes: boolean): void {
    const sim = this.#sim;
    this.#messages = 0;
    this.#queue = [...events];
    const note = (events: EventName[]): void => {
      if (notes && this.#queue.length === 0 && events.length > 0) this.#boundaries.push({ at: this.#messages, events });
    };
    sim.world.onMessage = (array, node) => {
      this.#messages++;
      this.#took = array;
      if (node === DATA) note(possibleNow(sim, this.#index, array));
      else if (node === REMOTE) note(linkEventsNow(sim));
    };
    note([...sim.rig.arrays.flatMap((_, a) => possibleNow(sim, this.#index, a)), ...linkEventsNow(sim)]);
  }

  /** Places the events whose moment it is. */
  #place(): 'nothing' | 'placed' | 'impossible' {
    let placed: 'nothing' | 'placed' = 'nothing';
    for (let [next] = this.#queue; next && Number(next.at) <= this.#messages; [next] = this.#queue) {
      this.#queue.shift();
      checkFlags(this.#sim);
      if (!act(this.#sim, this.#index, next.event)) return 'impossible';
      placed = 'placed';
    }
    return placed;
  }

  /** Until rest, or until `before` says no, or something is wrong. */
  #steps(before: () => boolean, after: () => void = () => {}): void {
    const sim = this.#sim;
    for (let i = 0; i < STEPS_MOST; i++) {
      if (sim.violations.length > 0 || !before()) return;
      this.#took = -1;
      if (!sim.world.step()) return;
      after();
    }
    sim.violate(`after ${STEPS_MOST} steps there is still no rest`);
  }

  /** Everything is mended, a host writes once more, and what must hold at rest does. */
  #finish(): void {
    const sim = this.#sim;
    const image = sim.images[this.#index];
    const ok = (): boolean => sim.violations.length === 0;
    checkFlags(sim);
    sim.world.mendLink();
    for (const array of sim.rig.arrays) if (ok()) sim.powerOn(array.name);
    if (ok()) sim.rest();
    // Deleted on one side only: the operator says it to the other one too.
    const simplex = image?.volumes.map(
      (v, a) => pairOf(sim.world.arrays[a] as ArrayMachine, v).state === PAIR_STATE.SMPL,
    );
    const half = simplex?.indexOf(false) ?? -1;
    if (ok() && half >= 0 && simplex?.includes(true)) {
      const { result } = sim.operator(this.#volumeAt(half), 'DELETE');
      sim.expect(
        result === RESULT.OK,
        `the side that is no simplex volume yet becomes one when told (result ${result})`,
      );
    }
    if (ok()) mend(sim);
    if (!ok()) return;
    sim.expect(!sim.world.hosts.some((hosts) => hosts.busy(0)), 'the write has its status, or its array lost power');
    const { status } = sim.write(this.#volumeAt(sim.authority(this.#index)), 0, 1, 1);
    sim.expect(status === RESULT.OK, `hosts can write when all is mended (status ${status})`);
    if (ok()) sim.rest();
    if (ok()) sim.checkAtRest();
  }

  #volumeAt(array: number): string {
    const config = this.#sim.rig.arrays[array];
    return `${config?.name}:${config?.volumes[this.#sim.images[this.#index]?.volumes[array] as number]?.name}`;
  }

  #arrayOf(name: string): number {
    const array = this.#sim.rig.arrays.findIndex((a) => a.name === name);
    if (array < 0)
      throw new RangeError(
        `rig ${this.#sim.rig.name} has no array ${name}; it has ${this.#sim.rig.arrays.map((a) => a.name).join(', ')}`,
      );
    return array;
  }
}

/** What a fault does to arrays that are served, one table by kind; what is not in it is possible in simulated runs only. */
import type { WireFault } from '../../../adapters/link/tcp/receive-gate.js';
import { DIRECTORS } from '../machine/director-names.js';
import type { FaultKind } from '../machine/faults/kinds.js';
import type { PlannedFault } from '../machine/faults/plan.js';
import type { LiveRig } from './live-rig.js';
import type { ServedArray } from './served-array.js';
import { OPERATOR_COMMANDS, Refusal, type ServedSystem, Unknown } from './system.js';

/** What faults need of a rig that is served. */
export interface FaultActions {
  readonly rig: LiveRig;
  readonly system: ServedSystem;
  /** Errors: Unknown. */
  array(name: string): ServedArray;
}

interface LiveAction {
  /** False: it cannot strike now, and is to be tried again. Errors: Refusal, Unknown. */
  strike(actions: FaultActions, plan: PlannedFault, image: Uint8Array | undefined): Promise<boolean>;
  end?(actions: FaultActions, plan: PlannedFault): Promise<unknown>;
}

/** Linux's shortest time before TCP sends again what was not acknowledged (TCP_RTO_MIN). */
const RESEND_MS = 200;
/** What each fault that lasts told the links, so that it can be taken back. */
const told = new WeakMap<PlannedFault, WireFault>();

/** Both ends that are here hear the other one so; of one way, the end that hears it, which must be here. */
function onWires(kind: WireFault['kind']): LiveAction {
  return {
    strike: async (actions, plan) => {
      const { value, ratio = { of: 1, outOf: 1 }, for_ns } = plan.fault;
      const once = kind !== 'one-way' && kind !== 'delay' && !plan.fault.ratio && for_ns === undefined;
      const later_ms = value?.is === 'time' ? value.time_ns / 1e6 : kind === 'lose' ? RESEND_MS : 0;
      const fault: WireFault = { kind, later_ms, ...ratio, once };
      told.set(plan, fault);
      for (const [array, record] of endsOf(actions, plan)) array.links.fail(record, fault);
      return true;
    },
    end: async (actions, plan) => {
      const fault = told.get(plan);
      if (fault) for (const [array, record] of endsOf(actions, plan)) array.links.mend(record, fault);
    },
  };
}

/** Arrays, and the record that a link has there. */
function endsOf({ rig, array }: FaultActions, { links, array: to }: PlannedFault): [ServedArray, number][] {
  return links.flatMap(({ between: [a, b], number }) => {
    const at = (served: ServedArray | undefined, other: number): [ServedArray, number][] =>
      served ? [[served, served.links.recordTo(rig.arrays[other].name, number)]] : [];
    if (to >= 0) return at(array(rig.arrays[to].name), to === a ? b : a);
    const [nearA, nearB] = [a, b].map((end) => arrayHere(array, rig.arrays[end].name));
    return [...at(nearA, b), ...at(nearB, a)];
  });
}

/** Undefined: another process serves it. */
function arrayHere(array: FaultActions['array'], name: string): ServedArray | undefined {
  try {
    return array(name);
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

/** What is done at once. */
const act = (
  what: (actions: FaultActions, plan: PlannedFault, image?: Uint8Array) => Promise<unknown>,
): LiveAction => ({
  strike: async (actions, plan, image) => {
    await what(actions, plan, image);
    return true;
  },
});

function onlySimulated(kind: FaultKind): LiveAction {
  return act(() => Promise.reject(new Refusal(`${kind} is possible in simulated runs only`)));
}

const arrayName = ({ rig }: FaultActions, { array }: PlannedFault): string => rig.arrays[array].name;
const arrayOf = (actions: FaultActions, plan: PlannedFault): ServedArray => actions.array(arrayName(actions, plan));

async function setLinks({ rig, system }: FaultActions, { links }: PlannedFault, to: 'linkDown' | 'linkUp') {
  for (const { between, number } of links) {
    const [a, b] = between.map((array) => rig.arrays[array].name);
    await system[to](links.length > 1 || severalBetween(rig, between) ? `${a}-${b}:${number}` : `${a}-${b}`);
  }
}

function severalBetween(rig: LiveRig, [a, b]: readonly [number, number]): boolean {
  return rig.links.filter(({ between }) => between.includes(a) && between.includes(b)).length > 1;
}

async function command({ system }: FaultActions, { command: words }: PlannedFault): Promise<unknown> {
  const [group, what, ...rest] = words;
  const isForced = rest.includes('--force');
  const name = rest.find((word) => word.includes(':')) ?? '';
  if (group === 'volume') return system.format(name, Number(rest.at(-1)));
  if (what === 'failover') return system.failover(name, isForced);
  const found = OPERATOR_COMMANDS.find((one) => one === what);
  if (found === undefined) throw new Refusal(`there is no command "pair ${what}"`);
  return system.command(name, found, isForced);
}

export const ACTIONS: Readonly<Record<FaultKind, LiveAction>> = {
  cut: {
    ...act((actions, plan) => setLinks(actions, plan, 'linkDown')),
    end: (actions, plan) => setLinks(actions, plan, 'linkUp'),
  },
  'one-way': onWires('one-way'),
  delay: onWires('delay'),
  lose: onWires('lose'),
  damage: onWires('damage'),
  'power-loss': {
    ...act((actions, plan) => actions.system.crash(arrayName(actions, plan))),
    end: (actions, plan) => actions.system.start(arrayName(actions, plan)),
  },
  'power-on': act((actions, plan) => actions.system.start(arrayName(actions, plan))),
  hang: {
    ...act(async (actions, plan) => arrayOf(actions, plan).hang(DIRECTORS[plan.director])),
    end: async (actions, plan) => arrayOf(actions, plan).goOn(DIRECTORS[plan.director]),
  },
  crash: act((actions, plan) => arrayOf(actions, plan).kill(DIRECTORS[plan.director])),
  restart: act(async (actions, plan) => {
    await actions.system.crash(arrayName(actions, plan));
    await actions.system.start(arrayName(actions, plan));
  }),
  'drive-lose': act(({ system }, { fault }) => system.loseDrive(fault.target)),
  'drive-replace': act(({ system }, { fault }) => system.replaceDrive(fault.target)),
  'drive-latent': act(({ system }, { fault: { target, value } }) =>
    value?.is === 'sectors' ? system.spoilDrive(target, value.from, value.to) : Promise.resolve(),
  ),
  'drive-slow': onlySimulated('drive-slow'),
  'drive-torn': onlySimulated('drive-torn'),
  'slot-parity': {
    strike: (actions, plan) => {
      const { value } = plan.fault;
      return value?.is === 'track' ? arrayOf(actions, plan).spoilSlot(plan.volume, value.track) : Promise.resolve(true);
    },
  },
  'withhold-credits': onlySimulated('withhold-credits'),
  'microcode-load': act((actions, plan, image) => {
    const { value } = plan.fault;
    const file = value?.is === 'file' ? value.file : 'image';
    return actions.system.loadMicrocode(arrayName(actions, plan), file, image ?? new Uint8Array());
  }),
  operator: act(command),
};

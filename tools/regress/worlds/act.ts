/** What operators do in the small worlds, and which of it is possible at a moment. */
import { PAIR_ROLE, PAIR_STATE } from '../../../firmware/memory/constants.js';
import { PAIR_STATES, type PairEvent, type PairState } from '../../../firmware/memory/pair-states.js';
import type { ArrayMachine } from '../../../firmware/runtime/machine/array.js';
import { otherSide } from '../../../firmware/runtime/simulated/images.js';
import { pairOf } from '../../../firmware/runtime/simulated/inspect.js';
import type { PairCommand, Sim } from '../../../firmware/runtime/simulated/sim.js';
import { EVENTS, type EventName } from './spec.js';

interface Command {
  readonly kind: PairCommand;
  /** Who is told: the side that is source or target now; `home` had it first, `away` is the other one. */
  readonly at: 'source' | 'target' | 'home' | 'away';
  readonly force?: boolean;
  /** As the table of pair states calls it. */
  readonly event: PairEvent;
}

const COMMANDS: Readonly<Record<Exclude<EventName, 'cut' | 'mend'>, Command>> = {
  suspend: { kind: 'SUSPEND', at: 'source', event: 'suspend' },
  resume: { kind: 'RESUME', at: 'source', event: 'resume' },
  failover: { kind: 'FAILOVER', at: 'target', event: 'failover' },
  'failover-force': { kind: 'FAILOVER', at: 'target', force: true, event: 'failover --force' },
  swap: { kind: 'SWAP', at: 'target', event: 'swap' },
  delete: { kind: 'DELETE', at: 'home', event: 'delete' },
  'delete-force': { kind: 'DELETE', at: 'away', force: true, event: 'delete' },
  create: { kind: 'CREATE', at: 'home', event: 'create' },
  'create-force': { kind: 'CREATE', at: 'home', force: true, event: 'create' },
};

const stateOf = (n: number): PairState =>
  (Object.keys(PAIR_STATE) as PairState[]).find((k) => PAIR_STATE[k] === n) ?? 'SMPL';

/** The side that is told, −1 when there is none or it cannot hear. */
function toldBy(sim: Sim, index: number, { at }: Command): number {
  const image = sim.images[index];
  if (!image) return -1;
  const role = (a: number): number => pairOf(sim.world.arrays[a] as ArrayMachine, image.volumes[a] as number).role;
  const serves = sim.authority(index);
  let array = at === 'away' ? otherSide(image, image.source) : image.source;
  if (at === 'source') array = [serves, otherSide(image, serves)].find((a) => role(a) === PAIR_ROLE.SOURCE) ?? -1;
  if (at === 'target') array = otherSide(image, serves);
  if (at === 'target' && role(array) !== PAIR_ROLE.TARGET) return -1;
  return array >= 0 && sim.isBooted(array) ? array : -1;
}

/** What may come now. Of commands only those that this array is told; what the table of states refuses is left out. */
export function possibleNow(sim: Sim, index: number, array: number): EventName[] {
  return EVENTS.filter((name) => name !== 'cut' && name !== 'mend' && told(sim, index, name) === array);
}

export function linkEventsNow(sim: Sim): EventName[] {
  return [sim.world.wanted ? 'cut' : 'mend'];
}

function told(sim: Sim, index: number, name: Exclude<EventName, 'cut' | 'mend'>): number {
  const command = COMMANDS[name];
  const array = toldBy(sim, index, command);
  const image = sim.images[index];
  if (array < 0 || !image) return -1;
  const takes = command.kind === 'FAILOVER' || command.kind === 'SWAP';
  if (takes && (sim.frozen(index) || sim.orphaned(index))) return -1;
  const { state, role } = pairOf(sim.world.arrays[array] as ArrayMachine, image.volumes[array] as number);
  // Of a target the table says nothing: what is possible there, its source's state decides.
  if (role === PAIR_ROLE.TARGET) return array;
  return PAIR_STATES[stateOf(state)][command.event] === undefined ? -1 : array;
}

/** Does it; false: not possible now. */
export function act(sim: Sim, index: number, name: EventName): boolean {
  if (name === 'cut' || name === 'mend') {
    if (!linkEventsNow(sim).includes(name)) return false;
    if (name === 'cut') sim.world.cutLink();
    else sim.world.mendLink();
    return true;
  }
  const array = told(sim, index, name);
  const { kind, force = false } = COMMANDS[name];
  if (array < 0) return false;
  if (kind === 'FAILOVER' || kind === 'SWAP') sim.takeover(array, index, force, kind);
  else sim.tell(array, kind, sim.images[index]?.volumes[array] as number, force);
  return true;
}

/** Faults made ready for a rig: names are numbers, and conditions can be looked at. */
import { MICROCODED_ROLES, type Role } from '../../../ports/messages.js';
import { DIRECTORS } from '../director-names.js';
import { type Holds, makeReady } from './conditions.js';
import { type Fault, printFault } from './fault.js';
import { KINDS } from './kinds.js';
import type { NamedLink, RigNames } from './names.js';
import { parseFault } from './parse.js';

export interface PlannedFault {
  readonly fault: Fault;
  /** As `printFault` writes it. */
  readonly text: string;
  /** Position of the array that it names; of a way, the one that does not hear. −1: it names none. */
  readonly array: number;
  /** −1: it names none. */
  readonly volume: number;
  readonly links: readonly NamedLink[];
  /** −1: it names none. */
  readonly director: number;
  readonly role: Role | undefined;
  /** Of `operator`: its words. */
  readonly command: readonly string[];
  /** When it begins; undefined: at a time, or at a label. */
  readonly holds: Holds | undefined;
}

/** Errors: RangeError for what cannot be read, is not possible here, or names what the rig has not. */
export function planFault(text: string, rig: RigNames, where: 'simulated' | 'live'): PlannedFault {
  const fault = parseFault(text);
  const spec = KINDS[fault.kind];
  return ofFault(text, () => {
    if (spec[where] === false || (where === 'live' && fault.start.at === 'label'))
      throw new RangeError(`${fault.start.at === 'label' ? 'a label' : fault.kind} is possible in simulated runs only`);
    return { ...placeOf(fault, rig), fault, text: printFault(fault) };
  });
}

/** What `look` returns. Errors: RangeError, its error with the fault that it is about. */
export function ofFault<Found>(text: string, look: () => Found): Found {
  try {
    return look();
  } catch (error) {
    throw new RangeError(`fault '${text}': ${(error as Error).message}`);
  }
}

type Place = Omit<PlannedFault, 'fault' | 'text'>;

function placeOf(fault: Fault, rig: RigNames): Place {
  const { kind, target, value, start } = fault;
  const [arrayName = '', part = ''] = target.split(':');
  const holds = start.at === 'state' ? makeReady(start.condition, rig) : undefined;
  if (start.at === 'label') rig.array(start.array);
  const nothing: Place = { array: -1, volume: -1, links: [], director: -1, role: undefined, command: [], holds };
  switch (KINDS[kind].target) {
    case 'link':
      return { ...nothing, links: rig.links(target) };
    case 'way': {
      const { links, to } = rig.way(target);
      return { ...nothing, links, array: to };
    }
    case 'array':
      return { ...nothing, array: rig.array(target) };
    case 'director':
      return { ...nothing, array: rig.array(arrayName), director: (DIRECTORS as readonly string[]).indexOf(part) };
    case 'role':
      return { ...nothing, array: rig.array(arrayName), role: MICROCODED_ROLES.find((name) => name === part) };
    case 'command': {
      const command = target.split(' ');
      const volume = command.find((word) => word.includes(':')) ?? '';
      return { ...nothing, ...(command[0] === 'pair' ? rig.pair(volume) : rig.volume(volume)), command };
    }
    default: {
      const place = rig.volume(target);
      if (value?.is === 'sectors') rig.sectors(place.array, place.volume, value.to, target);
      if (value?.is === 'track') rig.firstTrack(place.array, place.volume, value.track, target);
      return { ...nothing, ...place };
    }
  }
}

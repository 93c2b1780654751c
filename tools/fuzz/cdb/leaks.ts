/** Is everything given back once no command is under way? Free lists are counted, and tables that must agree are held against each other. */
import { ATTENTIONS_MAX, GATE, REGISTRANT } from '../../../firmware/memory/scsi.js';
import { shiftOf, type TableName } from '../../../firmware/memory/tables.js';
import { MICROCODED_ROLES } from '../../../firmware/ports/messages.js';
import type { FuzzedArray } from './array.js';

/** What was so before the first command. */
export interface Baseline {
  readonly tasks: readonly number[];
  readonly transferSectors: number;
}

const FREE = 0;

export function baselineOf(array: FuzzedArray): Baseline {
  return { tasks: busyTasks(array), transferSectors: array.port.transferSectorsFree };
}

/** Tasks that are not free, of each role. */
function busyTasks({ machine }: FuzzedArray): number[] {
  const { tasksOfRole } = machine.memory.layout;
  const { m } = machine.memory;
  const first = machine.at('task', 'state');
  return MICROCODED_ROLES.map((_, role) => {
    let busy = 0;
    for (let i = role * tasksOfRole; i < (role + 1) * tasksOfRole; i++)
      if (m[first + (i << shiftOf('task'))] !== FREE) busy++;
    return busy;
  });
}

/** Undefined: nothing is missing. */
export function leakOf(array: FuzzedArray, baseline: Baseline): string | undefined {
  return (
    ports(array, baseline) ?? tasks(array, baseline) ?? records(array) ?? works(array) ?? units(array) ?? people(array)
  );
}

function ports({ port }: FuzzedArray, { transferSectors }: Baseline): string | undefined {
  if (port.commandsUnderWay !== 0) return `${port.commandsUnderWay} commands of the port are not given back`;
  const missing = transferSectors - port.transferSectorsFree;
  return missing === 0 ? undefined : `${missing} sectors of transfer memory are not given back`;
}

/** Destages come and go by themselves: of the cache and the disk role any number may be at work. */
function tasks(array: FuzzedArray, baseline: Baseline): string | undefined {
  for (const [role, busy] of busyTasks(array).entries()) {
    const name = MICROCODED_ROLES[role];
    if (name !== 'channel' && name !== 'data') continue;
    if (busy !== baseline.tasks[role])
      return `${busy} tasks of role ${name} are left, where ${baseline.tasks[role]} were before`;
  }
  return undefined;
}

function each(array: FuzzedArray, table: TableName, wrong: (record: number) => string | undefined): string | undefined {
  for (let record = 0; record < array.machine.memory.layout.records[table]; record++) {
    const fault = wrong(record);
    if (fault !== undefined) return `${table} ${record}: ${fault}`;
  }
  return undefined;
}

function records(array: FuzzedArray): string | undefined {
  const { machine } = array;
  const none = (table: TableName, field: string) => (record: number) => {
    const value = machine.get(table, field, record);
    return value === 0 ? undefined : `${field} is ${value}`;
  };
  return (
    each(array, 'scsi_command', none('scsi_command', 'active')) ??
    each(array, 'lock', none('lock', 'holder')) ??
    each(array, 'entry', none('entry', 'pins')) ??
    each(array, 'entry', none('entry', 'granted')) ??
    each(array, 'nexus', none('nexus', 'marks')) ??
    none('scsi', 'naming')(0)
  );
}

function works({ machine }: FuzzedArray): string | undefined {
  const { work } = machine.memory.layout.records;
  const seen = new Set<number>();
  for (let at = machine.get('scsi', 'work_free', 0); at !== 0; at = machine.get('work', 'next', at - 1)) {
    if (seen.has(at)) return `work buffer ${at - 1} is free twice`;
    seen.add(at);
  }
  return seen.size === work ? undefined : `${seen.size} of ${work} work buffers are free`;
}

function units(array: FuzzedArray): string | undefined {
  const { machine } = array;
  const { unit: count, initiator, nexus } = machine.memory.layout.records;
  return each(array, 'unit', (unit) => {
    const get = (field: string): number => machine.get('unit', field, unit);
    for (const field of ['running', 'heads', 'ordered', 'first', 'last'])
      if (get(field) !== 0) return `${field} is ${get(field)}`;
    const gate = get('gate');
    if ((gate & GATE.GATE_ORDER) !== 0) return 'its task set is not simple, and empty';
    if (machine.get('media', 'work', unit) !== 0) return 'work of it goes on';
    let attentive = 0;
    let prevents = 0;
    for (let n = 0; n < nexus; n++) {
      const path = n * count + unit;
      const attentions = machine.get('path', 'count', path);
      if (attentions < 0 || attentions > ATTENTIONS_MAX) return `path ${path} has ${attentions} attentions`;
      if (attentions > 0) attentive++;
      if (machine.get('path', 'prevents', path) !== 0) prevents++;
    }
    if (attentive !== get('attentive'))
      return `${get('attentive')} paths with attentions are counted, where ${attentive} have some`;
    if (attentive > 0 !== ((gate & GATE.GATE_ATTENTION) !== 0))
      return `its gate says otherwise of attentions than ${attentive} paths`;
    if (prevents !== get('prevents'))
      return `${get('prevents')} nexuses are counted that prevent removal, where ${prevents} do`;
    return registrants(array, unit, initiator, count);
  });
}

function registrants({ machine }: FuzzedArray, unit: number, initiators: number, units: number): string | undefined {
  let registered = 0;
  for (let who = 0; who < initiators; who++) {
    const flags = machine.get('registrant', 'flags', who * units + unit);
    if ((flags & (REGISTRANT.COMING | REGISTRANT.GONE)) !== 0) return `initiator ${who} is coming or going: ${flags}`;
    if ((flags & REGISTRANT.REGISTERED) !== 0) registered++;
  }
  const counted = machine.get('unit', 'registrants', unit);
  if (registered !== counted) return `${counted} registrants are counted, where ${registered} are there`;
  const held = machine.get('reservation', 'held', unit);
  const isReserved = held !== 0 || machine.get('unit', 'reserver', unit) !== 0;
  if (isReserved !== ((machine.get('unit', 'gate', unit) & GATE.GATE_RESERVED) !== 0))
    return 'its gate says otherwise of reservations';
  if (held === 0) return undefined;
  if ((held & 15) >= 7)
    return registered > 0 ? undefined : 'it is reserved by all registrants, of which there are none';
  const holder = machine.get('registrant', 'flags', ((held >> 8) - 1) * units + unit);
  return (holder & REGISTRANT.REGISTERED) !== 0 ? undefined : 'it is reserved by an initiator that is not registered';
}

/** Sessions and registrations keep an initiator's record. */
function people(array: FuzzedArray): string | undefined {
  const { machine } = array;
  const { nexus, unit: units } = machine.memory.layout.records;
  return each(array, 'initiator', (who) => {
    let users = 0;
    for (let n = 0; n < nexus; n++)
      if (machine.get('nexus', 'open', n) !== 0 && machine.get('nexus', 'initiator', n) === who + 1) users++;
    for (let unit = 0; unit < units; unit++)
      if ((machine.get('registrant', 'flags', who * units + unit) & REGISTRANT.REGISTERED) !== 0) users++;
    const counted = machine.get('initiator', 'users', who);
    return counted === users ? undefined : `${counted} users are counted, where there are ${users}`;
  });
}

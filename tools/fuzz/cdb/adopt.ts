/** Where several commands ran beside each other, or one named initiators by what only the array can read, the model takes over what became of its units. */
import { GATE, REGISTRANT, TRANSPORT_ID_WORDS, UNIT_STOP } from '../../../firmware/memory/scsi.js';
import type { FuzzedArray } from './array.js';
import { type FuzzedHost, transportId } from './hosts.js';
import type { UnitModel, World } from './world.js';

/** More than there are, with the strangers. */
const HOSTS_MOST = 20;

/** The number of the host, or stranger, whose name this is; of any other name one that nobody has. */
function hostOf({ machine }: FuzzedArray, initiator: number): number {
  const bytes = Buffer.alloc(machine.get('initiator', 'bytes', initiator));
  for (let at = 0; at < bytes.length; at += 4)
    bytes.writeInt32BE(machine.get('transport_id', 'word', initiator * TRANSPORT_ID_WORDS + at / 4), at);
  for (let host = 0; host < HOSTS_MOST; host++) if (transportId(host).equals(bytes)) return host;
  return HOSTS_MOST + initiator;
}

function adoptUnit(array: FuzzedArray, unit: UnitModel, hosts: readonly FuzzedHost[]): void {
  const { machine } = array;
  const { number } = unit;
  const { unit: units, initiator: initiators } = machine.memory.layout.records;
  const reserver = machine.get('unit', 'reserver', number) - 1;
  unit.reserver = reserver < 0 ? -1 : hosts.findIndex(({ nexus }) => nexus === reserver);
  const stopped = machine.get('unit', 'stopped', number);
  unit.stopped = stopped === 0 ? 'no' : stopped === UNIT_STOP.EJECTED ? 'ejected' : 'stopped';
  unit.isProtected = !unit.readOnly && (machine.get('unit', 'gate', number) & GATE.GATE_PROTECTED) !== 0;
  unit.prevents.clear();
  for (const { nexus, number: host } of hosts) {
    if (nexus >= 0 && machine.get('path', 'prevents', nexus * units + number) !== 0) unit.prevents.add(host);
  }
  unit.generation = machine.get('unit', 'generation', number) >>> 0;
  unit.aptpl = machine.get('reservation', 'kept', number) !== 0;
  const held = machine.get('reservation', 'held', number);
  unit.registrants.clear();
  unit.unreserve();
  for (let who = 0; who < initiators; who++) {
    const at = who * units + number;
    if ((machine.get('registrant', 'flags', at) & REGISTRANT.REGISTERED) === 0) continue;
    const key = machine.at('registrant', 'key', at);
    const { m } = machine.memory;
    unit.registrants.set(
      hostOf(array, who),
      BigInt.asUintN(64, (BigInt(m[key + 1] ?? 0) << 32n) | BigInt((m[key] ?? 0) >>> 0)),
    );
    if (held !== 0 && held >> 8 === who + 1) unit.holder = hostOf(array, who);
  }
  unit.type = held & 15;
}

export function adopt(array: FuzzedArray, world: World, hosts: readonly FuzzedHost[]): void {
  for (const unit of world.units) adoptUnit(array, unit, hosts);
}

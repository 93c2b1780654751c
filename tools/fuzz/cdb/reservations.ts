/** Which commands of whom a reservation keeps away (SPC-6, 5.14.1; SPC-2, 5.5.1). */
import type { Command } from './command.js';
import type { Rule } from './layouts.js';
import type { UnitModel } from './world.js';

/** May it be carried out, for all that reservations say? */
export function hindrance(unit: UnitModel, { host, cdb, layout }: Command): Rule {
  if (layout === undefined) return 'either';
  const isReservation = layout.code === 0x5e || layout.code === 0x5f;
  const isHarmless = layout.code === 0x1e && ((cdb[4] ?? 0) & 3) === 0;
  const starts = layout.code === 0x1b && ((cdb[4] ?? 0) & 0xf1) === 1;
  if (unit.reserver >= 0) {
    if (isReservation) return 'never';
    if (unit.reserver === host) return 'always';
    return isHarmless ? 'always' : starts ? 'either' : layout.legacy;
  }
  if (unit.type === 0 || isFree(unit, host) || isHarmless || starts) return 'always';
  if (layout.persistent === 'reads') return [1, 5, 7].includes(unit.type) ? 'always' : 'never';
  return layout.persistent;
}

/** Is the persistent reservation for this one, not against it? */
const isFree = (unit: UnitModel, host: number): boolean =>
  unit.type <= 3 ? unit.holder === host : unit.registrants.has(host);

/** May it read there, may it write there? */
export function isOpen(unit: UnitModel, host: number, access: 'read' | 'write'): boolean {
  if (unit.reserver >= 0) return unit.reserver === host;
  return unit.type === 0 || isFree(unit, host) || (access === 'read' && [1, 5, 7].includes(unit.type));
}

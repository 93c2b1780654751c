/** Checks every way through the microcode of a role; units are without errors, problems go to each one's own report. */
import type { Role } from '../../../firmware/ports/messages.js';
import type { Unit } from '../checks.js';
import { checkReach, checkRecursion } from './reach.js';
import { checkWaits } from './waits.js';
import { Walk } from './walk.js';

export function checkFlow(units: readonly Unit[], role: Role): void {
  checkReach(units);
  checkWaits(units, role);
  if (checkRecursion(units)) new Walk(units).all();
}

/** COMPARE AND WRITE against what its block may have held: one step to everybody else. */

import { SCSI_OP } from '../../../../adapters/channel/workload/scsi-cdbs.js';
import type { ScsiHosts } from '../../../../adapters/channel/workload/scsi-hosts.js';
import { RESULT } from '../../../memory/constants.js';
import { valueName } from '../inspect.js';
import type { Watched } from '../watched.js';
import { NOTE } from './notes.js';

/** One ended that counts; where it did nothing, the oracle has been told. `block`: of the rig. */
export function checkCompared(sim: Watched, array: number, host: number, block: number): void {
  const hosts = sim.world.scsiHosts(array);
  if (!hosts) return;
  const { status, issued } = hosts.look(host);
  if (status === RESULT.OK) foundEqual(sim, hosts, host, block, issued);
  else if (status === RESULT.DIFFERENT) foundOther(sim, hosts, host, block, issued);
  // Whoever asked looks at this one.
  hosts.look(host);
}

/** It compared equal, and its write is the block's content. `issued`: when. */
function foundEqual(sim: Watched, hosts: ScsiHosts, host: number, block: number, issued: number): void {
  const { volume, lba } = hosts.look(host);
  const value = hosts.expected(host);
  const where = `COMPARE AND WRITE of volume ${volume} block ${lba}`;
  if ((hosts.note(host) & NOTE.TAKEN) !== 0)
    sim.violate(`${where} found ${valueName(value)}, which another one had found and overwritten before`);
  else if (!sim.oracle.allows(block, value, issued))
    sim.violate(`${where} found ${valueName(value)}; it may hold ${sim.oracle.possible(block)}`);
  if (value === 0) return;
  for (let other = 0; other < hosts.count; other++) {
    if (other === host || !hosts.busy(other) || hosts.expected(other) !== value) continue;
    const { op, volume: its, lba: from } = hosts.look(other);
    if (op === SCSI_OP.COMPARE_WRITE && its === volume && from === lba)
      hosts.setNote(other, hosts.note(other) | NOTE.TAKEN);
  }
}

/** It found something else, and wrote nothing, which the oracle has been told. */
function foundOther(sim: Watched, hosts: ScsiHosts, host: number, block: number, issued: number): void {
  const { volume, lba } = hosts.look(host);
  const value = hosts.expected(host);
  if (sim.oracle.holdsOnly(block, value, issued))
    sim.violate(
      `COMPARE AND WRITE of volume ${volume} block ${lba} did not find ${valueName(value)}; it has held nothing else`,
    );
}

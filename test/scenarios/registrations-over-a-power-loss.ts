import { RESERVE_OUT } from '../../adapters/channel/workload/scsi-cdbs.js';
import { SCSI_RESULT } from '../../adapters/channel/workload/scsi-hosts.js';
import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';

const VOLUME = 'A:data0';
/** WRITE EXCLUSIVE */
const TYPE = 1;
const HOLDER = 0;
const OTHER = 1;

export default scenario({
  help: 'power goes with the answer of PERSISTENT RESERVE OUT, or a few micro-operations later: with APTPL the registration and the reservation are there afterwards, without it they are not',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig, [VOLUME]),
  run(sim) {
    begin(sim);
    for (const isKept of [true, false]) {
      for (const asked of [
        { action: RESERVE_OUT.REGISTER_AND_IGNORE, actionKey: 1, isKept },
        { action: RESERVE_OUT.RESERVE, key: 1, type: TYPE },
      ]) {
        sim.scsi.reserve(HOLDER, VOLUME, asked);
        sim.expect(sim.scsi.answer(HOLDER, VOLUME) === RESULT.OK, 'it is registered, and reserves');
      }
      sim.crash('A', sim.world.chance.below(40));
      sim.wait_us(2_000);
      sim.crash('A');
      sim.powerOn('A');
      sim.rest();
      // The oracle knows what must be there.
      sim.scsi.survey(OTHER, VOLUME);
      sim.scsi.answer(OTHER, VOLUME);
      const wanted = isKept ? SCSI_RESULT.CONFLICT : RESULT.OK;
      const { status } = sim.write(VOLUME, 0, 1, OTHER);
      sim.expect(status === wanted, `a write of another host ends with ${wanted} (${status})`);
    }
    finish(sim);
  },
});

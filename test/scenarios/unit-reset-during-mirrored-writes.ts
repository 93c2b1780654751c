import { SCSI_RESULT } from '../../adapters/channel/workload/scsi-hosts.js';
import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { TASK_MANAGEMENT } from '../../firmware/memory/scsi.js';
import { begin, finish, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 4;
const VOLUME = 'A:data0';
const WRITERS = [0, 1, 4, 5] as const;
const RESETTER = 2;
const SECTORS = 6;

export default scenario({
  help: 'a unit is reset while mirrored writes are under way: they end before that is answered, none lands later, both copies agree, and every host hears of the reset once',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig, [VOLUME]),
  run(sim) {
    begin(sim);
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      for (const host of WRITERS) sim.start(host, COMMAND_OP.OP_WRITE, VOLUME, 2 * (host % 2), SECTORS);
      sim.wait_us(sim.world.chance.below(400));
      if (round === ROUNDS / 2) sim.world.cutLink();
      sim.scsi.manage(RESETTER, VOLUME, TASK_MANAGEMENT.UNIT_RESET_FUNCTION);
      sim.scsi.managed(RESETTER, VOLUME);
      const ended = WRITERS.map((host) => sim.world.hosts[0]?.look(host).status ?? -1);
      sim.expect(
        ended.every((status) => status === RESULT.OK || status === SCSI_RESULT.ABORTED),
        `each write is done or ended (${ended})`,
      );
      if (round === ROUNDS / 2) sim.world.mendLink();
      const before = sim.read(VOLUME, 0, 2 + SECTORS).values;
      sim.rest();
      const after = sim.read(VOLUME, 0, 2 + SECTORS).values;
      sim.expect(
        before.every((value, i) => value === after[i]),
        `nothing of them came later (${before}; ${after})`,
      );
    }
    finish(sim);
  },
});

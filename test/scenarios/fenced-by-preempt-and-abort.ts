import { RESERVE_OUT } from '../../adapters/channel/workload/scsi-cdbs.js';
import { SCSI_RESULT } from '../../adapters/channel/workload/scsi-hosts.js';
import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 4;
const VOLUME = 'A:data0';
const BLOCKS = 8;
/** EXCLUSIVE ACCESS, REGISTRANTS ONLY */
const TYPE = 6;
const NEXUSES = 4;
/** Two commands of an initiator at once: its own host and the one behind all first ones. */
const hostsOf = (initiator: number): readonly number[] => [initiator, initiator + NEXUSES];

export default scenario({
  help: 'two hosts fence each other with PREEMPT AND ABORT while the loser has writes under way: none of them lands after that is answered, and none is taken any more',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig, [VOLUME]),
  run(sim) {
    begin(sim);
    const key = (initiator: number): number => initiator + 1;
    const reserve = (host: number, asked: Parameters<typeof sim.scsi.reserve>[2]): number => {
      sim.scsi.reserve(host, VOLUME, asked);
      return sim.scsi.answer(host, VOLUME);
    };
    for (const initiator of [0, 1])
      reserve(initiator, { action: RESERVE_OUT.REGISTER_AND_IGNORE, actionKey: key(initiator) });
    reserve(1, { action: RESERVE_OUT.RESERVE, key: key(1), type: TYPE });
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      const [winner, loser] = round % 2 === 0 ? [0, 1] : [1, 0];
      const late = hostsOf(loser);
      const writes = late.map((host) => sim.start(host, COMMAND_OP.OP_WRITE, VOLUME, 0, BLOCKS));
      sim.wait_us(sim.world.chance.below(300));
      const preempt = { action: RESERVE_OUT.PREEMPT_AND_ABORT, key: key(winner), actionKey: key(loser), type: TYPE };
      sim.expect(reserve(winner, preempt) === RESULT.OK, 'the loser is fenced');
      const { id } = sim.write(VOLUME, 0, BLOCKS, winner);
      for (const host of late) sim.scsi.answer(host, VOLUME);
      const { status } = sim.write(VOLUME, 0, BLOCKS, loser);
      sim.expect(status === SCSI_RESULT.CONFLICT, `the loser's next write meets a conflict (${status})`);
      const { values } = sim.read(VOLUME, 0, BLOCKS);
      sim.expect(
        winner !== 0 || values.every((value) => value === id),
        `the winner's write is what is there (${values}; the loser's were ${writes})`,
      );
      reserve(loser, { action: RESERVE_OUT.REGISTER_AND_IGNORE, actionKey: key(loser) });
    }
    finish(sim);
  },
});

import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the link is down, writes are acknowledged, A dies: failover of B says unknown and needs force',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.world.cutLink();
    const alone = sim.write('A:data0', 0);
    sim.expect(alone.status === RESULT.OK, 'A goes on alone');
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'A left PAIR before that status');
    sim.crash('A');
    const asked = sim.operator('B:data0', 'FAILOVER');
    sim.expect(asked.result === RESULT.UNKNOWN, `B does not know how far A went (result ${asked.result})`);
    sim.expect(sim.pair('B:data0').role === 'TARGET', 'B did not take over');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'with force it is granted');
    sim.expect(sim.write('B:data0', 4).status === RESULT.OK, 'B serves hosts');
    finish(sim);
    sim.expect(sim.pair('A:data0').role === 'TARGET', 'A, returned, is the target of B');
  },
});

import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'B is written after failover, A returns without links: A refuses host writes until both have agreed',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.write('A:data0', 0);
    sim.crash('A');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over');
    sim.write('B:data0', 0, 3);
    sim.world.cutLink();
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.write('A:data0', 8).status === RESULT.WRITE_PROTECTED, 'A refuses a write while it cannot ask B');
    sim.expect(sim.write('A:local0', 0).status === RESULT.OK, 'volumes without a pair are served at once');
    finish(sim);
    sim.expect(sim.write('A:data0', 8).status === RESULT.WRITE_PROTECTED, 'A refuses it as the target of B too');
    sim.expect(sim.pair('B:data0').state === 'PAIR', 'the pair is whole again, the other way round');
  },
});

import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A dies for good, B takes over, an empty array comes in the place of A: it becomes the target of B and gets everything',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(20_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.crash('A', 37);
    sim.until('A has no power', () => !sim.world.powered(0));
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over');
    sim.wait_us(5_000);
    sim.replace('A');
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.pair('A:data0').role === 'TARGET', 'A is the target of B');
    sim.expect(sim.pair('B:data0').state === 'PAIR', 'B has brought it everything');
    sim.expect(sim.operator('A:data0', 'FAILOVER').result === RESULT.OK, 'A may take over again');
    finish(sim);
  },
});

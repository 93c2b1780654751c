import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A is replaced by an empty array and an operator wants it to serve all the same: B is overwritten with all of A',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.write('A:data0', 0, 4);
    sim.rest();
    sim.replace('A');
    sim.powerOn('A');
    sim.rest();
    sim.expect(sim.operator('A:data0', 'FAILOVER', true).result === RESULT.OK, 'A serves, because it is told to');
    sim.expect(sim.pair('A:data0').role === 'SOURCE', 'it is the source');
    sim.expect(sim.read('A:data0', 0).values[0] === 0, 'hosts read what it holds');
    sim.write('A:data0', 2);
    finish(sim);
    sim.expect(sim.pair('B:data0').state === 'PAIR', 'B is in PAIR with it');
  },
});

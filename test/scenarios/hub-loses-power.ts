import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the array that two others mirror loses power: one of them takes over, and the other pair goes on with its source when it is back',
  rig: 'tiny-star',
  run(sim) {
    begin(sim);
    sim.load_us(10_000, { readsOf16: 4, only: 0 });
    sim.wait_us(5_000);
    sim.crash('A');
    sim.wait_us(10_000);
    sim.expect(sim.operator('C:data1', 'FAILOVER', true).result === RESULT.OK, 'C takes A:data1 over');
    sim.expect(sim.write('C:data1', 0, 4).status === RESULT.OK, 'and serves it');
    sim.expect(sim.pair('B:data0').role === 'TARGET', 'B was told nothing, and stays the target');
    sim.powerOn('A');
    sim.paired();
    sim.expect(sim.pair('A:data0').role === 'SOURCE', 'A serves hosts with what B mirrors');
    sim.expect(sim.pair('A:data1').role === 'TARGET', 'and mirrors what C took over');
    sim.expect(sim.operator('A:data1', 'SWAP').result === RESULT.OK, 'A takes it back');
    sim.load_us(5_000);
    sim.wait_us(20_000);
    finish(sim);
  },
});

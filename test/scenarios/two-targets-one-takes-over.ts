import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A mirrors to B and to C: B changes sides with A under load, so that C gets from A what B writes, and all three hold the same',
  rig: 'tiny-two-targets',
  run(sim) {
    begin(sim);
    sim.load_us(60_000, { readsOf16: 4 });
    sim.wait_us(10_000 + sim.world.chance.below(20_000));
    sim.expect(sim.operator('B:data0', 'SWAP').result === RESULT.OK, 'B takes the group over');
    sim.wait_us(60_000);
    sim.rest();
    sim.paired();
    sim.expect(sim.pair('B:data0').role === 'SOURCE', 'B serves hosts');
    sim.expect(sim.pair('C:data0').role === 'TARGET', 'C is a target as before');
    sim.expect(sim.write('B:data0', 0, 4).status === RESULT.OK, 'B is written');
    finish(sim);
  },
});

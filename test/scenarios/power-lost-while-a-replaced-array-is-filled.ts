import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'power is lost at any micro-operation, on either side, while an empty array gets its copy: nothing is believed to be there that is not',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(8_000, { readsOf16: 4 });
    sim.wait_us(4_000);
    sim.replace('A');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over');
    sim.powerOn('A');
    const { chance } = sim.world;
    for (let i = 0; i < 3; i++) {
      const name = chance.below(2) === 0 ? 'A' : 'B';
      sim.crash(name, 1 + chance.below(600));
      sim.wait_us(chance.below(4_000));
      sim.crash(name);
      sim.powerOn(name);
    }
    sim.rest();
    // If B was away before it met the new array, only an operator knows that nobody else served its own volume.
    sim.expect(sim.operator('B:work0', 'FAILOVER', true).result === RESULT.OK, 'B goes on with its own volume');
    sim.expect(sim.pair('B:data0').role === 'SOURCE', 'B serves');
    finish(sim);
  },
});

import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the link of a domino pair is cut under load and A dies later: B takes over with every acknowledged write, and writes alone until A has it all',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    sim.load_us(18_000, { readsOf16: 4, only: 0 });
    sim.wait_us(chance.below(8_000));
    sim.world.cutLink();
    sim.wait_us(chance.below(8_000));
    if (chance.below(2) === 0) sim.world.mendLink();
    sim.wait_us(chance.below(2_000));
    sim.crash('A', 1 + chance.below(200));
    sim.wait_us(2_000);
    sim.crash('A');
    sim.world.mendLink();
    sim.wait_us(40_000);
    // The oracle compares here, whatever state A left.
    sim.expect(sim.operator('B:domino0', 'FAILOVER', true).result === RESULT.OK, 'B takes over with force');
    sim.expect(sim.write('B:domino0', 0).status === RESULT.OK, 'an operator said so: B writes to one copy');
    sim.powerOn('A');
    sim.until('both are in PAIR', () => sim.allPaired());
    sim.expect(sim.write('B:domino0', 1).status === RESULT.OK, 'two copies again');
    sim.expect(sim.operator('A:domino0', 'FAILOVER').result === RESULT.OK, 'B yields');
    finish(sim);
  },
});

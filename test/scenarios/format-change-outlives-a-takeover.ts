import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the other side takes over in the middle of a format change, told of it or not: it goes on with it, there and on the side that returns',
  rig: 'tiny-formats',
  run(sim) {
    begin(sim);
    sim.load_us(50_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    const { chance } = sim.world;
    if (chance.below(2) === 0) sim.world.cutLink();
    sim.format('A:data0', 8);
    sim.wait_us(chance.below(4_000));
    sim.crash('A', 1 + chance.below(200));
    sim.wait_us(2_000);
    sim.crash('A');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over');
    sim.wait_us(6_000);
    sim.world.mendLink();
    sim.powerOn('A');
    sim.paired();
    const both = sim.world.arrays.map((a) => a.get('volume', 'fba_4096', 0));
    sim.expect(
      both.every((tracks) => tracks === 6),
      `both sides have changed all tracks (${both})`,
    );
    sim.expect(sim.operator('A:data0', 'SWAP').result === RESULT.OK, 'the roles go back');
    sim.wait_us(40_000);
    sim.rest();
    sim.expect(sim.write('A:data0', 1, 1).status === RESULT.UNALIGNED, 'A wants whole blocks');
    finish(sim);
  },
});

import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'both links are lost under load: PSUE, and hosts go on; one that returns is enough to be in PAIR again',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    sim.load_us(40_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.world.cutLink(0);
    sim.wait_us(3_000);
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'with one link the pair is in PAIR');
    sim.world.cutLink(1);
    sim.wait_us(12_000);
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'without a link the pair is suspended');
    const { writes } = sim;
    sim.wait_us(5_000);
    sim.expect(sim.writes > writes, 'writes go on meanwhile');
    sim.world.mendLink(1);
    sim.wait_us(60_000);
    sim.paired();
    finish(sim);
  },
});

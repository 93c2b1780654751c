import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the link is cut and returns under load: no error at a host, owed tracks are counted, resent, and cleared',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(40_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.world.cutLink();
    sim.wait_us(15_000);
    const owed = sim.world.arrays[0]?.get('volume', 'm2_inv', 0) ?? 0;
    sim.expect(owed > 0, 'tracks that B lacks are in the list of A');
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'the pair is suspended');
    const { writes } = sim;
    sim.wait_us(5_000);
    sim.expect(sim.writes > writes, 'writes go on while the link is down');
    sim.world.mendLink();
    sim.wait_us(60_000);
    sim.paired();
    finish(sim);
    sim.expect(sim.world.arrays[0]?.get('volume', 'm2_inv', 0) === 0, 'nothing is owed');
  },
});

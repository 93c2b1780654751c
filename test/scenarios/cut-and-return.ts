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
    const owed = (): number => sim.world.arrays[0]?.get('volume', 'm2_inv', 0) ?? 0;
    // Where drives are slow a host may be at a read for so long.
    sim.until('tracks that B lacks are in the list of A', () => owed() > 0);
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'the pair is suspended');
    const { writes } = sim;
    sim.wait_us(5_000);
    sim.until('writes go on while the link is down', () => sim.writes > writes);
    sim.world.mendLink();
    sim.wait_us(60_000);
    sim.paired();
    finish(sim);
    sim.expect(owed() === 0, 'nothing is owed');
  },
});

import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A mirrors to B and to C: the link to one goes under load, and the other goes on; power of A is lost, and all three hold the same',
  rig: 'tiny-two-targets',
  run(sim) {
    begin(sim);
    sim.load_us(100_000, { readsOf16: 4, only: 0 });
    sim.wait_us(10_000);
    const link = sim.world.chance.below(2);
    sim.world.cutLink(link);
    sim.wait_us(30_000);
    const kept = link === 0 ? 'C:data0' : 'B:data0';
    sim.expect(sim.pair(kept).state === 'PAIR', `${kept} is in PAIR`);
    sim.world.mendLink(link);
    sim.wait_us(10_000);
    sim.crash('A', 1 + sim.world.chance.below(400));
    sim.wait_us(20_000);
    sim.powerOn('A');
    sim.wait_us(60_000);
    finish(sim);
    sim.paired();
  },
});

import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A mirrors to B, and B to C: links and the array in the middle go under load, and in the end all three hold the same',
  rig: 'tiny-cascade',
  run(sim) {
    begin(sim);
    sim.load_us(120_000, { readsOf16: 4, only: 0 });
    sim.wait_us(10_000);
    sim.world.cutLink(1);
    sim.wait_us(20_000);
    sim.world.mendLink(1);
    sim.wait_us(10_000);
    sim.world.cutLink(0);
    sim.wait_us(20_000);
    sim.world.mendLink(0);
    sim.wait_us(10_000);
    sim.crash('B', 1 + sim.world.chance.below(400));
    sim.wait_us(20_000);
    sim.powerOn('B');
    sim.wait_us(60_000);
    finish(sim);
    sim.paired();
  },
});

import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'of three arrays two lose their link under load: their pair is suspended and comes back, and the pair with the third stays in PAIR',
  rig: 'tiny-star',
  run(sim) {
    begin(sim);
    sim.load_us(50_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    const epoch = sim.pair('A:data1').epoch;
    sim.world.cutLink(0);
    sim.wait_us(12_000);
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'the pair with B is suspended');
    sim.expect(sim.pair('A:data1').state === 'PAIR', 'the pair with C is in PAIR');
    sim.expect(sim.pair('C:work0').state === 'PAIR', 'the pair of C is in PAIR');
    sim.wait_us(5_000);
    sim.world.mendLink(0);
    sim.wait_us(60_000);
    sim.paired();
    sim.expect(sim.pair('A:data1').epoch === epoch, 'the session with C was never interrupted');
    finish(sim);
  },
});

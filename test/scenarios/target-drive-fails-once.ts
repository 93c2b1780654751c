import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: "the target's drive fails one write, whose track is written again meanwhile: the pair is in PAIR again by itself",
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const drive = sim.world.drives[1]?.faults[0];
    drive?.slow(1, 20_000);
    drive?.tear(0);
    sim.write('A:data0', 8, 4);
    sim.wait_us(10_000);
    sim.write('A:data0', 8, 4);
    drive?.slow(1, 0);
    sim.wait_us(30_000);
    sim.write('A:data0', 0);
    sim.expect(sim.pair('A:data0').state === 'PSUE', 'the target, whose drive failed, takes no more');
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'it is in PAIR after a while');
    finish(sim);
  },
});

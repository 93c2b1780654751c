import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'power is lost at any micro-operation, on either side, while the format changes: the marks are kept, and the change goes on',
  rig: 'tiny-formats',
  run(sim) {
    begin(sim);
    sim.load_us(60_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    sim.format('A:data0', 8);
    const { chance } = sim.world;
    for (let i = 0; i < 4; i++) {
      const name = chance.below(2) === 0 ? 'A' : 'B';
      sim.crash(name, 1 + chance.below(800));
      sim.wait_us(chance.below(3_000));
      sim.crash(name);
      sim.powerOn(name);
    }
    sim.paired();
    finish(sim);
    for (const array of sim.world.arrays)
      sim.expect(array.get('volume', 'fba_4096', 0) === 6, 'all tracks are changed');
  },
});

import { RESULT } from '../../firmware/memory/constants.js';
import { finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a pair is made over a written volume while hosts write: both sides end byte-identical',
  rig: 'tiny-simplex',
  run(sim) {
    sim.until('all arrays boot', () => sim.rig.arrays.every((_, a) => sim.isBooted(a)));
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(12_000);
    sim.load_us(60_000, { readsOf16: 4 });
    sim.wait_us(1_000);
    sim.expect(sim.operator('A:data0', 'CREATE', true).result === RESULT.OK, 'the pair is made');
    sim.expect(sim.pair('A:data0').state === 'COPY', 'it copies');
    sim.paired();
    finish(sim);
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'the copy is complete');
  },
});

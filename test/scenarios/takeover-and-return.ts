import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A dies under load in PAIR, B takes over with all of it, A returns as target, and takes over again when it has all',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(20_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    sim.crash('A', 37);
    sim.until('A has no power', () => !sim.world.powered(0));
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over with force');
    sim.load_us(20_000, { readsOf16: 4 });
    sim.wait_us(5_000);
    sim.powerOn('A');
    sim.wait_us(30_000);
    sim.paired();
    sim.expect(sim.pair('B:data0').role === 'SOURCE', 'B serves hosts');
    const back = sim.operator('A:data0', 'FAILOVER');
    sim.expect(back.result === RESULT.OK, `A takes over without force, because B agrees (result ${back.result})`);
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(12_000);
    finish(sim);
    sim.expect(sim.pair('A:data0').role === 'SOURCE', 'A serves hosts again');
  },
});

import { PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'after a takeover the roles go back when nothing is owed to A any more, and not before',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    sim.world.cutLink();
    sim.wait_us(2_000);
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over with force');
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(12_000);
    sim.world.mendLink();
    sim.until('A is the target', () => sim.pair('A:data0').role === 'TARGET');
    const early = sim.operator('A:data0', 'SWAP');
    const refused = early.result === RESULT.WRONG_STATE && early.a === PAIR_STATE.COPY && early.b > 0;
    sim.expect(early.result === RESULT.OK || refused, `a refusal says what is owed (${JSON.stringify(early)})`);
    if (refused) {
      sim.paired();
      sim.expect(sim.operator('A:data0', 'SWAP').result === RESULT.OK, 'the roles go back');
    }
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(12_000);
    finish(sim);
    sim.expect(sim.pair('A:data0').role === 'SOURCE', 'A serves hosts again');
  },
});

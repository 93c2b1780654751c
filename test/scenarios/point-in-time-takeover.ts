import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'point-in-time: B takes over without force only when nothing is owed; else it says so, and what was owed may be lost',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    sim.world.link?.holdNext(1, 8_000);
    const { status } = sim.write('A:later0', 0, 2);
    sim.expect(status === RESULT.OK, 'A gives status at once');
    const asked = sim.operator('B:later0', 'FAILOVER');
    sim.expect(asked.result === RESULT.REFUSED, `A does not agree while a track is owed (result ${asked.result})`);
    sim.rest();
    sim.expect(sim.operator('B:later0', 'FAILOVER').result === RESULT.OK, 'A agrees when B has everything');
    sim.rest();
    sim.world.link?.holdNext(0, 8_000);
    sim.write('B:later0', 0, 2);
    sim.crash('B');
    const alone = sim.operator('A:later0', 'FAILOVER');
    sim.expect(alone.result === RESULT.UNKNOWN, `A does not know how far B went (result ${alone.result})`);
    sim.expect(sim.operator('A:later0', 'FAILOVER', true).result === RESULT.OK, 'with force it is granted');
    sim.expect(sim.read('A:later0', 0).status === RESULT.OK, 'A serves what it has');
    finish(sim);
    sim.expect(sim.pair('B:later0').role === 'TARGET', 'B, returned, is the target of A, and both are equal');
  },
});

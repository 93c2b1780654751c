import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a pair is deleted and both sides are written: made anew only with force, and then all of A is on B',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.write('A:data0', 0, 4);
    sim.rest();
    sim.expect(sim.operator('A:data0', 'DELETE').result === RESULT.OK, 'it is deleted');
    sim.rest();
    for (const side of ['A:data0', 'B:data0']) sim.expect(sim.pair(side).state === 'SMPL', `${side} is simplex`);
    sim.expect(sim.write('B:data0', 1, 2).status === RESULT.OK, 'B takes writes of its own hosts');
    sim.write('A:data0', 6, 2);
    sim.rest();
    const refused = sim.operator('A:data0', 'CREATE');
    sim.expect(refused.result === RESULT.HOLDS_DATA, `B is not overwritten silently (result ${refused.result})`);
    sim.expect(sim.pair('B:data0').state === 'SMPL', 'B is simplex still');
    sim.load_us(30_000, { readsOf16: 4 });
    sim.wait_us(1_000);
    sim.expect(sim.operator('A:data0', 'CREATE', true).result === RESULT.OK, 'with force it is made');
    sim.paired();
    finish(sim);
    sim.expect(sim.pair('A:data0').role === 'SOURCE', 'A serves it');
  },
});

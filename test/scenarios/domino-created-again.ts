import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a domino pair that an operator deletes takes writes to one copy; made again it is a domino pair as before',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    sim.world.cutLink();
    sim.until('the cut is noticed', () => sim.pair('A:domino0').state === 'PSUE');
    sim.operator('A:domino0', 'DELETE', true);
    sim.expect(sim.pair('A:domino0').state === 'SMPL', 'A gives the pair up without B');
    sim.expect(sim.write('A:domino0', 0, 2).status === RESULT.OK, 'a volume of its own takes writes');
    sim.world.mendLink();
    sim.rest();
    sim.expect(sim.operator('B:domino0', 'DELETE').result === RESULT.OK, 'B gives it up');
    sim.expect(sim.operator('A:domino0', 'CREATE').result === RESULT.OK, 'the pair is made again');
    sim.paired();
    sim.expect(sim.write('A:domino0', 0, 2).status === RESULT.OK, 'in PAIR writes have good status');
    sim.world.cutLink();
    sim.until('the cut is noticed', () => sim.pair('A:domino0').state === 'PSUE');
    const { status } = sim.write('A:domino0', 0);
    sim.expect(status === RESULT.DOMINO_HELD, `without B they have none (status ${status})`);
    finish(sim);
  },
});

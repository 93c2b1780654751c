import { RESULT } from '../../firmware/memory/constants.js';
import { onStableDrive, valueName } from '../../firmware/runtime/simulated/inspect.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a pair that acknowledges when stored: status when the write is on the drive of B, none when B loses power before',
  rig: 'tiny-modes',
  run(sim) {
    begin(sim);
    const { array, volume, image } = sim.volume('B:stored0');
    const block = sim.images[image]?.firstBlock ?? 0;
    const { id, status } = sim.write('A:stored0', 0, 2);
    sim.expect(status === RESULT.OK, 'the write has good status');
    const there = onStableDrive(sim.world, array, volume, 0, block);
    sim.expect(there === id, `the drive of B holds write ${id} then (it holds ${valueName(there)})`);
    sim.load_us(10_000, { readsOf16: 4 });
    sim.wait_us(4_000);
    sim.crash('B');
    sim.wait_us(4_000);
    sim.expect(sim.pair('A:stored0').state !== 'PAIR', 'A left PAIR');
    sim.powerOn('B');
    finish(sim);
  },
});

import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'power is lost between status and destage: the list and the non-volatile cache bring the write back',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const { id, status } = sim.write('A:data0', 0, 2);
    sim.expect(status === RESULT.OK, 'the write has its status');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_WP) !== 0, 'its track is not on the drive yet');
    sim.crash('A');
    sim.crash('B');
    sim.powerOn('A');
    sim.powerOn('B');
    const back = sim.read('A:data0', 0, 2);
    sim.expect(
      back.values.every((v) => v === id),
      `a host reads write ${id} (got ${back.values.join(', ')})`,
    );
    finish(sim);
  },
});

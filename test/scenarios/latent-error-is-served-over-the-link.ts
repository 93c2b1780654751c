import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the drive cannot read a sector: hosts get the track from the other side over the link, and the drive gets it back',
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    const { id } = sim.write('A:data0', 0, 4);
    sim.rest();
    // Other tracks take the slots.
    for (let track = 1; track < 10; track++) sim.read('A:data0', track * 4, 4);
    sim.spoil('A:data0', 2);
    const { status, values } = sim.read('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, `the read is answered (status ${status})`);
    sim.expect(
      values.every((v) => v === id),
      `with what was written (${values})`,
    );
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'nothing is owed meanwhile');
    sim.rest();
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) === 0, 'the track is whole again');
    sim.expect(sim.world.drives[0]?.faults.every((f) => f.unreadable === 0) === true, 'and on its drive');
    finish(sim);
  },
});

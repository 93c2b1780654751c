import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: "the target's drive cannot read a sector: the source owes the track from then on and sends it again",
  rig: 'tiny-pair',
  usualCaches: true,
  run(sim) {
    begin(sim);
    const { id } = sim.write('A:data0', 0, 4);
    sim.read('B:data0', 0, 4);
    sim.rest();
    for (let track = 1; track < 12; track++) {
      sim.write('A:data0', track * 4, 4);
      sim.read('B:data0', track * 4, 4);
    }
    sim.rest();
    sim.spoil('B:data0', 2);
    const { status, values } = sim.read('B:data0', 0, 4);
    sim.expect(status === RESULT.OK, `the read is answered (status ${status})`);
    sim.expect(
      values.every((v) => v === id),
      `with what was written (${values})`,
    );
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'in the end nothing is owed');
    sim.expect((sim.flags('B:data0', 0) & FLAG.M1_INV) === 0, 'and the track is whole there');
    sim.expect(sim.world.drives[1]?.faults.every((f) => f.unreadable === 0) === true, 'and on its drive');
    finish(sim);
  },
});

import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a cache slot with nothing to destage has a parity error: it is dropped, and its track comes from the drive',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const { id } = sim.write('A:data0', 0, 4);
    sim.rest();
    sim.expect(sim.spoilSlot('A:data0', 0), 'the track is in cache');
    const { status, values } = sim.read('A:data0', 0, 4);
    sim.expect(status === RESULT.OK, `the read is answered (status ${status})`);
    sim.expect(
      values.every((v) => v === id),
      `with what was written (${values})`,
    );
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'nothing is owed');
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_INV) === 0, 'and nothing was asked of the other side');
    // A write to such a slot as well: of a part, so that the rest must come from the drive.
    sim.rest();
    sim.expect(sim.spoilSlot('A:data0', 0), 'the track is in cache once more');
    const part = sim.write('A:data0', 1, 1);
    sim.expect(part.status === RESULT.OK, 'a part is written');
    const after = sim.read('A:data0', 0, 4).values;
    sim.expect(
      after.every((v, s) => v === (s === 1 ? part.id : id)),
      `and the rest is as it was (${after})`,
    );
    finish(sim);
  },
});

import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a cache slot with the newest bytes of a track has a parity error: hosts get them from the other side, and so does the drive',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const old = sim.write('A:data0', 0, 4);
    sim.rest();
    const from_us = sim.time_us;
    const { id } = sim.write('A:data0', 0, 2);
    // Over a long link a destage begins before the status comes: then the slot may be clean, and that is another scenario.
    const isLate = sim.time_us - from_us > (sim.rig.arrays[0]?.destageDelay_us ?? 0);
    sim.until('it is lost in cache', () => sim.spoilSlot('A:data0', 0));
    const isDirty = (sim.flags('A:data0', 0) & FLAG.M1_WP) !== 0;
    if (isLate && !isDirty) return finish(sim);
    sim.expect(isDirty, 'the drive has what was there before');
    // A power loss does not make them good.
    if (sim.seed % 2 === 0) {
      sim.crash('A');
      sim.powerOn('A');
    }
    const { status, values } = sim.read('A:data0', 0, 4);
    if (sim.seed % 2 !== 0 || status === RESULT.OK) {
      sim.expect(status === RESULT.OK, `the read is answered (status ${status})`);
      sim.expect(
        values.every((v, s) => v === (s < 2 ? id : old.id)),
        `with what was written (${values})`,
      );
    }
    sim.rest();
    const again = sim.read('A:data0', 0, 4).values;
    sim.expect(
      again.every((v, s) => v === (s < 2 ? id : old.id)),
      `and so when all is at rest (${again})`,
    );
    sim.expect(
      (sim.flags('A:data0', 0) & (FLAG.M1_INV | FLAG.M1_WP)) === 0,
      'the track is whole here, and on the drive',
    );
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'nothing is owed');
    finish(sim);
  },
});
